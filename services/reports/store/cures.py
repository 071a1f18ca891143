"""Questions about what comes again, and about what is done against it."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Uuid, and_, bindparam, inspect, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.directory import reached
from chassis.pages import Listing
from chassis.prepared import Prepared, Row
from chassis.tables import AreaPath
from services.reports.domain.cure import AGAIN_WITHIN, OVERDUE, Cure, Repeat
from services.reports.domain.report import Report
from services.reports.store.causes import cure_notes, cures, repeats
from services.reports.store.parts import FILED
from services.reports.store.tables import MENDED, reports

_former = reports.alias("former")
_MOMENT = DateTime(timezone=True)
FORMER = Prepared(select(reports.c.id).where(
    FILED, text(MENDED), reports.c.area == bindparam("area", type_=AreaPath), reports.c.category == bindparam("category"),
    reports.c.resolved_at >= bindparam("since", type_=_MOMENT), reports.c.resolved_at <= bindparam("at", type_=_MOMENT),
    reports.c.anchor_id.is_not_distinct_from(bindparam("anchor", type_=Uuid)),
).order_by(reports.c.resolved_at.desc()).limit(1))
_KEEP = Prepared(insert(repeats).on_conflict_do_nothing().returning(repeats.c.id), *repeats.c.keys())
_OPEN = Prepared(insert(cures).on_conflict_do_nothing().returning(cures.c.id), *cures.c.keys())
_under_way = and_(
    cures.c.area == repeats.c.area, cures.c.category == repeats.c.category, cures.c.ended_at.is_(None),
    cures.c.anchor_id.is_not_distinct_from(repeats.c.anchor_id),
)
REPEATS = Listing(
    select(
        repeats.c.id, repeats.c.area, repeats.c.category, repeats.c.anchor_id, repeats.c.found_at, repeats.c.report_id,
        repeats.c.former_id, reports.c.number, _former.c.number.label("former_number"), _former.c.resolved_at,
        cures.c.id.label("cure_id"),
    ).join(reports, reports.c.id == repeats.c.report_id).join(_former, _former.c.id == repeats.c.former_id)
    .outerjoin(cures, _under_way).where(reached(repeats.c.area)),
    repeats.c.id,
)
_NOTES = Prepared(select(cure_notes).where(cure_notes.c.cure_id == bindparam("cure")).order_by(cure_notes.c.id))
CURES = Listing(select(cures).where(reached(cures.c.area)), cures.c.id, under_way=cures.c.ended_at.is_(None))


async def former(work: Work, report: Report) -> Any:
    """The report that was mended last at the same place in the last days; None if none was."""
    since = report.submitted_at - AGAIN_WITHIN
    return await work.value(
        FORMER, area=report.area, category=report.category, anchor=report.anchor_id, since=since,
        at=report.submitted_at,
    )


async def keep_repeat(work: Work, made: Repeat) -> None:
    """Keep it; of one report it is kept once."""
    await work.rows(_KEEP, **_row(made))


async def keep_cure(work: Work, made: Cure) -> Row | None:
    """Keep it; None if one is under way there."""
    return await work.row(_OPEN, **_row(made))


async def next_due(work: Work, today: date) -> Cure | None:
    """One of which something is to be said today, held; none that somebody else holds."""
    first = and_(cures.c.reminded_at.is_(None), cures.c.review_on <= today)
    then = and_(cures.c.overdue_at.is_(None), cures.c.review_on <= today - OVERDUE)
    due = select(Cure).where(cures.c.ended_at.is_(None), cures.c.overdue_at.is_(None), or_(first, then))
    return await work.session.scalar(due.order_by(cures.c.review_on).limit(1).with_for_update(skip_locked=True))


async def notes_of(work: Work, cure: UUID) -> list[Row]:
    """What was written of it, oldest first."""
    return await work.rows(_NOTES, cure=cure)


def _row(made: Any) -> dict[str, Any]:
    return {name: getattr(made, name) for name in inspect(type(made)).local_table.c.keys()}  # noqa: SIM118 - of columns, whose keys are their names
