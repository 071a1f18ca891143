"""Where I am signed in: listed, and ended one by one."""

from datetime import datetime
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel

from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.identity.actions import signed_in
from services.identity.api.fresh import said as token_said

router = new_router("/api/v1/people/me/sessions", tags=["people"])


class SignedInView(BaseModel):
    """A session of mine: at a program (none: our own sign-in), by what I showed (RFC 8176), on which kind of device."""

    id: UUID
    client_id: str
    program: str | None
    device: str | None
    methods: list[str]
    began_at: datetime
    used_at: datetime
    ends_at: datetime  # unless it is used before
    is_current: bool


@router.get("", response_model=list[SignedInView])
async def list_sessions(actor: Actor, request: Request, work: Working) -> list[signed_in.SignedIn]:
    """Where I am signed in now, what was used last first; a hundred at most."""
    actor.scope("people.read")
    shown = token_said(request).get("sid")
    return await signed_in.listed(work, actor.id, UUID(shown) if shown else None)


@router.post("/{session_id}/revocation", status_code=204)
async def end_session_of_mine(session_id: UUID, actor: Actor, work: Working) -> None:
    """Sign one device out; the others ask for a new token once and go on."""
    actor.scope("people.revoke")
    await signed_in.end(work, actor.id, session_id)
