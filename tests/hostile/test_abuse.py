"""Abuse cases of the study that no other file holds, by their ids; through the gateway and at each service's own port."""

import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import aio_pika
import asyncpg
import httpx
import pytest
from builders.faults import fetch

from chassis.relay import plain
from deploy.local.layout import Layout
from deploy.processes import OWNERS, Process
from services.identity.domain import demo
from simulators.miniprogram import Client

LISTS = {
    "identity": "/api/v1/assignments", "reports": "/api/v1/reports", "gate": "/api/v1/gates", "health": "/api/v1/slots",
    "notify": "/api/v1/notices",
}


@pytest.fixture
async def people(stack: Layout) -> AsyncIterator[dict[str, Client]]:
    """Officers of one community and of the other."""
    async with AsyncExitStack() as held:
        made = {name: await held.enter_async_context(Client(stack.origin)) for name in ("officer", "stranger")}
        await made["officer"].sign_in_by_password("officer", demo.PASSWORD)
        await made["stranger"].sign_in_by_password("officer-neighbour", demo.PASSWORD)
        yield made


def origins(stack: Layout, owner: str) -> tuple[str, str]:
    return stack.origin, f"http://127.0.0.1:{stack.base + Process(owner, 'api').offset}"


def bearer(somebody: Client) -> dict[str, str]:
    return {"authorization": f"Bearer {somebody.token}"}


async def test_a05_what_is_elsewhere_looks_like_what_is_nowhere(stack: Layout, people: dict[str, Client]) -> None:
    there = (await fetch(stack, "reports", "select id from reports where area <@ '510104.clx.guohuai' limit 1"))[0]["id"]
    for origin in origins(stack, "reports"):
        told: dict[str, list[float]] = {"there": [], "nowhere": []}
        async with httpx.AsyncClient(base_url=origin, headers=bearer(people["stranger"]), timeout=20) as client:
            for _ in range(60):
                answers = {}
                for name, report in (("there", there), ("nowhere", uuid4())):
                    began = time.perf_counter()
                    answer = await client.get(f"/api/v1/reports/{report}")
                    told[name].append(time.perf_counter() - began)
                    answers[name] = (answer.status_code, {**answer.json(), "trace_id": "", "instance": ""})
                assert answers["there"] == answers["nowhere"]
                assert answers["there"][0] == 404
        medians = [statistics.median(took) for took in told.values()]
        assert abs(medians[0] - medians[1]) < 0.005, medians


@pytest.mark.parametrize("owner", LISTS)
async def test_a15_no_other_spelling_slips_a_rule(stack: Layout, people: dict[str, Client], owner: str) -> None:
    path = LISTS[owner]
    spelled = (f"{path}/", f"/{path}", path.upper(), f"{path};x", f"{path}%2e", f"{path}/%2e%2e{path.rpartition('/')[2]}", f"{path}%00")
    overriding = {"x-http-method-override": "DELETE", "x-http-method": "PUT", "x-method-override": "PATCH"}
    for origin in origins(stack, owner):
        async with httpx.AsyncClient(base_url=origin, timeout=20) as client:
            for odd in spelled:
                assert (await client.get(odd)).status_code in {307, 400, 401, 404}, odd
            for method in ("HEAD", "OPTIONS", "TRACE", "PROPFIND"):
                assert (await client.request(method, path)).status_code in {400, 401, 403, 404, 405, 501}, method
            plain_answer = await client.get(path, headers=bearer(people["officer"]))
            same = await client.get(path, headers={**bearer(people["officer"]), **overriding})
            assert (plain_answer.status_code, same.status_code) == (200, 200)


@pytest.mark.parametrize("owner", LISTS)
async def test_a17_and_a18_nobody_sorts_by_or_asks_for_what_is_not_offered(
    stack: Layout, people: dict[str, Client], owner: str
) -> None:
    for origin in origins(stack, owner):
        async with httpx.AsyncClient(base_url=origin, headers=bearer(people["officer"]), timeout=20) as client:
            for asked in ("sort=phone", "fields=sealed_text", "include=person", "order_by=1;select pg_sleep(9)", "reporter_id.eq=1"):
                answer = await client.get(f"{LISTS[owner]}?{asked}")
                assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "invalid-request"), asked


async def test_a20_a_cursor_of_somebody_elses_list_shows_ones_own_rows_alone(stack: Layout, people: dict[str, Client]) -> None:
    for origin in origins(stack, "reports"):
        async with httpx.AsyncClient(base_url=origin, timeout=20) as client:
            theirs = (await client.get("/api/v1/reports?limit=2", headers=bearer(people["officer"]))).json()
            assert theirs["next"]
            page = f"/api/v1/reports?limit=50&cursor={theirs['next']}"
            shown = (await client.get(page, headers=bearer(people["stranger"]))).json()
            assert {one["area"].split(".")[2] for one in shown["items"]} <= {demo.JINXIU.split(".")[2]}


async def test_b10_a_key_that_comes_with_another_body_changes_nothing(stack: Layout, people: dict[str, Client]) -> None:
    key, said = str(uuid4()), {"text": "楼道灯不亮", "category": "lighting", "client_token": str(uuid4())}
    place = {"area": f"{demo.GUOHUAI}.g03.dgy1.b03.u2"}
    for origin in origins(stack, "reports"):
        async with httpx.AsyncClient(base_url=origin, headers={**bearer(people["officer"]), "idempotency-key": key}, timeout=20) as client:
            first = await client.post("/api/v1/reports", json={**said, "place": place})
            assert first.status_code == 201, first.text
            other = await client.post("/api/v1/reports", json={**said, "text": "另一件事", "place": place})
            assert other.status_code in {409, 422}
            assert (await client.post("/api/v1/reports", json={**said, "place": place})).json() == first.json()


async def test_d28_no_door_keeps_anybody_signed_in_by_a_cookie(stack: Layout, people: dict[str, Client]) -> None:
    for owner, path in LISTS.items():
        for origin in origins(stack, owner):
            async with httpx.AsyncClient(base_url=origin, timeout=20) as client:
                for headers in ({}, bearer(people["officer"])):
                    assert "set-cookie" not in (await client.get(path, headers=headers)).headers
    async with httpx.AsyncClient(base_url=stack.origin, timeout=20) as client:
        signed_in = await client.post("/sign-in/password", json={"login": "officer", "password": demo.PASSWORD})
        assert signed_in.status_code == 200
        assert "set-cookie" not in signed_in.headers


@pytest.mark.parametrize("owner", OWNERS)
async def test_j01_a_service_reads_no_other_services_database(stack: Layout, owner: str) -> None:
    for other in OWNERS:
        address = plain(stack.database_url(owner, other))
        if other == owner:
            connection = await asyncpg.connect(address)
            assert not await connection.fetchval("select rolsuper or rolcreatedb or rolcreaterole from pg_roles where rolname = current_user")
            await connection.close()
        else:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await asyncpg.connect(address)


async def test_i10_the_brokers_usual_account_is_not_there(stack: Layout) -> None:
    place = stack.admin_broker_url.rpartition("@")[2]
    with pytest.raises((aio_pika.exceptions.AMQPError, ConnectionError)):
        await aio_pika.connect(f"amqp://guest:guest@{place}")
