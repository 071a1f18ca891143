"""What was said of what people wrote and photographed."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import registry

from chassis.db import Work
from chassis.directory import below, reached
from chassis.pages import Listing
from chassis.prepared import Prepared, Row
from chassis.uploads import uploads
from services.reports.domain.check import LOOKED_AT_WITHIN, MOST_REMINDERS, TO_LOOK_AT, Check, Kind, State, Suggestion
from services.reports.domain.report import Report
from services.reports.store.parts import FILED
from services.reports.store.tables import metadata, reports

_moment = DateTime(timezone=True)


def _among(column: str, words: Collection[str]) -> str:
    return f"{column} in ({', '.join(map(repr, words))})"


_TO_LOOK_AT = _among("state", [one.value for one in sorted(TO_LOOK_AT)])
checks = Table(
    "checks", metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("reports.id"), nullable=False),
    Column("kind", Text, CheckConstraint(_among("kind", [one.value for one in Kind]), name="kind"), nullable=False),
    Column("subject_id", Uuid, nullable=False, comment="the report, of its text; an upload, of a photo; a recording"),
    Column("made_at", _moment, nullable=False),
    Column("due_at", _moment, nullable=False),
    Column("state", Text, CheckConstraint(_among("state", [one.value for one in State]), name="state"), nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("leased_until", _moment),
    Column("digest", LargeBinary, comment="keyed, of what was looked at; gone with it"),
    Column("suggestion", Text, CheckConstraint(_among("suggestion", [one.value for one in Suggestion]), name="suggestion")),
    Column("label", Text),
    Column("request", Text, comment="the provider's number of its answer"),
    Column("judged_at", _moment),
    Column("decided_by", Uuid),
    Column("decided_at", _moment),
    Column("reminded", SmallInteger, CheckConstraint("reminded between 0 and 2", name="reminded"), nullable=False,
           server_default="0", comment="how often staff were, that it waits for them"),
    CheckConstraint("state <> 'passed' or suggestion = 'Pass'", name="passed_by_the_provider"),
    CheckConstraint("(state = 'waiting') = (judged_at is null)", name="judged"),
    CheckConstraint("(state in ('cleared', 'rejected')) = (decided_by is not null)", name="decided_by_somebody"),
    CheckConstraint("(decided_by is null) = (decided_at is null)", name="decided_whole"),
    Index("uq_checks_subject", "kind", "subject_id", unique=True),
    Index("ix_checks_report", "report_id"),
    Index("ix_checks_due", "due_at", postgresql_where=text("state = 'waiting'")),
    Index("ix_checks_to_look_at", "id", postgresql_where=text(_TO_LOOK_AT)),
)
registry(metadata=metadata).map_imperatively(Check, checks)

_WAITS = or_(*(checks.c.state == one.value for one in sorted(TO_LOOK_AT)))
_COLUMNS = (
    checks.c.id, checks.c.report_id, reports.c.number, reports.c.area, checks.c.kind, checks.c.subject_id, checks.c.state,
    checks.c.label, checks.c.made_at, checks.c.judged_at, checks.c.decided_by, checks.c.decided_at,
    case((_WAITS, checks.c.judged_at), else_=None).label("waiting_since"),
)
_WITH_REPORTS = select(*_COLUMNS).join(reports, reports.c.id == checks.c.report_id)
CHECKS = Listing(
    _WITH_REPORTS.where(reached(reports.c.area)), checks.c.id, area=below(reports.c.area, "area"),
    waiting=_WAITS,
)
_OF_REPORT = Prepared(_WITH_REPORTS.where(checks.c.report_id == bindparam("report", type_=Uuid)).order_by(checks.c.id))
_PHOTO = Prepared(
    select(uploads.c.web_key, uploads.c.sha256).where(uploads.c.id == bindparam("photo", type_=Uuid), uploads.c.state == "ready")
)
_BEGIN = Prepared(
    insert(checks).on_conflict_do_nothing().inline(),
    "id", "report_id", "kind", "subject_id", "made_at", "due_at", "state", "tries",
)


async def begin(work: Work, report: UUID, kind: Kind, subject: UUID) -> None:
    """It waits for the provider; heard of twice it waits once."""
    await work.rows(
        _BEGIN, id=work.new_id(), report_id=report, kind=kind.value, subject_id=subject, made_at=work.now, due_at=work.now,
        state=State.WAITING.value, tries=0,
    )


async def next_due(work: Work) -> Check | None:
    """What waits longest and nobody asks about, held."""
    free = or_(checks.c.leased_until.is_(None), checks.c.leased_until <= work.now)
    due = select(Check).where(checks.c.state == State.WAITING.value, checks.c.due_at <= work.now, free)
    return await work.session.scalar(due.order_by(checks.c.due_at).limit(1).with_for_update(skip_locked=True))


async def next_to_remind(work: Work) -> tuple[Report, UUID] | None:
    """A report, held, of which something waits for staff longer than it should, and what; none that somebody else holds."""
    long = checks.c.judged_at + (checks.c.reminded + 1) * LOOKED_AT_WITHIN <= work.now
    due = select(Report, checks.c.id).join(checks, checks.c.report_id == reports.c.id).where(
        _WAITS, checks.c.reminded < MOST_REMINDERS, long
    )
    found = await work.session.execute(due.order_by(checks.c.judged_at).limit(1).with_for_update(skip_locked=True, of=reports))
    row = found.first()
    return (row[0], row[1]) if row is not None else None


async def held(work: Work, key: UUID) -> Check | None:
    """One, held until the transaction ends."""
    return await work.session.get(Check, key, with_for_update=True, populate_existing=True)


async def of_report(work: Work, report: UUID) -> list[Row]:
    """Those of a report, oldest first."""
    return await work.rows(_OF_REPORT, report=report)


async def of_person(work: Work, person: UUID) -> list[dict[str, str | None]]:
    """What was said of all that a person reported, for that person."""
    asked = select(reports.c.number, checks.c.kind, checks.c.state, checks.c.label).select_from(checks)
    theirs = asked.join(reports, reports.c.id == checks.c.report_id).where(reports.c.reporter_id == person, FILED)
    found = await work.session.execute(theirs.order_by(checks.c.id))
    return [dict(row) for row in found.mappings()]


async def is_held(work: Work, report: UUID) -> bool:
    """Whether something of it was blocked and nobody looked at it."""
    mine = (checks.c.report_id == report) & (checks.c.state == State.BLOCKED.value)
    return await work.session.scalar(select(checks.c.id).where(mine).limit(1)) is not None


def is_kept_back(report: Any, photo: Any) -> Any:
    """Of a photo of a report: it was not let pass, or the report is held; whatever staff decided before they knew of it."""
    mine = checks.alias("kept_back")
    of_it = or_(*(mine.c.state == one.value for one in sorted({*TO_LOOK_AT, State.REJECTED})))
    holds = mine.c.state == State.BLOCKED.value
    return exists().where(mine.c.report_id == report, or_((mine.c.subject_id == photo) & of_it, holds))


async def keeps_back(work: Work, report: UUID, photo: UUID) -> bool:
    """Whether a photo of a report that is held is kept back, as the report stands."""
    return bool(await work.session.scalar(select(is_kept_back(report, photo))))


async def waits_for_staff(work: Work, kind: Kind, subject: UUID) -> bool:
    """Whether the provider did not let it pass, and nobody has looked at it yet."""
    mine = (checks.c.kind == kind.value) & (checks.c.subject_id == subject)
    return await work.session.scalar(select(checks.c.id).where(mine, _WAITS)) is not None


async def photo_of(work: Work, photo: UUID) -> Row | None:
    """Where a developed photo lies, and the hash of what was sent; None once it is gone."""
    return await work.row(_PHOTO, photo=photo)


async def forget_photo(work: Work, photo: UUID) -> None:
    """It is there no more, nor what was said of it."""
    await work.session.execute(delete(checks).where(checks.c.kind == Kind.PHOTO.value, checks.c.subject_id == photo))


async def forget_video(work: Work, recording: UUID) -> None:
    """The same of a video."""
    await work.session.execute(delete(checks).where(checks.c.kind == Kind.VIDEO.value, checks.c.subject_id == recording))


async def forget_texts(work: Work, written: Any) -> None:
    """The texts of these reports (a list, or a question for ids) are looked at no more, nor known again by a hash."""
    mine = (checks.c.kind == Kind.TEXT.value) & checks.c.report_id.in_(written)
    await work.session.execute(update(checks).where(mine).values(digest=None))
    waits = checks.c.state.in_((State.WAITING.value, *(one.value for one in TO_LOOK_AT)))
    over = {"state": State.VOID.value, "judged_at": func.coalesce(checks.c.judged_at, work.now), "leased_until": None}
    await work.session.execute(update(checks).where(mine, waits).values(over))
