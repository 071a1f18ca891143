"""Why may I, why may they: decisions explained in plain words."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import explanations as acts
from services.identity.api.areas import Path

router = new_router("/api/v1/people", tags=["people"])


class Asked(Body):
    """Of which act (`reports.accept`), in which area, on a thing of whose; without an area: all that may be done, and where."""

    act: Annotated[str | None, Field(max_length=64)] = None
    area: Path | None = None
    owner: UUID | None = None


class ExplanationView(BaseModel):
    """Yes (`allowed`), seen but no (`refused`), or not even seen (`hidden`), on which ground, and the same in words."""

    service: str
    act: str
    area: str
    answer: Literal["allowed", "refused", "hidden"]
    ground: Literal["roles", "owner", "neighbours", "anyone"] | None
    role: str | None
    held_in: str | None
    until: datetime | None
    basis: Literal["granted", "cover", "emergency"] | None
    reason: str | None
    text: str


class Explanations(BaseModel):
    """An answer for each act and place."""

    items: list[ExplanationView]


@router.get("/me/explanations", response_model=Explanations)
async def explain_me(asked: Annotated[Asked, Query()], actor: Actor, work: Working) -> Any:
    """Why may I, or may I not, do this there; or what may I do, where I serve and live."""
    actor.may("people.explain")
    return {"items": await acts.explain(work, acts.Question(asked.act, asked.area, asked.owner), of=actor, by=actor)}


@router.get("/{person_id}/explanations", response_model=Explanations)
async def explain_person(person_id: UUID, asked: Annotated[Asked, Query()], actor: Actor, request: Request, work: Working) -> Any:
    """Why may they: for admins and auditors of the area, and for who lives there what offices reach their home."""
    actor.may("people.explain")
    found = await request.app.state.running.directory.look_up([person_id])
    question = acts.Question(asked.act, asked.area, asked.owner)
    return {"items": await acts.explain(work, question, of=found[person_id][0], by=actor)}
