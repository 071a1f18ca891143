"""Registrations: people without a phone, registered by one member of staff and confirmed by another."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import registrations as acts
from services.identity.api.areas import Path
from services.identity.domain.place import Belongs
from services.identity.domain.registration import Registration
from services.identity.store import queries

router = new_router("/api/v1/registrations", tags=["registrations"])

PersonName = Annotated[str, Field(min_length=2, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*[^\W\d_][^\x00-\x1f\x7f]*$")]
State = Literal["waiting", "confirmed", "refused", "over"]


class NewRegistration(Body):
    """Somebody who stands here: the name as in the papers that were seen, the room they belong to, and until when."""

    name: PersonName
    room: Path
    kind: Belongs
    evidence: Literal["id-card", "household-book", "residence-permit", "social-card"]
    ends_at: AwareDatetime | None = None


class SecondLook(Body):
    """The name, as the second member of staff reads it in the papers."""

    name: PersonName


class RegistrationFilter(Paging):
    """Which."""

    state: State | None = None


class RegistrationView(BaseModel):
    """What was registered, without the name: whoever confirms it reads that in the papers, not here."""

    id: UUID
    person_id: UUID
    area: str
    kind: str
    evidence: str
    ends_at: datetime | None
    state: State
    registered_by: UUID
    registered_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None


@router.get("", response_model=Page[RegistrationView])
async def list_registrations(actor: Actor, work: Working, asked: Annotated[RegistrationFilter, Query()]) -> Any:
    """Registrations in the areas one serves, the newest first."""
    return await queries.REGISTRATIONS.page(work, asked, actor.scope("registrations.decide"), state=asked.state)


@router.post("", status_code=201, response_model=RegistrationView)
async def register_person(new: NewRegistration, actor: Actor, work: Working) -> Registration:
    """The first look at somebody without a phone."""
    actor.may("registrations.decide")
    stay = acts.Stay(new.room, new.kind, new.ends_at)
    return await acts.register(work, stay, by=actor, name=new.name, evidence=new.evidence)


@router.post("/{registration_id}/confirmation", response_model=RegistrationView)
async def confirm_registration(registration_id: UUID, look: SecondLook, actor: Actor, work: Working) -> Registration:
    """The second look, by another member of staff: the person is there from now on, and belongs to the room."""
    actor.may("registrations.decide")
    return await acts.confirm(work, registration_id, by=actor, name=look.name)


@router.post("/{registration_id}/refusal", response_model=RegistrationView)
async def refuse_registration(registration_id: UUID, actor: Actor, work: Working) -> Registration:
    """Nobody comes of it; the name is forgotten."""
    actor.may("registrations.decide")
    return await acts.refuse(work, registration_id, by=actor)
