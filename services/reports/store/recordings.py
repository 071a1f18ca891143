"""Recordings of reports."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    delete,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import registry

from chassis.db import Work
from services.reports.domain.recording import MOST_STILLS, Kind, Recording, Role, State
from services.reports.store.tables import metadata, reports

_moment = DateTime(timezone=True)


def _among(column: str, words: type[Kind | Role | State]) -> CheckConstraint:
    return CheckConstraint(f"{column} in ({', '.join(repr(one.value) for one in words)})", name=column)


recordings = Table(
    "recordings", metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("reports.id"), nullable=False),
    Column("sender_id", Uuid, nullable=False),
    Column("kind", Text, _among("kind", Kind), nullable=False),
    Column("role", Text, _among("role", Role), nullable=False),
    Column("content_type", Text, nullable=False, comment="by which it is PUT; nobody believes it"),
    Column("size", Integer, CheckConstraint("size > 0", name="size"), nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("created_at", _moment, nullable=False),
    Column("due_at", _moment, nullable=False),
    Column("state", Text, _among("state", State), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("failures", SmallInteger, nullable=False),
    Column("leased_until", _moment),
    Column("sha256", LargeBinary, comment="of what was sent"),
    Column("reason", Text),
    Column("milliseconds", Integer),
    Column("made_size", Integer, comment="bytes of what was written anew"),
    Column("width", Integer),
    Column("height", Integer),
    Column("stills", SmallInteger, CheckConstraint(f"stills between 0 and {MOST_STILLS}", name="stills"), nullable=False),
    Column("swept_at", _moment, comment="what was sent is deleted for good: its grant is over"),
    CheckConstraint("state <> 'ready' or (milliseconds is not null and reason is null)", name="ready_is_made"),
    CheckConstraint("state <> 'rejected' or reason is not null", name="rejected_for_a_reason"),
    Index("ix_recordings_report", "report_id", "id"),
    Index("ix_recordings_sender", "sender_id"),
    Index("ix_recordings_waiting", "due_at", postgresql_where=text("state = 'waiting'")),
    Index("ix_recordings_forgotten", "created_at", postgresql_where=text("state = 'forgotten'")),
    Index("ix_recordings_unswept", "created_at", postgresql_where=text("swept_at is null")),
)
registry(metadata=metadata).map_imperatively(Recording, recordings)
_ours = recordings.c
_IS_HEARD_OF = or_(_ours.reason.is_not(None), _ours.milliseconds.is_not(None))


async def counted(work: Work, report: UUID) -> tuple[int, int]:
    """How many of a report are there, and how many ever were."""
    live = func.count().filter(_ours.state.in_((State.GRANTED.value, State.WAITING.value, State.READY.value)))
    row = (await work.session.execute(select(live, func.count()).where(_ours.report_id == report))).one()
    return row[0], row[1]


async def held(work: Work, key: UUID) -> Recording | None:
    """One, held until the transaction ends."""
    return await work.session.get(Recording, key, with_for_update=True, populate_existing=True)


async def of_report(work: Work, report: UUID) -> list[Recording]:
    """Those of a report that are not forgotten, oldest first."""
    mine = (_ours.report_id == report) & (_ours.state != State.FORGOTTEN.value)
    return list(await work.session.scalars(select(Recording).where(mine).order_by(_ours.id)))


async def of_person(work: Work, person: UUID) -> list[dict[str, Any]]:
    """What a person sent, for that person: facts alone, as of photos."""
    asked = select(reports.c.number, _ours.kind, _ours.role, _ours.state, _ours.milliseconds, _ours.created_at)
    found = await work.session.execute(
        asked.join(reports, reports.c.id == _ours.report_id).where(_ours.sender_id == person).order_by(_ours.id)
    )
    return [dict(row) | {"created_at": row["created_at"].isoformat()} for row in found.mappings()]


async def next_due(work: Work, kind: Kind) -> Recording | None:
    """What waits longest and nobody develops, held."""
    free = or_(_ours.leased_until.is_(None), _ours.leased_until <= work.now)
    mine = (_ours.state == State.WAITING.value) & (_ours.kind == kind.value)
    return await _one(work, mine, free, ~_IS_HEARD_OF, _ours.due_at <= work.now)


async def next_heard_of(work: Work) -> Recording | None:
    """What was developed, or cannot be, and has not been said yet, held."""
    return await _one(work, _ours.state == State.WAITING.value, _IS_HEARD_OF)


async def next_forgotten(work: Work, before: Any) -> Recording | None:
    """One whose person is forgotten, which nobody can PUT again or is developing, held."""
    free = or_(_ours.leased_until.is_(None), _ours.leased_until <= work.now)
    return await _one(work, _ours.state == State.FORGOTTEN.value, free, _ours.created_at < before)


async def next_taken_back(work: Work, before: Any) -> Recording | None:
    """One that was taken back, of which something was made; or which nobody can PUT again or is developing. Held."""
    free = or_(_ours.leased_until.is_(None), _ours.leased_until <= work.now)
    made = or_(_ours.milliseconds.is_not(None), free & (_ours.created_at < before))
    return await _one(work, _ours.state == State.TAKEN_BACK.value, _ours.swept_at.is_(None), made)


async def next_to_sweep(work: Work, *, unused: Any, granted: Any) -> Recording | None:
    """What was granted before the one moment and never sent; what was sent whose grant is over by the other. Held."""
    never = (_ours.state == State.GRANTED.value) & (_ours.created_at < unused)
    done = _ours.state.in_((State.READY.value, State.REJECTED.value)) & (_ours.created_at < granted)
    return await _one(work, _ours.swept_at.is_(None), or_(never, done))


async def still_ready(work: Work, key: UUID) -> Recording | None:
    """A video that is there to be looked at; None once it is gone."""
    return await work.session.scalar(select(Recording).where(_ours.id == key, _ours.state == State.READY.value))


async def forget_of(work: Work, person: UUID) -> None:
    """What a person sent is nobody's at once."""
    await _forget(work, _ours.sender_id == person)


async def forget_those(work: Work, of_reports: list[UUID]) -> None:
    """The same of all that is of these reports."""
    await _forget(work, _ours.report_id.in_(of_reports))


async def remove(work: Work, key: UUID) -> None:
    """The row goes."""
    await work.session.execute(delete(recordings).where(_ours.id == key))


async def _forget(work: Work, which: Any) -> None:
    nobodys = {"state": State.FORGOTTEN.value, "sender_id": func.gen_random_uuid(), "sha256": None}
    await work.session.execute(update(recordings).where(which).values(nobodys))


async def _one(work: Work, *which: Any) -> Recording | None:
    asked = select(Recording).where(*which).order_by(_ours.due_at, _ours.id).limit(1)
    return await work.session.scalar(asked.with_for_update(skip_locked=True).execution_options(populate_existing=True))
