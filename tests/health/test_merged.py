"""Two patients are one person: seats and entitlements move; what one person cannot have twice stays with the id that leads on."""

import asyncio
from datetime import timedelta

import pytest
from builders.doors import Doors
from builders.hut import book, crowd, offer
from builders.merged import Two, hear, whole
from builders.world import DOCTOR, GUARD, Person
from sqlalchemy import text

TABLES = "appointments", "entitlements", "consents"


@pytest.fixture
async def patients(health_doors: Doors) -> list[Person]:
    return await crowd(health_doors, 2)


async def seats(doors: Doors, who: Person) -> int:
    async with doors.client(who) as client:
        return len((await client.get("/api/v1/appointments")).json()["items"])


async def test_seats_are_the_survivors_and_come_back(health_doors: Doors, patients: list[Person]) -> None:
    stays, leads = patients
    first, second = await offer(health_doors), await offer(health_doors, timedelta(days=2))
    for who, slot in ((stays, first), (leads, second)):
        assert (await book(health_doors, who, slot)).status_code == 201
    before = await whole(health_doors, *TABLES)
    two = Two(survivor=stays.id, source=leads.id)
    for _ in range(2):
        await hear(health_doors, two.merged)
    assert (await seats(health_doors, stays), await seats(health_doors, leads)) == (2, 0)
    await hear(health_doors, two.split)
    for one in before["appointments"]:
        one["version"] += 2 * (one["person_id"] == leads.id)  # who it is for was said otherwise twice: a number never goes back
    assert await whole(health_doors, *TABLES) == before


@pytest.mark.parametrize("doctor", [DOCTOR.id, GUARD.id], ids=["the same doctor on that day", "two doctors at the same time"])
async def test_what_one_person_cannot_have_twice_stays_booked_for_the_source(
    health_doors: Doors, patients: list[Person], doctor: object
) -> None:
    stays, leads = patients
    later = timedelta(days=1, minutes=20) if doctor == DOCTOR.id else timedelta(days=1)
    for who, slot in ((stays, await offer(health_doors)), (leads, await offer(health_doors, later, doctor=doctor))):  # type: ignore[arg-type]
        assert (await book(health_doors, who, slot)).status_code == 201
    before = await whole(health_doors, *TABLES)
    two = Two(survivor=stays.id, source=leads.id)
    await hear(health_doors, two.merged)
    assert await whole(health_doors, *TABLES) == before, "nobody's seat is given away by a merge that may be a mistake"
    await hear(health_doors, two.split)
    assert await whole(health_doors, *TABLES) == before


async def test_entitlements_move_but_for_one_the_survivor_has(health_doors: Doors, patients: list[Person]) -> None:
    stays, leads = patients
    async with health_doors.whole.begin() as connection:
        line = text(
            "insert into entitlements select gen_random_uuid(), '510104.clx.guohuai', cast(:who as uuid), :ground, "
            "cast(:by as uuid), now()"
        )
        for who, ground in ((stays.id, "senior"), (leads.id, "senior"), (leads.id, "contracted")):
            await connection.execute(line, {"who": str(who), "ground": ground, "by": str(DOCTOR.id)})
    before = await whole(health_doors, *TABLES)
    two = Two(survivor=stays.id, source=leads.id)
    await hear(health_doors, two.merged)
    rows = await health_doors.rows("select person_id, ground from entitlements")
    kept = sorted((str(row.person_id), row.ground) for row in rows)
    assert kept == sorted([(str(stays.id), "senior"), (str(stays.id), "contracted"), (str(leads.id), "senior")])
    await hear(health_doors, two.split)
    assert await whole(health_doors, *TABLES) == before


async def test_booking_by_both_and_the_merge_at_once_never_sells_twice(health_doors: Doors, patients: list[Person]) -> None:
    stays, leads = patients
    slots = [await offer(health_doors, timedelta(days=1 + n)) for n in range(4)]
    two = Two(survivor=stays.id, source=leads.id)
    tried = [book(health_doors, who, slot) for slot in slots for who in (stays, leads)]
    await asyncio.gather(*tried, *(hear(health_doors, two.merged) for _ in range(4)))
    await hear(health_doors, two.merged)
    rows = await health_doors.rows("select slot_id, count(*) as n from appointments where state = 'booked' group by slot_id")
    assert {row.n for row in rows} == {1}
