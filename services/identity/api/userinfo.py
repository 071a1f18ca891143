"""Who signed in, told to the program they signed in for."""

from typing import Any

from fastapi import Response

from chassis.errors import Forbidden
from chassis.rights import Actor as Person
from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.identity.actions import given

router = new_router("/oauth", tags=["oauth"])


class ScopeMissing(Forbidden):
    """The token was given without the scope `openid` (RFC 6750 section 3.1: insufficient_scope)."""

    zh = "该凭证不包含查看身份信息的权限"

    def __init__(self) -> None:
        super().__init__(error="insufficient_scope")


@router.get("/userinfo")
async def get_userinfo(actor: Actor, work: Working, response: Response) -> dict[str, Any]:
    """Of who is signed in: who it is, and with the scope `profile` the name (OpenID Connect Core 1.0 section 5.3)."""
    response.headers["cache-control"] = "no-store"
    _must_be_openid(actor)
    return await given.person(work, actor.id, actor.scopes)


def _must_be_openid(actor: Person) -> None:
    actor.scope("people.read")
    if "openid" not in actor.scopes:
        raise ScopeMissing
