"""Renders Envoy's whole configuration from the route table: static, no control plane. JSON, because Envoy reads it."""

import json
from dataclasses import dataclass
from typing import Any

from gateway.answers import own_answers
from gateway.routes import ROUTES, Row

_TYPE = "type.googleapis.com/envoy"
_HTTP = f"{_TYPE}.extensions.filters.http"
_HALF_SECOND = "0.5s"
JWT, ADDRESS, PERSON = "envoy.filters.http.jwt_authn", "limit.address", "limit.person"


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
    reuse_port: bool = False


def render(network: Network) -> str:
    """The configuration file."""
    clusters = [_cluster(name, *address) for name, address in sorted(network.upstreams.items())]
    if network.otlp:
        clusters.append(_cluster("otlp", *network.otlp))
    return json.dumps({
        "admin": {"address": _address("127.0.0.1", network.admin_port)},
        "static_resources": {"listeners": [_listener(network)], "clusters": clusters},
    }, ensure_ascii=False, indent=1)


def _address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}


def _cluster(name: str, host: str, port: int) -> dict[str, Any]:
    numeric = host.replace(".", "").isdigit()
    return {
        "name": name,
        "type": "STATIC" if numeric else "STRICT_DNS",
        "connect_timeout": "1s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(host, port)}}]}],
        },
        "circuit_breakers": {"thresholds": [{
            "max_connections": 1024, "max_pending_requests": 1024, "max_requests": 8192, "max_retries": 16,
        }]},
    }


def _listener(network: Network) -> dict[str, Any]:
    manager = {
        "@type": f"{_TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "entrance",
        "codec_type": "AUTO",
        "use_remote_address": True,
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
        "always_set_request_id_in_response": True,
        "server_header_transformation": "PASS_THROUGH",
        "max_request_headers_kb": 24,
        "request_headers_timeout": "5s",
        "request_timeout": "60s",
        "stream_idle_timeout": "75s",
        "common_http_protocol_options": {
            "headers_with_underscores_action": "REJECT_REQUEST", "idle_timeout": "300s", "max_headers_count": 64,
        },
        "early_header_mutation_extensions": [_hygiene()],
        "http_filters": _filters(network),
        "route_config": {"virtual_hosts": [_host(network)]},
        "local_reply_config": own_answers(network.origin),
        "access_log": [_access_log()],
        "tracing": _tracing(network),
    }
    return {
        "name": "entrance",
        "address": _address(*network.listen),
        "enable_reuse_port": network.reuse_port,
        "per_connection_buffer_limit_bytes": 1024 * 1024,
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }


def _hygiene() -> dict[str, Any]:
    """Headers that claim an identity never come in: no service would believe them, and none shall see them."""
    claims = [{"remove_on_match": {"key_matcher": {"prefix": name, "ignore_case": True}}} for name in ("x-user-", "x-internal-")]
    lost = [{"remove": name} for name in ("forwarded", "x-forwarded-for", "x-trace-id", "traceparent", "tracestate")]
    return {"name": "hygiene", "typed_config": {
        "@type": f"{_TYPE}.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
        "mutations": [*claims, *lost],
    }}


def _filters(network: Network) -> list[dict[str, Any]]:
    return [
        {"name": ADDRESS, "typed_config": _limit(network.per_address, [{"remote_address": {}}], "remote_address")},
        {"name": JWT, "typed_config": _token_check(network)},
        {"name": PERSON, "typed_config": _limit(network.per_person, [_by_person()], "sub")},
        {"name": "envoy.filters.http.buffer", "typed_config": {
            "@type": f"{_HTTP}.buffer.v3.Buffer", "max_request_bytes": 256 * 1024,
        }},
        {"name": "envoy.filters.http.compressor", "typed_config": _compressor()},
        {"name": "envoy.filters.http.router", "typed_config": {"@type": f"{_HTTP}.router.v3.Router"}},
    ]


def _by_person() -> dict[str, Any]:
    return {"metadata": {
        "descriptor_key": "sub", "source": "DYNAMIC", "skip_if_absent": True,
        "metadata_key": {"key": JWT, "path": [{"key": "claims"}, {"key": "sub"}]},
    }}


