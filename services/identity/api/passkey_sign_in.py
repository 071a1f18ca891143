"""Signing in by a passkey: in one step, or as the second one."""

from fastapi import Depends, Request

from chassis.route import Working
from chassis.service import PUBLIC, Body
from chassis.service import router as new_router
from services.identity.actions import passkeys, second_factor, sessions
from services.identity.api.second_factor import kept_by_nobody
from services.identity.api.sign_in import Challenge, SessionView, noticed
from services.identity.api.sign_in import shown as session_shown
from services.identity.api.webauthn import PasskeyProof, QuestionView, asked, party, shown

router = new_router("/sign-in/passkey", tags=["sign-in", PUBLIC])
router.dependencies.append(Depends(kept_by_nobody))


class SecondStep(Body):
    """What the first proof was answered with, if there was one; a passkey needs none."""

    challenge: Challenge | None = None


@router.post("/options", response_model=QuestionView)
async def begin_passkey_sign_in(step: SecondStep, request: Request, work: Working) -> QuestionView:
    """Options for whoever sits there: the browser knows their passkeys, and nobody need say who they are."""
    kek = work.vault.keys.kek
    half = second_factor.opened(kek, step.challenge, work.now) if step.challenge is not None else None
    return asked(passkeys.ask_to_sign_in(kek, party(request), work.now, half))


@router.post("", response_model=SessionView)
async def sign_in_by_passkey(proof: PasskeyProof, request: Request, work: Working) -> SessionView:
    """Sign in within five minutes of the question; it counts as two factors, for the device verified who used it."""
    person, proved = await passkeys.sign_in(work, party(request), shown(proof.ticket, proof.credential))
    return session_shown(await noticed(work, request, await sessions.begin(work, person, proved=proved)))
