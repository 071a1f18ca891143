"""Where a second factor is shown once more, for acts that want it fresh (RFC 9470)."""

from fastapi import Depends, Request
from pydantic import BaseModel

from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.identity.actions import passkeys
from services.identity.actions import step_up as acts
from services.identity.actions.second_factor import Shown
from services.identity.api.fresh import said
from services.identity.api.second_factor import CodeShown, kept_by_nobody
from services.identity.api.sign_in import address, admitted
from services.identity.api.webauthn import PasskeyProof, QuestionView, asked, party
from services.identity.api.webauthn import shown as browser_shown

router = new_router("/sign-in/step-up", tags=["sign-in"])
router.dependencies.append(Depends(kept_by_nobody))


class SteppedUpView(BaseModel):
    """A new access token of the same session (RFC 6749 section 5.1); its refresh token stays as it is."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int


@router.post("", response_model=SteppedUpView)
async def step_up(shown: CodeShown, actor: Actor, request: Request, work: Working) -> SteppedUpView:
    """My session, now that I showed a code of my second factor once more."""
    actor.scope("people.secure")
    await admitted(work, request, actor.id)
    made = await acts.step_up(work, Shown(actor.id, shown.code, address(request)), said(request))
    return SteppedUpView(access_token=made.access_token, expires_in=made.expires_in)


@router.post("/passkey/options", response_model=QuestionView)
async def begin_passkey_step_up(actor: Actor, request: Request, work: Working) -> QuestionView:
    """Options for one of my passkeys."""
    actor.scope("people.secure")
    return asked(passkeys.ask_to_step_up(work, party(request), actor.id))


@router.post("/passkey", response_model=SteppedUpView)
async def step_up_by_passkey(proof: PasskeyProof, actor: Actor, request: Request, work: Working) -> SteppedUpView:
    """My session, now that I used one of my passkeys."""
    actor.scope("people.secure")
    answered = browser_shown(proof.ticket, proof.credential)
    await admitted(work, request, actor.id)
    made = await acts.by_passkey(work, party(request), actor.id, answered, said(request))
    return SteppedUpView(access_token=made.access_token, expires_in=made.expires_in)
