"""Renders Envoy's whole configuration from the route table: static, no control plane. JSON, because Envoy reads it."""

import json
from typing import Any

from gateway.answers import own_answers
from gateway.filters import TYPE, WHO, Network, filters, hygiene
from gateway.virtual_host import virtual_host

_HALF_SECOND = "0.5s"
_MANY = 8192


def render(network: Network) -> str:
    """The configuration file."""
    upstreams = network.upstreams | {"live": network.upstreams["edge"], "uploads": network.upstreams["store"]}
    clusters = [_cluster(name, *address) for name, address in sorted(upstreams.items())]
    if network.otlp:
        clusters.append(_cluster("otlp", *network.otlp))
    return json.dumps({
        "admin": {"address": _address("127.0.0.1", network.admin_port)},
        "static_resources": {"listeners": [_listener(network)], "clusters": clusters},
    }, ensure_ascii=False, indent=1)


def _address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}


def _cluster(name: str, host: str, port: int) -> dict[str, Any]:
    most = _MANY if name in {"live", "uploads"} else 1024  # held long by design: they must not use up the others' connections
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
            "max_connections": most, "max_pending_requests": 1024, "max_requests": 8192, "max_retries": 16,
        }]},
    }


def _listener(network: Network) -> dict[str, Any]:
    manager = {
        "@type": f"{TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "entrance",
        "codec_type": "AUTO",
        "use_remote_address": True,
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
        "server_header_transformation": "PASS_THROUGH",
        "max_request_headers_kb": 24,
        "request_headers_timeout": "5s",
        "request_timeout": f"{network.request_seconds}s",
        "stream_idle_timeout": "75s",
        "common_http_protocol_options": {
            "headers_with_underscores_action": "REJECT_REQUEST", "idle_timeout": "300s", "max_headers_count": 64,
        },
        "early_header_mutation_extensions": [hygiene()],
        "http_filters": filters(network),
        "route_config": {"virtual_hosts": [virtual_host(network)]},
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


def _access_log() -> dict[str, Any]:
    return {"name": "stdout", "typed_config": {
        "@type": f"{TYPE}.extensions.access_loggers.stream.v3.StdoutAccessLog",
        "log_format": {"json_format": {
            "at": "%START_TIME%", "service": "gateway", "message": "answered", "method": "%REQ(:METHOD)%",
            "route": "%ROUTE_NAME%", "status": "%RESPONSE_CODE%", "flags": "%RESPONSE_FLAGS%", "why": "%RESPONSE_CODE_DETAILS%",
            "ms": "%DURATION%", "bytes": "%BYTES_SENT%", "cluster": "%UPSTREAM_CLUSTER%", "trace_id": "%TRACE_ID%",
            "person": f"%REQ({WHO})%",
        }},
    }}


def _tracing(network: Network) -> dict[str, Any]:
    """Without a collector nothing is sent, but every request still gets the trace id all its logs carry."""
    service = {"cluster_name": "otlp" if network.otlp else "edge"}
    return {
        "max_path_tag_length": 1,  # a query may carry anything; the span is called by its route
        "random_sampling": {"value": 100 if network.otlp else 0},
        "provider": {"name": "envoy.tracers.opentelemetry", "typed_config": {
            "@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig",
            "service_name": "gateway",
            "http_service": {
                "http_uri": {"uri": "http://otlp/v1/traces", "cluster": service["cluster_name"], "timeout": _HALF_SECOND},
            },
        }},
    }
