"""Bindings: who belongs to which room."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import agreements, leaving
from services.identity.actions import assignments as acts
from services.identity.api.areas import Path
from services.identity.api.registrations import PersonName
from services.identity.domain.agreement import Agreement
from services.identity.domain.place import Belongs, Binding
from services.identity.store import queries

router = new_router("/api/v1/bindings", tags=["bindings"])


class NewBinding(Body):
    """This person belongs to this room, until a moment or without end; a helper a year at most."""

    person_id: UUID
    room: Path
    kind: Belongs
    ends_at: AwareDatetime | None = None


class BindingLook(Body):
    """Which papers the person showed, and the name in them as the second member of staff reads it."""

    name: PersonName
    papers: Literal["id-card", "household-book", "residence-permit", "social-card", "passport", "permanent-residence"]


class BindingView(BaseModel):
    """Who belongs where, since and until; while `agreement` is `asked` it holds nowhere."""

    id: UUID
    person_id: UUID
    area: str
    kind: str
    starts_at: datetime
    ends_at: datetime | None
    agreement: Agreement
    asked_at: datetime | None
    agreed_at: datetime | None


@router.get("", response_model=Page[BindingView])
async def list_bindings(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """Bindings in the areas one serves, and one's own."""
    return await queries.BINDINGS.page(work, asked, actor.scope("bindings.read"))


@router.post("", status_code=201, response_model=BindingView)
async def approve_binding(new: NewBinding, actor: Actor, work: Working) -> Binding:
    """Say that a person belongs to a room of one's own area: they are told, and it holds once they agree or another sees them."""
    return await acts.bind(work, by=actor, person=new.person_id, room=new.room, kind=new.kind, ends_at=new.ends_at)


@router.post("/{binding_id}/ending", response_model=BindingView)
async def end_binding(binding_id: UUID, actor: Actor, work: Working) -> Binding:
    """The person has moved out."""
    return await acts.unbind(work, binding_id, by=actor)


@router.post("/{binding_id}/leaving", response_model=BindingView)
async def leave_binding(binding_id: UUID, actor: Actor, work: Working) -> Binding:
    """I have moved out: it is over at once, with what rests on it."""
    return await leaving.leave(work, binding_id, by=actor)


@router.post("/{binding_id}/agreement", response_model=BindingView)
async def agree_to_binding(binding_id: UUID, actor: Actor, work: Working) -> Binding:
    """Yes, I belong to this room."""
    return await agreements.agree(work, binding_id, by=actor)


@router.post("/{binding_id}/denial", response_model=BindingView)
async def deny_binding(binding_id: UUID, actor: Actor, work: Working) -> Binding:
    """Not me: it is over, and other staff than who bound me look into it. Within seven days of who did not say yes themselves."""
    return await agreements.deny(work, binding_id, by=actor)


@router.post("/{binding_id}/second-look", response_model=BindingView)
async def look_at_binding(binding_id: UUID, look: BindingLook, actor: Actor, work: Working) -> Binding:
    """Another member of staff saw the person with their papers; who has no phone is bound so."""
    actor.may("bindings.approve")
    return await agreements.look(work, binding_id, by=actor, name=look.name, papers=look.papers)
