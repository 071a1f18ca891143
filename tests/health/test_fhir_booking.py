"""Booking at the FHIR door: found, held, booked, given back, by the same rules as everybody; nothing is sold twice."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors
from builders.fhir import ALL, MEDIA, Hospital, fresh, hospital, issue
from builders.hospital import consents
from builders.hut import ask, book, crowd
from builders.world import FAR_RESIDENT, RESIDENT, SECOND_RESIDENT, Person
from sqlalchemy import text

from contracts.calendar import CHENGDU


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    made = await hospital(health_doors)
    for n, person in enumerate((RESIDENT, SECOND_RESIDENT)):  # whoever was there before is known
        await made.booked(person, await made.offer(timedelta(days=20 + n)))
    return made


def parameters(**given: Any) -> dict[str, Any]:
    """A Parameters resource; resources as they are, texts as references where they are some."""
    def one(name: str, value: Any) -> dict[str, Any]:
        if isinstance(value, dict):
            return {"name": name, "resource": value}
        return {"name": name, "valueReference": {"reference": value}} if "/" in value else {"name": name, "valueDateTime": value}

    return {"resourceType": "Parameters", "parameter": [one(name.replace("_", "-"), value) for name, value in given.items()]}


async def operate(
    one: Hospital, name: str, scope: str = ALL, headers: dict[str, str] | None = None, **given: Any
) -> httpx.Response:
    async with one.client(scope) as client:
        return await client.post(f"/fhir/Appointment/${name}", json=parameters(**given), headers=headers or {})


def whole(slot: str, patient: str, **more: Any) -> dict[str, Any]:
    """An Appointment as a program wishes it."""
    actor = {"actor": {"reference": f"Patient/{patient}"}, "status": "accepted"}
    made = {"resourceType": "Appointment", "status": "booked", "slot": [{"reference": f"Slot/{slot}"}], "participant": [actor]}
    return made | more


async def create(one: Hospital, body: Any, **headers: str) -> httpx.Response:
    async with one.client() as client:
        return await client.post("/fhir/Appointment", json=body, headers=headers)


async def change(one: Hospital, key: str, body: Any, *, method: str = "PUT", **headers: str) -> httpx.Response:
    async with one.client() as client:
        sent = {"content-type": "application/json-patch+json"} if method == "PATCH" else {}
        return await client.request(method, f"/fhir/Appointment/{key}", json=body, headers=sent | headers)


def first(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["entry"][0]["resource"]
    return made


def tomorrow() -> dict[str, str]:
    now = datetime.now(UTC)
    return {"start": now.isoformat(), "end": (now + timedelta(days=15)).isoformat()}


async def seats(doors: Doors, slot: str) -> list[Any]:
    asked = "select state, person_id, acting_id from appointments where slot_id = :slot and state in ('held', 'booked')"
    return await doors.rows(asked, slot=UUID(slot))


async def test_a_time_is_found_held_booked_and_given_back(east: Hospital) -> None:
    slot, name = await east.offer(), await east.patient(RESIDENT)
    proposed = first(await operate(east, "find", **tomorrow(), patient_reference=f"Patient/{name}"))
    assert (proposed["status"], proposed["slot"]) == ("proposed", [{"reference": f"Slot/{slot}"}])
    held = await operate(east, "hold", appointment_reference=f"Appointment/{proposed['id']}")
    pending = first(held)
    assert pending["status"] == "pending"
    assert held.json()["entry"][1]["search"]["mode"] == "outcome"
    until = datetime.fromisoformat(pending["extension"][0]["valueInstant"])
    assert timedelta(minutes=4) < until - datetime.now(UTC) <= timedelta(minutes=5)
    booked = first(await operate(east, "book", appointment_reference=f"Appointment/{pending['id']}"))
    assert (booked["id"], booked["status"]) == (pending["id"], "booked")
    (seat,) = await seats(east.doors, slot)
    assert (seat.state, seat.person_id, seat.acting_id) == ("booked", RESIDENT.id, east.program.id)
    assert (await east.doors.said()).count("health.appointment_booked.v1") == 3
    given = first(await operate(east, "book", appointment_resource={**booked, "status": "cancelled"}))
    assert (given["id"], given["status"]) == (booked["id"], "cancelled")
    assert await seats(east.doors, slot) == []
    (told,) = await east.doors.rows("select body from outbox where topic = 'health.appointment_cancelled.v1'")
    assert '"by_patient": false' in json.dumps(told.body if isinstance(told.body, dict) else json.loads(told.body))


async def test_a_proposal_is_booked_at_once_and_a_held_one_given_back(east: Hospital) -> None:
    slot, name = await east.offer(), await east.patient(RESIDENT)
    key = first(await operate(east, "find", **tomorrow(), patient_reference=f"Patient/{name}"))["id"]
    pending = first(await operate(east, "hold", appointment_reference=f"Appointment/{key}"))
    assert first(await operate(east, "book", appointment_resource={**pending, "status": "cancelled"}))["status"] == "cancelled"
    assert await seats(east.doors, slot) == []
    assert first(await operate(east, "book", appointment_reference=f"Appointment/{key}"))["status"] == "booked"
    assert len(await seats(east.doors, slot)) == 1


async def test_the_form_of_medplum_is_read_as_well(east: Hospital) -> None:
    slot, name = await east.offer(), await east.patient(RESIDENT)
    seen = (await east.get(f"Slot/{slot}")).json()
    contained = {"resourceType": "Slot", "id": "s", "schedule": seen["schedule"], "start": seen["start"], "end": seen["end"]}
    made = whole(slot, name, status="proposed", contained=[{**contained, "status": "busy"}]) | {"slot": [{"reference": "#s"}]}
    held = first(await operate(east, "hold", appointment=made))
    assert held["slot"] == [{"reference": f"Slot/{slot}"}]
    assert first(await operate(east, "book", appointment={**made, "id": held["id"]}))["status"] == "booked"


async def test_find_keeps_to_what_was_asked(east: Hospital) -> None:
    near, far = await east.offer(timedelta(days=1)), await east.offer(timedelta(days=30))
    assert first(await operate(east, "find", **tomorrow()))["slot"] == [{"reference": f"Slot/{near}"}]
    answer = await operate(east, "find", **tomorrow(), specialty="没有的科室")
    assert (answer.status_code, answer.json()["total"]) == (200, 0)
    whom = first(await operate(east, "find", **tomorrow()))["participant"][0]["actor"]["reference"]
    assert (await operate(east, "find", **tomorrow(), practitioner=whom)).json()["total"] == 1
    assert (await operate(east, "find", **tomorrow(), practitioner=f"Practitioner/{fresh()}")).json()["total"] == 0
    await book(east.doors, RESIDENT, near)
    assert (await operate(east, "find", **tomorrow())).json()["total"] == 0
    assert issue(await operate(east, "find", start="2026-01-01")) == (400, "body-unfit")
    assert issue(await operate(east, "find", start="2026-01-01T09:00:00", end="2027-01-01")) == (400, "parameter-refused")
    assert issue(await operate(east, "find", **tomorrow(), patient_reference=f"Patient/{fresh()}")) == (422, "patient-unknown")
    assert far


@pytest.mark.parametrize(("size", "capacity"), [(12, 1), (12, 5), (40, 5)])
async def test_of_many_at_once_at_both_doors_as_many_get_a_seat_as_there_are(
    health_doors: Doors, size: int, capacity: int
) -> None:
    one = await hospital(health_doors)
    people = await crowd(health_doors, size)
    earlier = await one.offer(timedelta(days=40), capacity=200)
    for person in people:
        await one.booked(person, earlier)
    names = {row.person_id: str(row.id) for row in await _known(one)}
    slot = await one.offer(capacity=capacity)

    async def take(n: int, person: Person) -> int:
        if n % 3 == 0:
            return (await book(health_doors, person, slot)).status_code
        if n % 3 == 1:
            return 201 if (await create(one, whole(slot, names[person.id]))).status_code == 201 else 409
        answer = await operate(one, "book", appointment_resource=whole(slot, names[person.id]))
        return 201 if answer.status_code == 200 else answer.status_code

    told = Counter(await asyncio.gather(*(take(n, person) for n, person in enumerate(people))))
    assert told == {201: capacity, 409: size - capacity}
    assert len(await seats(health_doors, slot)) == capacity


async def _known(one: Hospital) -> list[Any]:
    await one.get("Patient")
    return await one.doors.rows("select id, person_id from patients")


async def test_twelve_creations_on_one_condition_make_one_appointment(east: Hospital) -> None:
    slot, name = await east.offer(capacity=20), await east.patient(RESIDENT)
    body = whole(slot, name, identifier=[{"system": "urn:east:booking", "value": "4711"}])
    unless = {"if-none-exist": "identifier=urn:east:booking|4711"}
    answers = await asyncio.gather(*(create(east, body, **unless) for _ in range(12)))
    assert Counter(one.status_code for one in answers) == {201: 1, 200: 11}
    (made,) = {one.json()["id"] for one in answers}
    fresh_one = next(one for one in answers if one.status_code == 201)
    version = fresh_one.json()["meta"]["versionId"]
    assert fresh_one.headers["location"] == f"{east.doors.issuer}/fhir/Appointment/{made}/_history/{version}"
    assert {"system": "urn:east:booking", "value": "4711"} in fresh_one.json()["identifier"]
    assert [one["id"] for one in await east.found("Appointment", identifier="urn:east:booking|4711")] == [made]
    assert await east.found("Appointment", identifier="urn:west:booking|4711") == []
    other = whole(await east.offer(timedelta(days=2)), await east.patient(SECOND_RESIDENT), identifier=body["identifier"])
    assert issue(await create(east, other)) == (409, "name-given")
    assert issue(await create(east, other, **{"if-none-exist": "status=booked"})) == (412, "several-match")
    for wrong in ("", "colour=red", "_count=1"):
        assert issue(await create(east, other, **{"if-none-exist": wrong})) == (400, "parameter-refused"), wrong
    assert len(await seats(east.doors, slot)) == 1


async def test_an_idempotency_key_makes_a_repeated_operation_one(east: Hospital) -> None:
    slot, name = await east.offer(capacity=5), await east.patient(RESIDENT)
    headers = {"idempotency-key": str(uuid4())}
    answers = [await operate(east, "book", headers=headers, appointment_resource=whole(slot, name)) for _ in range(3)]
    assert {one.status_code for one in answers} == {200}
    assert len({one.text for one in answers}) == 1
    assert {one.headers["content-type"] for one in answers} == {"application/fhir+json; charset=utf-8"}
    assert len(await seats(east.doors, slot)) == 1


async def test_an_appointment_is_given_back_by_who_read_it_as_it_is(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    read = await east.get(f"Appointment/{key}")
    given = {**read.json(), "status": "cancelled"}
    assert issue(await change(east, key, given)) == (428, "version-wanted")
    assert issue(await change(east, key, given, **{"if-match": 'W/"2"'})) == (412, "version-stale")
    tag = {"if-match": read.headers["etag"]}
    assert issue(await change(east, key, {**given, "status": "fulfilled"}, **tag)) == (422, "only-cancelling")
    other = [{"reference": f"Slot/{fresh()}"}]
    for moved in ({"start": "2027-01-04T01:00:00Z"}, {"end": "2027-01-04T01:20:00Z"}, {"slot": other}):
        assert issue(await change(east, key, {**given, **moved}, **tag)) == (422, "only-cancelling"), "moved by being said so"
    assert issue(await change(east, key, {**given, "id": fresh()}, **tag)) == (400, "body-unfit")
    same = await change(east, key, read.json(), **tag)
    assert (same.status_code, same.headers["etag"]) == (200, read.headers["etag"])
    answers = await asyncio.gather(*(change(east, key, given, **tag) for _ in range(12)))
    assert Counter(one.status_code for one in answers) == {200: 1, 412: 11}
    assert (await east.doors.said()).count("health.appointment_cancelled.v1") == 1
    now = (await east.get(f"Appointment/{key}")).headers["etag"]
    again = await change(east, key, given, **{"if-match": now})
    assert (again.status_code, again.headers["etag"]) == (200, now)


async def test_a_patch_gives_back_and_does_nothing_else(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    tag = {"if-match": (await east.get(f"Appointment/{key}")).headers["etag"]}
    status = {"op": "replace", "path": "/status", "value": "cancelled"}
    for wrong in ([], {}, [{**status, "op": "remove"}], [{**status, "path": "/start"}], [status, {"op": "test"}], ["x"]):
        assert issue(await change(east, key, wrong, method="PATCH", **tag)) == (400, "body-unfit"), wrong
    assert issue(await change(east, key, [{**status, "value": 7}], method="PATCH", **tag)) == (422, "only-cancelling")
    minimal = await change(east, key, [status], method="PATCH", prefer="return=minimal", **tag)
    assert (minimal.status_code, minimal.content) == (200, b"")
    assert (await east.get(f"Appointment/{key}")).json()["status"] == "cancelled"


async def test_h09_nobody_is_booked_for_whom_the_hospital_does_not_know(east: Hospital) -> None:
    west = await hospital(east.doors, "西郊医院")
    await west.booked(RESIDENT, await west.offer(timedelta(days=30)))
    slot, theirs, own = await east.offer(), await west.patient(RESIDENT), await east.patient(RESIDENT)
    for patient in (theirs, fresh(), str(RESIDENT.id), "x", ""):
        assert issue(await create(east, whole(slot, patient))) == (422, "patient-unknown"), patient
        assert issue(await operate(east, "book", appointment_resource=whole(slot, patient))) == (422, "patient-unknown")
    two = whole(slot, own)
    two["participant"].append({"actor": {"reference": f"Patient/{theirs}"}})
    assert issue(await create(east, two)) == (400, "body-unfit")
    assert issue(await create(east, whole(await west.offer(timedelta(days=3)), own))) == (422, "time-unknown")
    forged = f"{UUID(await west.offer(timedelta(days=4))).hex}{UUID(own).hex}"
    assert issue(await operate(east, "book", appointment_reference=f"Appointment/{forged}")) == (422, "time-unknown")
    assert await seats(east.doors, slot) == []


async def test_without_consent_nobody_is_booked_and_nothing_given_back(east: Hospital) -> None:
    key = await east.booked(RESIDENT, await east.offer(timedelta(days=2)))
    slot, name = await east.offer(), await east.patient(RESIDENT)
    tag = {"if-match": (await east.get(f"Appointment/{key}")).headers["etag"]}
    await consents(east.doors, RESIDENT, state="withdrawn")
    assert issue(await create(east, whole(slot, name))) == (403, "consent-withdrawn")
    assert issue(await operate(east, "hold", appointment_resource=whole(slot, name))) == (403, "consent-withdrawn")
    assert issue(await operate(east, "find", **tomorrow(), patient_reference=f"Patient/{name}")) == (403, "consent-withdrawn")
    gone = [{"op": "replace", "path": "/status", "value": "cancelled"}]
    assert issue(await change(east, key, gone, method="PATCH", **tag)) == (403, "consent-withdrawn")
    (row,) = await east.doors.rows("select state from appointments where id = :key", key=UUID(key))
    assert row.state == "booked"


async def test_a_hold_is_its_holders_alone_and_ends(east: Hospital) -> None:
    slot, name = await east.offer(), await east.patient(RESIDENT)
    held = first(await operate(east, "hold", appointment_resource=whole(slot, name)))
    own = (await ask(east.doors, SECOND_RESIDENT, "holds", {"slot_id": await east.offer(timedelta(days=2))})).json()
    assert issue(await operate(east, "book", appointment_reference=f"Appointment/{own['id']}")) == (404, "not-found")
    other = whole(slot, await east.patient(SECOND_RESIDENT))
    assert issue(await operate(east, "book", appointment_resource=other)) == (409, "slot-taken")
    later = "update appointments set held_until = held_until - interval '6 minutes' where id = :key"
    async with east.doors.whole.begin() as connection:
        await connection.execute(text(later), {"key": UUID(held["id"])})
    assert issue(await operate(east, "book", appointment_reference=f"Appointment/{held['id']}")) == (409, "hold-over")


async def test_rules_of_selling_hold_at_this_door_too(east: Hospital) -> None:
    name = await east.patient(RESIDENT)
    at = (datetime.now(CHENGDU) + timedelta(days=2)).replace(hour=10) - datetime.now(CHENGDU)
    await east.booked(RESIDENT, await east.offer(at))
    again = await east.offer(at + timedelta(minutes=15))
    assert issue(await create(east, whole(again, name))) == (409, "one-per-doctor-and-day")
    later = await east.offer(timedelta(days=9), opens_at=datetime.now(UTC) + timedelta(days=8))
    assert issue(await create(east, whole(later, name))) == (409, "not-open-yet")
    away = await hospital(east.doors, "南郊医院")
    async with east.doors.whole.begin() as connection:
        stranger = fresh()
        line = f"insert into patients values ('{stranger}', '{away.id}', '{FAR_RESIDENT.id}')"
        await connection.exec_driver_sql(line)
    assert issue(await create(away, whole(await away.offer(timedelta(days=11)), stranger)))[0] == 404
    assert await seats(east.doors, again) == []


@pytest.mark.parametrize(("act", "letter"), [("find", "s"), ("hold", "c"), ("book", "c")])
async def test_each_act_needs_its_letter_before_anything_is_read(east: Hospital, act: str, letter: str) -> None:
    every = {"c", "r", "u", "d", "s"} - {letter}
    for scope in (f"system/Appointment.{''.join(one for one in 'cruds' if one in every)}", "system/Slot.cruds", "api"):
        assert issue(await operate(east, act, scope)) == (403, "scope-missing"), scope
    async with east.client("system/Appointment.crds") as client:
        answer = await client.put(f"/fhir/Appointment/{fresh()}", json=whole(fresh(), fresh(), id=fresh()))
        assert issue(answer) == (403, "scope-missing")


@pytest.mark.parametrize("body", [
    b"", b"[]", b"{", b"null", b'"x"', b'{"resourceType":"Patient"}', b'{"resourceType":"Parameters","parameter":{}}',
    b'{"resourceType":"Parameters","parameter":[1]}', b'{"resourceType":"Parameters","parameter":[{"name":1}]}',
    b'{"resourceType":"Parameters","parameter":[{"name":"appointment-resource","resource":{"resourceType":"Slot"}}]}',
    b'{"resourceType":"Parameters","parameter":[{"name":"appointment-resource","valueString":"x"}]}', b"[" * 5000, b"\xff\xfe",
])
async def test_what_is_no_body_of_fhir_is_refused(east: Hospital, body: bytes) -> None:
    async with east.client() as client:
        for path in ("$book", "$hold", "$find"):
            answer = await client.post(f"/fhir/Appointment/{path}", content=body, headers={"content-type": MEDIA})
            assert issue(answer) == (400, "body-unfit"), path
        answer = await client.post("/fhir/Appointment", content=body, headers={"content-type": MEDIA})
        assert issue(answer) == (400, "body-unfit")
