"""What is done to tokens that were given: taken back."""

from typing import Annotated

from fastapi import Form

from chassis.route import Working
from chassis.service import PUBLIC
from chassis.service import router as new_router
from services.identity.actions import sessions
from services.identity.api.answers import OAuthRoute
from services.identity.api.token import Opaque, Proof, asking

router = new_router("/oauth", tags=["oauth", PUBLIC])
router.route_class = OAuthRoute


class Revocation(Proof):
    """The token that shall be good for nothing any more."""

    token: Opaque


@router.post("/revoke")
async def revoke_token(work: Working, asked: Annotated[Revocation, Form()]) -> dict[str, str]:
    """Sign out: the session of this refresh token ends, and its access tokens with it (RFC 7009)."""
    await sessions.end(work, asked.token, await asking(work, asked))
    return {}
