"""A time with the doctor: seen by neighbours, booked once whoever presses, before it begins."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from builders.days import at
from builders.doors import Doors
from builders.hut import ask, book, offer, problem
from builders.world import DOCTOR, FAR_DOCTOR, FAR_RESIDENT, GRID, HERE, RESIDENT, SECOND_RESIDENT, STRANGER

from services.health.actions import appointments


async def test_of_twenty_neighbours_at_once_one_gets_the_slot(health_doors: Doors) -> None:
    slot = await offer(health_doors)
    answers = await asyncio.gather(*(book(health_doors, (RESIDENT, SECOND_RESIDENT)[n % 2], slot) for n in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert lost.json()["type"].endswith("/problems/slot-taken")
    assert len(await health_doors.rows("select 1 from appointments")) == 1
    assert await health_doors.said() == ["health.appointment_booked.v1"]


async def test_a_slot_that_has_begun_is_not_booked_and_not_shown(health_doors: Doors) -> None:
    slot = await offer(health_doors, -timedelta(minutes=1))
    answer = await book(health_doors, RESIDENT, slot)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "slot-over")
    async with health_doors.client(RESIDENT) as resident:
        assert (await resident.get("/api/v1/slots")).json()["total"] == 0


async def test_the_neighbour_community_neither_sees_nor_books_it(health_doors: Doors) -> None:
    slot = await offer(health_doors)
    for person in (FAR_RESIDENT, FAR_DOCTOR):
        async with health_doors.client(person) as client:
            assert (await client.get("/api/v1/slots")).json()["total"] == 0
        assert (await book(health_doors, person, slot)).status_code == 404
    assert await health_doors.rows("select 1 from appointments") == []


async def test_an_appointment_is_seen_by_its_patient_and_the_hut_alone(health_doors: Doors) -> None:
    slot = await offer(health_doors)
    booked = (await book(health_doors, RESIDENT, slot)).json()
    assert UUID(booked["person_id"]) == RESIDENT.id
    for person, count in ((RESIDENT, 1), (DOCTOR, 1), (SECOND_RESIDENT, 0), (GRID, 0), (FAR_DOCTOR, 0)):
        async with health_doors.client(person) as client:
            assert (await client.get("/api/v1/appointments")).json()["total"] == count
            assert (await client.get("/api/v1/slots")).json()["total"] == 0


@pytest.mark.parametrize("slot", ["", "x", None, 1])
async def test_what_is_no_slot_is_refused(health_doors: Doors, slot: object) -> None:
    assert (await book(health_doors, RESIDENT, slot)).status_code == 422  # type: ignore[arg-type]


async def test_a_slot_nobody_offered_is_not_found(health_doors: Doors) -> None:
    assert (await book(health_doors, RESIDENT, str(uuid4()))).status_code == 404


@pytest.mark.parametrize("body", [{}, {"slot_id": str(uuid4()), "hold_id": str(uuid4())}, {"hold_id": "x"}, []])
async def test_either_a_slot_or_a_hold_is_named(health_doors: Doors, body: object) -> None:
    assert (await ask(health_doors, RESIDENT, "appointments", body)).status_code == 422


async def test_a_person_has_one_seat_a_day_with_a_doctor(health_doors: Doors) -> None:
    slots = [await offer(health_doors, at(9) + timedelta(minutes=20 * n)) for n in range(3)]
    answers = await asyncio.gather(*(book(health_doors, RESIDENT, slots[n % 3]) for n in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert {problem(one)[1] for one in answers if one.status_code == 409} <= {"one-per-doctor-and-day", "slot-taken"}
    assert len(await health_doors.rows("select 1 from appointments")) == 1


async def test_nobody_is_in_two_visits_at_once(health_doors: Doors) -> None:
    begins = timedelta(days=3)
    slots = [await offer(health_doors, begins + timedelta(minutes=n), doctor=uuid4()) for n in range(3)]
    touching = await offer(health_doors, begins + timedelta(minutes=30), doctor=uuid4())
    answers = await asyncio.gather(*(book(health_doors, RESIDENT, slot) for slot in slots))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert {problem(one)[1] for one in answers if one.status_code == 409} == {"another-at-that-time"}
    assert (await book(health_doors, RESIDENT, touching)).status_code == 201


async def test_seats_are_given_out_from_the_opening_on(health_doors: Doors) -> None:
    opens = datetime.now(UTC) + timedelta(seconds=0.6)
    slot = await offer(health_doors, opens_at=opens)
    early = await book(health_doors, RESIDENT, slot)
    assert problem(early) == (409, "not-open-yet")
    assert datetime.fromisoformat(early.json()["opens_at"]) == opens
    async with health_doors.client(RESIDENT) as resident:
        assert (await resident.get("/api/v1/slots")).json()["items"][0]["opens_at"] is not None
    await asyncio.sleep(0.7)
    assert (await book(health_doors, RESIDENT, slot)).status_code == 201


async def test_seats_are_numbered_from_one_and_the_lowest_free_one_is_next(health_doors: Doors) -> None:
    slot = await offer(health_doors, capacity=3)
    first = (await book(health_doors, RESIDENT, slot)).json()
    assert (await book(health_doors, SECOND_RESIDENT, slot)).json()["seat"] == 2
    async with health_doors.client(RESIDENT) as resident:
        (shown,) = (await resident.get("/api/v1/slots")).json()["items"]
        assert (shown["capacity"], shown["free"]) == (3, 1)
    assert (await ask(health_doors, RESIDENT, f"appointments/{first['id']}/cancellation")).json()["state"] == "cancelled"
    assert (await book(health_doors, RESIDENT, slot)).json()["seat"] == 1


async def test_a_seat_given_back_is_free_and_who_gave_it_back_is_told_once(health_doors: Doors) -> None:
    slot = await offer(health_doors)
    booked = (await book(health_doors, RESIDENT, slot)).json()
    path = f"appointments/{booked['id']}/cancellation"
    answers = await asyncio.gather(*(ask(health_doors, RESIDENT, path) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert {problem(one)[1] for one in answers if one.status_code == 409} == {"not-booked"}
    assert await health_doors.said() == ["health.appointment_booked.v1", "health.appointment_cancelled.v1"]
    assert (await book(health_doors, SECOND_RESIDENT, slot)).status_code == 201


async def test_the_hut_may_give_a_seat_back_and_strangers_do_not_even_see_it(health_doors: Doors) -> None:
    booked = (await book(health_doors, RESIDENT, await offer(health_doors))).json()
    path = f"appointments/{booked['id']}/cancellation"
    for person in (SECOND_RESIDENT, STRANGER, GRID, FAR_DOCTOR):
        assert (await ask(health_doors, person, path)).status_code == 404
    assert (await ask(health_doors, DOCTOR, path)).status_code == 200


async def test_what_has_begun_is_neither_given_back_nor_moved(health_doors: Doors) -> None:
    slot, other = await offer(health_doors, timedelta(seconds=0.5)), await offer(health_doors, timedelta(days=1))
    booked = (await book(health_doors, RESIDENT, slot)).json()
    await asyncio.sleep(0.6)
    for act, body in (("cancellation", None), ("rescheduling", {"slot_id": other})):
        assert problem(await ask(health_doors, RESIDENT, f"appointments/{booked['id']}/{act}", body)) == (409, "visit-begun")
    assert len(await health_doors.rows("select 1 from appointments where state = 'booked'")) == 1


async def test_moving_takes_the_new_seat_and_frees_the_old_one_or_does_neither(health_doors: Doors) -> None:
    old, new = await offer(health_doors, timedelta(days=2)), await offer(health_doors, timedelta(days=2, minutes=20))
    full = await offer(health_doors, timedelta(days=2, minutes=40))
    await book(health_doors, SECOND_RESIDENT, full)
    booked = (await book(health_doors, RESIDENT, old)).json()
    path = f"appointments/{booked['id']}/rescheduling"
    assert problem(await ask(health_doors, RESIDENT, path, {"slot_id": full})) == (409, "slot-taken")
    moved = await ask(health_doors, RESIDENT, path, {"slot_id": new})
    assert (moved.status_code, moved.json()["slot_id"], moved.json()["state"]) == (201, new, "booked")
    assert problem(await ask(health_doors, RESIDENT, path, {"slot_id": old})) == (409, "not-booked")
    assert (await health_doors.said())[-1] == "health.appointment_rescheduled.v1"
    states = await health_doors.rows("select state, slot_id::text from appointments where person_id = :p", p=RESIDENT.id)
    assert {tuple(row) for row in states} == {("cancelled", old), ("booked", new)}
    for person in (SECOND_RESIDENT, DOCTOR):
        refused = await ask(health_doors, person, f"appointments/{moved.json()['id']}/rescheduling", {"slot_id": old})
        assert refused.status_code in {403, 404}


async def test_free_times_are_listed_soonest_first_and_may_be_narrowed(health_doors: Doors) -> None:
    other = uuid4()
    offered = [await offer(health_doors, timedelta(hours=n), doctor=(DOCTOR.id, other)[n % 2]) for n in (9, 2, 30, 5, 26)]
    soonest = [offered[1], offered[3], offered[0], offered[4], offered[2]]
    tomorrow = (datetime.now(UTC) + timedelta(hours=24)).isoformat()
    async with health_doors.client(RESIDENT) as resident:

        async def listed(**asked: object) -> list[str]:
            answer = await resident.get("/api/v1/slots", params=asked)  # type: ignore[arg-type]
            return [one["id"] for one in answer.json()["items"]]

        assert await listed() == soonest
        assert await listed(doctor_id=other) == [offered[3], offered[0]]
        assert await listed(since=tomorrow) == [offered[4], offered[2]]
        assert await listed(before=tomorrow, doctor_id=DOCTOR.id) == [offered[1]]
        assert (await resident.get("/api/v1/slots", params={"since": "2026-11-25T08:00:00"})).status_code == 422


async def test_offering_a_time_twice_offers_it_once(health_doors: Doors) -> None:
    begins = datetime.now(UTC) + timedelta(days=1)
    ends = begins + timedelta(minutes=15)
    keys = [
        await health_doors.running.database.do(
            lambda work: appointments.publish(work, area=HERE, doctor=DOCTOR.id, starts_at=begins, ends_at=ends)
        ) for _ in range(2)
    ]
    assert keys[0] == keys[1]
    assert len(await health_doors.rows("select 1 from slots")) == 1
