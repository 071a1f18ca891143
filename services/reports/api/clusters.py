"""并案: reports that are the same problem, merged and taken apart again by staff."""

from typing import Any
from uuid import UUID

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import clusters as acts
from services.reports.actions import looking
from services.reports.api.reports import ReportView, Store

router = new_router("/api/v1/reports", tags=["clusters"])


class Merge(Body):
    """Which report carries the work from now on."""

    master_id: UUID


@router.post("/{report_id}/merge", response_model=ReportView)
async def merge_report(report_id: UUID, merge: Merge, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """It is the same as another; everybody who said so hears how that one goes."""
    report = await acts.merge(work, report_id, by=actor, master_id=merge.master_id)
    return await looking.shown(work, files, report, by=actor)


@router.post("/{report_id}/unmerge", response_model=ReportView)
async def unmerge_report(report_id: UUID, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """It is not the same after all; it stands where it stood."""
    return await looking.shown(work, files, await acts.unmerge(work, report_id, by=actor), by=actor)
