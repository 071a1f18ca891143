"""反映人评价: how it went, as everybody says who met the same."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.reports.actions import appraisals as acts
from services.reports.api.reports import Rating

router = new_router("/api/v1/reports", tags=["appraisals"])


class AppraisalView(BaseModel):
    """What was said, and of which report: the one that carried the work."""

    number: str
    satisfaction: int


class AppraisalsView(BaseModel):
    """How many voices there are, and how many of them gave one to five stars."""

    voices: int
    stars: Annotated[list[int], Field(min_length=5, max_length=5)]


@router.post("/{report_id}/appraisal", response_model=AppraisalView)
async def appraise_report(report_id: UUID, rating: Rating, actor: Actor, work: Working) -> dict[str, Any]:
    """How did it go? For whoever met the same; its own reporter rates it."""
    return await acts.give(work, report_id, by=actor, satisfaction=rating.satisfaction)


@router.get("/{report_id}/appraisals", response_model=AppraisalsView)
async def get_appraisals(report_id: UUID, actor: Actor, work: Working) -> dict[str, Any]:
    """What its voices said, in numbers."""
    return await acts.shown(work, report_id, by=actor)
