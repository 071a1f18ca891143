"""Who signed in, told to the program they signed in for."""

from typing import Any

from fastapi import Response

from chassis.rights import Actor as Person
from chassis.rights import ScopeMissing
from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.identity.actions import given

router = new_router("/oauth", tags=["oauth"])


@router.get("/userinfo")
async def get_userinfo(actor: Actor, work: Working, response: Response) -> dict[str, Any]:
    """Of who is signed in: who it is, and with the scope `profile` the name (OpenID Connect Core 1.0 section 5.3)."""
    response.headers["cache-control"] = "no-store"
    return await given.person(work, actor.id, _openid(actor))


def _openid(actor: Person) -> frozenset[str]:
    """What may be told; our own sign-in's token was asked of no provider of identity, and has no `openid`."""
    actor.scope("openid")
    if actor.scopes is None or "openid" not in actor.scopes:
        raise ScopeMissing("openid")
    return actor.scopes
