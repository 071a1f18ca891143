"""Looking for residents of one's area, and reading one field of theirs in the clear."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import looks as acts
from services.identity.api.areas import Path
from services.identity.api.fresh import fresh, said
from services.identity.api.second_factor import kept_by_nobody
from services.identity.api.sign_in import policy
from services.identity.api.unkept import UnkeptRoute
from services.identity.domain.looks import Reason, Shown, Way

router = new_router("/api/v1/people", tags=["people"])
router.route_class = UnkeptRoute
router.dependencies.append(Depends(kept_by_nobody))


class Search(Body):
    """By what exactly, which value, why; and where, if not in all of one's area."""

    by: Way
    value: Annotated[str, Field(min_length=2, max_length=64)]
    reason: Reason
    area: Path | None = None


class ResidentView(BaseModel):
    """Somebody who lives in one's area: name and phone masked, and their rooms there, none elsewhere."""

    person_id: UUID
    name: str | None
    phone: str | None
    rooms: list[str]


class FoundView(BaseModel):
    """Whom it leads to, at most twenty."""

    items: list[ResidentView]


class NewRevelation(Body):
    """Which field, and why."""

    field: Shown
    reason: Reason


class RevelationView(BaseModel):
    """It, in the clear; nothing of who has none."""

    field: Shown
    value: str | None


@router.post("/search", response_model=FoundView, dependencies=[fresh("people.find")])
async def search_people(sought: Search, actor: Actor, work: Working) -> dict[str, Any]:
    """Who of my area has exactly this phone, number of papers or name; whoever is elsewhere is not there."""
    actor.may("people.find")
    what = acts.Sought(sought.by, sought.value, sought.area)
    return {"items": await acts.search(work, by=actor, sought=what, reason=sought.reason)}


@router.post("/{person_id}/revelation", response_model=RevelationView)
async def reveal_person(
    person_id: UUID, new: NewRevelation, actor: Actor, request: Request, work: Working
) -> dict[str, Any]:
    """One field of somebody of my area, in the clear; it wants a second factor within ten minutes, and is audited."""
    actor.may("people.reveal")
    asked = acts.Asked(actor, said(request), policy(request))
    return {"field": new.field, "value": await acts.reveal(work, person_id, asked, field=new.field, reason=new.reason)}
