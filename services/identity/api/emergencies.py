"""Emergencies: a role taken for half an hour, and its review by another admin."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from contracts.area import Role
from contracts.identity import EmergencyReason
from services.identity.actions import emergencies as acts
from services.identity.actions import emergency_acts
from services.identity.api.areas import Path
from services.identity.api.fresh import StepUpRoute, fresh
from services.identity.api.fresh import said as token_said
from services.identity.api.sign_in import policy
from services.identity.domain.emergency import Emergency
from services.identity.store.emergencies import EMERGENCIES

router = new_router("/api/v1/emergencies", tags=["emergencies"])
router.route_class = StepUpRoute
Finding = Literal["justified", "unjustified"]


class NewEmergency(Body):
    """The role, where, why, and whom it concerns: they are told when it is over."""

    role: Role
    area: Path
    reason: EmergencyReason
    concerns_id: UUID | None = None


class Review(Body):
    """What another admin finds of it."""

    finding: Finding


class EmergencyFilter(Paging):
    """Which."""

    finding: Finding | None = None


class EmergencyView(BaseModel):
    """Who took which role where and why, until when, and what was found of it."""

    id: UUID
    person_id: UUID
    assignment_id: UUID
    role: str
    area: str
    reason: str
    concerns_id: UUID | None
    taken_at: datetime
    ends_at: datetime
    reviewed_by: UUID | None
    reviewed_at: datetime | None
    finding: Finding | None


class ActView(BaseModel):
    """What was done or looked at meanwhile: by which act, on what, why if it was said."""

    at: datetime
    service: str
    act: str
    subject: str
    reason: str | None


@router.get("/{emergency_id}/acts", response_model=list[ActView])
async def list_emergency_acts(emergency_id: UUID, actor: Actor, work: Working) -> list[dict[str, Any]]:
    """What its person did under it, for whoever reviews it; the two hundred first."""
    actor.may("emergencies.read")
    return await emergency_acts.of(work, emergency_id, by=actor)


@router.get("", response_model=Page[EmergencyView])
async def list_emergencies(actor: Actor, work: Working, asked: Annotated[EmergencyFilter, Query()]) -> Any:
    """Those of the areas one answers for, and one's own."""
    return await EMERGENCIES.page(work, asked, actor.scope("emergencies.read"), finding=asked.finding)


@router.post("", status_code=201, response_model=EmergencyView)
async def take_emergency(new: NewEmergency, actor: Actor, request: Request, work: Working) -> Emergency:
    """Take a role one lacks, for half an hour; the other admins of the area hear of it at once."""
    actor.may("emergencies.take")
    shown, whose = token_said(request), policy(request)
    return await acts.take(
        work, by=actor, claims=shown, policy=whose, role=new.role, area=new.area, reason=new.reason, concerns=new.concerns_id
    )


@router.post("/{emergency_id}/ending", response_model=EmergencyView)
async def end_emergency(emergency_id: UUID, actor: Actor, work: Working) -> Emergency:
    """End it before its time."""
    actor.may("emergencies.read")
    return await acts.end(work, emergency_id, by=actor)


@router.post("/{emergency_id}/review", dependencies=[fresh("emergencies.review")], response_model=EmergencyView)
async def review_emergency(emergency_id: UUID, review: Review, actor: Actor, work: Working) -> Emergency:
    """Another admin's word on what was done."""
    return await acts.review(work, emergency_id, by=actor, finding=review.finding)
