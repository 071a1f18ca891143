"""Times and schedules that a hospital writes itself: offered, changed, closed, opened, released; never booked."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from builders.doors import Doors
from builders.fhir import Hospital, accepted, fresh, hospital, issue
from builders.house import entered
from builders.hut import ask, book, problem
from builders.offering import START, SYSTEM, actors, made, planned, put, read, schedule, seats, send, wish
from builders.world import DOCTOR, FAR_DOCTOR, HERE, OFFICER, RESIDENT, SECOND_RESIDENT
from sqlalchemy import text

from services.health.actions import calling_off
from services.health.domain.resources import CAPACITY, MODALITY, OPENS_AT, ROOM


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    return await hospital(health_doors)


async def test_a_schedule_is_announced_named_and_read_before_there_is_a_time_in_it(east: Hospital) -> None:
    called = [{"system": "urn:east:plan", "value": "7"}]
    answers = [await send(east, "POST", "Schedule", planned(east, identifier=called)) for _ in range(2)]
    first = answers[0].json()
    assert ([one.status_code for one in answers], accepted(first)) == ([201, 200], 1)
    assert answers[0].headers["location"].endswith(f"/fhir/Schedule/{first['id']}/_history/{first['meta']['versionId']}")
    assert (first["identifier"][1:], "planningHorizon" in first) == (called, False)
    assert [one["id"] for one in await east.found("Schedule", identifier="urn:east:plan|7")] == [first["id"]]
    assert await east.found("Schedule", identifier="urn:west:plan|7") == []
    other_name = planned(east, identifier=[{"system": "urn:east:plan", "value": "9"}])
    for method, path in (("POST", "Schedule"), ("PUT", "Schedule?identifier=urn:east:plan|9")):
        assert issue(await send(east, method, path, other_name)) == (409, "offer-name-given"), "no name is lost by a creation"
    slot = await made(east)
    (row,) = await east.found("Schedule", actor=f"Practitioner/{DOCTOR.id}")
    assert (row["id"], slot["schedule"]["reference"]) == (first["id"], f"Schedule/{first['id']}")
    assert row["planningHorizon"]["start"] == slot["start"]
    again = await send(east, "PUT", f"Schedule/{first['id']}", {**row, "identifier": [{"system": "urn:east:plan", "value": "8"}]})
    assert issue(again) == (428, "version-wanted")
    tag = f'W/"{row["meta"]["versionId"]}"'
    renamed = await send(east, "PUT", f"Schedule/{first['id']}", {**row, "identifier": []}, if_match=tag)
    assert (renamed.status_code, len(renamed.json()["identifier"])) == (200, 1)
    assert issue(await send(east, "PUT", f"Schedule/{first['id']}", row, if_match=tag)) == (412, "version-stale")
    other = planned(east, actor=actors(east, FAR_DOCTOR.id), id=first["id"])
    assert issue(await send(east, "PUT", f"Schedule/{first['id']}", other, if_match="*")) == (422, "schedule-fixed")


async def test_a_schedule_is_a_doctors_who_serves_there_in_a_department_of_the_hospital(east: Hospital) -> None:
    west = await hospital(east.doors, "西郊医院")
    for body, told in (
        (planned(east, actor=actors(east, FAR_DOCTOR.id)), (422, "schedule-unknown")),
        (planned(west), (422, "schedule-unknown")),
        (planned(east, actor=actors(east)[:1]), (400, "body-unfit")), (planned(east, active="no"), (400, "body-unfit")),
        (planned(east, actor=[*actors(east), *actors(west)]), (400, "body-unfit")),
        ({"resourceType": "Slot"}, (400, "body-unfit")),
    ):
        assert issue(await send(east, "POST", "Schedule", body)) == told, body
    assert await east.doors.rows("select 1 from offered_schedules") == []


async def test_a_time_is_offered_read_as_it_was_said_and_booked_by_residents(east: Hospital) -> None:
    booth = await entered(east.doors, "rooms", name="一号")
    opens = (START - timedelta(days=9)).isoformat()
    more = [*seats(2), {"url": MODALITY, "valueCode": "in_person"}, {"url": OPENS_AT, "valueInstant": opens},
            {"url": ROOM, "valueReference": {"reference": f"Location/{booth}"}}]
    slot = await made(east, name="a1", extension=more)
    assert accepted(slot)
    assert [one["url"] for one in slot["extension"]] == [CAPACITY, MODALITY, OPENS_AT, ROOM]
    assert (slot["status"], slot["identifier"][1:]) == ("free", [{"system": SYSTEM, "value": "a1"}])
    assert [one["id"] for one in await east.found("Slot", identifier=f"{SYSTEM}|a1")] == [slot["id"]]
    (row,) = await east.doors.rows("select area::text as area, capacity, room_id, closed from slots")
    assert (row.area, row.capacity, str(row.room_id), row.closed) == (HERE, 2, booth, False)
    assert (await book(east.doors, RESIDENT, slot["id"])).status_code == 201
    same = await put(east, slot)
    assert (same.status_code, same.json()) == (200, slot), "as it was read it is as it is"
    (audited, *_) = await east.doors.rows("select actor_id from audit where action = 'slots.offer'")
    assert audited.actor_id == east.program.id


async def test_the_same_creation_makes_one_of_twelve(east: Hospital) -> None:
    body = await wish(east, name="b1")
    unless = f"identifier={SYSTEM}|b1"
    answers = await asyncio.gather(*(send(east, "POST", "Slot", body, if_none_exist=unless) for _ in range(12)))
    assert Counter(one.status_code for one in answers) == {201: 1, 200: 11}
    assert len({one.json()["id"] for one in answers}) == 1
    second = await wish(east, 1)
    bare = await asyncio.gather(*(send(east, "POST", "Slot", second) for _ in range(8)))
    assert Counter(one.status_code for one in bare) == {201: 1, 409: 7}
    assert {issue(one) for one in bare if one.status_code == 409} == {(409, "doctor-elsewhere")}
    assert issue(await send(east, "POST", "Slot", await wish(east, 2, name="b1"))) == (409, "offer-name-given")
    assert len(await east.doors.rows("select 1 from slots")) == 2, "nothing is left of what was refused"


async def test_what_cannot_be_is_said_and_makes_nothing(east: Hospital) -> None:
    body = await wish(east)
    past, far = (datetime.now(UTC) - timedelta(hours=1)).isoformat(), (START + timedelta(days=400)).isoformat()
    for changes, told in (
        ({"end": body["start"]}, (422, "time-unfit")), ({"end": (START + timedelta(hours=13)).isoformat()}, (422, "time-unfit")),
        ({"start": past}, (422, "time-unfit")), ({"start": past, "end": datetime.now(UTC).isoformat()}, (409, "slot-over")),
        ({"start": far, "end": (START + timedelta(days=400, minutes=5)).isoformat()}, (422, "time-unfit")),
        ({"start": "9999-12-31T23:59:00Z"}, (400, "body-unfit")), ({"start": "0001-01-01T00:00:00Z"}, (400, "body-unfit")),
        ({"start": "2300-01-01T00:00:00Z"}, (422, "time-unfit")), ({"start": "1970-01-01T00:00:00Z"}, (422, "time-unfit")),
        ({"start": "2030-01-01T09:00:00"}, (400, "body-unfit")), ({"start": "2030-01-01"}, (400, "body-unfit")),
        ({"extension": [{"url": OPENS_AT, "valueInstant": body["start"]}]}, (422, "time-unfit")),
        ({"extension": seats(0)}, (400, "body-unfit")), ({"extension": seats(201)}, (400, "body-unfit")),
        ({"extension": [{"url": CAPACITY, "valueInteger": True}]}, (400, "body-unfit")),
        ({"extension": [{"url": MODALITY, "valueCode": "phone"}]}, (400, "body-unfit")),
        ({"extension": [{"url": MODALITY, "valueCode": {"a": []}}]}, (400, "body-unfit")),
        ({"extension": [{"url": ROOM, "valueReference": {"reference": f"Location/{fresh()}"}}]}, (422, "room-not-here")),
        ({"extension": [{"url": ROOM}]}, (422, "room-not-here")),
        ({"extension": [{"url": OPENS_AT}, {"url": []}, {}], "end": None}, (400, "body-unfit")),
        ({"extension": [1]}, (400, "body-unfit")), ({"extension": [{"url": OPENS_AT, "valueInstant": [1]}]}, (400, "body-unfit")),
        ({"schedule": {"reference": f"Schedule/{fresh()}"}}, (422, "schedule-unknown")),
        ({"schedule": None}, (422, "schedule-unknown")),
        ({"status": "busy"}, (422, "booking-state-ours")), ({"status": "entered-in-error"}, (422, "booking-state-ours")),
        ({"status": ["free"]}, (400, "body-unfit")), ({"status": None}, (400, "body-unfit")),
        ({"identifier": [{"system": "urn:guohuai:their-slot", "value": "1"}]}, (400, "body-unfit")),
        ({"identifier": "x"}, (400, "body-unfit")), ({"resourceType": "Schedule"}, (400, "body-unfit")),
    ):
        assert issue(await send(east, "POST", "Slot", {**body, **changes})) == told, changes
    assert await east.doors.rows("select 1 from slots") == []


async def test_what_a_time_is_changes_by_who_read_it_as_it_is(east: Hospital) -> None:
    slot = await made(east, name="c1", extension=seats(2))
    bare = await send(east, "PUT", f"Slot/{slot['id']}", slot)
    assert issue(bare) == (428, "version-wanted")
    assert issue(await put(east, slot, 'W/"x"')) == (412, "version-stale")
    assert issue(await put(east, slot, id=fresh())) == (400, "body-unfit")
    assert issue(await send(east, "PUT", f"Slot/{fresh()}", {**slot, "id": fresh()})) == (400, "body-unfit")
    changed = (await put(east, slot, extension=seats(3), end=(START + timedelta(minutes=25)).isoformat())).json()
    assert (changed["extension"][0]["valueInteger"], changed["id"], changed["end"] > slot["end"]) == (3, slot["id"], True)
    assert issue(await put(east, slot)) == (412, "version-stale")
    assert issue(await put(east, changed, start=(START + timedelta(minutes=5)).isoformat())) == (422, "slot-fixed")
    await made(east, 1)
    assert issue(await put(east, changed, end=(START + timedelta(minutes=35)).isoformat())) == (409, "doctor-elsewhere")
    assert await read(east, changed) == changed


async def test_of_twelve_who_change_it_at_once_one_does(east: Hospital) -> None:
    slot = await made(east)
    answers = await asyncio.gather(*(put(east, slot, extension=seats(n + 2)) for n in range(12)))
    assert Counter(one.status_code for one in answers) == {200: 1, 412: 11}


async def test_never_is_it_less_than_is_booked_nor_other_than_it_was_booked(east: Hospital) -> None:
    slot = await made(east, extension=seats(3))
    await book(east.doors, RESIDENT, slot["id"])
    await book(east.doors, SECOND_RESIDENT, slot["id"])
    assert issue(await put(east, slot, extension=seats(1))) == (409, "below-booked")
    assert issue(await put(east, slot, end=(START + timedelta(minutes=10)).isoformat())) == (409, "booked-as-it-is")
    at_home = [*seats(3), {"url": MODALITY, "valueCode": "video_home"}]
    assert issue(await put(east, slot, extension=at_home)) == (409, "booked-as-it-is")
    full = (await put(east, slot, extension=seats(2))).json()
    assert full["status"] == "busy"
    assert issue(await put(east, full, status="free")) == (422, "booking-state-ours")
    more = (await put(east, full, extension=seats(3))).json()
    assert (more["status"], issue(await put(east, more, status="busy"))) == ("free", (422, "booking-state-ours"))


async def test_what_is_said_unavailable_is_called_off_and_free_opens_it_again(east: Hospital) -> None:
    slot = await made(east)
    other = await made(east, 4)
    key = (await book(east.doors, RESIDENT, slot["id"])).json()["id"]
    busy = await read(east, slot)
    closed = (await put(east, busy, status="busy-unavailable")).json()
    assert closed["status"] == "busy-unavailable"
    assert problem(await book(east.doors, SECOND_RESIDENT, slot["id"]))[0] == 409
    await calling_off.tell_all(east.doors.running)
    (row,) = await east.doors.rows("select state, called_off from appointments where id = :id", id=UUID(key))
    assert (row.state, row.called_off) == ("cancelled", "other")
    (held,) = await east.doors.rows("select slot_id from appointments where offered_for = :id", id=UUID(key))
    assert str(held.slot_id) == other["id"]
    assert (await east.doors.said()).count("health.appointment_called_off.v1") == 1
    assert issue(await put(east, closed, extension=seats(4))) == (409, "slot-closed")
    opened = (await put(east, closed, status="free")).json()
    assert opened["status"] == "free"
    assert (await book(east.doors, SECOND_RESIDENT, slot["id"])).status_code == 201


async def test_what_is_not_released_yet_reads_unavailable_and_is_not_closed_by_saying_so(east: Hospital) -> None:
    opens = (START - timedelta(hours=1)).isoformat()
    slot = await made(east, extension=[{"url": OPENS_AT, "valueInstant": opens}])
    assert slot["status"] == "busy-unavailable"
    more = (await put(east, slot, extension=[*slot["extension"][1:], *seats(5)])).json()
    (row,) = await east.doors.rows("select closed, capacity, opens_at from slots")
    assert (row.closed, row.capacity, row.opens_at) == (False, 5, START - timedelta(hours=1))
    assert (await put(east, more, extension=[])).json()["status"] == "free", "it is released by no release being said"


async def test_a_condition_makes_the_first_changes_the_only_and_refuses_the_many(east: Hospital) -> None:
    body, path = await wish(east, name="d1"), f"Slot?identifier={SYSTEM}|d1"
    first = await send(east, "PUT", path, body)
    second = await send(east, "PUT", path, {**body, "extension": seats(2)})
    assert ([first.status_code, second.status_code], first.json()["id"]) == ([201, 200], second.json()["id"])
    assert first.headers["location"].partition("/_history")[0].endswith(first.json()["id"])
    assert issue(await send(east, "PUT", path, body, if_match='W/"old"')) == (412, "version-stale")
    await made(east, 1, name="d2")
    many = await send(east, "PUT", f"Slot?identifier={SYSTEM}|d1,{SYSTEM}|d2", body)
    assert issue(many) == (412, "several-match")
    for query in ("", "?start=2030-01-01", f"?identifier={SYSTEM}|d1&start=2030-01-01", "?_id=1", "?nothing=1"):
        assert issue(await send(east, "PUT", f"Slot{query}", body)) == (400, "parameter-refused"), query
    third = await wish(east, 2, name="d3")
    answers = await asyncio.gather(*(send(east, "PUT", f"Slot?identifier={SYSTEM}|d3", third) for _ in range(12)))
    assert Counter(one.status_code for one in answers) == {201: 1, 200: 11}
    named = planned(east, identifier=[{"system": SYSTEM, "value": "d1"}])
    told = [(await send(east, "PUT", f"Schedule?identifier={SYSTEM}|d1", named)).status_code for _ in range(2)]
    assert told == [200, 200], "the schedule was there; its name is its own, not the slot's"


async def test_another_hospitals_is_not_there_and_its_doctors_time_is_not_taken(east: Hospital) -> None:
    west = await hospital(east.doors, "西郊医院")
    slot = await made(east, name="e1")
    assert issue(await put(west, slot, status="busy-unavailable")) == (422, "schedule-unknown")
    theirs = await wish(west)
    assert issue(await put(west, {**slot, "schedule": theirs["schedule"]})) == (404, "not-found")
    assert issue(await send(west, "PUT", f"Slot/{slot['id']}", {**theirs, "id": slot["id"]}, if_match="*")) == (404, "not-found")
    assert issue(await send(west, "POST", "Slot", theirs)) == (409, "doctor-elsewhere")
    assert (await send(west, "POST", "Slot", await wish(west, 1, name="e1"))).status_code == 201, "names are each hospital's own"
    key = slot["schedule"]["reference"]
    for path in (f"{key}/$stop", f"{key}/$release"):
        body = {"resourceType": "Parameters", "parameter": [{"name": "day", "valueDate": str(START.date())}]}
        assert issue(await send(west, "POST", path, body)) == (404, "not-found")
    assert await read(east, slot) == slot


async def test_whose_office_has_ended_offers_nothing_new(east: Hospital) -> None:
    body, slot = await wish(east), await made(east, 1)
    async with east.doors.whole.begin() as connection:
        ended = text("update directory_assignments set ends_at = now() where person_id = :id")
        await connection.execute(ended, {"id": DOCTOR.id})
    assert issue(await send(east, "POST", "Slot", body)) == (422, "schedule-unknown")
    assert (await put(east, slot, status="busy-unavailable")).json()["status"] == "busy-unavailable"


async def test_a_pool_of_theirs_is_not_written(east: Hospital) -> None:
    async with east.doors.whole.begin() as connection:
        await connection.execute(text("update hospitals set adapter = 'csv', pool = 'theirs'"))
    assert issue(await send(east, "POST", "Schedule", planned(east))) == (409, "pool-not-ours")


async def test_each_act_needs_its_letter_before_anything_is_read(east: Hospital) -> None:
    for method, path, letter, kind in (
        ("POST", "Slot", "c", "Slot"), ("PUT", f"Slot/{fresh()}", "u", "Slot"), ("PUT", "Slot", "u", "Slot"),
        ("POST", "Schedule", "c", "Schedule"), ("PUT", f"Schedule/{fresh()}", "u", "Schedule"),
        ("PUT", "Schedule", "u", "Schedule"),
        ("POST", f"Schedule/{fresh()}/$stop", "u", "Schedule"), ("POST", f"Schedule/{fresh()}/$release", "u", "Schedule"),
    ):
        others = "".join(one for one in "crus" if one != letter)
        for scope in (f"system/{kind}.{others}", "system/Appointment.crus"):
            assert issue(await send(east, method, path, {}, scope)) == (403, "scope-missing"), (method, path, scope)
    body, named = await wish(east, name="f1"), f"Slot?identifier={SYSTEM}|f1"
    assert issue(await send(east, "PUT", named, body, "system/Slot.u")) == (403, "scope-missing")
    stranger = Hospital(east.doors, east.id, east.department)
    assert issue(await send(stranger, "POST", "Slot", body)) == (403, "not-a-hospitals-program")


def parameters(**given: Any) -> dict[str, Any]:
    kinds = {"day": "valueDate", "at": "valueInstant"}
    named = [{"name": name, kinds.get(name, "valueCode"): said} for name, said in given.items()]
    return {"resourceType": "Parameters", "parameter": named}


def counted(answer: httpx.Response) -> dict[str, int]:
    assert (answer.status_code, accepted(answer.json())) == (200, 1), answer.text
    return {one["name"]: one["valueInteger"] for one in answer.json()["parameter"]}


async def test_a_day_is_called_off_in_one_act_and_who_has_booked_is_offered_another(east: Hospital) -> None:
    morning, afternoon = await made(east), await made(east, 10)
    later = await made(east, 48)
    await book(east.doors, RESIDENT, morning["id"])
    path, day = f"{morning['schedule']['reference']}/$stop", str(START.date())
    assert issue(await send(east, "POST", path, parameters(day=day), if_match='W/"0"')) == (412, "version-stale")
    off = await send(east, "POST", path, parameters(day=day, half="morning", reason="illness"))
    assert counted(off) == {"times": 1, "booked": 1}
    assert [one["status"] for one in await east.found("Slot", _sort="start")] == ["busy-unavailable", "free", "free"]
    await calling_off.tell_all(east.doors.running)
    (held,) = await east.doors.rows("select slot_id from appointments where state = 'held'")
    assert str(held.slot_id) == afternoon["id"]
    tag = (await east.get(morning["schedule"]["reference"])).headers["etag"]
    assert counted(await send(east, "POST", path, parameters(day=day), if_match=tag)) == {"times": 2, "booked": 0}
    assert counted(await send(east, "POST", path, parameters(day=day)))["booked"] == 0
    (row,) = await east.doors.rows("select called_off from slots where id = :id", id=UUID(morning["id"]))
    assert row.called_off == "illness", "the first word stays"
    assert (await read(east, later))["status"] == "free"
    for wrong in ({}, {"day": "tomorrow"}, {"day": "9999-12-31"}, {"day": day, "half": "night"}, {"day": day, "reason": "golf"}):
        assert issue(await send(east, "POST", path, parameters(**wrong))) == (422, "session-unfit"), wrong


async def test_a_day_that_is_not_laid_out_yet_stays_called_off_when_it_is(east: Hospital) -> None:
    far = START.date() + timedelta(days=40)
    answer = await ask(east.doors, OFFICER, "schedules", {
        "area": HERE, "doctor_id": str(DOCTOR.id), "weekdays": [1, 2, 3, 4, 5, 6, 7], "begins": "09:00", "ends": "10:00",
        "minutes": 20, "first_day": str(START.date()), "on_holidays": True, "department_id": east.department,
    })
    assert answer.status_code == 201, answer.text
    path = f"Schedule/{await schedule(east)}/$stop"
    assert counted(await send(east, "POST", path, parameters(day=str(far)))) == {"times": 0, "booked": 0}
    (row,) = await east.doors.rows("select day, works from day_exceptions")
    assert (row.day, row.works) == (far, False)


async def test_times_are_released_at_once_or_earlier_and_by_one_of_twelve(east: Hospital) -> None:
    opens = [{"url": OPENS_AT, "valueInstant": (START - timedelta(hours=1)).isoformat()}]
    first, second = await made(east, extension=opens), await made(east, 60, extension=opens)
    await made(east, 1)
    path = f"{first['schedule']['reference']}/$release"
    earlier, later = START - timedelta(hours=2), START - timedelta(minutes=30)
    assert counted(await send(east, "POST", path, parameters(at=later.isoformat()))) == {"times": 0}, "never later by it"
    assert counted(await send(east, "POST", path, parameters(at=earlier.isoformat(), day=str(START.date())))) == {"times": 1}
    assert [one["status"] for one in (await read(east, first), await read(east, second))] == ["busy-unavailable"] * 2
    tag = (await east.get(first["schedule"]["reference"])).headers["etag"]
    answers = await asyncio.gather(*(send(east, "POST", path, if_match=tag) for _ in range(12)))
    assert Counter(counted(one)["times"] for one in answers) == {2: 1, 0: 11}
    assert (await read(east, second))["status"] == "free"
    assert (await book(east.doors, RESIDENT, first["id"])).status_code == 201
    assert issue(await send(east, "POST", path, parameters(at="soon"))) == (400, "body-unfit")


async def test_all_of_it_is_declared(east: Hospital) -> None:
    kinds = {one["type"]: one for one in (await east.get("metadata")).json()["rest"][0]["resource"]}
    for kind, names in (("Schedule", {"stop", "release"}), ("Slot", {"import"})):
        one = kinds[kind]
        assert {"create", "update"} <= {said["code"] for said in one["interaction"]}
        assert (one["conditionalCreate"], one["conditionalUpdate"], one["updateCreate"]) == (True, True, False)
        assert {said["name"] for said in one["operation"]} == names
        for said in one["operation"]:
            assert accepted((await east.get(said["definition"].partition("/fhir/")[2])).json())
