"""A time with the doctor: seen by neighbours, booked once whoever presses, before it begins."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.world import DOCTOR, FAR_DOCTOR, FAR_RESIDENT, GRID, HERE, RESIDENT, SECOND_RESIDENT, Person

from services.health.actions import appointments


async def offer(doors: Doors, begins: timedelta = timedelta(days=1)) -> str:
    key, start = uuid4(), datetime.now(UTC) + begins
    await doors.running.database.do(lambda work: appointments.publish(
        work, slot_id=key, area=HERE, doctor=DOCTOR.id, starts_at=start, ends_at=start + timedelta(minutes=15)
    ))
    return str(key)


async def book(doors: Doors, person: Person, slot: str) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post("/api/v1/appointments", json={"slot_id": slot}, headers=keyed())


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
