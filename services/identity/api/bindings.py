"""Bindings: who belongs to which room."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import assignments as acts
from services.identity.api.areas import Path
from services.identity.domain.place import Binding
from services.identity.store import queries

router = new_router("/api/v1/bindings", tags=["bindings"])


class NewBinding(Body):
    """This person belongs to this room."""

    person_id: UUID
    room: Path
    kind: Literal["owner", "tenant", "family"]


class BindingView(BaseModel):
    """Who belongs where, since and until."""

    id: UUID
    person_id: UUID
    area: str
    kind: str
    starts_at: datetime
    ends_at: datetime | None


@router.get("", response_model=Page[BindingView])
async def list_bindings(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """Bindings in the areas one serves, and one's own."""
    return await queries.BINDINGS.page(work, asked, actor.scope("bindings.read"))


@router.post("", status_code=201, response_model=BindingView)
async def approve_binding(new: NewBinding, actor: Actor, work: Working) -> Binding:
    """Bind a person to a room in an area of one's own."""
    return await acts.bind(work, by=actor, person=new.person_id, room=new.room, kind=new.kind)


@router.post("/{binding_id}/ending", response_model=BindingView)
async def end_binding(binding_id: UUID, actor: Actor, work: Working) -> Binding:
    """The person has moved out."""
    return await acts.unbind(work, binding_id, by=actor)
