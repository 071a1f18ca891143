"""Somebody acts for another: bounded by their token, for the person and for no office, noted, and said in what comes of it."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.world import GRID, RESIDENT, SECOND_RESIDENT, UNIT, Person

from chassis import bus, directory, envelope
from chassis.testing import arrived
from contracts.identity import AccessRevoked

SCOPES, SOMEBODY = "reports.file reports.read", str(uuid4())


async def asks(
    doors: Doors, method: str, path: str, *, whom: Person = RESIDENT, body: Any = None, key: Any = None, **claims: Any
) -> httpx.Response:
    """What the second resident asks for somebody, as their token says."""
    said = {"client_id": "guohuai.proxy", "scope": SCOPES, "act": {"sub": str(SECOND_RESIDENT.id)}, **claims}
    async with doors.client(whom, **said) as client:
        return await client.request(method, path, json=body, headers=key or keyed())


def filing() -> dict[str, Any]:
    return {"text": "灯不亮", "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4())}


async def audited(doors: Doors) -> list[tuple[str, str, str]]:
    rows = await doors.rows("select actor_id, subject, reason from audit where action = 'proxies.act' order by pos")
    return [(str(row.actor_id), row.subject, row.reason) for row in rows]


async def test_a_person_who_acts_is_bounded_by_scopes_even_from_our_own_sign_in(reports_doors: Doors) -> None:
    for client in ("guohuai", "guohuai.proxy"):
        assert (await asks(reports_doors, "GET", "/api/v1/reports", client_id=client)).status_code == 200
        answer = await asks(reports_doors, "GET", "/api/v1/reports", client_id=client, scope="reports.file")
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (403, "scope-missing")


@pytest.mark.parametrize("act", ["x", 7, [], {}, {"sub": "x"}, {"sub": 5}, {"sub": SOMEBODY, "act": {"sub": SOMEBODY}}], ids=str)
async def test_nobody_acts_who_is_not_named_or_at_a_second_remove(reports_doors: Doors, act: Any) -> None:
    assert (await asks(reports_doors, "GET", "/api/v1/reports", act=act)).status_code == 401


async def test_who_tries_what_for_whom_is_noted_whatever_comes_of_it(reports_doors: Doors) -> None:
    await asks(reports_doors, "GET", "/api/v1/reports")
    await asks(reports_doors, "POST", f"/api/v1/reports/{uuid4()}/rating", body={"satisfaction": 5})
    who, whom = str(SECOND_RESIDENT.id), f"person/{RESIDENT.id}"
    assert await audited(reports_doors) == [
        (who, whom, "GET /api/v1/reports"), (who, whom, "POST /api/v1/reports/{report_id}/rating"),
    ]


async def test_a_proxy_of_somebody_who_serves_holds_no_office(reports_doors: Doors) -> None:
    async with reports_doors.client(RESIDENT) as client:
        filed = await client.post("/api/v1/reports", json=filing(), headers=keyed())
    assert filed.status_code == 201, filed.text
    async with reports_doors.client(GRID) as client:
        assert (await client.get("/api/v1/reports")).json()["total"] == 1
    assert (await asks(reports_doors, "GET", "/api/v1/reports", whom=GRID)).json()["total"] == 0
    assert (await asks(reports_doors, "GET", f"/api/v1/reports/{filed.json()['id']}", whom=GRID)).status_code == 404


async def test_it_is_void_with_the_tokens_of_who_acts_and_of_whom_they_act_for(reports_doors: Doors) -> None:
    for ended in (SECOND_RESIDENT, RESIDENT):
        await reports_doors.clean()
        given = {"iat": int(time.time()) - 20}
        assert (await asks(reports_doors, "GET", "/api/v1/reports", **given)).status_code == 200
        now = datetime.now(UTC)
        said = arrived(AccessRevoked(person_id=ended.id, not_before=now), now)
        await bus.handle(reports_doors.running.database, directory.consumers("reports"), said)
        reports_doors.running.directory._known.clear()
        assert (await asks(reports_doors, "GET", "/api/v1/reports", **given)).status_code == 401


async def test_what_comes_of_it_says_who_acted_and_what_follows_from_that_does_not(reports_doors: Doors) -> None:
    assert (await asks(reports_doors, "POST", "/api/v1/reports", body=filing())).status_code == 201
    [row] = await reports_doors.rows("select topic, headers, body from outbox")
    heard = envelope.read(row.headers, bytes(row.body))
    assert (heard.acting, heard.cause.acting) == (SECOND_RESIDENT.id, None)
    async with reports_doors.client(RESIDENT) as client:
        await client.post("/api/v1/reports", json=filing(), headers=keyed())
    [_, own] = await reports_doors.rows("select headers, body from outbox order by pos")
    assert envelope.read(own.headers, bytes(own.body)).acting is None


async def test_a_key_of_theirs_is_not_answered_to_who_acts_for_them(reports_doors: Doors) -> None:
    key, body = keyed(), filing()
    async with reports_doors.client(RESIDENT) as client:
        assert (await client.post("/api/v1/reports", json=body, headers=key)).status_code == 201
    answer = await asks(reports_doors, "POST", "/api/v1/reports", body=body, key=key)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "idempotency-key-reused")


async def test_forty_at_once_are_all_noted(reports_doors: Doors) -> None:
    answers = await asyncio.gather(*(asks(reports_doors, "GET", "/api/v1/reports") for _ in range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await audited(reports_doors)) == 40
