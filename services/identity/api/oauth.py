"""What is done to tokens that were given: asked about, taken back."""

from typing import Annotated, Any

from fastapi import Form, Response

from chassis.route import Working
from chassis.service import PUBLIC
from chassis.service import router as new_router
from services.identity.actions import clients, given
from services.identity.api.answers import OAuthRoute
from services.identity.api.token import Proof, Signed, asking

router = new_router("/oauth", tags=["oauth", PUBLIC])
router.route_class = OAuthRoute


class TokenShown(Proof):
    """A token, and who shows it."""

    token: Signed


@router.post("/revoke")
async def revoke_token(work: Working, asked: Annotated[TokenShown, Form()]) -> dict[str, str]:
    """Sign out: the session of this refresh or access token ends, and all its tokens with it (RFC 7009)."""
    await given.revoke(work, asked.token, await asking(work, asked))
    return {}


@router.post("/introspect")
async def introspect_token(work: Working, response: Response, asked: Annotated[TokenShown, Form()]) -> dict[str, Any]:
    """Whether an access token is good now, told to services of ours alone (RFC 7662)."""
    response.headers["cache-control"] = "no-store"
    return await given.about(work, await clients.authenticated(work, asked.credentials), asked.token)
