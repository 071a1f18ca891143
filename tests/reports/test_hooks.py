"""推送: a system of the community's own is told each step, in order, signed, nobody's name; until it is gone for a day."""

import asyncio
import base64
import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.life import file, mark, named, step
from builders.receiver import BUSY, NAME, OK, Receiver, receiving
from builders.world import ADMIN, FAR_OFFICER, GRID, HERE, OFFICER, RESIDENT, THERE, UNIT, YARD, Person
from sqlalchemy import text

from chassis import bus
from chassis import outgoing as wire
from chassis.outgoing import Caller, host_of, is_public
from chassis.testing import arrived
from contracts.reports import ReportAccepted, ReportStarted, ReportSubmitted
from services.reports import consumers, jobs
from services.reports.domain.hook import signature


@pytest.fixture
async def hall(tmp_path_factory: pytest.TempPathFactory, reports_doors: Doors) -> AsyncIterator[Receiver]:
    async with receiving(tmp_path_factory.mktemp("hook")) as made:
        reports_doors.app.state.caller = made.caller()
        yield made
        del reports_doors.app.state.caller


async def enter(
    doors: Doors, endpoint: str, person: Person = OFFICER, area: str = HERE, *, age: float = 0
) -> httpx.Response:
    await mark(doors, age)
    async with doors.client(person) as client:
        return await client.post("/api/v1/hooks", json={"area": area, "name": "社区大屏", "endpoint": endpoint}, headers=keyed())


async def entered(doors: Doors, hall: Receiver) -> dict[str, Any]:
    answer = await enter(doors, hall.endpoint)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def post(doors: Doors, path: str, body: object = None, person: Person = OFFICER) -> httpx.Response:
    await mark(doors)
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/hooks/{path}", json=body)


async def hears(doors: Doors, *keys: str, events: int = 1) -> None:
    """Events of these reports come in; what they are does not matter, and often they come twice."""
    for key in keys:
        said: dict[str, Any] = {
            "area": UNIT, "recipients": (RESIDENT.id,), "report_id": UUID(key), "number": "GH-1", "reporter_id": RESIDENT.id,
        }
        shapes = [ReportSubmitted(**said, category="lighting"), ReportAccepted(**said), ReportStarted(**said)]
        for event in random.sample(shapes * events, events):
            await bus.handle(doors.running.database, consumers.hooks, arrived(event, datetime.now(UTC)))


async def tell(doors: Doors, caller: Caller) -> int:
    told = 0
    while await jobs.tell_one(doors.running, caller):
        told += 1
    return told


