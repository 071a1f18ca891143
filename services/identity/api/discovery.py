"""What a stock client reads first: the public keys, and what is offered where."""

from typing import Any

from fastapi import Request, Response

from chassis.route import Working
from chassis.service import PUBLIC
from chassis.service import router as new_router
from services.identity.actions import keys
from services.identity.domain import metadata

router = new_router("/.well-known", tags=["oauth", PUBLIC])


@router.get("/jwks.json")
async def get_keys(work: Working, response: Response) -> dict[str, Any]:
    """The public keys of all tokens: the one that signs, the one that will, those whose tokens are not over (RFC 7517)."""
    response.headers["cache-control"] = "public, max-age=60"
    return await keys.published(work)


@router.get("/oauth-authorization-server")
async def get_metadata(request: Request) -> dict[str, Any]:
    """What this authorization server can do (RFC 8414)."""
    return metadata.server(request.app.state.running.settings.public_origin)


@router.get("/openid-configuration")
async def get_provider(request: Request) -> dict[str, Any]:
    """The same for OpenID Connect (Discovery 1.0 section 4)."""
    return metadata.provider(request.app.state.running.settings.public_origin)
