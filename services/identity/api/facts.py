"""What was verified of a person, as staff of their area see, record and revoke it."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import facts as acts
from services.identity.api.second_factor import kept_by_nobody
from services.identity.domain.facts import Fact, Kind, Papers, Seen, Sight, Why

router = new_router("/api/v1/people/{person_id}/facts", tags=["people"])
router.dependencies.append(Depends(kept_by_nobody))
ending = new_router("/api/v1/facts", tags=["people"])


class NewFact(Body):
    """What was seen by oneself: the person with their papers, which are good until a day."""

    kind: Seen
    evidence: Papers
    last_day: date | None = None


class Revocation(Body):
    """Why it is so no more."""

    reason: Why


class FactView(BaseModel):
    """What was verified, by which papers, by whom, when, until when; nothing of what stands in the papers."""

    id: UUID
    kind: Kind
    evidence: Papers
    child_id: UUID | None
    checked_at: datetime
    checked_by: UUID | None  # a member of staff; of a provider nobody
    provider: str | None
    expires_at: datetime | None
    ended_at: datetime | None
    ended_by: UUID | None  # a member of staff; of what is over by its day nobody
    why: Literal["mistaken", "forged", "ended", "over"] | None


@router.get("", response_model=list[FactView])
async def list_facts(person_id: UUID, actor: Actor, work: Working) -> Any:
    """What was verified of somebody who lives in my area, the newest first; the hundred newest."""
    return await acts.seen(work, person_id, actor.may("facts.read"))


@router.post("", status_code=201, response_model=FactView)
async def record_fact(person_id: UUID, new: NewFact, actor: Actor, work: Working) -> Fact:
    """I saw it myself: the person with their papers. Guardians are noted before two (`/api/v1/proxies/guardianships`)."""
    actor.may("facts.record")
    said = Sight(new.kind, new.evidence, new.last_day)
    return await acts.record(work, person_id, by=actor, seen=said)


@ending.post("/{fact_id}/revocation", response_model=FactView)
async def revoke_fact(fact_id: UUID, said: Revocation, actor: Actor, work: Working) -> Fact:
    """It is so no more, or never was; its person is told."""
    actor.may("facts.record")
    return await acts.revoke(work, fact_id, by=actor, why=said.reason)
