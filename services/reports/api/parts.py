"""子报事: a report is divided by who has it in hand; a part that is not needed is abandoned."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import looking
from services.reports.actions import parts as acts
from services.reports.api.reports import Category, Path, Reason, ReportView, Store, Text

router = new_router("/api/v1/reports", tags=["parts"])


class NewPart(Body):
    """What is to be done; `client_token` stays with what was written, so that it becomes one part however often it is sent."""

    text: Text
    category: Category
    client_token: UUID
    area: Annotated[Path | None, Field(description="in the same community; where the report lies, unless it is said")] = None
    level: Annotated[int | None, Field(ge=1, le=4, description="the office it begins at; that of the report")] = None


@router.post("/{report_id}/parts", status_code=201, response_model=ReportView)
async def divide_report(report_id: UUID, new: NewPart, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """Another piece of work of the report one has in hand; the answer is the part."""
    part = await acts.divide(work, report_id, by=actor, wanted=acts.Wanted(**dict(new)))
    return await looking.shown(work, files, part, by=actor)


@router.post("/{report_id}/abandonment", response_model=ReportView)
async def abandon_part(report_id: UUID, why: Reason, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """A part is not needed after all, for a reason that staff read."""
    return await looking.shown(work, files, await acts.abandon(work, report_id, by=actor, reason=why.reason), by=actor)
