"""吹哨报到: units summoned to a report, and their arrival."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import looking, whistles
from services.reports.api.reports import ReportView, Store, Text

router = new_router("/api/v1/reports", tags=["whistles"])


class Whistle(Body):
    """Which units are wanted, and why."""

    unit_ids: Annotated[set[UUID], Field(min_length=1, max_length=10)]
    reason: Text


class Arrival(Body):
    """Which unit is there; one's own."""

    unit_id: UUID


class Contribution(Arrival):
    """Which unit, and what it did; the reporter reads it."""

    text: Text


class SummonsView(BaseModel):
    """A unit that was summoned; `overdue` when it came late or is late."""

    unit_id: UUID
    blown_at: datetime
    due_at: datetime
    arrived_at: datetime | None
    arrived_by: UUID | None
    overdue: bool
    closed_at: datetime | None
    contribution: Annotated[str | None, Field(description="what it did (协办情况)")] = None
    contributed_at: datetime | None
    contributed_by: UUID | None


@router.post("/{report_id}/whistle", response_model=ReportView)
async def blow_whistle(report_id: UUID, blown: Whistle, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """Summon units; each has its own time to be there."""
    report = await whistles.blow(work, report_id, by=actor, unit_ids=sorted(blown.unit_ids), reason=blown.reason)
    return await looking.shown(work, files, report, by=actor)


@router.post("/{report_id}/arrival", response_model=SummonsView)
async def tell_arrival(report_id: UUID, arrival: Arrival, actor: Actor, work: Working) -> dict[str, Any]:
    """报到: one's unit is there."""
    return await whistles.arrive(work, report_id, by=actor, unit_id=arrival.unit_id)


@router.post("/{report_id}/contribution", response_model=SummonsView)
async def tell_contribution(report_id: UUID, told: Contribution, actor: Actor, work: Working) -> dict[str, Any]:
    """协办情况: what one's unit did, once, while it is there."""
    return await whistles.contribute(work, report_id, by=actor, unit_id=told.unit_id, text=told.text)


@router.get("/{report_id}/whistles", response_model=list[SummonsView])
async def list_whistles(report_id: UUID, actor: Actor, work: Working) -> list[dict[str, Any]]:
    """Who was summoned, who came, who is late, and what each did."""
    return await whistles.shown(work, report_id, by=actor)
