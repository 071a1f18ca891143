"""Acts that want a second factor shown a short while ago (RFC 9470): what the request's token says of it."""

import json
from typing import Any

from fastapi import Depends, Request, Response
from joserfc.util import urlsafe_b64decode

from chassis.db import Work
from chassis.route import Actor, Route, Working
from services.reports.domain.export import ProofNotFresh, must_be_fresh


class StepUpRoute(Route):
    """A refusal that wants more proof says in its header which, so that a client need not read our documents."""

    async def _refused(self, request: Request, broken: Exception) -> Response:
        made = await super()._refused(request, broken)
        if isinstance(broken, ProofNotFresh):
            made.headers["www-authenticate"] = broken.challenge
        return made


class OnceRoute(StepUpRoute):
    """Its answer is given once: no `Idempotency-Key` is taken, which would keep it for a day."""

    async def _reserve(self, request: Request, work: Work) -> Any:  # noqa: ARG002 - the chassis gives both
        return None


def fresh(action: str) -> Any:
    """A door that wants it, asked after the right of the program in between."""

    async def is_fresh(request: Request, actor: Actor, work: Working) -> None:
        actor.may(action)
        must_be_fresh(said(request), work.now)

    return Depends(is_fresh)


def said(request: Request) -> dict[str, Any]:
    """The claims of the request's token, which was found good before there was an actor."""
    payload = request.headers["authorization"].partition(" ")[2].split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload.encode()))
    return claims
