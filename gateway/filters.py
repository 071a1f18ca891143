"""Envoy's filters: what is done with every request before it is routed."""

from dataclasses import dataclass
from typing import Any

TYPE = "type.googleapis.com/envoy"
HTTP = f"{TYPE}.extensions.filters.http"
WHO = "x-person"  # the verified token's subject, for the limit and the log; jwt_authn takes away what comes under this name
JWT, ADDRESS, PERSON, BUFFER, COMPRESSOR = (
    "envoy.filters.http.jwt_authn", "limit.address", "limit.person", "envoy.filters.http.buffer", "envoy.filters.http.compressor",
)


@dataclass(frozen=True)
class Network:
    """Where things listen, as seen from Envoy."""

    listen: tuple[str, int]
    admin_port: int
    upstreams: dict[str, tuple[str, int]]  # service → host and port; `store` is the object store
    origin: str
    otlp: tuple[str, int] | None = None
    per_address: int = 400  # requests a second
    per_person: int = 100
    uploads_per_address: int = 20
    reuse_port: bool = False
    request_seconds: int = 60  # from the first byte of a request to its last; a photo on a slow phone needs its time


def hygiene() -> dict[str, Any]:
    """Headers that claim an identity never come in: no service would believe them, and none shall see them."""
    claims = [{"remove_on_match": {"key_matcher": {"prefix": name}}} for name in ("x-user-", "x-internal-")]
    lost = [{"remove": name} for name in ("forwarded", "x-forwarded-for", "x-trace-id", "traceparent", "tracestate")]
    return {"name": "hygiene", "typed_config": {
        "@type": f"{TYPE}.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
        "mutations": [*claims, *lost],
    }}


def filters(network: Network) -> list[dict[str, Any]]:
    return [
        {"name": ADDRESS, "typed_config": limit(network.per_address, [{"remote_address": {}}], "remote_address")},
        {"name": JWT, "typed_config": _token_check(network)},
        {"name": PERSON, "typed_config": limit(network.per_person, [by_person()], "sub")},
        {"name": BUFFER, "typed_config": {
            "@type": f"{HTTP}.buffer.v3.Buffer", "max_request_bytes": 256 * 1024,
        }},
        {"name": COMPRESSOR, "typed_config": _compressor()},
        {"name": "envoy.filters.http.router", "typed_config": {
            "@type": f"{HTTP}.router.v3.Router", "suppress_envoy_headers": True,
        }},
    ]


def by_person() -> dict[str, Any]:
    return {"request_headers": {"descriptor_key": "sub", "header_name": WHO, "skip_if_absent": True}}


def limit(per_second: int, actions: list[dict[str, Any]], key: str) -> dict[str, Any]:
    always = {"default_value": {"numerator": 100}}
    return {
        "@type": f"{HTTP}.local_ratelimit.v3.LocalRateLimit",
        "stat_prefix": f"limit_{key}",
        "rate_limits": [{"actions": actions}],
        "descriptors": [{"entries": [{"key": key}], "token_bucket": _bucket(per_second)}],
        "max_dynamic_descriptors": 10000,
        "always_consume_default_token_bucket": False,
        "token_bucket": _bucket(100_000),
        "filter_enabled": always,
        "filter_enforced": always,
    }


def _bucket(per_second: int) -> dict[str, Any]:
    return {"max_tokens": per_second, "tokens_per_fill": per_second, "fill_interval": "1s"}


def _token_check(network: Network) -> dict[str, Any]:
    known = {"provider_name": "guohuai"}
    return {
        "@type": f"{HTTP}.jwt_authn.v3.JwtAuthentication",
        "providers": {"guohuai": {
            "issuer": network.origin,
            "audiences": ["guohuai"],
            "forward": True,
            "require_expiration": True,
            "claim_to_headers": [{"header_name": WHO, "claim_name": "sub"}],  # all claims as metadata cost 9 µs a request
            "clock_skew_seconds": 30,
            "from_headers": [{"name": "Authorization", "value_prefix": "Bearer "}],
            "jwt_cache_config": {"jwt_cache_size": 2000},
            "remote_jwks": {
                "http_uri": {"uri": "http://identity/.well-known/jwks.json", "cluster": "identity", "timeout": "2s"},
                "cache_duration": "60s",
                "async_fetch": {"failed_refetch_duration": "1s"},
                "retry_policy": {"num_retries": 3},
            },
        }},
        "requirement_map": {
            "required": known, "optional": {"requires_any": {"requirements": [known, {"allow_missing": {}}]}},
        },
    }


def _compressor() -> dict[str, Any]:
    kinds = ["application/json", "application/problem+json", "application/fhir+json", "text/html", "text/css",
             "text/javascript", "text/markdown", "image/svg+xml"]
    return {
        "@type": f"{HTTP}.compressor.v3.Compressor",
        "response_direction_config": {"common_config": {
            "min_content_length": 512, "content_type_matcher": [{"prefix": kind} for kind in kinds],
        }},
        "compressor_library": {"name": "gzip", "typed_config": {
            "@type": f"{TYPE}.extensions.compression.gzip.compressor.v3.Gzip",
        }},
    }


def opened() -> dict[str, Any]:
    return {JWT: {"@type": f"{HTTP}.jwt_authn.v3.PerRouteConfig", "disabled": True}}
