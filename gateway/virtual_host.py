"""Envoy's routes, made from the table: which path goes where, with which limits, and what is said when nothing matches."""

from typing import Any

from gateway.filters import ADDRESS, BUFFER, COMPRESSOR, HTTP, JWT, PERSON, Network, by_person, limit, opened
from gateway.routes import ROUTES, Row

_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PAGES = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
_KEPT_BY_NOBODY = {"response_headers_to_add": [  # what somebody is told does not lie about in a browser (RFC 9111, 5.2.2.5)
    {"header": {"key": "cache-control", "value": "no-store"}, "append_action": "ADD_IF_ABSENT"},
]}
_TRIES = {"retry_on": "connect-failure,refused-stream,reset-before-request", "num_retries": 2}


def virtual_host(network: Network) -> dict[str, Any]:
    routes = [route for row in ROUTES for route in _routes(row, network)]
    free, edge = {"typed_per_filter_config": opened()}, {"cluster": "edge", "timeout": "10s"}
    whole = {**free, "name": "/readyz", "match": {"path": "/readyz"}, "route": {**edge, "prefix_rewrite": "/ready"}}
    root = {**free, "name": "/", "match": {"path": "/"}, "route": edge}
    nowhere = {**free, "name": "nowhere", "match": {"prefix": "/"}, "direct_response": {"status": 404}}
    return {
        "name": "all", "domains": ["*"], "routes": [*routes, whole, root, nowhere],
        "response_headers_to_add": [
            {"header": {"key": "x-trace-id", "value": "%TRACE_ID%"}},
            {"header": {"key": "x-content-type-options", "value": "nosniff"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"},
            {"header": {"key": "referrer-policy", "value": "same-origin"}},
            {"header": {"key": "content-security-policy", "value": _PAGES}, "append_action": "ADD_IF_ABSENT"},
        ],
    }


def _routes(row: Row, network: Network) -> list[dict[str, Any]]:
    """A row becomes two routes: what reads may be tried again, what writes never is."""
    if row.service == "store":
        return [_media(row, network, "PUT"), _media(row, network, "GET|HEAD")]
    match: dict[str, Any] = {"path_separated_prefix": row.prefix}
    if row.query:
        match["query_parameters"] = [{"name": row.query[0], "string_match": {"exact": row.query[1]}}]
    reads = {**match, "headers": [{"name": ":method", "string_match": {"exact": "GET"}}]}
    again = {"retry_policy": _TRIES} if row.timeout else {}
    called = {"name": row.prefix, "decorator": {"operation": row.prefix}}  # in the log, and as a span
    both = {**called, "request_headers_to_remove": ["cookie"], **({} if row.token == "none" else _KEPT_BY_NOBODY)}  # noqa: S105
    reading, writing = (_per_route(row, network, writes=writes) for writes in (False, True))
    return [
        {**both, "match": reads, "route": _target(row) | again, "typed_per_filter_config": reading},
        {**both, "match": match, "route": _target(row), "typed_per_filter_config": writing},
    ]


def _target(row: Row) -> dict[str, Any]:
    if row.upgrades:  # who is there is heard of every 20 s: a silent one is gone
        return {"cluster": row.service, "timeout": "0s", "upgrade_configs": [{"upgrade_type": "websocket"}]}
    idle = {} if row.timeout else {"idle_timeout": "0s"}
    return {"cluster": row.service if row.timeout else "live", "timeout": f"{row.timeout}s", **idle}


def _per_route(row: Row, network: Network, *, writes: bool) -> dict[str, Any]:
    config: dict[str, Any] = opened() if row.token == "none" else {  # noqa: S105 - the word says that none is needed
        JWT: {"@type": f"{HTTP}.jwt_authn.v3.PerRouteConfig", "requirement_name": row.token},
    }
    config[BUFFER] = {"@type": f"{HTTP}.buffer.v3.BufferPerRoute", **(
        {"disabled": True} if row.body is None else {"buffer": {"max_request_bytes": row.body}}
    )}
    if row.body is None:
        config[COMPRESSOR] = {"@type": f"{HTTP}.compressor.v3.CompressorPerRoute", "disabled": True}
    if writes and row.writes_per_second:
        config[PERSON] = limit(min(row.writes_per_second, network.per_person), [by_person()], "sub")
    return config


def _media(row: Row, network: Network, methods: str) -> dict[str, Any]:
    """The object store under our own origin: signed URLs only, streamed, and nothing it serves can run as us.

    An address may begin so many uploads a second, and none takes for ever: one signed URL must not close the door for others.
    """
    config, puts = opened(), methods == "PUT"
    if puts:
        config[ADDRESS] = limit(network.uploads_per_address, [{"remote_address": {}}], "remote_address")
    config[BUFFER] = {"@type": f"{HTTP}.buffer.v3.BufferPerRoute", "disabled": True}
    config[COMPRESSOR] = {"@type": f"{HTTP}.compressor.v3.CompressorPerRoute", "disabled": True}
    return {
        "name": row.prefix,
        "match": {
            "safe_regex": {"regex": f"{row.prefix}/[a-z]+/{_UUID}"},
            "headers": [{"name": ":method", "string_match": {"safe_regex": {"regex": methods}}}],
            "query_parameters": [{"name": "X-Amz-Signature", "present_match": True}],
        },
        "route": {"cluster": "uploads" if puts else "store", "timeout": "120s", "idle_timeout": "15s"},
        "request_headers_to_remove": ["authorization", "cookie"],
        "response_headers_to_remove": [
            "access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers",
            "access-control-expose-headers", "server",
        ],
        "response_headers_to_add": [
            {"header": {"key": "content-security-policy", "value": "default-src 'none'; sandbox"}},
        ],
        "typed_per_filter_config": config,
    }
