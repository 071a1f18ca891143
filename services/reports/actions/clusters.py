"""Reports are merged and taken apart again; what becomes of a master is said to everybody who meets the same."""

from typing import TypeVar
from uuid import UUID

from chassis.db import Work
from chassis.rights import Actor
from contracts.area import community_of
from contracts.reports import ReportClosed, ReportMerged, ReportRated, ReportResolved, ReportUnmerged
from services.reports.actions.keeping import keep
from services.reports.domain.cluster import LeadsOthers, must_lead
from services.reports.domain.report import Report
from services.reports.store import clusters, doubles, parts

S = TypeVar("S", ReportResolved, ReportRated, ReportClosed, ReportMerged, ReportUnmerged)


async def merge(work: Work, report_id: UUID, *, by: Actor, master_id: UUID) -> Report:
    """This report is the same as another, which carries the work of both.

    The master is held first, then the member, as whoever ends a master does; of two who merge each into the other, the
    community's turn lets one after the other, so that none waits for the other in a circle.
    """
    may = by.may("reports.merge")
    await work.taking_turns(await _turn(work, report_id, by))
    master = await work.locked(Report, master_id, may)
    report = await work.locked(Report, report_id, may)
    said = await _merged(work, report, master, by)
    await doubles.settle(work, report.id, master.id, by.id)
    work.announce(await heard(work, report, said))
    return await keep(work, report, by)


async def _turn(work: Work, report_id: UUID, by: Actor) -> bytes:
    seen = await work.seen(Report, report_id, by.may("reports.merge"))
    return work.vault.keys.blind("clusters.turn", community_of(seen.area))


async def _merged(work: Work, report: Report, master: Report, by: Actor) -> ReportMerged:
    must_lead(master, report)
    report.parts = await parts.counted(work, report.id)
    said = report.merge(master, by=by.id, at=work.now)
    if await clusters.leads_others(work, report.id):
        raise LeadsOthers
    return said


async def unmerge(work: Work, report_id: UUID, *, by: Actor) -> Report:
    """It is not the same after all; it stands where it stood, and its clocks go on from there."""
    report = await work.locked(Report, report_id, by.may("reports.merge"))
    work.announce(await heard(work, report, report.unmerge(by=by.id, at=work.now)))
    return await keep(work, report, by)


async def let_go(work: Work, master: Report) -> None:
    """A master that is held ended without being mended: what was merged into it lives on, where it stood."""
    for member in await clusters.members(work, master.id):
        work.announce(await heard(work, member, member.unmerge(by=None, at=work.now)))
        await keep(work, member, None)


async def heard(work: Work, report: Report, said: S) -> S:
    """The same, said to everybody who meets it."""
    return said.model_copy(update={"voices": await clusters.voices(work, report)})
