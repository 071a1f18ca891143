"""Acts that want the second factor fresh, and how they say so (RFC 9470)."""

import json
from typing import Any

from fastapi import Depends, Request, Response
from joserfc.util import urlsafe_b64decode

from chassis.route import Actor, Route, Working
from services.identity.actions import requirement
from services.identity.api.sign_in import policy
from services.identity.domain.second_factor import InsufficientUserAuthentication


class StepUpRoute(Route):
    """A refusal that wants more proof says in its header which, so that a client need not read our documents."""

    async def _refused(self, request: Request, broken: Exception) -> Response:
        made = await super()._refused(request, broken)
        if isinstance(broken, InsufficientUserAuthentication):
            made.headers["www-authenticate"] = broken.challenge
        return made


def fresh(action: str) -> Any:
    """A door that wants it as the table of the act says."""

    async def is_fresh(request: Request, actor: Actor, work: Working) -> None:
        actor.may(action)
        await requirement.must_be_fresh(work, policy(request), actor.id, action, said(request))

    return Depends(is_fresh)


def said(request: Request) -> dict[str, Any]:
    """The claims of the request's token, which was found good before there was an actor."""
    payload = request.headers["authorization"].partition(" ")[2].split(".")[1]
    said: dict[str, Any] = json.loads(urlsafe_b64decode(payload.encode()))
    return said
