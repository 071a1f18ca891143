"""Acts that want the second factor fresh: how they say so, and where it is shown (RFC 9470)."""

import json
from typing import Any

from fastapi import Depends, Request, Response
from joserfc.util import urlsafe_b64decode
from pydantic import BaseModel

from chassis.route import Actor, Route, Working
from chassis.service import router as new_router
from services.identity.actions import step_up as acts
from services.identity.actions.second_factor import Shown
from services.identity.api.second_factor import CodeShown, kept_by_nobody
from services.identity.api.sign_in import address
from services.identity.domain.second_factor import InsufficientUserAuthentication

router = new_router("/sign-in/step-up", tags=["sign-in"])
router.dependencies.append(Depends(kept_by_nobody))


class StepUpRoute(Route):
    """A refusal that wants more proof says in its header which, so that a client need not read our documents."""

    async def _refused(self, request: Request, broken: Exception) -> Response:
        made = await super()._refused(request, broken)
        if isinstance(broken, InsufficientUserAuthentication):
            made.headers["www-authenticate"] = broken.challenge
        return made


class SteppedUpView(BaseModel):
    """A new access token of the same session (RFC 6749 section 5.1); its refresh token stays as it is."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int


@router.post("", response_model=SteppedUpView)
async def step_up(shown: CodeShown, actor: Actor, request: Request, work: Working) -> SteppedUpView:
    """My session, now that I showed a code of my second factor once more."""
    actor.scope("people.secure")
    made = await acts.step_up(work, Shown(actor.id, shown.code, address(request)), _said(request))
    return SteppedUpView(access_token=made.access_token, expires_in=made.expires_in)


def fresh(action: str) -> Any:
    """A door that wants it as the table of the act says."""

    async def is_fresh(request: Request, actor: Actor, work: Working) -> None:
        await acts.must_be_fresh(work, actor.id, action, _said(request))

    return Depends(is_fresh)


def _said(request: Request) -> dict[str, Any]:
    """The claims of the request's token, which was found good before there was an actor."""
    payload = request.headers["authorization"].partition(" ")[2].split(".")[1]
    said: dict[str, Any] = json.loads(urlsafe_b64decode(payload.encode()))
    return said