async def log(doors: Doors, key: object, **asked: object) -> list[dict[str, Any]]:
    async with doors.client(OFFICER) as client:
        answer = await client.get(f"/api/v1/hooks/{key}/deliveries", params=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def later(doors: Doors, line: str) -> None:
    async with doors.whole.begin() as connection:
        await connection.execute(text(line))


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As Standard Webhooks has a receiver verify it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    good = signature(key, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    return good in headers["webhook-signature"].split(" ")


def test_the_signature_is_that_of_the_published_example() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    found = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_each_step_is_told_once_signed_and_of_nobody(reports_doors: Doors, hall: Receiver) -> None:
    before = await file(reports_doors)
    made = await entered(reports_doors, hall)
    key = await file(reports_doors)
    for what in ("acceptance", "classification", "assignment", "processing", "resolution"):
        assert (await step(reports_doors, GRID, key, what)).status_code == 200
    assert (await step(reports_doors, RESIDENT, key, "rating")).status_code == 200
    await hears(reports_doors, key, before, events=3)
    assert await tell(reports_doors, hall.caller()) == 7
    kinds = ["submitted", "accepted", "reclassified", "assigned", "started", "resolved", "closed"]
    assert hall.told == [(key, f"report.{kind}") for kind in kinds], "in order; what was before it is told to nobody"
    for headers, body in hall.heard:
        assert verified(made["secret"], headers, body)
        assert not verified(made["secret"], headers, body + b" ")
        assert abs(datetime.now(UTC).timestamp() - int(headers["webhook-timestamp"])) < 60
        assert headers["host"] == f"{NAME}:{hall.port}"
        said = json.loads(body)
        assert set(said) == {"type", "timestamp", "data"}
        assert set(said["data"]) == {"report_id", "number", "area", "state", "step"}
        for who in (RESIDENT, GRID):
            assert str(who.id) not in body.decode() + str(headers)
    assert len({headers["webhook-id"] for headers, _ in hall.heard}) == 7
    await hears(reports_doors, key, events=6)
    assert await tell(reports_doors, hall.caller()) == 0, "once"
    async with reports_doors.client(OFFICER) as client:
        assert "secret" not in (await client.get(f"/api/v1/hooks/{made['id']}")).json()
        assert "whsec" not in (await client.get("/api/v1/hooks")).text
    assert await reports_doors.rows("select 1 from hooks where position('whsec' in hooks::text) > 0") == []


async def test_of_a_dwelling_the_building_is_told_at_most(reports_doors: Doors, hall: Receiver) -> None:
    await entered(reports_doors, hall)
    draft = {"text": "漏水", "category": "water", "place": {"area": f"{UNIT}.r0201"}, "client_token": str(uuid4())}
    async with reports_doors.client(RESIDENT) as client:
        key = (await client.post("/api/v1/reports", json=draft, headers=keyed())).json()["id"]
    await hears(reports_doors, key)
    assert await tell(reports_doors, hall.caller()) == 1
    assert json.loads(hall.heard[0][1])["data"]["area"] == UNIT


async def test_only_what_lies_in_its_area_is_told(reports_doors: Doors, hall: Receiver) -> None:
    assert (await enter(reports_doors, hall.endpoint, FAR_OFFICER, THERE)).status_code == 201
    assert (await enter(reports_doors, f"{hall.endpoint}/grid", OFFICER, f"{HERE}.g01")).status_code == 201
    await hears(reports_doors, await file(reports_doors))
    assert await tell(reports_doors, hall.caller()) == 0
    assert (await enter(reports_doors, f"{hall.endpoint}/yard", OFFICER, YARD)).status_code == 201
    await hears(reports_doors, await file(reports_doors))
    assert await tell(reports_doors, hall.caller()) == 1


async def test_what_fails_is_told_later_and_nothing_of_its_report_before_it(reports_doors: Doors, hall: Receiver) -> None:
    made = await entered(reports_doors, hall)
    key, other = await file(reports_doors), await file(reports_doors)
    await step(reports_doors, GRID, key, "acceptance")
    await hears(reports_doors, key)
    hall.answer = BUSY
    assert await tell(reports_doors, hall.caller()) == 1
    waiting = await log(reports_doors, made["id"], waiting=True)
    assert sorted((one["kind"], one["tries"], one["status"]) for one in waiting) == [
        ("report.accepted", 0, None), ("report.submitted", 1, 503),
    ]
    [tried] = [one for one in waiting if one["tries"]]
    wait = datetime.fromisoformat(tried["due_at"]) - datetime.now(UTC)
    assert timedelta(seconds=5) < wait < timedelta(seconds=20)
    hall.answer = OK
    await hears(reports_doors, other)
    assert await tell(reports_doors, hall.caller()) == 1, "another report waits for nobody"
    await later(reports_doors, "update deliveries set due_at = now() - interval '1 second' where done_at is null")
    assert await tell(reports_doors, hall.caller()) == 2
    first = (key, "report.submitted")
    assert hall.told == [first, (other, "report.submitted"), first, (key, "report.accepted")]
    first_id, again_id = hall.heard[0][0]["webhook-id"], hall.heard[2][0]["webhook-id"]
    assert first_id == again_id, "told again it is the same"
    assert {one["outcome"] for one in await log(reports_doors, made["id"])} == {"taken"}
    assert await log(reports_doors, made["id"], outcome="failed") == []


async def test_after_a_day_it_is_silenced_officers_are_told_and_it_begins_again_with_what_was_left(
    reports_doors: Doors, hall: Receiver
) -> None:
    made = await entered(reports_doors, hall)
    key = await file(reports_doors)
    await step(reports_doors, GRID, key, "acceptance")
    await hears(reports_doors, key)
    hall.answer = BUSY
    await tell(reports_doors, hall.caller())
    await later(reports_doors, "update hooks set failing_since = failing_since - interval '23 hours 50 minutes'")
    await later(reports_doors, "update deliveries set due_at = now() - interval '1 second'")
    await tell(reports_doors, hall.caller())
    assert (await reports_doors.rows("select state from hooks"))[0].state == "active", "not before"
    assert named(await post(reports_doors, f"{made['id']}/resumption")) == "hook-goes-on"
    await later(reports_doors, "update hooks set failing_since = failing_since - interval '1 hour'")
    await later(reports_doors, "update deliveries set due_at = now() - interval '1 second'")
    await tell(reports_doors, hall.caller())
    assert (await reports_doors.rows("select state from hooks"))[0].state == "silenced"
    assert (await reports_doors.said())[-1] == "reports.hook_silenced.v1"
    assert [one["outcome"] for one in await log(reports_doors, made["id"])] == ["left", "left"]
    await hears(reports_doors, await file(reports_doors))
    assert await tell(reports_doors, hall.caller()) == 0
    delivery = (await log(reports_doors, made["id"]))[0]["id"]
    assert named(await post(reports_doors, f"{made['id']}/deliveries/{delivery}/replay")) == "hook-over"
    hall.answer = OK
    hall.heard.clear()
    answers = await asyncio.gather(*(post(reports_doors, f"{made['id']}/resumption") for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    assert await tell(reports_doors, hall.caller()) == 2
    assert hall.told == [(key, "report.submitted"), (key, "report.accepted")]


async def test_one_thing_that_is_never_taken_is_given_up_after_a_day_and_the_rest_goes_on(
    reports_doors: Doors, hall: Receiver
) -> None:
    made = await entered(reports_doors, hall)
    key = await file(reports_doors)
    await step(reports_doors, GRID, key, "acceptance")
    await hears(reports_doors, key)
    hall.answer = BUSY
    await tell(reports_doors, hall.caller())
    await later(reports_doors, "update hooks set failing_since = null")  # it took others meanwhile
    a_day = "first_at = first_at - interval '25 hours', due_at = now() - interval '1 second'"
    await later(reports_doors, f"update deliveries set {a_day} where first_at is not null")
    await tell(reports_doors, hall.caller())
    kinds = {one["kind"]: one["outcome"] for one in await log(reports_doors, made["id"])}
    assert kinds == {"report.submitted": "failed", "report.accepted": None}
    hall.answer = OK
    await later(reports_doors, "update deliveries set due_at = now() - interval '1 second' where done_at is null")
    assert await tell(reports_doors, hall.caller()) == 1


async def test_staff_have_it_told_again_under_its_id(reports_doors: Doors, hall: Receiver) -> None:
    made = await entered(reports_doors, hall)
    await hears(reports_doors, await file(reports_doors))
    [one] = await log(reports_doors, made["id"])
    path = f"{made['id']}/deliveries/{one['id']}/replay"
    assert named(await post(reports_doors, path)) == "delivery-waits"
    await tell(reports_doors, hall.caller())
    answers = await asyncio.gather(*(post(reports_doors, path) for _ in range(12)))
    assert sorted(each.status_code for each in answers) == [200] + [409] * 11
    assert await tell(reports_doors, hall.caller()) == 1
    assert len({headers["webhook-id"] for headers, _ in hall.heard}) == 1
    assert (await post(reports_doors, f"{made['id']}/deliveries/{uuid4()}/replay")).status_code == 404
    other = (await enter(reports_doors, f"{hall.endpoint}/2")).json()["id"]
    assert (await post(reports_doors, f"{other}/deliveries/{one['id']}/replay")).status_code == 404


async def test_a_secret_is_replaced_once_and_for_a_day_both_sign(reports_doors: Doors, hall: Receiver) -> None:
    made = await entered(reports_doors, hall)
    answers = await asyncio.gather(*(post(reports_doors, f"{made['id']}/rotation", {"version": 1}) for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    new = next(one.json()["secret"] for one in answers if one.status_code == 200)
    assert new != made["secret"]
    await hears(reports_doors, await file(reports_doors))
    await tell(reports_doors, hall.caller())
    headers, body = hall.heard[-1]
    assert verified(made["secret"], headers, body)
    assert verified(new, headers, body)
    await later(reports_doors, "update hooks set replaced_at = replaced_at - interval '25 hours'")
    await hears(reports_doors, await file(reports_doors))
    await tell(reports_doors, hall.caller())
    headers, body = hall.heard[-1]
    assert verified(new, headers, body)
    assert not verified(made["secret"], headers, body)


async def test_of_many_workers_one_tells_and_one_that_died_is_followed(reports_doors: Doors, hall: Receiver) -> None:
    await entered(reports_doors, hall)
    keys = [await file(reports_doors) for _ in range(6)]
    for key in keys:
        await step(reports_doors, GRID, key, "acceptance")
    await asyncio.gather(*(hears(reports_doors, key, events=3) for key in keys * 2))
    for _ in range(4):
        await asyncio.gather(*(tell(reports_doors, hall.caller()) for _ in range(6)))
    assert sorted(hall.told) == sorted((key, f"report.{kind}") for key in keys for kind in ("submitted", "accepted"))
    for key in keys:
        assert [kind for one, kind in hall.told if one == key] == ["report.submitted", "report.accepted"]
    dead = "done_at = null, outcome = null, leased_until = now() + interval '20 seconds'"
    await later(reports_doors, f"update deliveries set {dead} where seq = 2")
    assert await tell(reports_doors, hall.caller()) == 0, "somebody tells it"
    await later(reports_doors, "update deliveries set leased_until = now() - interval '1 second' where seq = 2")
    assert await tell(reports_doors, hall.caller()) == 6, "who died after the request tells it again: at least once"


async def test_what_is_heard_late_changes_nothing(reports_doors: Doors, hall: Receiver) -> None:
    await entered(reports_doors, hall)
    await hears(reports_doors, await file(reports_doors))
    database = reports_doors.running.database
    taken = await database.do(jobs.hooks.take)
    await later(reports_doors, "update deliveries set leased_until = now() - interval '1 second'")
    assert await tell(reports_doors, hall.caller()) == 1
    await database.do(lambda work: jobs.hooks.told(work, taken=taken, took=False, status=500))
    [row] = await reports_doors.rows("select outcome, status from deliveries")
    assert row == ("taken", 200)
    assert (await reports_doors.rows("select failing_since from hooks"))[0].failing_since is None


async def test_of_twelve_at_once_one_address_is_told_once_and_ten_of_a_community(reports_doors: Doors, hall: Receiver) -> None:
    same = await asyncio.gather(*(enter(reports_doors, hall.endpoint) for _ in range(12)))
    assert sorted(one.status_code for one in same) == [201] + [409] * 11
    assert {named(one) for one in same if one.status_code == 409} == {"hook-there"}
    others = await asyncio.gather(*(enter(reports_doors, f"{hall.endpoint}/{n}", area=YARD) for n in range(12)))
    assert sorted(one.status_code for one in others) == [201] * 9 + [409] * 3
    assert {named(one) for one in others if one.status_code == 409} == {"hooks-enough"}


async def test_an_end_is_one_and_nothing_is_told_any_more(reports_doors: Doors, hall: Receiver) -> None:
    made = await entered(reports_doors, hall)
    key = await file(reports_doors)
    await hears(reports_doors, key)
    answers = await asyncio.gather(*(post(reports_doors, f"{made['id']}/ending") for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    await step(reports_doors, GRID, key, "acceptance")
    await hears(reports_doors, key)
    assert await tell(reports_doors, hall.caller()) == 0
    for what, body in (("rotation", {"version": 1}), ("resumption", None)):
        assert named(await post(reports_doors, f"{made['id']}/{what}", body)) == "hook-over"
    assert (await enter(reports_doors, hall.endpoint)).status_code == 201, "another may be made"
    told = await reports_doors.rows("select reason from audit where action = 'hooks.write' order by pos")
    assert [row.reason for row in told] == ["entered", "ended", "entered"]


@pytest.mark.parametrize(("person", "status"), [(GRID, 403), (RESIDENT, 404), (FAR_OFFICER, 404)])
async def test_who_may_not_enters_reads_and_changes_none(
    reports_doors: Doors, hall: Receiver, person: Person, status: int
) -> None:
    made = (await enter(reports_doors, hall.endpoint, area=YARD)).json()
    looked = hall.looked
    assert (await enter(reports_doors, f"{hall.endpoint}/x", person, YARD)).status_code == status
    assert hall.looked == looked or person is FAR_OFFICER, "who may enter none makes us look nothing up"
    doors = ("rotation", {"version": 1}), ("resumption", None), ("ending", None), (f"deliveries/{uuid4()}/replay", None)
    for what, body in doors:
        assert (await post(reports_doors, f"{made['id']}/{what}", body, person)).status_code == status
    async with reports_doors.client(person) as client:
        assert (await client.get(f"/api/v1/hooks/{made['id']}")).status_code == status
        assert (await client.get(f"/api/v1/hooks/{made['id']}/deliveries")).status_code == status
        assert (await client.get("/api/v1/hooks")).json()["items"] == []
    async with reports_doors.client(ADMIN) as client:
        assert (await client.get("/api/v1/hooks")).json()["total"] == 1


async def test_while_it_is_not_sure_who_serves_none_is_entered(reports_doors: Doors, hall: Receiver) -> None:
    assert named(await enter(reports_doors, hall.endpoint, age=30)) == "directory-stale"
    assert await reports_doors.rows("select 1 from hooks") == []


@pytest.mark.parametrize("endpoint", [
    "http://told.elsewhere.example/x", "https://127.0.0.1/x", "https://localhost/x", "https://[::1]/", "https://2130706433/",
    "https://0x7f000001/", "https://127.1/", "https://169.254.169.254/latest", "https://user@told.elsewhere.example/",
    "file:///etc/passwd", "https://told.elsewhere.example/#x", "https://HALL.community.example/", "https://x.localhost/",
    "https://metadata.internal/", "https://[::ffff:10.0.0.1]/", "", "https://told.elsewhere.example/\r\nx: y",
])
async def test_no_address_of_the_inside_and_none_of_two_readings_is_taken(
    reports_doors: Doors, hall: Receiver, endpoint: str
) -> None:
    assert named(await enter(reports_doors, endpoint)) == "hook-address-refused"
    assert await reports_doors.rows("select 1 from hooks") == []


@pytest.mark.parametrize(("person", "area"), [(OFFICER, f"{UNIT}.r0201"), (ADMIN, "510104"), (ADMIN, "510104.clx")])
async def test_one_dwelling_and_more_than_a_community_are_told_to_nobody(
    reports_doors: Doors, hall: Receiver, person: Person, area: str
) -> None:
    assert named(await enter(reports_doors, hall.endpoint, person, area)) == "hook-too-narrow"
    assert await reports_doors.rows("select 1 from hooks") == []


@pytest.mark.parametrize("found", [
    "127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1%eth0", "fd00:ec2::254",
    "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:53aa:64c:0:0:80ff:fffe", "x",
])
async def test_a_name_that_leads_inside_is_refused_when_it_is_said_and_when_it_is_called(
    reports_doors: Doors, hall: Receiver, found: str
) -> None:
    for leads in ((found,), ("93.184.215.14", found)):
        reports_doors.app.state.caller = hall.caller(*leads)
        assert named(await enter(reports_doors, hall.endpoint)) == "hook-address-refused"
        assert await hall.caller(*leads).tell(hall.endpoint, b"{}", {}) == (False, None)
    assert hall.heard == []


def test_addresses_of_the_open_internet_are_such() -> None:
    assert all(is_public(one) for one in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"))
    assert host_of("https://told.elsewhere.example:8443/a/b?c=d") == (NAME, 8443, "/a/b?c=d")


async def test_no_redirect_is_followed_nobody_is_waited_for_and_an_answer_is_short(
    hall: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[int] = []
    inside = await asyncio.start_server(lambda _, out: (called.append(1), out.close()), "127.0.0.1", 0)
    async with inside:
        port = inside.sockets[0].getsockname()[1]
        hall.answer = f"HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:{port}/\r\ncontent-length: 0\r\n\r\n".encode()
        assert await hall.caller().tell(hall.endpoint, b"{}", {}) == (False, 307)
    assert called == []
    for answer, status in ((b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000, 200), (b"nonsense\r\n\r\n", None), (b"", None)):
        hall.answer = answer
        assert await hall.caller().tell(hall.endpoint, b"{}", {}) == (False, status)
    monkeypatch.setattr(wire, "WAIT", 0.3)
    hall.answer, hall.waits = OK, 2
    begun = asyncio.get_running_loop().time()
    assert await hall.caller().tell(hall.endpoint, b"{}", {}) == (False, None)
    assert asyncio.get_running_loop().time() - begun < 1.5


async def test_what_was_looked_at_is_what_is_called(reports_doors: Doors, hall: Receiver) -> None:
    await entered(reports_doors, hall)
    hall.looked = 0
    assert await hall.caller().tell(hall.endpoint, b"{}", {}) == (True, 200)
    assert hall.looked == 1
    untrusted = Caller(hall.caller().resolve, lambda _: True)
    assert await untrusted.tell(hall.endpoint, b"{}", {}) == (False, None), "the certificate must bear its name"


async def test_the_log_is_kept_a_month_and_nothing_old_is_told_anew(reports_doors: Doors, hall: Receiver) -> None:
    made = await entered(reports_doors, hall)
    key = await file(reports_doors)
    await hears(reports_doors, key)
    await tell(reports_doors, hall.caller())
    await jobs.forget_deliveries(reports_doors.running)
    assert len(await log(reports_doors, made["id"])) == 1
    await later(reports_doors, "update deliveries set done_at = done_at - interval '31 days'")
    await later(reports_doors, "update hooks set made_at = made_at - interval '40 days'")
    await later(reports_doors, "update transitions set at = at - interval '31 days'")
    await jobs.forget_deliveries(reports_doors.running)
    await hears(reports_doors, key)
    assert await log(reports_doors, made["id"]) == []
