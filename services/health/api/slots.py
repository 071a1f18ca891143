"""Slots: times with the doctor that can be booked."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.health.store import queries

router = new_router("/api/v1/slots", tags=["slots"])


class SlotView(BaseModel):
    """A time with seats that are free; from `opens_at` on they can be taken.

    `free` is for the person who asks: 0 where all that is left is set aside for others, until `set_aside_until`.
    """

    id: UUID
    area: str
    doctor_id: UUID
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None
    capacity: int
    free: int
    set_aside: int
    set_aside_until: datetime | None


class SlotFilter(Paging):
    """Which times: of one doctor, of the doctors of a team, from a moment on, before a moment."""

    doctor_id: UUID | None = None
    team_id: UUID | None = None
    since: AwareDatetime | None = None
    before: AwareDatetime | None = None


@router.get("", response_model=Page[SlotView])
async def list_slots(actor: Actor, work: Working, asked: Annotated[SlotFilter, Query()]) -> Any:
    """Free times in the hut of one's own community, the soonest first."""
    which = asked.model_dump(include={"doctor_id", "team_id", "since", "before"})
    return await queries.FREE_SLOTS.page(work, asked, actor.scope("slots.read"), now=work.now, person=actor.id, **which)
