"""Operations on an appointment at the FHIR door: given back, moved and checked in, by the rules of every door."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from builders.doors import Doors
from builders.fhir import ALL, Hospital, accepted, fresh, hospital, issue
from builders.hospital import consents
from builders.house import entered, lie
from builders.hut import ask, book
from builders.world import DOCTOR, RESIDENT, SECOND_RESIDENT

WEEK = timedelta(days=7)


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    return await hospital(health_doors)


async def operate(
    one: Hospital, key: str, name: str, scope: str = ALL, headers: dict[str, str] | None = None, **given: str
) -> httpx.Response:
    """Parameters are references, but for the code."""
    def valued(name: str, value: str) -> dict[str, Any]:
        return {"valueString": value} if name == "code" else {"valueReference": {"reference": value}}

    said = [{"name": name.replace("_", "-"), **valued(name, value)} for name, value in given.items()]
    async with one.client(scope) as client:
        body = {"resourceType": "Parameters", **({"parameter": said} if said else {})}
        return await client.post(f"/fhir/Appointment/{key}/${name}", json=body, headers=headers or {})


async def state(east: Hospital, key: str) -> str:
    (row,) = await east.doors.rows("select state from appointments where id = :id", id=UUID(key))
    return str(row.state)


async def test_an_appointment_is_given_back_and_again_is_the_same(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    tag = (await east.get(f"Appointment/{key}")).headers["etag"]
    assert issue(await operate(east, key, "cancel", headers={"if-match": 'W/"0"'})) == (412, "version-stale")
    assert await state(east, key) == "booked"
    answer = await operate(east, key, "cancel", headers={"if-match": tag})
    assert (answer.status_code, answer.json()["id"], answer.json()["status"]) == (200, key, "cancelled")
    assert answer.headers["etag"] == f'W/"{answer.json()["meta"]["versionId"]}"'
    assert (await operate(east, key, "cancel")).json()["status"] == "cancelled"
    assert (await east.doors.said()).count("health.appointment_cancelled.v1") == 1
    async with east.client() as client:
        bare = await client.post(f"/fhir/Appointment/{key}/$cancel")
        assert (bare.status_code, bare.json()["status"]) == (200, "cancelled"), "there is nothing to say beside it"
        other = await client.post(f"/fhir/Appointment/{key}/$cancel", json={"resourceType": "Bundle"})
        assert issue(other) == (400, "body-unfit")


async def test_it_is_moved_with_both_times_in_one_transaction_or_not_at_all(east: Hospital) -> None:
    first, second, taken = [await east.offer(WEEK + timedelta(days=n)) for n in range(3)]
    key = await east.booked(RESIDENT, first)
    await east.booked(SECOND_RESIDENT, taken)
    assert issue(await operate(east, key, "reschedule", slot=f"Slot/{taken}")) == (409, "slot-taken")
    assert issue(await operate(east, key, "reschedule", slot=f"Slot/{fresh()}")) == (422, "time-unknown")
    assert issue(await operate(east, key, "reschedule")) == (422, "time-unknown")
    assert await state(east, key) == "booked", "who finds nothing keeps what they have"
    answer = await operate(east, key, "reschedule", slot=f"Slot/{second}")
    made = answer.json()
    assert (answer.status_code, made["status"], made["slot"]) == (200, "booked", [{"reference": f"Slot/{second}"}])
    assert (await state(east, key), await state(east, made["id"])) == ("cancelled", "booked")
    (row,) = await east.doors.rows("select person_id, acting_id from appointments where id = :id", id=UUID(made["id"]))
    assert (row.person_id, row.acting_id) == (RESIDENT.id, east.program.id)
    topics = await east.doors.said()
    assert (topics.count("health.appointment_rescheduled.v1"), topics.count("health.appointment_cancelled.v1")) == (1, 0)
    assert (await book(east.doors, SECOND_RESIDENT, first)).status_code in {201, 409}
    assert await east.doors.rows("select id from breaches") == []


async def test_of_twelve_who_move_it_one_does(east: Hospital) -> None:
    key = await east.booked(RESIDENT, await east.offer(WEEK))
    free = [await east.offer(WEEK + timedelta(days=1 + n)) for n in range(12)]
    async with asyncio.TaskGroup() as group:
        said = [group.create_task(operate(east, key, "reschedule", slot=f"Slot/{slot}")) for slot in free]
    assert sorted(task.result().status_code for task in said) == [200] + [409] * 11
    assert len(await east.doors.rows("select id from appointments where state = 'booked'")) == 1


async def test_a_late_move_of_a_hospital_is_not_its_patients(east: Hospital) -> None:
    key = await east.booked(RESIDENT, await east.offer(timedelta(minutes=200)))
    async with east.doors.whole.begin() as connection:
        await connection.exec_driver_sql("update appointments set cancel_until = booked_at")
    assert (await operate(east, key, "reschedule", slot=f"Slot/{await east.offer(WEEK)}")).status_code == 200
    assert await east.doors.rows("select id from breaches") == []


async def test_a_patient_is_checked_in_by_the_code_of_the_room_alone(east: Hospital) -> None:
    room = await entered(east.doors, "rooms", name="一号诊间")
    slot = await east.offer(timedelta(minutes=30))
    await lie(east.doors, slot, room_id=room)
    key = await east.booked(RESIDENT, slot)
    for given in ({}, {"code": "GUESSED"}):
        assert issue(await operate(east, key, "check-in", **given)) == (409, "not-at-the-hut")
    assert await state(east, key) == "booked"
    async with east.doors.client(DOCTOR) as doctor:
        code = (await doctor.get(f"/api/v1/rooms/{room}/code")).json()["code"]
    answer = await operate(east, key, "check-in", code=code)
    assert (answer.status_code, answer.json()["status"]) == (200, "arrived")
    assert issue(await operate(east, key, "check-in", code=code)) == (409, "not-at-this-step")
    assert issue(await operate(east, key, "cancel")) == (409, "not-booked")


@pytest.mark.parametrize("name", ["cancel", "reschedule", "check-in"])
async def test_each_needs_its_scope_and_its_hospital_and_consent(east: Hospital, name: str) -> None:
    slot, other = await east.offer(WEEK), await east.offer(WEEK + timedelta(days=1))
    key = await east.booked(RESIDENT, slot)
    given: dict[str, Any] = {"reschedule": {"slot": f"Slot/{other}"}, "check-in": {"code": "X"}}.get(name, {})
    assert issue(await operate(east, key, name, scope="system/Appointment.crs", **given)) == (403, "scope-missing")
    if name == "reschedule":
        assert issue(await operate(east, key, name, scope="system/Appointment.us", **given)) == (403, "scope-missing")
    west = await hospital(east.doors, "西郊医院")
    assert issue(await operate(west, key, name, **given))[0] in {404, 422}, "another hospital's is not there"
    assert issue(await operate(east, fresh(), name, **given)) == (404, "not-found")
    await east.patient(RESIDENT)
    await consents(east.doors, RESIDENT, state="withdrawn", sequence=9)
    assert issue(await operate(east, key, name, **given)) == (403, "consent-withdrawn")
    assert await state(east, key) == "booked"


async def test_each_operation_is_declared_and_its_definition_is_there_for_everybody(east: Hospital) -> None:
    async with east.doors.client() as anybody:
        said = (await anybody.get("/fhir/metadata")).json()["rest"][0]["resource"]
        (operations,) = [one["operation"] for one in said if one["type"] == "Appointment"]
        ours = {one["name"]: one["definition"] for one in operations if one["definition"].startswith(east.doors.issuer)}
        assert set(ours) == {"cancel", "reschedule", "check-in", "join"}
        for name, address in ours.items():
            made = (await anybody.get(address)).json()
            assert (made["resourceType"], made["url"], made["code"]) == ("OperationDefinition", address, name)
            assert accepted(made)
        assert issue(await anybody.get("/fhir/OperationDefinition/nothing")) == (404, "not-found")


async def test_what_a_resident_gave_back_meanwhile_is_not_moved(east: Hospital) -> None:
    key, other = await east.booked(RESIDENT, await east.offer(WEEK)), await east.offer(WEEK + timedelta(days=2))
    async with asyncio.TaskGroup() as group:
        theirs = [group.create_task(operate(east, key, "reschedule", slot=f"Slot/{other}")) for _ in range(4)]
        ours = [group.create_task(ask(east.doors, RESIDENT, f"appointments/{key}/cancellation")) for _ in range(4)]
    assert sum(task.result().status_code == 200 for task in [*theirs, *ours]) == 1
    assert await state(east, key) == "cancelled"
