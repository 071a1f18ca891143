"""What this authorization server says of itself: exactly what is built (RFC 8414, OpenID Connect Discovery 1.0)."""

from typing import Any

from chassis.rights import API
from services.identity.domain import assertions, clients, subjects
from services.identity.domain.second_factor import ONE_FACTOR, TWO_FACTORS


def server(issuer: str) -> dict[str, Any]:
    """The document at /.well-known/oauth-authorization-server."""
    proofs = ["none", "private_key_jwt"]
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(clients.GRANTS),
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": sorted({*clients.ABOUT_PEOPLE, API}),
        "token_endpoint_auth_methods_supported": proofs,
        "token_endpoint_auth_signing_alg_values_supported": list(assertions.ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": proofs,
        "revocation_endpoint_auth_signing_alg_values_supported": list(assertions.ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": ["private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": list(assertions.ALGORITHMS),
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": ["zh-CN"],
    }


def provider(issuer: str) -> dict[str, Any]:
    """The document at /.well-known/openid-configuration."""
    return {
        **server(issuer),
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "end_session_endpoint": f"{issuer}/oauth/end_session",
        "subject_types_supported": list(subjects.TYPES),
        "id_token_signing_alg_values_supported": ["ES256"],
        "acr_values_supported": [ONE_FACTOR, TWO_FACTORS],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "amr", "acr", "sid", "name",
        ],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "prompt_values_supported": ["login", "consent", "select_account", "none"],
    }
