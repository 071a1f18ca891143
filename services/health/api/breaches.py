"""Breaches: seats that were lost to everybody (失约), with their points and what they end."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.health.actions import breaches as acts
from services.health.domain.breach import Breach, Finding, Plea
from services.health.domain.policy import Cause
from services.health.store import breaches

router = new_router("/api/v1/breaches", tags=["appointments"])


class BreachView(BaseModel):
    """Why, what it costs by which policy (none: the default), and how an appeal was decided."""

    id: UUID
    area: str
    person_id: UUID
    appointment_id: UUID
    cause: Cause
    points: int
    at: datetime
    policy_id: UUID | None
    sanction_id: UUID | None
    plea: Plea | None
    appealed_at: datetime | None
    finding: Finding | None
    decided_by: UUID | None
    decided_at: datetime | None


class ListedBreachView(BreachView):
    """The same, with until when its person books nothing by themselves because of it and others."""

    sanction_until: datetime | None


class BreachFilter(Paging):
    """Whose; only with an appeal that is open."""

    person_id: UUID | None = None
    is_open: Annotated[bool, Field(alias="open")] = False


class NewAppeal(Body):
    """Why it is none."""

    plea: Plea


class Decision(Body):
    """What is so."""

    finding: Finding


@router.get("", response_model=Page[ListedBreachView])
async def list_breaches(actor: Actor, work: Working, asked: Annotated[BreachFilter, Query()]) -> Any:
    """One's own, the last one first; for the hut's staff and officers, those of the area."""
    given = {"person_id": asked.person_id, "open": asked.is_open}
    return await breaches.BREACHES.page(work, asked, actor.scope("breaches.read"), **given)


@router.post("/{breach_id}/appeal", response_model=BreachView)
async def appeal_breach(breach_id: UUID, new: NewAppeal, actor: Actor, work: Working) -> Breach:
    """Hold that it is none, once; until that is decided it counts for nothing, and what it ended goes on."""
    return await acts.appeal(work, breach_id, new.plea, by=actor)


@router.post("/{breach_id}/decision", response_model=BreachView)
async def decide_appeal(breach_id: UUID, said: Decision, actor: Actor, work: Working) -> Breach:
    """Decide an appeal of somebody else."""
    return await acts.decide(work, breach_id, said.finding, by=actor)
