"""Voices say how it went, and how many said what is shown."""

from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.rights import Actor
from services.reports.domain.appraisal import AppraisedAlready, appraise, said
from services.reports.domain.report import Report
from services.reports.domain.support import neighbourly
from services.reports.store import clusters


async def give(work: Work, report_id: UUID, *, by: Actor, satisfaction: int) -> dict[str, Any]:
    """A voice names the report it spoke to; what it says is of the one that carried the work."""
    report = await work.seen(Report, report_id, neighbourly(by.may("reports.appraise")))
    master = report if report.master_id is None else await work.session.get_one(Report, report.master_id)
    voices = await clusters.voices(work, master)
    made = appraise(master, by=by.id, voices=voices, satisfaction=satisfaction, at=work.now)
    if not await clusters.keep_appraisal(work, made):
        raise AppraisedAlready
    work.announce(said(master, satisfaction))
    return {"number": master.number, "satisfaction": satisfaction}


async def shown(work: Work, report_id: UUID, *, by: Actor) -> dict[str, Any]:
    """How many voices gave how many stars since it was last resolved; for who may read the report."""
    report = await work.seen(Report, report_id, by.may("reports.read"))
    stars = await clusters.appraised(work, report.id, report.reopen_count)
    return {"voices": len(await clusters.voices(work, report)), "stars": [stars.get(n, 0) for n in range(1, 6)]}
