"""A hospital's program is told that something changed: at a public https address, signed, ids alone, until it is off."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import pytest
from builders.doors import Doors
from builders.fhir import Hospital, hospital, issue
from builders.hooks import SCOPE, booked, subscribe, tell, wanted
from builders.hospital import consents
from builders.receiver import NAME, OK, Receiver, receiving
from builders.world import RESIDENT
from sqlalchemy import text

from chassis import outgoing as wire
from chassis.outgoing import Caller, host_of, is_public
from services.health.domain.hook import signature


@pytest.fixture
async def his(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Receiver]:
    async with receiving(tmp_path_factory.mktemp("hook")) as made:
        yield made


@pytest.fixture
async def east(health_doors: Doors, his: Receiver) -> AsyncIterator[Hospital]:
    health_doors.app.state.caller = his.caller()
    yield await hospital(health_doors)
    del health_doors.app.state.caller


async def state(one: Hospital, key: str) -> str:
    async with one.client(SCOPE) as client:
        return str((await client.get(f"/fhir/Subscription/{key}")).json()["status"])


async def test_a_program_is_told_by_number_id_and_signature(east: Hospital, his: Receiver) -> None:
    made = (await subscribe(east, wanted(his.endpoint))).json()
    assert made["status"] == "requested"
    key = await east.booked(RESIDENT)
    await booked(east, key)
    assert await tell(east, his.caller()) == 2
    assert await state(east, made["id"]) == "active"
    (shake, _), (headers, body) = his.heard
    assert shake["host"] == f"{NAME}:{his.port}"
    secret = made["extension"][0]["valueString"].encode()
    seconds = int(headers["x-guohuai-signature"].split(",")[0].removeprefix("t="))
    at = datetime.fromtimestamp(seconds, UTC)
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert headers["x-guohuai-signature"] == signature(secret, headers["x-guohuai-delivery"], at, body)
    assert headers["x-guohuai-signature"] != signature(secret, headers["x-guohuai-delivery"], at, body + b" ")
    assert headers["content-type"] == "application/fhir+json"
    told = body.decode()
    assert f"Appointment/{key}" in told
    assert '"valueString":"1"' in told
    assert str(RESIDENT.id) not in told + str(headers)
    assert await east.patient(RESIDENT) not in told
    assert (await subscribe(east, wanted(his.endpoint))).json()["id"] == made["id"]
    assert await tell(east, his.caller()) == 0


@pytest.mark.parametrize("endpoint", [
    "http://told.elsewhere.example/x", "https://127.0.0.1/x", "https://localhost/x", "https://10.0.0.1/", "https://[::1]/",
    "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/",
    "https://169.254.169.254/latest", "https://user@told.elsewhere.example/",
    "https://told.elsewhere.example@evil.example\\@x/", "file:///etc/passwd", "gopher://told.elsewhere.example/",
    "https://told.elsewhere.example/#x",
    "https://TOLD.elsewhere.example/", "https://told.elsewhere.example:0x50/", "https://metadata.internal/", "https://x.localhost/",
    "https://told.elsewhere.example/\r\nx: y", "https://[::ffff:10.0.0.1]/", "", "https://a/", "//x.example",
    "https:///x", "https://told.elsewhere.example/" + "x" * 600,
])
async def test_l01_no_address_of_the_inside_and_none_of_two_readings_is_taken(east: Hospital, endpoint: str) -> None:
    assert issue(await subscribe(east, wanted(endpoint))) == (422, "endpoint-refused")
    assert await east.doors.rows("select 1 from hooks") == []


@pytest.mark.parametrize("found", [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "x",
    "::1", "::", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    "255.255.255.255",
    "2001:0:53aa:64c:0:0:80ff:fffe", "198.18.0.1", "192.0.2.1",
])
async def test_l01_a_name_that_leads_inside_is_refused_when_it_is_said_and_when_it_is_called(
    east: Hospital, his: Receiver, found: str
) -> None:
    east.doors.app.state.caller = his.caller(found)
    assert issue(await subscribe(east, wanted(his.endpoint))) == (422, "endpoint-refused")
    east.doors.app.state.caller = his.caller("93.184.215.14", found)
    assert issue(await subscribe(east, wanted(his.endpoint))) == (422, "endpoint-refused")
    assert not (await his.caller(found).tell(his.endpoint, b"{}", {}))[0]
    assert his.heard == []


async def test_addresses_of_the_open_internet_are_such() -> None:
    assert all(is_public(one) for one in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"))
    assert host_of("https://told.elsewhere.example:8443/a/b?c=d") == ("told.elsewhere.example", 8443, "/a/b?c=d")
    assert ip_address("93.184.215.14").is_global


async def test_l02_what_was_looked_at_is_what_is_called(east: Hospital, his: Receiver) -> None:
    assert (await subscribe(east, wanted(his.endpoint))).status_code == 201
    his.looked = 0
    assert (await his.caller().tell(his.endpoint, b"{}", {}))[0]
    assert his.looked == 1
    assert len(his.heard) == 1
    assert await tell(east, his.caller("127.0.0.1")) == 1
    assert len(his.heard) == 1
    other = Caller(his.caller().resolve, lambda _: True)
    assert not (await other.tell(his.endpoint, b"{}", {}))[0]


@pytest.mark.parametrize("where", ["https://127.0.0.1/", "http://169.254.169.254/", "/elsewhere", "file:///etc/passwd"])
async def test_l03_a_redirect_is_not_followed(his: Receiver, where: str) -> None:
    for status in (301, 302, 303, 307, 308):
        his.answer = f"HTTP/1.1 {status} X\r\nlocation: {where}\r\ncontent-length: 0\r\n\r\n".encode()
        assert not (await his.caller().tell(his.endpoint, b"{}", {}))[0]
    assert len(his.heard) == 5


async def test_l03_nobody_is_called_whom_a_redirect_names(his: Receiver) -> None:
    called = []
    inside = await asyncio.start_server(lambda _, out: (called.append(1), out.close()), "127.0.0.1", 0)
    async with inside:
        port = inside.sockets[0].getsockname()[1]
        his.answer = f"HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:{port}/\r\ncontent-length: 0\r\n\r\n".encode()
        assert not (await his.caller().tell(his.endpoint, b"{}", {}))[0]
    assert called == []


async def test_l05_who_is_slow_sends_too_much_or_says_no_has_not_taken_it(his: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    huge = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000
    for answer in (b"HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n", huge, b"nonsense\r\n\r\n", b""):
        his.answer = answer
        assert not (await his.caller().tell(his.endpoint, b"{}", {}))[0], answer[:20]
    monkeypatch.setattr(wire, "WAIT", 0.3)
    his.answer, his.waits = OK, 2
    begun = asyncio.get_running_loop().time()
    assert not (await his.caller().tell(his.endpoint, b"{}", {}))[0]
    assert asyncio.get_running_loop().time() - begun < 1.5


async def test_what_fails_is_told_later_in_its_order_and_after_a_day_no_more(east: Hospital, his: Receiver) -> None:
    key = (await subscribe(east, wanted(his.endpoint))).json()["id"]
    await booked(east, await east.booked(RESIDENT))
    his.answer = b"HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n"
    assert await tell(east, his.caller()) == 1
    first, second = await east.doors.rows("select tries, due_at - made_at as later, done_at from calls order by number")
    assert (first.tries, second.tries) == (1, 0)
    assert timedelta(seconds=9) < first.later < timedelta(seconds=20)
    await _pass(east, "update calls set due_at = due_at - interval '1 minute'")
    await _pass(east, "update hooks set failing_since = failing_since - interval '25 hours'")
    assert await tell(east, his.caller()) == 1
    assert await state(east, key) == "error"
    assert len(his.heard) == 2
    assert await east.doors.rows("select 1 from calls where done_at is null") == []
    assert len(await east.doors.rows("select 1 from audit where action = 'hospitals.unreachable'")) == 1


async def test_of_many_workers_one_tells_and_one_that_died_is_followed(east: Hospital, his: Receiver) -> None:
    await subscribe(east, wanted(his.endpoint))
    await booked(east, await east.booked(RESIDENT))
    assert sum(await asyncio.gather(*(tell(east, his.caller()) for _ in range(12)))) >= 2 or await tell(east, his.caller()) > 0
    assert len(his.heard) == 2
    await _pass(east, "update calls set done_at = null, leased_until = now() + interval '20 seconds' where number = 1")
    assert await tell(east, his.caller()) == 0
    await _pass(east, "update calls set leased_until = now() - interval '1 second' where number = 1")
    assert await tell(east, his.caller()) == 1


async def test_h02_what_waits_of_who_took_consent_back_is_told_to_nobody(east: Hospital, his: Receiver) -> None:
    await subscribe(east, wanted(his.endpoint))
    key = await east.booked(RESIDENT)
    await booked(east, key)
    await consents(east.doors, RESIDENT, state="withdrawn")
    assert await tell(east, his.caller()) == 1
    await booked(east, key)
    assert await tell(east, his.caller()) == 0
    assert key not in str(his.heard)


async def test_a_subscription_is_its_hospitals_alone_and_ends(east: Hospital, his: Receiver) -> None:
    west = await hospital(east.doors, "西郊医院")
    key = (await subscribe(east, wanted(his.endpoint))).json()["id"]
    async with west.client(SCOPE) as other, east.client(SCOPE) as own, east.client("system/Subscription.cr") as little:
        assert issue(await other.get(f"/fhir/Subscription/{key}")) == (404, "not-found")
        assert issue(await other.delete(f"/fhir/Subscription/{key}")) == (404, "not-found")
        assert issue(await little.delete(f"/fhir/Subscription/{key}")) == (403, "scope-missing")
        assert [one["resource"]["id"] for one in (await own.get("/fhir/Subscription?status=requested")).json()["entry"]] == [key]
        assert "signing-secret" not in (await own.get(f"/fhir/Subscription/{key}")).text
        await booked(east, await west.booked(RESIDENT, await west.offer(timedelta(days=3))))
        assert (await own.delete(f"/fhir/Subscription/{key}")).status_code == 204
        assert issue(await own.get(f"/fhir/Subscription/{key}")) == (410, "deleted"), "it was there, and they know it"
        assert issue(await other.get(f"/fhir/Subscription/{key}")) == (404, "not-found")
        assert issue(await own.delete(f"/fhir/Subscription/{key}")) == (404, "not-found")
    assert await tell(east, his.caller()) == 0


@pytest.mark.parametrize("more", [
    {"criteria": "Patient?"}, {"criteria": "Appointment?status=booked"}, {"criteria": None}, {"channel": {"type": "email"}},
    {"channel": {"payload": "text/plain"}}, {"channel": {"header": ["authorization: x"]}},
])
async def test_what_is_not_told_cannot_be_subscribed_to(east: Hospital, his: Receiver, more: dict[str, Any]) -> None:
    assert issue(await subscribe(east, wanted(his.endpoint, **more))) == (422, "criteria-refused")
    assert issue(await subscribe(east, wanted("http://x"), "system/Subscription.rds")) == (403, "scope-missing")
    assert issue(await subscribe(east, {"resourceType": "Slot"})) == (400, "body-unfit")


async def test_of_twelve_at_once_five_addresses_are_told_and_one_address_once(east: Hospital, his: Receiver) -> None:
    same = await asyncio.gather(*(subscribe(east, wanted(his.endpoint)) for _ in range(12)))
    assert sorted(one.status_code for one in same) == [200] * 11 + [201]
    others = await asyncio.gather(*(subscribe(east, wanted(f"{his.endpoint}/{n}")) for n in range(12)))
    assert sorted(one.status_code for one in others) == [201] * 4 + [409] * 8
    assert len(await east.doors.rows("select 1 from hooks")) == 5


async def _pass(one: Hospital, line: str) -> None:
    async with one.doors.whole.begin() as connection:
        await connection.execute(text(line))
