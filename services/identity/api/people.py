"""The person who is signed in."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import lost_factor, people, sessions, signing_out, wechat
from services.identity.api.facts import FactView
from services.identity.api.fresh import StepUpRoute
from services.identity.api.fresh import said as token_said
from services.identity.api.sign_in import policy

router = new_router("/api/v1/people", tags=["people"])
router.route_class = StepUpRoute


class RoleView(BaseModel):
    """A role and the area it holds in."""

    role: str
    area: str


class PersonView(BaseModel):
    """Oneself."""

    id: UUID
    name: str | None
    phone: str | None
    wechat: bool
    second_factor: bool
    second_factor_due: datetime | None  # from then on there is no session without one; none where nobody wants it, or it is there
    level: Literal[0, 1, 2, 3]  # the highest of the levels whose needs are met; a level does not need the one below it
    levels: list[Literal[1, 2, 3]]
    phone_verified_at: datetime | None
    facts: list[FactView]
    roles: list[RoleView]
    homes: list[str]


class LostFactor(Body):
    """Why; the audit keeps it."""

    reason: lost_factor.Reason


class SignOut(Body):
    """Why; the audit keeps it, and the person is told."""

    reason: signing_out.Reason


@router.get("/me", response_model=PersonView)
async def get_me(actor: Actor, request: Request, work: Working) -> dict[str, Any]:
    """Who am I, where do I live, whom do I serve."""
    actor.scope("people.read")
    roles = [{"role": held.role, "area": held.area} for held in actor.assignments]
    return {**await people.me(work, actor.id, policy(request)), "roles": roles, "homes": list(actor.bindings)}


@router.post("/me/revocation", status_code=204)
async def revoke_me(actor: Actor, work: Working) -> None:
    """Sign me out everywhere."""
    actor.scope("people.revoke")
    await sessions.revoke(work, actor.id, by=actor.id)


@router.post("/{person_id}/factor-removal", status_code=204)
async def remove_factors(person_id: UUID, said: LostFactor, actor: Actor, request: Request, work: Working) -> None:
    """Somebody of my area lost their second factor: all of it is taken away, they are signed out everywhere and told."""
    actor.may("people.recover")
    shown = token_said(request)
    await lost_factor.take_away(work, person_id, by=actor, claims=shown, policy=policy(request), reason=said.reason)


@router.post("/{person_id}/revocation", status_code=204)
async def revoke_person(person_id: UUID, said: SignOut, actor: Actor, request: Request, work: Working) -> None:
    """Sign somebody of my area out everywhere, and tell them why."""
    actor.may("people.revoke")
    shown = token_said(request)
    await signing_out.sign_out(work, person_id, by=actor, claims=shown, policy=policy(request), reason=said.reason)


@router.post("/me/unlinking", status_code=204)
async def unlink_me(actor: Actor, work: Working) -> None:
    """My WeChat account signs me in no more; it signs me out everywhere, and does nothing where none is linked."""
    actor.scope("people.unlink")
    await wechat.unlink(work, actor.id)
