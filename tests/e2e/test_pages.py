"""What the entrance itself shows: the page, the documents, the state, and the way through them."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.wire import until

from deploy.local.layout import ROOT, Layout
from services.identity.domain import demo
from simulators.miniprogram import Client, Refused


@pytest.fixture
async def visitor(stack: Layout) -> AsyncIterator[httpx.AsyncClient]:
    """Nobody in particular."""
    async with httpx.AsyncClient(base_url=stack.origin, timeout=20) as made:
        yield made


async def test_every_address_a_page_names_answers(visitor: httpx.AsyncClient) -> None:
    seen, waiting = set(), ["/", "/docs", "/events", "/s/x"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = await visitor.get(path)
        assert answer.status_code == 200, path
        if "text/html" in answer.headers["content-type"]:
            waiting += [link for link in re.findall(r'(?:href|src)="(/[^"#]*)"', answer.text) if link not in seen]
    assert {"/", "/docs", "/events", "/traces", "/settings", "/looks", "/board"} <= seen
    assert {"/static/board.css", "/static/board.js"} <= seen
    assert {"/static/page.css", "/static/traces.js", "/static/settings.js", "/static/terms.js"} <= seen
    assert {f"/static/{name}" for name in ("scan.css", "scan.js", "draft.js", "photo.js")} <= seen


async def test_one_document_describes_every_operation(visitor: httpx.AsyncClient) -> None:
    document = (await visitor.get("/openapi.json")).json()
    for path in (
        "/api/v1/reports/{report_id}/acceptance", "/api/v1/gates/{gate_id}/commands", "/api/v1/appointments",
        "/api/v1/notices",
        "/api/v1/people/me", "/sign-in/code", "/oauth/token", "/api/v1/live", "/api/v1/uploads",
    ):
        assert path in document["paths"], path
    text = str(document)
    for reference in set(re.findall(r"#/components/schemas/([A-Za-z0-9_.\-]+)", text)):
        assert reference in document["components"]["schemas"], reference
    assert document["paths"]["/sign-in/code"]["post"]["security"] == []


async def test_the_state_of_all_services_is_shown(visitor: httpx.AsyncClient) -> None:
    shown = (await visitor.get("/status")).json()
    assert set(shown["services"]) == {"identity", "reports", "gate", "health", "notify"}
    assert set(shown["workers"]) == {*shown["services"], "edge"}
    assert set(shown["parts"]) == {"postgres", "rabbitmq", "store"}
    assert {state for group in shown.values() for state in group.values()} == {"ready"}


async def test_the_demo_shows_what_happened_last_where_and_how_it_travelled(visitor: httpx.AsyncClient, stack: Layout) -> None:
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        area = f"{demo.GUOHUAI}.g03.dgy1.b03.u2"
        draft = {"text": "灯", "category": "lighting", "place": {"area": area}, "client_token": str(uuid4())}
        report = await officer.post("/api/v1/reports", draft)
        trace = officer.last.headers["x-trace-id"] if officer.last else ""

    async def shown() -> list[dict[str, str]]:
        events = (await visitor.get("/demo/events")).json()
        return [one for one in events if one["subject"] == f"report/{report['id']}"]

    (one,) = await until(shown)
    assert (one["place"], one["trace_id"]) == ("国槐社区 大观苑一期3栋2单元", trace)
    assert set(one) == {"id", "topic", "subject", "area", "place", "at", "trace_id"}

    def roots_of(spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [span for span in spans if span["parent"] not in {one["id"] for one in spans}]

    async def whole() -> list[dict[str, Any]]:
        answer = await visitor.get(f"/demo/traces/{trace}")
        spans = answer.json() if answer.is_success else []
        heard = {span["service"] for span in spans} >= {"gateway", "reports", "notify", "edge"}
        return spans if heard and len(roots_of(spans)) == 1 else []  # each process sends its spans when it likes

    spans = await until(whole, 60)
    roots = roots_of(spans)
    assert [(root["service"], root["name"]) for root in roots] == [("gateway", "/api/v1/reports")]
    assert not any(span["failed"] for span in spans)
    lines = (await visitor.get("/demo/traces")).json()
    assert trace in [line["trace_id"] for line in lines]
    assert not [line for line in lines if "directory_marked" in line["name"]]  # said every two seconds, by nobody


async def test_a_problem_type_leads_to_its_page(visitor: httpx.AsyncClient, stack: Layout) -> None:
    for answer in (
        await visitor.get("/api/v1/reports"), await visitor.get("/nowhere"),
        await visitor.post("/sign-in/code", json={"phone": "1"}),
    ):
        page = await visitor.get(answer.json()["type"].removeprefix(stack.origin))
        assert page.status_code == 200
        assert "text/html" in page.headers["content-type"]
    every = (await visitor.get("/problems")).text
    assert all(f'href="/problems/{file.stem}"' in every for file in (ROOT / "docs" / "problems").iterdir())
    assert (await visitor.get("/problems/no-such-problem")).status_code == 404
    assert (await visitor.get("/problems/..%2f..%2fetc")).status_code in {400, 404}


async def test_the_live_channel_needs_a_token_in_the_header(stack: Layout, visitor: httpx.AsyncClient) -> None:
    async with Client(stack.origin) as worker:
        with pytest.raises(Refused, match="401"):
            async with worker.live():
                pass
        await worker.sign_in_by_password("grid", "guohuai-demo")
        assert (await visitor.get("/api/v1/live", params={"access_token": worker.token})).status_code == 401
        async with worker.live():
            assert worker.token
