"""The passkeys of the person who is signed in: registered, listed, renamed, removed."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import passkeys as acts
from services.identity.api.fresh import StepUpRoute, fresh
from services.identity.api.fresh import said as token_said
from services.identity.api.second_factor import RecoveryView, kept_by_nobody
from services.identity.api.sign_in import Challenge, address, policy
from services.identity.api.webauthn import QuestionView, Registered, asked, party, shown

router = new_router("/api/v1/people/me/passkeys", tags=["people"])
router.route_class = StepUpRoute
router.dependencies.append(Depends(kept_by_nobody))

Name = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["办公室电脑"])]


class PasswordOrNothing(Body):
    """One's own password, once more; nothing, if one has a second factor and has shown it just now."""

    password: Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00]+$")] | None = None


class NewPasskey(Body):
    """What the browser made, with the ticket of the question, and what its person calls it."""

    ticket: Challenge
    name: Name
    credential: Registered


class Renaming(Body):
    """What it is called from now on."""

    name: Name


class PasskeyView(BaseModel):
    """One of mine."""

    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None


class NewPasskeyView(PasskeyView):
    """With the first second factor come ten recovery codes, shown this once; else there are none."""

    recovery_codes: list[str]


@router.get("", response_model=list[PasskeyView])
async def list_passkeys(actor: Actor, work: Working) -> list[acts.Passkey]:
    """Mine, the oldest first; at most twenty."""
    actor.scope("people.secure")
    return await acts.listed(work, actor.id)


@router.post("/options", dependencies=[fresh("people.secure")], response_model=QuestionView)
async def begin_passkey(said: PasswordOrNothing, actor: Actor, request: Request, work: Working) -> QuestionView:
    """Options for a new one: for who shows their password, or, if they have a second factor, showed it within ten minutes."""
    actor.scope("people.secure")
    came_from = address(request)
    return asked(await acts.ask_to_register(work, party(request), actor.id, password=said.password, address=came_from))


@router.post("", status_code=201, response_model=NewPasskeyView)
async def register_passkey(new: NewPasskey, actor: Actor, request: Request, work: Working) -> acts.Passkey:
    """Keep what the browser made, within five minutes of the question. From now on I sign in by it, or by it as well.

    Who has a second factor by now has shown it within ten minutes, also if they had none when they asked.
    """
    actor.scope("people.secure")
    made, claims = shown(new.ticket, new.credential), token_said(request)
    return await acts.register(work, party(request), actor.id, made, name=new.name, claims=claims)


@router.post("/recovery-codes", dependencies=[fresh("people.secure")], response_model=RecoveryView)
async def renew_codes_by_passkey(actor: Actor, work: Working) -> RecoveryView:
    """Ten new recovery codes, for who lost the paper and has shown a second factor within ten minutes; those I had are void."""
    actor.scope("people.secure")
    return RecoveryView(recovery_codes=await acts.renew_codes(work, actor.id))


@router.post("/{passkey_id}/renaming", response_model=PasskeyView)
async def rename_passkey(passkey_id: UUID, said: Renaming, actor: Actor, work: Working) -> acts.Passkey:
    """Call one of mine something else."""
    actor.scope("people.secure")
    return await acts.rename(work, actor.id, passkey_id, said.name)


@router.post("/{passkey_id}/removal", status_code=204, dependencies=[fresh("people.secure")])
async def remove_passkey(passkey_id: UUID, actor: Actor, request: Request, work: Working) -> None:
    """One of mine signs nobody in any more, and I am signed out everywhere; a second factor was shown within ten minutes."""
    actor.scope("people.secure")
    await acts.remove(work, actor.id, passkey_id, policy(request))
