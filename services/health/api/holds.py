"""Holds: a seat kept for five minutes, while the person makes up their mind."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.health.actions import appointments as acts
from services.health.api.slots import Time
from services.health.domain.appointment import Appointment
from services.health.domain.online import VisitKind
from services.health.store import calling_off

router = new_router("/api/v1/holds", tags=["appointments"])


class HoldView(BaseModel):
    """A seat that is nobody else's until `held_until`."""

    id: UUID
    slot_id: UUID
    seat: int
    starts_at: datetime
    ends_at: datetime
    held_until: datetime
    offered_for: UUID | None
    waited_id: UUID | None
    cancel_until: datetime | None
    visit_kind: VisitKind | None


@router.post("", status_code=201, response_model=HoldView)
async def hold_slot(new: Time, actor: Actor, work: Working) -> Appointment:
    """Keep a seat for five minutes, in a time or with any doctor of a team; what the person held before is given back."""
    return await acts.hold(work, new.wanted, kind=new.visit_kind, by=actor)


@router.get("", response_model=Page[HoldView])
async def list_holds(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """What is held for oneself now: `offered_for` says instead of what was called off, `waited_id` because of which wait."""
    return await calling_off.HELD.page(work, asked, actor.scope("holds.use"), now=work.now)


@router.post("/{hold_id}/release", status_code=204)
async def release_hold(hold_id: UUID, actor: Actor, work: Working) -> None:
    """Give it back."""
    await acts.release(work, hold_id, by=actor)
