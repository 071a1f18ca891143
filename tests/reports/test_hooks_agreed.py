"""推送: an address is asked before it is told anything, is told what it wants, and says itself that it wants nothing more."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.life import file, mark, named, step
from builders.receiver import OK, Receiver, receiving
from builders.world import FAR_OFFICER, GRID, HERE, OFFICER, RESIDENT, UNIT, Person

from chassis import bus
from chassis.outgoing import Caller
from chassis.testing import arrived
from contracts.reports import ReportSubmitted
from services.reports import consumers, jobs
from services.reports.clients.handshake import agrees

GONE = b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def allowing(origin: str, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nWebHook-Allowed-Origin: {origin}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()


@pytest.fixture
async def hall(tmp_path_factory: pytest.TempPathFactory, reports_doors: Doors) -> AsyncIterator[Receiver]:
    async with receiving(tmp_path_factory.mktemp("hook")) as made:
        reports_doors.app.state.caller = made.caller()
        yield made
        del reports_doors.app.state.caller


async def enter(doors: Doors, hall: Receiver, person: Person = OFFICER, **more: object) -> httpx.Response:
    await mark(doors)
    body = {"area": HERE, "name": "社区大屏", "endpoint": hall.endpoint, **more}
    async with doors.client(person) as client:
        return await client.post("/api/v1/hooks", json=body, headers=keyed())


async def happened(doors: Doors, *steps: str) -> str:
    key = await file(doors)
    for what in steps:
        assert (await step(doors, GRID, key, what)).status_code == 200
    event = ReportSubmitted(
        area=UNIT, recipients=(RESIDENT.id,), report_id=UUID(key), number="GH-1", reporter_id=RESIDENT.id, category="lighting",
    )
    await bus.handle(doors.running.database, consumers.hooks, arrived(event, datetime.now(UTC)))
    return key


async def tell(doors: Doors, caller: Caller) -> int:
    told = 0
    while await jobs.tell_one(doors.running, caller):
        told += 1
    return told


async def state(doors: Doors, key: str) -> Any:
    async with doors.client(OFFICER) as client:
        return (await client.get(f"/api/v1/hooks/{key}")).json()["state"]


async def test_an_address_is_asked_who_may_tell_it_before_it_is_told(reports_doors: Doors, hall: Receiver) -> None:
    origin = urlsplit(reports_doors.issuer).hostname or ""
    for agreed in (allowing(origin), allowing("*", "204 No Content")):
        hall.agrees = agreed
        answer = await enter(reports_doors, hall)
        assert answer.status_code == 201, answer.text
        async with reports_doors.client(OFFICER) as client:
            assert (await client.post(f"/api/v1/hooks/{answer.json()['id']}/ending")).status_code == 200
    assert [one["webhook-request-origin"] for one in hall.asked] == [origin] * 2
    assert hall.heard == []


@pytest.mark.parametrize("said", [
    OK, allowing("somebody.else.example"), allowing("*", "404 Not Found"), allowing("*", "302 Found\r\nlocation: https://a.example/"),
    b"nonsense\r\n\r\n", b"",
])
async def test_who_does_not_agree_is_told_nothing_and_hears_what_to_answer(
    reports_doors: Doors, hall: Receiver, said: bytes
) -> None:
    hall.agrees = said
    answer = await enter(reports_doors, hall)
    assert (answer.status_code, named(answer)) == (422, "hook-not-agreed")
    assert answer.json()["origin"] == urlsplit(reports_doors.issuer).hostname
    assert await reports_doors.rows("select 1 from hooks") == []


async def test_nobody_is_asked_for_who_may_not_enter_one(reports_doors: Doors, hall: Receiver) -> None:
    for person in (RESIDENT, GRID):
        assert (await enter(reports_doors, hall, person)).status_code in {403, 404}
    assert hall.asked == []


async def test_what_leads_inside_is_not_asked(reports_doors: Doors, hall: Receiver) -> None:
    reports_doors.app.state.caller = hall.caller("127.0.0.1")
    answer = await enter(reports_doors, hall)
    assert (answer.status_code, named(answer), hall.asked) == (422, "hook-address-refused", [])
    assert not await agrees(hall.caller(), hall.endpoint, [], "a.example")


async def test_an_address_is_told_the_kinds_it_wants_and_no_others(reports_doors: Doors, hall: Receiver) -> None:
    made = (await enter(reports_doors, hall, kinds=["report.resolved", "report.accepted", "report.accepted"])).json()
    assert made["kinds"] == ["report.accepted", "report.resolved"]
    await happened(reports_doors, "acceptance", "assignment", "processing", "resolution")
    assert await tell(reports_doors, hall.caller()) == 2
    assert [kind for _, kind in hall.told] == ["report.accepted", "report.resolved"]


@pytest.mark.parametrize("kinds", [[], ["report.nothing"], ["reportXaccepted"], "report.accepted", [1], ["report.accepted"] * 40])
async def test_a_choice_is_of_what_there_is(reports_doors: Doors, hall: Receiver, kinds: Any) -> None:
    answer = await enter(reports_doors, hall, kinds=kinds)
    assert (answer.status_code, named(answer)) == (422, "invalid-request")
    assert await reports_doors.rows("select 1 from hooks") == []


async def test_who_says_gone_is_told_nothing_more_and_officers_hear(reports_doors: Doors, hall: Receiver) -> None:
    made = (await enter(reports_doors, hall)).json()
    hall.answer = GONE
    await happened(reports_doors, "acceptance", "assignment")
    assert await tell(reports_doors, hall.caller()) == 1
    assert (len(hall.heard), await state(reports_doors, made["id"])) == (1, "ended")
    assert (await reports_doors.said())[-1] == "reports.hook_gone.v1"
    assert {row.outcome for row in await reports_doors.rows("select outcome from deliveries")} == {"left"}
    await happened(reports_doors)
    assert await tell(reports_doors, hall.caller()) == 0
    async with reports_doors.client(OFFICER) as client:
        answer = await client.post(f"/api/v1/hooks/{made['id']}/resumption")
    assert (answer.status_code, named(answer)) == (409, "hook-over")
    hall.answer = OK
    assert (await enter(reports_doors, hall, FAR_OFFICER)).status_code == 404
    assert (await enter(reports_doors, hall)).status_code == 201, "another may be made"
