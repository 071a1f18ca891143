"""Signing in for the first time as somebody who must have a second factor: it is taken over on the way."""

from fastapi import Depends, Request

from chassis.db import Work
from chassis.route import Working
from chassis.service import PUBLIC, Body
from chassis.service import router as new_router
from services.identity.actions import enrolment as acts
from services.identity.api.passkeys import Name
from services.identity.api.second_factor import SecretView, kept_by_nobody
from services.identity.api.sign_in import Challenge, SecondProof, SessionView, address, noticed
from services.identity.api.sign_in import shown as session_shown
from services.identity.api.webauthn import QuestionView, Registered, asked, party, shown

router = new_router("/sign-in/enrolment", tags=["sign-in", PUBLIC])
router.dependencies.append(Depends(kept_by_nobody))


class Enrolling(Body):
    """What the first proof was answered with (`second-factor-required`)."""

    challenge: Challenge


class EnrollingPasskey(Body):
    """The same, with the ticket of the question, what the browser made, and what its person calls it."""

    challenge: Challenge
    ticket: Challenge
    name: Name
    credential: Registered


class EnrolledView(SessionView):
    """A session, and ten recovery codes, shown this once."""

    recovery_codes: list[str]


async def _enrolled(work: Work, request: Request, made: acts.Enrolled) -> EnrolledView:
    session = await noticed(work, request, made.session)
    return EnrolledView(**session_shown(session).model_dump(), recovery_codes=made.recovery_codes)


@router.post("/authenticator", response_model=SecretView)
async def begin_authenticator_enrolment(said: Enrolling, work: Working) -> SecretView:
    """A secret for an authenticator, within fifteen minutes of the password."""
    secret, uri = await acts.offer_authenticator(work, said.challenge)
    return SecretView(uri=uri, secret=secret)


@router.post("/authenticator/proof", response_model=EnrolledView)
async def finish_authenticator_enrolment(proof: SecondProof, request: Request, work: Working) -> EnrolledView:
    """The first code of it: from now on it is asked for, and here is the session."""
    made = await acts.prove_authenticator(work, proof.challenge, code=proof.code, address=address(request))
    return await _enrolled(work, request, made)


@router.post("/passkey/options", response_model=QuestionView)
async def begin_passkey_enrolment(said: Enrolling, request: Request, work: Working) -> QuestionView:
    """Options for a new passkey, within fifteen minutes of the password."""
    return asked(await acts.ask_passkey(work, party(request), said.challenge))


@router.post("/passkey", response_model=EnrolledView)
async def finish_passkey_enrolment(new: EnrollingPasskey, request: Request, work: Working) -> EnrolledView:
    """Keep what the browser made; here is the session."""
    said = shown(new.ticket, new.credential)
    made = await acts.register_passkey(work, party(request), new.challenge, said, name=new.name)
    return await _enrolled(work, request, made)
