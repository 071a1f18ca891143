"""Waits: for the reporter's answer, for a day that was named; and what becomes due meanwhile."""

from datetime import datetime, timedelta
from uuid import UUID

from chassis.db import Work
from chassis.rights import Actor
from services.reports.actions import clocks, settings
from services.reports.actions.keeping import keep
from services.reports.domain.clock import Kind
from services.reports.domain.machine import STEPS
from services.reports.domain.report import Report
from services.reports.domain.terms import Terms
from services.reports.store import dues, queries

_ANSWER_WITHIN = 3  # working days
_TOGETHER = 25  # reports whose clocks ring in one transaction


async def ask(work: Work, report_id: UUID, *, by: Actor, question: str) -> Report:
    """The assignee asks the reporter; we wait three working days."""
    report = await work.locked(Report, report_id, by.may("reports.ask"))
    until = _answer_by(work, await settings.in_force(work, report.area))
    work.announce(report.ask(by=by.id, question=question, until=until, at=work.now))
    return await keep(work, report, by)


async def supplement(work: Work, report_id: UUID, *, by: Actor, answer: str) -> Report:
    """The reporter answers."""
    report = await work.locked(Report, report_id, by.may("reports.supplement"))
    work.announce(report.supplement(by=by.id, answer=answer, at=work.now))
    return await keep(work, report, by)


async def hold(work: Work, report_id: UUID, *, by: Actor, reason: str, until: datetime) -> Report:
    """An officer lets it rest until a day."""
    report = await work.locked(Report, report_id, by.may("reports.hold"))
    work.announce(report.hold(by=by.id, reason=reason, until=until, at=work.now))
    return await keep(work, report, by)


async def resume(work: Work, report_id: UUID, *, by: Actor) -> Report:
    """The assignee goes on."""
    report = await work.locked(Report, report_id, by.may("reports.resume"))
    work.announce(report.resume(by=by.id, at=work.now))
    return await keep(work, report, by)


async def resume_one(work: Work) -> bool:
    """A wait that is over ends by itself; False when there is none."""
    report = await queries.next_to_resume(work)
    if report is None:
        return False
    work.announce(report.resume(by=None, at=work.now))
    await keep(work, report, None)
    return True


async def ring_some(work: Work) -> bool:
    """Some reports whose clocks are to be looked at: reminded, or gone one office up; False when there are none.

    Some and not one: a thousand are due at the same stroke of nine. Few, for whoever acts on one of them waits for all.
    """
    held = await queries.next_to_ring(work, _TOGETHER)
    missed = await clocks.ring(work, held)
    for report in held:
        await _climb(work, report, missed[report.id])
    return bool(held)


async def _climb(work: Work, report: Report, missed: list[Kind]) -> None:
    if missed and STEPS["escalate"].can_begin(report):
        work.announce(report.escalate(by=None, at=work.now, reason_code=f"{missed[0]}-missed"))
        await keep(work, report, None)
        if Kind.RESOLVE in missed:
            await clocks.begin(work, report, Kind.RESOLVE)
            await dues.reckon(work, report)


def _answer_by(work: Work, terms: Terms) -> datetime:
    day = sum(closes - opens for opens, closes in terms.duty) or 24 * 60
    return terms.calendar.after(work.now, timedelta(minutes=_ANSWER_WITHIN * day))
