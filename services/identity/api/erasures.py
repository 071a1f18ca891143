"""Being forgotten: asked for and taken back by the person, watched over in a register."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.identity.actions import erasures, register
from services.identity.api.fresh import StepUpRoute
from services.identity.api.proofs import Proof, shown
from services.identity.api.sign_in import policy
from services.identity.domain.erasure import State

router = new_router("/api/v1/people/me/erasure", tags=["people"])
router.route_class = StepUpRoute
register_router = new_router("/api/v1/erasures", tags=["erasures"])


class ReasonView(BaseModel):
    """Why it waits: a service, and a code (`open-whistle`, `under-appeal`, `running-visit`, `serves`)."""

    service: str
    reason: str


class ErasureView(BaseModel):
    """A request of mine to be forgotten; until it begins it can be taken back."""

    id: UUID
    state: State
    asked_at: datetime
    cools_until: datetime
    due_on: date
    reasons: list[ReasonView]


class PartView(BaseModel):
    """What a service erased: so many rows, and when it said so."""

    count: int
    settled_at: datetime


class RegisterView(BaseModel):
    """A line of the register; the person's id leads to nothing once it is closed."""

    id: UUID
    person_id: UUID
    state: State
    asked_at: datetime
    age_days: int
    due_on: date
    overdue: bool
    begun_at: datetime | None
    closed_at: datetime | None
    withdrawn_at: datetime | None
    parts: dict[str, PartView]
    missing: list[str]


class RegisterFilter(Paging):
    """Which: all, or those that are under way."""

    open: bool = False


@router.post("", status_code=201, response_model=ErasureView)
async def ask_to_be_forgotten(proof: Proof, actor: Actor, request: Request, work: Working) -> Any:
    """Close my account and erase what is held of me, after seven days in which I can take it back."""
    actor.scope("people.erase")
    return await register.asked(work, policy(request), actor.id, shown(request, proof))


@router.get("", response_model=ErasureView)
async def get_my_erasure(actor: Actor, work: Working) -> Any:
    """Where my request stands."""
    actor.scope("people.erase")
    return await register.shown(work, await erasures.find(work, actor.id))


@router.post("/withdrawal", response_model=ErasureView)
async def withdraw_my_erasure(actor: Actor, work: Working) -> Any:
    """I stay; signing in and saying so is enough."""
    actor.scope("people.erase")
    return await register.shown(work, await erasures.withdraw(work, actor.id))


@register_router.get("", response_model=Page[RegisterView])
async def list_erasures(actor: Actor, work: Working, asked: Annotated[RegisterFilter, Query()]) -> Any:
    """The register: who asked when, how old it is, which services have not answered yet."""
    return await register.page(work, asked, actor.scope("erasures.read"), open_ones=asked.open)
