"""The second factor of the person who is signed in: taken over, given new recovery codes, removed."""

from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import second_factor as acts
from services.identity.api.fresh import StepUpRoute, fresh, said
from services.identity.api.sign_in import SecondCode, address, policy


def kept_by_nobody(response: Response) -> None:
    """What is shown here is secret: no cache keeps it."""
    response.headers["cache-control"] = "no-store"


router = new_router("/api/v1/people/me/second-factor", tags=["people"])
router.route_class = StepUpRoute
router.dependencies.append(Depends(kept_by_nobody))


class PasswordShown(Body):
    """One's own password, once more."""

    password: Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00]+$")]


class SecretView(BaseModel):
    """What an authenticator takes over: as the URI of a QR code, and in letters. It is shown this once."""

    uri: str
    secret: str


class CodeShown(Body):
    """Six digits of the authenticator, or a recovery code."""

    code: SecondCode


class RecoveryView(BaseModel):
    """Each of them is good once instead of a code of the authenticator. They are shown this once."""

    recovery_codes: list[str]


@router.post("", dependencies=[fresh("people.secure")], response_model=SecretView)
async def enrol_second_factor(shown: PasswordShown, actor: Actor, request: Request, work: Working) -> SecretView:
    """A secret for my authenticator; it is asked for at no sign-in until a first code proves that it was taken over.

    Who has a passkey already has used it within ten minutes.
    """
    actor.scope("people.secure")
    secret, uri = await acts.enrol(work, actor.id, password=shown.password, address=address(request))
    return SecretView(uri=uri, secret=secret)


@router.post("/proof", response_model=RecoveryView)
async def prove_second_factor(shown: CodeShown, actor: Actor, request: Request, work: Working) -> RecoveryView:
    """My authenticator has it: from now on I sign in with it. The answer has my recovery codes.

    Who has a passkey by now has used it within ten minutes, also if they had none when they asked for the secret.
    """
    actor.scope("people.secure")
    codes = await acts.activate(work, acts.Shown(actor.id, shown.code, address(request)), claims=said(request))
    return RecoveryView(recovery_codes=codes)


@router.post("/recovery-codes", response_model=RecoveryView)
async def renew_recovery_codes(shown: CodeShown, actor: Actor, request: Request, work: Working) -> RecoveryView:
    """Ten new recovery codes; those I had are void."""
    actor.scope("people.secure")
    codes = await acts.renew(work, acts.Shown(actor.id, shown.code, address(request)))
    return RecoveryView(recovery_codes=codes)


@router.post("/removal", status_code=204)
async def remove_second_factor(shown: CodeShown, actor: Actor, request: Request, work: Working) -> None:
    """I sign in without it from now on, and anew everywhere; a code of it says that I still have it."""
    actor.scope("people.secure")
    await acts.remove(work, acts.Shown(actor.id, shown.code, address(request)), policy(request))
