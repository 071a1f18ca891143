"""What a hospital's program subscribes to: topics, each by its address; signs of life; an end; and who hears that one is off."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.fhir import ALL, Hospital, accepted, hospital, issue
from builders.hooks import SCOPE, subscribe, tell, wanted
from builders.hospital import consents
from builders.hut import ask
from builders.receiver import Receiver, receiving
from builders.signing_up import Team, team
from builders.world import DOCTOR, HERE, OFFICER, RESIDENT, SECOND_RESIDENT
from sqlalchemy import text

from chassis import bus
from chassis.testing import arrived
from contracts import health as said
from contracts.event import Event
from contracts.health_contracts import ContractEnded, ContractSigned
from services.health.actions import hook_feeds
from services.health.consumers import changes
from services.health.domain.offering import pair_key
from services.health.domain.topic import CONTENT, HEARTBEAT, LISTED, Topic

AT = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
async def his(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Receiver]:
    async with receiving(tmp_path_factory.mktemp("hook")) as made:
        yield made


@pytest.fixture
async def east(health_doors: Doors, his: Receiver) -> AsyncIterator[Hospital]:
    health_doors.app.state.caller = his.caller()
    yield await hospital(health_doors)
    del health_doors.app.state.caller


def about(his: Receiver, topic: Topic, **more: Any) -> dict[str, Any]:
    """A subscription to a topic, at an address of its own."""
    return wanted(f"{his.endpoint}/{topic.value}", criteria=topic.canonical, **more)


async def made(east: Hospital, his: Receiver, topic: Topic, **more: Any) -> str:
    answer = await subscribe(east, about(his, topic, **more), ALL)
    assert answer.status_code == 201, answer.text
    assert accepted(answer.json())
    return str(answer.json()["id"])


async def happened(east: Hospital, kind: type[Event], key: str, **more: Any) -> None:
    """Our own event of an appointment comes in."""
    (row,) = await east.doors.rows("select slot_id, starts_at from appointments where id = :key", key=UUID(key))
    its = {"appointment_id": UUID(key), "slot_id": row.slot_id, "starts_at": row.starts_at}
    await heard(east, kind(area=HERE, recipients=(RESIDENT.id,), **its, **more))


async def heard(east: Hospital, event: Event) -> None:
    await bus.handle(east.doors.running.database, changes, arrived(event, datetime.now(UTC)))


async def fed(east: Hospital, his: Receiver) -> list[tuple[str, str, str]]:
    """Topic, kind and focus of all that is told now but handshakes, in its order of arrival."""
    his.heard.clear()
    await hook_feeds.feed(east.doors.running)
    await tell(east, his.caller())
    return [one for _, body in his.heard if (one := read(body))[1] != "handshake"]


def read(body: bytes) -> tuple[str, str, str]:
    bundle = json.loads(body)
    assert accepted(bundle)
    plain = {one["name"]: one for one in bundle["entry"][0]["resource"]["parameter"]}
    focus = "".join(
        part["valueReference"]["reference"].partition("/fhir/")[2]
        for part in plain.get("notification-event", {}).get("part", ()) if part["name"] == "focus"
    )
    return plain["topic"]["valueCanonical"].rpartition(":")[2], plain["type"]["valueCode"], focus


async def test_each_topic_is_told_what_is_of_it_and_nothing_else(east: Hospital, his: Receiver) -> None:
    key = await east.booked(RESIDENT)
    for topic in Topic:
        if topic is not Topic.SLOT:
            await made(east, his, topic)
    await fed(east, his)
    cancelled = {"by_patient": True}
    for kind, topic, more in (
        (said.AppointmentBooked, Topic.BOOKED, {}), (said.AppointmentRescheduled, Topic.RESCHEDULED, {"earlier_id": uuid4()}),
        (said.AppointmentCancelled, Topic.CANCELLED, cancelled), (said.AppointmentDisplaced, Topic.CANCELLED, {}),
        (said.AppointmentCalledOff, Topic.CANCELLED, {"reason": "illness"}), (said.AppointmentRejected, Topic.CANCELLED, {}),
        (said.AppointmentArrived, Topic.CHECKED_IN, {}), (said.AppointmentMissed, Topic.MISSED, {}),
        (said.AppointmentFulfilled, Topic.FINISHED, {}), (said.AppointmentCalled, None, {}),
    ):
        await happened(east, kind, key, **more)
        both = [(Topic.CHANGED.value, "event-notification", f"Appointment/{key}")]
        if topic is not None:
            both.append((topic.value, "event-notification", f"{topic.focus}/{key}"))
        assert sorted(await fed(east, his)) == sorted(both), kind


async def test_nobody_is_told_of_who_lets_nobody_be_told(east: Hospital, his: Receiver) -> None:
    key, signed = await east.booked(RESIDENT), await (await team(east.doors)).signed(RESIDENT)
    hooks = {topic: await made(east, his, topic) for topic in (Topic.BOOKED, Topic.FINISHED, Topic.CONTRACT)}
    for kind in (said.AppointmentBooked, said.AppointmentFulfilled):
        await happened(east, kind, key)
    await heard(east, began(signed))
    await consents(east.doors, RESIDENT, state="withdrawn")
    assert await fed(east, his) == [], "what waits"
    await happened(east, said.AppointmentFulfilled, key)
    await heard(east, began(signed))
    assert await fed(east, his) == [], "what comes"
    for hook in hooks.values():
        answer = (await east.get(f"Subscription/{hook}/$events")).json()
        assert [one for one in answer["entry"][0]["resource"]["parameter"] if "part" in one] == [], "what is asked for"


def began(key: str) -> Event:
    return ContractSigned(
        area=HERE, recipients=(RESIDENT.id,), contract_id=UUID(key), team_id=uuid4(), starts_at=AT, ends_at=AT, renews=False
    )


async def test_a_contract_is_told_by_the_name_each_hospital_has_for_it_to_those_that_know_its_person(
    east: Hospital, his: Receiver
) -> None:
    west, south = await hospital(east.doors, "西郊医院"), await hospital(east.doors, "南郊医院")
    key, other = await signed_by_two(east, west)
    for number, one in enumerate((east, west, south)):
        assert (await subscribe(one, about(his, Topic.CONTRACT) | {
            "channel": about(his, Topic.CONTRACT)["channel"] | {"endpoint": f"{his.endpoint}/{number}"}
        }, ALL)).status_code == 201
    await heard(east, began(key))
    told = await fed(east, his)
    names = [{f"Contract/{(await one.found('Contract'))[0]['id']}"} for one in (east, west)]
    assert {focus for _, _, focus in told} == names[0] | names[1]
    assert len(told) == len(names[0] | names[1]) == 2
    assert key not in str(told)
    await heard(east, ContractEnded(
        area=HERE, recipients=(SECOND_RESIDENT.id,), contract_id=UUID(other), team_id=uuid4(), by_person=True, reason="moved"
    ))
    assert await fed(east, his) == [], "no hospital knows them"


async def signed_by_two(east: Hospital, west: Hospital) -> tuple[str, str]:
    """Somebody whom both hospitals know has signed, and somebody whom neither knows."""
    await east.booked(RESIDENT)
    await west.booked(RESIDENT, await west.offer(timedelta(days=3)))
    theirs: Team = await team(east.doors)
    return await theirs.signed(RESIDENT), await theirs.signed(SECOND_RESIDENT)


async def test_what_is_otherwise_of_a_time_is_told_once_and_a_booking_is_not(east: Hospital, his: Receiver) -> None:
    before = await east.offer()
    await made(east, his, Topic.SLOT)
    assert await fed(east, his) == [], "it was so before"
    west = await hospital(east.doors, "西郊医院")
    await west.offer(timedelta(days=2))
    fresh = await east.offer(timedelta(days=3))
    assert {focus for _, _, focus in await fed(east, his)} == {f"Slot/{fresh}"}, "theirs alone"
    await east.booked(RESIDENT, before)
    assert await fed(east, his) == []
    for line in ("capacity = 3", "closed = true", "capacity = 3", "closed = false"):
        async with east.doors.whole.begin() as connection:
            await connection.execute(text(f"update slots set {line} where id = :key"), {"key": UUID(before)})
    assert await fed(east, his) == [("slot-changed", "event-notification", f"Slot/{before}")]
    assert await fed(east, his) == []


async def test_who_is_told_of_no_times_has_none_kept_for_them(east: Hospital, his: Receiver) -> None:
    await made(east, his, Topic.BOOKED)
    await east.offer()
    assert await east.doors.rows("select 1 from offer_news") == []


async def test_of_six_workers_each_change_is_told_once(east: Hospital, his: Receiver) -> None:
    key = await made(east, his, Topic.SLOT)
    slots = [await east.offer(timedelta(days=n + 1)) for n in range(8)]
    await asyncio.gather(*(hook_feeds.feed(east.doors.running) for _ in range(6)))
    rows = await east.doors.rows("select number, focus_id from calls where number > 0 order by number")
    assert [row.number for row in rows] == list(range(1, 9))
    assert {str(row.focus_id) for row in rows} == set(slots)
    assert (await east.get(f"Subscription/{key}/$status")).status_code == 200


async def test_a_day_that_is_called_off_is_told_once_by_its_schedule(east: Hospital, his: Receiver) -> None:
    await made(east, his, Topic.STOPPED)
    slot = await east.offer(timedelta(days=2))
    local = "select (starts_at at time zone 'Asia/Shanghai')::date as day from slots where id = :key"
    (row,) = await east.doors.rows(local, key=UUID(slot))
    path = f"Schedule/{pair_key(UUID(east.department), DOCTOR.id)}/$stop"
    day = {"resourceType": "Parameters", "parameter": [{"name": "day", "valueDate": str(row.day)}]}
    async with east.client() as client:
        for told in ([("schedule-stopped", "event-notification", path.removesuffix("/$stop"))], []):
            assert (await client.post(f"/fhir/{path}", json=day)).status_code == 200
            assert await fed(east, his) == told
    assert (await east.get(path.removesuffix("/$stop"))).status_code == 200, "and that is what is read then"


async def test_hours_of_the_hut_that_are_called_off_are_told_too(east: Hospital, his: Receiver) -> None:
    day = (datetime.now(UTC) + timedelta(days=7)).date()
    hours = {"area": HERE, "doctor_id": str(DOCTOR.id), "weekdays": [day.isoweekday()], "begins": "09:00", "ends": "10:00",
             "minutes": 20, "capacity": 1, "first_day": str(day), "last_day": str(day), "on_holidays": True,
             "department_id": east.department}
    answer = await ask(east.doors, OFFICER, "schedules", hours)
    assert answer.status_code == 201, answer.text
    await made(east, his, Topic.STOPPED)
    off = await ask(east.doors, OFFICER, f"schedules/{answer.json()['id']}/calling-off", {"day": str(day), "reason": "illness"})
    assert off.status_code == 200, off.text
    named = f"Schedule/{pair_key(UUID(east.department), DOCTOR.id)}"
    assert await fed(east, his) == [("schedule-stopped", "event-notification", named)]


def beating(seconds: Any) -> dict[str, Any]:
    return {"channel": {"extension": [{"url": HEARTBEAT, "valueUnsignedInt": seconds}]}}


async def test_who_asks_for_it_hears_that_nothing_happened_and_no_sooner(east: Hospital, his: Receiver) -> None:
    key = await made(east, his, Topic.BOOKED, **beating(600))
    await made(east, his, Topic.CANCELLED)
    (shown,) = (one for one in await east.found("Subscription") if one["id"] == key)
    assert shown["channel"]["extension"] == [{"url": HEARTBEAT, "valueUnsignedInt": 600}]
    assert await fed(east, his) == []
    await quiet(east, "9 minutes")
    assert await fed(east, his) == []
    await quiet(east, "2 minutes")
    beats = [("appointment-booked", "heartbeat", "")]
    assert await fed(east, his) == beats
    assert await fed(east, his) == [], "it was told just now"
    assert await east.doors.rows("select 1 from calls where beats") == []
    seat = await east.booked(RESIDENT)
    await quiet(east, "11 minutes")
    his.answer = b"HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n"
    assert await fed(east, his) == beats
    await happened(east, said.AppointmentBooked, seat)
    assert await fed(east, his) == [], "what comes later is told after it"
    (row,) = await east.doors.rows("select count(*) as n from calls where beats")
    assert row.n == 1, "not one more while one waits"
    answer = (await east.get(f"Subscription/{key}/$events")).json()["entry"][0]["resource"]["parameter"]
    assert len([one for one in answer if "part" in one]) == 1, "a sign of life is no event"


async def quiet(east: Hospital, span: str) -> None:
    """Nothing was told for so much longer."""
    async with east.doors.whole.begin() as connection:
        await connection.execute(text(f"update hooks set told_at = told_at - interval '{span}'"))


async def test_of_six_workers_one_gives_the_sign_of_life(east: Hospital, his: Receiver) -> None:
    await made(east, his, Topic.BOOKED, **beating(60))
    await fed(east, his)
    await quiet(east, "2 minutes")
    await asyncio.gather(*(hook_feeds.feed(east.doors.running) for _ in range(6)))
    (row,) = await east.doors.rows("select count(*) as n from calls where beats")
    assert row.n == 1


@pytest.mark.parametrize("more", [
    beating(59), beating(86_401), beating("600"), beating(None), beating(True), beating(60.5), {"end": "2020-01-01T00:00:00Z"},
    {"end": "2099-01-01"}, {"end": "2099-01-01T00:00:00"}, {"end": 1}, {"end": "x"}, {"end": "9999-01-01T00:00:00Z"},
])
async def test_a_period_that_cannot_be_is_refused(east: Hospital, his: Receiver, more: dict[str, Any]) -> None:
    assert issue(await subscribe(east, about(his, Topic.BOOKED, **more), ALL)) == (422, "period-refused")
    assert await east.doors.rows("select 1 from hooks") == []


async def test_at_its_end_it_is_off_and_another_may_be_made(east: Hospital, his: Receiver) -> None:
    seat, until = await east.booked(RESIDENT), datetime.now(UTC) + timedelta(hours=1)
    key = await made(east, his, Topic.BOOKED, end=until.isoformat(), **beating(60))
    await fed(east, his)
    assert (await east.found("Subscription", status="active"))[0]["end"].startswith(until.isoformat()[:19])
    await happened(east, said.AppointmentBooked, seat)
    over = "update hooks set ends_at = now() - interval '1 second', told_at = now() - interval '1 day'"
    async with east.doors.whole.begin() as connection:
        await connection.execute(text(over))
    await happened(east, said.AppointmentBooked, seat)
    assert await fed(east, his) == [], "neither what waited, nor what came, nor a sign of life"
    assert [one["id"] for one in await east.found("Subscription", status="off")] == [key]
    assert await east.found("Subscription", status="active") == []
    status = (await east.get(f"Subscription/{key}/$status")).json()["entry"][0]["resource"]["parameter"]
    assert {"name": "status", "valueCode": "off"} in status
    assert {"name": "events-since-subscription-start", "valueString": "1"} in status, "what came is not counted either"
    again = await made(east, his, Topic.BOOKED)
    assert again != key
    assert issue(await east.get(f"Subscription/{key}")) == (410, "deleted")


async def test_an_address_is_told_of_several_topics_and_of_each_once(east: Hospital, his: Receiver) -> None:
    both = [wanted(his.endpoint, criteria=one.canonical) for one in (Topic.BOOKED, Topic.SLOT)]
    keys = {(await subscribe(east, one, ALL)).json()["id"] for one in both + both}
    assert len(keys) == 2
    same = [wanted(his.endpoint, criteria=said_so) for said_so in ("Appointment?", Topic.CHANGED.canonical)]
    assert len({(await subscribe(east, one, ALL)).json()["id"] for one in same}) == 1, "two ways to say one thing"


async def test_one_subscribes_to_what_one_may_read_and_to_what_there_is(east: Hospital, his: Receiver) -> None:
    for topic in Topic:
        narrow = "system/Subscription.c system/Slot.s system/Schedule.s system/Appointment.s"
        assert issue(await subscribe(east, about(his, topic), narrow)) == (403, "scope-missing")
    assert issue(await subscribe(east, about(his, Topic.CONTRACT), SCOPE)) == (403, "scope-missing")
    content = {"_payload": {"extension": [{"url": CONTENT, "valueCode": "full-resource"}]}}
    for wrong in ({"criteria": "urn:guohuai:topic:x"}, {"criteria": "Slot?"}, {"_criteria": {}}, {"channel": content}):
        body = wanted(his.endpoint, **{"criteria": Topic.SLOT.canonical, **wrong})
        assert issue(await subscribe(east, body, ALL)) == (422, "criteria-refused"), wrong
    kinds = {one["type"]: one for one in (await east.get("metadata")).json()["rest"][0]["resource"]}
    listed = [one["valueCanonical"] for one in kinds["Subscription"]["extension"] if one["url"] == LISTED]
    assert listed == [one.canonical for one in Topic]


async def test_officers_hear_of_a_subscription_that_is_switched_off_and_once(east: Hospital, his: Receiver) -> None:
    key = await made(east, his, Topic.BOOKED)
    his.answer = b"HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n"
    await fed(east, his)
    async with east.doors.whole.begin() as connection:
        await connection.execute(text("update hooks set failing_since = now() - interval '25 hours'"))
        await connection.execute(text("update calls set due_at = now()"))
    await tell(east, his.caller())
    await tell(east, his.caller())
    rows = await east.doors.rows("select subject, body from outbox where topic = 'health.subscription_silenced.v1'")
    assert [(row.subject, json.loads(row.body)) for row in rows] == [
        (f"hospital/{east.id}", {"hospital_id": east.id, "subscription_id": key})
    ]
