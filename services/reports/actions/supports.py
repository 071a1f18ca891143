"""Voices are given and taken back; the report is held meanwhile, so its count is what its rows say."""

from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.rights import Actor
from services.reports.domain.report import Report
from services.reports.domain.support import Support, must_take_voice, neighbourly


async def give(work: Work, report_id: UUID, *, by: Actor) -> dict[str, Any]:
    """我也遇到: counted once a person, however often it is pressed; announced the first time alone."""
    report = await work.locked(Report, report_id, neighbourly(by.may("reports.support")))
    master = report if report.master_id is None else await work.session.get_one(Report, report.master_id)
    must_take_voice(master.status, reporter=report.reporter_id, of=by.id)
    voice = await _voice(work, report, by)
    if voice is None:
        work.session.add(Support(report.id, by.id, work.now))
        report.supporters += 1
        work.announce(report.supported())
    elif not voice.counts:
        voice.retracted_at = None
        report.supporters += 1
    return _shown(report, given=True)


async def take_back(work: Work, report_id: UUID, *, by: Actor) -> dict[str, Any]:
    """Not any longer, whatever became of the report; where there was no voice, nothing changes."""
    report = await work.locked(Report, report_id, neighbourly(by.may("reports.support")))
    voice = await _voice(work, report, by)
    if voice is not None and voice.counts:
        voice.retracted_at = work.now
        report.supporters -= 1
    return _shown(report, given=False)


async def shown(work: Work, report_id: UUID, *, by: Actor) -> dict[str, Any]:
    """What whoever may give a voice reads of a report: how it stands and how many meet it; nothing of any person."""
    report = await work.seen(Report, report_id, neighbourly(by.may("reports.support")))
    voice = await _voice(work, report, by)
    return _shown(report, given=voice is not None and voice.counts)


async def _voice(work: Work, report: Report, by: Actor) -> Support | None:
    return await work.session.get(Support, (report.id, by.id))


def _shown(report: Report, *, given: bool) -> dict[str, Any]:
    told = ("number", "category", "status", "supporters")
    return {**{name: getattr(report, name) for name in told}, "since": report.submitted_at, "given": given}
