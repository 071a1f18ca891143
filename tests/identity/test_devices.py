"""A sign-in from a kind of device somebody did not use lately is told to them; the first one, and those they use, are not."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from builders.browser import hidden, opened
from builders.doors import Doors
from builders.factors import Staff, employed
from builders.programs import admit, desk

from chassis import privacy
from contracts.identity import DeviceAdded
from services.identity.actions import devices
from services.identity.domain.devices import kind

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
ANDROID = "Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15"


@pytest.fixture
async def wang(identity_doors: Doors) -> Staff:
    """A member of staff with a password."""
    return await employed(identity_doors)


async def comes(staff: Staff, agent: str, *, password: str = "") -> int:
    """Signs in by such a device."""
    transport = httpx.ASGITransport(staff.doors.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=staff.doors.issuer, headers={"user-agent": agent}) as client:
        said = {"login": staff.login, "password": password or staff.password}
        return (await client.post("/sign-in/password", json=said)).status_code


async def told(staff: Staff) -> list[dict[str, Any]]:
    """What is said of devices."""
    rows = await staff.doors.rows("select body from outbox where topic = 'identity.device_added.v1' order by pos")
    return [json.loads(bytes(row.body)) for row in rows]


@pytest.mark.parametrize(("agent", "found"), [
    (WINDOWS, "windows"), (ANDROID, "android"), (IPHONE, "apple"), (MAC, "mac"), (f"{IPHONE} MicroMessenger/8.0.50", "wechat"),
    (f"{ANDROID} MicroMessenger/8.0.50", "wechat"), ("Mozilla/5.0 (X11; Linux x86_64)", "linux"), ("curl/8", "other"),
    ("", "other"),
])
def test_a_device_is_of_the_kind_it_says(agent: str, found: str) -> None:
    assert kind(agent) == found
    assert DeviceAdded(person_id=UUID(int=1), device=kind(agent)).device == found


async def test_the_second_kind_is_told_and_no_kind_twice(wang: Staff) -> None:
    for agent in (WINDOWS, WINDOWS, ANDROID, ANDROID, WINDOWS):
        assert await comes(wang, agent) == 200
    assert await told(wang) == [{"person_id": wang.person, "device": "android"}]


async def test_who_is_refused_brings_no_device(wang: Staff) -> None:
    assert (await comes(wang, WINDOWS), await comes(wang, ANDROID, password="guess")) == (200, 401)
    assert len(await wang.doors.rows("select 1 from device_kinds")) == 1
    await wang.take_over()
    assert await comes(wang, MAC) == 401  # half of a session
    assert await told(wang) == []


async def test_the_same_device_twelve_times_at_once_is_told_once(wang: Staff) -> None:
    assert await comes(wang, WINDOWS) == 200
    await asyncio.gather(*(wang.doors.running.database.do(
        lambda work: devices.seen(work, UUID(wang.person), "android")) for _ in range(12)
    ))
    assert len(await told(wang)) == 1


async def test_two_sign_ins_that_overlap_are_told_once(wang: Staff) -> None:
    assert await comes(wang, WINDOWS) == 200
    database, person = wang.doors.running.database, UUID(wang.person)
    async with database.work() as first, database.work() as second:
        await devices.seen(first, person, "android")
        other = asyncio.create_task(devices.seen(second, person, "android"))
        await asyncio.sleep(0.5)  # it has looked, and waits for the first to be over
        await database.commit(first)
        await other
        await database.commit(second)
    assert len(await told(wang)) == 1


async def test_a_sign_in_at_our_page_counts(wang: Staff) -> None:
    await admit(wang.doors, desk())
    assert await comes(wang, WINDOWS) == 200
    form = {**hidden(await opened(wang.doors)), "login": "wang", "password": wang.password}
    transport = httpx.ASGITransport(wang.doors.app, raise_app_exceptions=False)
    headers = {"user-agent": MAC, "origin": wang.doors.issuer}
    async with httpx.AsyncClient(transport=transport, base_url=wang.doors.issuer, headers=headers) as client:
        assert (await client.post("/oauth/sign-in", data=form)).status_code == 303
    assert [one["device"] for one in await told(wang)] == ["mac"]


async def test_what_was_not_used_for_half_a_year_is_new_again(wang: Staff) -> None:
    for agent in (WINDOWS, ANDROID):
        await comes(wang, agent)
    async with wang.doors.whole.begin() as connection:
        await connection.exec_driver_sql("update device_kinds set seen_at = now() - interval '179 days' where kind = 'windows'")
    await wang.doors.running.database.do(devices.forget)
    assert len(await wang.doors.rows("select 1 from device_kinds")) == 2
    await wang.doors.running.database.do(devices.forget, now=datetime.now(UTC) + timedelta(days=2))
    await comes(wang, WINDOWS)
    assert [one["device"] for one in await told(wang)] == ["android", "windows"]


async def test_the_kinds_are_told_to_their_person_and_forgotten_with_them(wang: Staff) -> None:
    await comes(wang, WINDOWS)
    held, person = wang.doors.running.service.personal, UUID(wang.person)
    assert held is not None
    async with wang.doors.running.database.reading() as work:
        assert (await held.export(work, person))["devices"] == ["windows"]
    await wang.doors.running.database.do(lambda work: privacy.erase(work, held, person))
    assert await wang.doors.rows("select 1 from device_kinds") == []
