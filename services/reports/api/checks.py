"""内容检查: what the provider and staff said of texts and photos, before anything of them is for everybody."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.reports.actions import checks as acts
from services.reports.api.reports import Reason
from services.reports.domain.check import Kind, State

router = new_router("/api/v1/checks", tags=["checks"])
of_reports = new_router("/api/v1/reports", tags=["checks"])


class CheckView(BaseModel):
    """What was said of a text or a photo; `blocked` holds the report, `review` waits for somebody as well."""

    id: UUID
    report_id: UUID
    number: str
    area: str
    kind: Kind
    subject_id: Annotated[UUID, Field(description="of a photo the photo, of a text the report, of a video the recording")]
    state: State
    label: Annotated[str | None, Field(description="the provider's word for what it found; `unjudged` where it said nothing")]
    made_at: datetime
    judged_at: datetime | None
    decided_by: UUID | None
    decided_at: datetime | None
    waiting_since: Annotated[datetime | None, Field(description="for somebody to look; null of what does not wait for that")]


class CheckFilter(Paging):
    """Which."""

    waiting: bool = False


@router.get("", response_model=Page[CheckView])
async def list_checks(actor: Actor, work: Working, asked: Annotated[CheckFilter, Query()]) -> Page[dict[str, Any]]:
    """Those where one serves, newest first; `waiting` for somebody to look."""
    return await acts.listed(work, by=actor, paging=asked, waiting=asked.waiting)


@of_reports.get("/{report_id}/checks", response_model=list[CheckView])
async def list_report_checks(report_id: UUID, actor: Actor, work: Working) -> list[dict[str, Any]]:
    """Those of a report, for staff and for whose report it is."""
    return await acts.of_report(work, report_id, by=actor)


@router.post("/{check_id}/clearance", response_model=CheckView)
async def clear_check(check_id: UUID, actor: Actor, work: Working) -> dict[str, Any]:
    """放行: somebody looked, and it is harmless; it may be published as if it had passed."""
    return await acts.clear(work, check_id, by=actor)


@router.post("/{check_id}/rejection", response_model=CheckView)
async def reject_check(check_id: UUID, why: Reason, actor: Actor, work: Working) -> dict[str, Any]:
    """不予展示: somebody looked, and it is never shown; a report whose words are so is declined while it can be."""
    return await acts.reject(work, check_id, by=actor, reason=why.reason)
