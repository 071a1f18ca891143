"""Signing in by a number that serves several people, or that was silent for long: the second question after the code."""

from uuid import UUID

from fastapi import Depends, Request

from chassis.route import Working
from chassis.service import PUBLIC, Body
from chassis.service import router as new_router
from services.identity.actions import phones, second_factor
from services.identity.api.second_factor import kept_by_nobody
from services.identity.api.sign_in import Challenge, SessionView, noticed, policy, silence
from services.identity.api.sign_in import shown as session_shown

router = new_router("/sign-in/phone", tags=["sign-in", PUBLIC])
router.dependencies.append(Depends(kept_by_nobody))


class Choice(Body):
    """What the code was answered with (`person-wanted`), and whom of those it named."""

    challenge: Challenge
    person_id: UUID


class Stranger(Body):
    """What the code was answered with (`phone-silent`)."""

    challenge: Challenge


@router.post("/choice", response_model=SessionView)
async def choose_person(choice: Choice, request: Request, work: Working) -> SessionView:
    """Sign in as one of the people of a shared number, within five minutes of its code, once."""
    person = await phones.choose(work, choice.challenge, choice.person_id)
    return session_shown(await noticed(work, request, await second_factor.begin(work, person, "sms", policy(request))))


@router.post("/stranger", response_model=SessionView)
async def sign_in_as_stranger(said: Stranger, request: Request, work: Working) -> SessionView:
    """The number is mine now and I was never here: I am somebody new, and whose it was keep their account without it."""
    person = await phones.become_somebody_new(work, said.challenge, silence(request))
    session = await second_factor.begin(work, person, "sms", policy(request))
    return session_shown(await noticed(work, request, session), is_new=True)
