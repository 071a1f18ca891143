"""Slots: times with the doctor that can be booked."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.health.store import queries

router = new_router("/api/v1/slots", tags=["slots"])


class SlotView(BaseModel):
    """A time with seats that are free; from `opens_at` on they can be taken."""

    id: UUID
    area: str
    doctor_id: UUID
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None
    capacity: int
    free: int


@router.get("", response_model=Page[SlotView])
async def list_slots(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """Free times in the hut of one's own community."""
    return await queries.FREE_SLOTS.page(work, asked, actor.scope("slots.read"), now=work.now)
