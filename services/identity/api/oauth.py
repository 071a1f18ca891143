"""The OAuth surface that is there: keys, discovery, refresh and revocation."""

from typing import Annotated, Any

from fastapi import Form, Request, Response

from chassis.route import Working
from chassis.service import PUBLIC
from chassis.service import router as new_router
from services.identity.actions import keys, sessions
from services.identity.api.sign_in import SessionView, shown
from services.identity.domain.sign_in import GrantUnknown

router = new_router("", tags=["oauth", PUBLIC])

Token = Annotated[str, Form(max_length=256)]


@router.get("/.well-known/jwks.json")
async def get_keys(work: Working, response: Response) -> dict[str, Any]:
    """The public keys of access tokens (RFC 7517)."""
    response.headers["cache-control"] = "public, max-age=60"
    return await keys.published(work)


@router.get("/.well-known/oauth-authorization-server")
async def get_metadata(request: Request) -> dict[str, Any]:
    """What this authorization server can do (RFC 8414)."""
    origin = request.app.state.running.settings.public_origin
    return {
        "issuer": origin, "jwks_uri": f"{origin}/.well-known/jwks.json", "token_endpoint": f"{origin}/oauth/token",
        "revocation_endpoint": f"{origin}/oauth/revoke", "grant_types_supported": ["refresh_token"],
        "response_types_supported": [], "token_endpoint_auth_methods_supported": ["none"],
    }


@router.post("/oauth/token", response_model=SessionView)
async def exchange_token(
    work: Working, response: Response, grant_type: Annotated[str, Form(max_length=64)], refresh_token: Token = ""
) -> SessionView:
    """The next tokens for a refresh token (RFC 6749 section 6)."""
    response.headers["cache-control"] = "no-store"
    if grant_type != "refresh_token":
        raise GrantUnknown
    return shown(await sessions.refresh(work, refresh_token))


@router.post("/oauth/revoke")
async def revoke_token(work: Working, token: Token) -> dict[str, str]:
    """Sign out: the refresh tokens of this sign-in end (RFC 7009); its access token is over within ten minutes."""
    await sessions.end(work, token)
    return {}
