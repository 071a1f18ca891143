"""Who serves at a place and reads a person's report leaves a trace: audited each time, in its person's register once a day."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, select

from chassis import seen
from chassis.db import Work
from chassis.rights import Actor
from contracts.area import contains
from contracts.reports import RecordShown
from services.reports.domain.report import Report
from services.reports.store.retirements import retirements
from services.reports.store.shown import shown_until
from services.reports.store.tables import reports

_ACT = "reports.read"
_LENT = timedelta(minutes=30)  # an emergency lasts no longer, and no office is as short (identity, `domain/emergency.py`)


async def by_staff(work: Work, report: Report, by: Actor) -> None:
    """Audited, but of their own."""
    if by.id != report.reporter_id:
        await work.audit(_ACT, f"report/{report.id}", actor=by.id, reason="emergency" if _is_lent(by, report) else None)


async def _whose(work: Work, things: set[UUID]) -> dict[UUID, UUID]:
    retired = exists().where(retirements.c.report_id == reports.c.id)
    asked = select(reports.c.id, reports.c.reporter_id).where(reports.c.id.in_(things), ~retired)
    rows = await work.session.execute(asked)
    return {row.id: row.reporter_id for row in rows}


LOOKS = seen.Looks(RecordShown, shown_until, {_ACT: _whose})


def _is_lent(by: Actor, report: Report) -> bool:
    """Whether nothing but an emergency lets them see it."""
    offices = [one for one in by.assignments if contains(one.area, report.area)]
    return bool(offices) and all(
        one.starts_at is not None and one.ends_at is not None and one.ends_at - one.starts_at <= _LENT for one in offices
    )
