"""Policies: until when a seat is given back for nothing, and what it costs afterwards."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from contracts.area import PATTERN
from services.health.actions import policies as acts
from services.health.api.schedules import LocalTime
from services.health.domain.policy import Policy
from services.health.store import policies

router = new_router("/api/v1/booking-policies", tags=["appointments"])
_Points = Annotated[int, Field(ge=0, le=10)]


class NewPolicy(Body):
    """For an area, or a hospital in it: `minutes_before` the visit, or `days_before` its day `at` this local time; from when."""

    area: Annotated[str, Field(max_length=256, pattern=PATTERN)]
    hospital_id: UUID | None = None
    from_at: AwareDatetime | None = None
    minutes_before: Annotated[int | None, Field(ge=0, le=10080)] = None
    days_before: Annotated[int | None, Field(ge=0, le=7)] = None
    at: LocalTime | None = None
    late_points: _Points = 0
    missed_points: _Points = 1
    limit_points: Annotated[int, Field(ge=1, le=100)] = 3
    months: Annotated[int, Field(ge=1, le=36)] = 12
    days: Annotated[int, Field(ge=1, le=183)] = 30
    spares_seniors: bool = True


class PolicyView(BaseModel):
    """One version; it holds from `from_at` until a later one does."""

    id: UUID
    area: str
    version: int
    hospital_id: UUID | None
    from_at: datetime
    minutes_before: int | None
    days_before: int | None
    at: LocalTime | None
    late_points: int
    missed_points: int
    limit_points: int
    months: int
    days: int
    spares_seniors: bool
    decided_by: UUID
    decided_at: datetime


class PolicyFilter(Paging):
    """Whose."""

    hospital_id: UUID | None = None


@router.post("", status_code=201, response_model=PolicyView)
async def lay_down_policy(new: NewPolicy, actor: Actor, work: Working) -> Policy:
    """The next version; whoever has booked already keeps what they were told."""
    given = new.model_dump() | {"from_at": new.from_at or work.now}
    made = Policy(work.new_id(), version=0, decided_by=actor.id, decided_at=work.now, **given)
    return await acts.lay_down(work, made, by=actor)


@router.get("", response_model=Page[PolicyView])
async def list_policies(actor: Actor, work: Working, asked: Annotated[PolicyFilter, Query()]) -> Any:
    """All versions, the last first. Where there is none: until 17:00 the day before; three no-shows in a year, then 30 days."""
    return await policies.POLICIES.page(work, asked, actor.scope("policies.read"), hospital_id=asked.hospital_id)
