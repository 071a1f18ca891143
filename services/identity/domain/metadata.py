"""What this authorization server says of itself: exactly what is built (RFC 8414)."""

from typing import Any

from services.identity.domain import assertions, clients


def server(issuer: str) -> dict[str, Any]:
    """The document at /.well-known/oauth-authorization-server."""
    proofs = ["none", "private_key_jwt"]
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "token_endpoint": f"{issuer}/oauth/token",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "response_types_supported": [],
        "grant_types_supported": [clients.REFRESH, clients.CREDENTIALS],
        "token_endpoint_auth_methods_supported": proofs,
        "token_endpoint_auth_signing_alg_values_supported": list(assertions.ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": proofs,
        "revocation_endpoint_auth_signing_alg_values_supported": list(assertions.ALGORITHMS),
    }
