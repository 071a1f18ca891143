"""Waits: a place in line for a seat that becomes free (候补)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.health.actions import waiting as acts
from services.health.api.schedules import Day
from services.health.domain.waiting import Wait, What
from services.health.store import waiting

router = new_router("/api/v1/waits", tags=["appointments"])


class NewWait(Body):
    """For what: a slot, or what begins with a doctor, a team or a department on these days (both needed, but of a slot)."""

    what: What
    target_id: UUID
    first_day: Day | None = None
    last_day: Day | None = None


class WaitView(BaseModel):
    """A place in line for what begins from `since` on and before `until`."""

    id: UUID
    area: str
    person_id: UUID
    what: What
    target_id: UUID
    since: datetime
    until: datetime
    asked_at: datetime
    acting_id: Annotated[UUID | None, Field(description="who asked for them, by proxy (代办)")]


class PlaceInLineView(WaitView):
    """The same, with how many are before it, and what is held for it now: to be booked as any hold is."""

    before: int
    hold_id: UUID | None


class WaitFilter(Paging):
    """For what: `total` is then how long that line is, for the hut's staff."""

    target_id: UUID | None = None


@router.post("", status_code=201, response_model=WaitView)
async def ask_for_wait(new: NewWait, actor: Actor, work: Working) -> Wait:
    """Stand in line; what becomes free is held for the first for two hours, and told to them."""
    return await acts.wait(work, new.what, new.target_id, (new.first_day, new.last_day), by=actor)


@router.get("", response_model=Page[PlaceInLineView])
async def list_waits(actor: Actor, work: Working, asked: Annotated[WaitFilter, Query()]) -> Any:
    """One's own places in line, in the order of asking; for the hut's staff, those of the hut. What is over is not here."""
    scope = actor.scope("appointments.read")
    return await waiting.LINE.page(work, asked, scope, now=work.now, target_id=asked.target_id)


@router.post("/{wait_id}/leaving", status_code=204)
async def leave_wait(wait_id: UUID, actor: Actor, work: Working) -> None:
    """Leave the line; what is held because of it is given back."""
    await acts.leave(work, wait_id, by=actor)
