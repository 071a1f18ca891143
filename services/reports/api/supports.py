"""我也遇到: a neighbour's voice for a report."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.reports.actions import supports as acts
from services.reports.domain.machine import Status

router = new_router("/api/v1/reports", tags=["supports"])


class SupportView(BaseModel):
    """How a report stands, how many neighbours meet the same, and whether oneself is among them."""

    number: str
    category: str
    status: Status
    since: datetime
    supporters: int
    given: bool


@router.post("/{report_id}/support", response_model=SupportView)
async def give_support(report_id: UUID, actor: Actor, work: Working) -> dict[str, Any]:
    """我也遇到; counted once a person."""
    return await acts.give(work, report_id, by=actor)


@router.delete("/{report_id}/support", response_model=SupportView)
async def take_back_support(report_id: UUID, actor: Actor, work: Working) -> dict[str, Any]:
    """No longer."""
    return await acts.take_back(work, report_id, by=actor)


@router.get("/{report_id}/support", response_model=SupportView)
async def get_support(report_id: UUID, actor: Actor, work: Working) -> dict[str, Any]:
    """How it stands, for whoever lives in the community."""
    return await acts.shown(work, report_id, by=actor)
