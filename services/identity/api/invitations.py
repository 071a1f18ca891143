"""Invitations: an owner lets somebody else belong to their room by a code that they hand over themselves."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import invitations as acts
from services.identity.actions.invitations import Wish
from services.identity.api.bindings import BindingView
from services.identity.api.second_factor import kept_by_nobody
from services.identity.api.sign_in import address
from services.identity.api.unkept import UnkeptRoute
from services.identity.domain.invitation import Invitation, Kind, State
from services.identity.domain.place import Binding
from services.identity.store.invitations import INVITATIONS

router = new_router("/api/v1/invitations", tags=["bindings"])
accepting = new_router("/api/v1/invitations", tags=["bindings"])  # whose question no key keeps: a bare hash of a code is found
accepting.route_class = UnkeptRoute


class NewInvitation(Body):
    """By which of my own homes, as what, and until when; of a tenant or a helper that must be said."""

    binding_id: UUID
    kind: Kind
    ends_at: AwareDatetime | None = None


class InvitationCode(Body):
    """The ten letters and digits the owner gave me, spaces, hyphens and case aside."""

    code: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00]+$")]


class InvitationView(BaseModel):
    """Good for one person, once, until `expires_at`; `ends_at` is of the stay. Nobody is named: not who came, not who made it."""

    id: UUID
    area: str
    kind: str
    state: State
    made_at: datetime
    expires_at: datetime
    ends_at: datetime | None
    decided_at: datetime | None
    binding_id: UUID | None


class InvitationMade(InvitationView):
    """The same with its code, which is shown this once."""

    code: str


class InvitationListed(InvitationView):
    """The same, and until when the stay that came of it lasts: past, if it is over."""

    stays_until: datetime | None


@router.get("", response_model=Page[InvitationListed])
async def list_invitations(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """Invitations I made, and all those of rooms I own now."""
    return await INVITATIONS.page(work, asked, actor.scope("invitations.keep"), at=work.now)


@router.post("", status_code=201, response_model=InvitationMade)
async def make_invitation(new: NewInvitation, actor: Actor, work: Working, response: Response) -> InvitationMade:
    """Let somebody belong to a room I own: whoever shows the code within 48 hours, once."""
    kept_by_nobody(response)
    made, code = await acts.make(work, Wish(new.binding_id, new.kind, new.ends_at), by=actor)
    return InvitationMade(**InvitationView.model_validate(made, from_attributes=True).model_dump(), code=code)


@accepting.post("/acceptance", response_model=BindingView)
async def accept_invitation(shown: InvitationCode, actor: Actor, request: Request, work: Working) -> Binding:
    """Yes, I belong there: from now on, until the day the owner named."""
    return await acts.accept(work, by=actor, code=shown.code, address=address(request))


@router.post("/{invitation_id}/withdrawal", response_model=InvitationView)
async def withdraw_invitation(invitation_id: UUID, actor: Actor, work: Working) -> Invitation:
    """Its code is worth nothing any more."""
    return await acts.withdraw(work, invitation_id, by=actor)


@router.post("/{invitation_id}/ending", response_model=InvitationView)
async def end_stay(invitation_id: UUID, actor: Actor, work: Working) -> Invitation:
    """Who came by it lives there no more: a tenant or helper of any owner of the room, family of who invited them."""
    return await acts.end(work, invitation_id, by=actor)