def _limit(per_second: int, actions: list[dict[str, Any]], key: str) -> dict[str, Any]:
    always = {"default_value": {"numerator": 100}}
    return {
        "@type": f"{_HTTP}.local_ratelimit.v3.LocalRateLimit",
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
        "@type": f"{_HTTP}.jwt_authn.v3.JwtAuthentication",
        "providers": {"guohuai": {
            "issuer": network.origin,
            "audiences": ["guohuai"],
            "forward": True,
            "require_expiration": True,
            "payload_in_metadata": "claims",
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
        "@type": f"{_HTTP}.compressor.v3.Compressor",
        "response_direction_config": {"common_config": {
            "min_content_length": 512, "content_type_matcher": [{"prefix": kind} for kind in kinds],
        }},
        "compressor_library": {"name": "gzip", "typed_config": {
            "@type": f"{_TYPE}.extensions.compression.gzip.compressor.v3.Gzip",
        }},
    }


def _host(network: Network) -> dict[str, Any]:
    routes = [route for row in ROUTES for route in _routes(row, network)]
    whole = {
        "match": {"path": "/readyz"}, "route": {"cluster": "edge", "timeout": "10s", "prefix_rewrite": "/ready"},
        "typed_per_filter_config": _open(),
    }
    root = {"match": {"path": "/"}, "route": {"cluster": "edge", "timeout": "10s"}, "typed_per_filter_config": _open()}
    nowhere = {"match": {"prefix": "/"}, "direct_response": {"status": 404}, "typed_per_filter_config": _open()}
    return {
        "name": "all", "domains": ["*"], "routes": [*routes, whole, root, nowhere],
        "response_headers_to_add": [
            {"header": {"key": "x-trace-id", "value": "%TRACE_ID%"}},
            {"header": {"key": "x-content-type-options", "value": "nosniff"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"},
            {"header": {"key": "referrer-policy", "value": "same-origin"}},
        ],
    }


def _routes(row: Row, network: Network) -> list[dict[str, Any]]:
    """A row becomes two routes: what reads may be tried again, what writes never is."""
    if row.service == "store":
        return [_media(row)]
    match: dict[str, Any] = {"path_separated_prefix": row.prefix}
    if row.query:
        match["query_parameters"] = [{"name": row.query[0], "string_match": {"exact": row.query[1]}}]
    reads = {**match, "headers": [{"name": ":method", "string_match": {"safe_regex": {"regex": "GET|HEAD"}}}]}
    again = {"retry_policy": {
        "retry_on": "connect-failure,refused-stream,reset-before-request", "num_retries": 2,
    }} if row.timeout else {}
    both = {"request_headers_to_remove": ["cookie"], "decorator": {"operation": row.prefix}}  # what its span is called
    reading, writing = (_per_route(row, network, writes=writes) for writes in (False, True))
    return [
        {**both, "match": reads, "route": _target(row) | again, "typed_per_filter_config": reading},
        {**both, "match": match, "route": _target(row), "typed_per_filter_config": writing},
    ]


def _target(row: Row) -> dict[str, Any]:
    idle = {} if row.timeout else {"idle_timeout": "0s"}
    return {"cluster": row.service, "timeout": f"{row.timeout}s", **idle}


def _per_route(row: Row, network: Network, *, writes: bool) -> dict[str, Any]:
    config: dict[str, Any] = _open() if row.token == "none" else {  # noqa: S105 - the word says that none is needed
        JWT: {"@type": f"{_HTTP}.jwt_authn.v3.PerRouteConfig", "requirement_name": row.token},
    }
    config["envoy.filters.http.buffer"] = {"@type": f"{_HTTP}.buffer.v3.BufferPerRoute", **(
        {"disabled": True} if row.body is None else {"buffer": {"max_request_bytes": row.body}}
    )}
    if row.body is None:
        config["envoy.filters.http.compressor"] = {"@type": f"{_HTTP}.compressor.v3.CompressorPerRoute", "disabled": True}
    if writes and row.writes_per_second:
        config[PERSON] = _limit(min(row.writes_per_second, network.per_person), [_by_person()], "sub")
    return config


def _open() -> dict[str, Any]:
    return {JWT: {"@type": f"{_HTTP}.jwt_authn.v3.PerRouteConfig", "disabled": True}}


def _media(row: Row) -> dict[str, Any]:
    """The object store under our own origin: signed URLs only, streamed, and nothing it serves can run as us."""
    config = _open()
    config["envoy.filters.http.buffer"] = {"@type": f"{_HTTP}.buffer.v3.BufferPerRoute", "disabled": True}
    config["envoy.filters.http.compressor"] = {"@type": f"{_HTTP}.compressor.v3.CompressorPerRoute", "disabled": True}
    return {
        "match": {
            "path_separated_prefix": row.prefix,
            "headers": [{"name": ":method", "string_match": {"safe_regex": {"regex": "GET|HEAD|PUT"}}}],
            "query_parameters": [{"name": "X-Amz-Signature", "present_match": True}],
        },
        "route": {"cluster": "store", "timeout": "0s", "idle_timeout": "60s"},
        "request_headers_to_remove": ["authorization", "cookie"],
        "response_headers_to_remove": [
            "access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers",
            "access-control-expose-headers",
        ],
        "response_headers_to_add": [
            {"header": {"key": "content-security-policy", "value": "default-src 'none'; sandbox"}},
        ],
        "typed_per_filter_config": config,
    }


def _access_log() -> dict[str, Any]:
    return {"name": "stdout", "typed_config": {
        "@type": f"{_TYPE}.extensions.access_loggers.stream.v3.StdoutAccessLog",
        "log_format": {"json_format": {
            "at": "%START_TIME%", "service": "gateway", "message": "answered", "method": "%REQ(:METHOD)%",
            "path": "%PATH(NQ)%", "status": "%RESPONSE_CODE%", "flags": "%RESPONSE_FLAGS%", "why": "%RESPONSE_CODE_DETAILS%",
            "ms": "%DURATION%", "bytes": "%BYTES_SENT%", "cluster": "%UPSTREAM_CLUSTER%", "trace_id": "%TRACE_ID%",
            "person": f"%DYNAMIC_METADATA({JWT}:claims:sub)%",
        }},
    }}


def _tracing(network: Network) -> dict[str, Any]:
    """Without a collector nothing is sent, but every request still gets the trace id all its logs carry."""
    service = {"cluster_name": "otlp" if network.otlp else "edge"}
    return {
        "random_sampling": {"value": 100 if network.otlp else 0},
        "provider": {"name": "envoy.tracers.opentelemetry", "typed_config": {
            "@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig",
            "service_name": "gateway",
            "http_service": {
                "http_uri": {"uri": "http://otlp/v1/traces", "cluster": service["cluster_name"], "timeout": _HALF_SECOND},
            },
        }},
    }
