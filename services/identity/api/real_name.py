"""Having one's own name and number compared (实名核验)."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import real_name as acts
from services.identity.api.registrations import PersonName
from services.identity.api.second_factor import kept_by_nobody
from services.identity.api.unkept import UnkeptRoute
from services.identity.clients import real_name as wire
from services.identity.domain.documents import Document
from services.identity.domain.real_name import Check

router = new_router("/api/v1/people/me/real-name-check", tags=["people"])
router.route_class = UnkeptRoute
router.dependencies.append(Depends(kept_by_nobody))

Number = Annotated[str, Field(min_length=5, max_length=32)]


class NewCheck(Body):
    """Name and number as they stand in the papers; the number is not kept."""

    name: PersonName
    document: Document
    number: Number


class CheckView(BaseModel):
    """What came of it. `refused` says no more: they differ, or nobody is known by the number, or it cannot be taken.

    `unanswered`: the provider was away; it costs nothing of the day's three.
    """

    state: Literal["asked", "confirmed", "refused", "unanswered"]
    document: Document
    created_at: datetime
    decided_at: datetime | None


@router.post("", status_code=202, response_model=CheckView)
async def ask_real_name_check(new: NewCheck, actor: Actor, request: Request, work: Working) -> Check:
    """Have my name and number compared by the provider, within seconds; what comes of it is asked for by GET."""
    actor.may("people.verify")
    provider = wire.of(request.app.state.running.settings)
    return await acts.ask(work, provider, actor.id, name=new.name, document=new.document, number=new.number)


@router.get("", response_model=CheckView)
async def get_real_name_check(actor: Actor, work: Working) -> Check:
    """What came of my newest one."""
    actor.may("people.verify")
    return await acts.latest(work, actor.id)
