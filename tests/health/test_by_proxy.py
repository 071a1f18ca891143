"""A seat that somebody takes for another is the other's, says who took it, and is bound by the same rules."""

import asyncio

import httpx
from builders.doors import Doors, keyed
from builders.hut import book, offer, problem
from builders.world import DOCTOR, RESIDENT, SECOND_RESIDENT, Person

ALL = "slots.read health.book holds.use appointments.read appointments.cancel appointments.move"


def acting(doors: Doors, scope: str = ALL, *, whom: Person = RESIDENT) -> httpx.AsyncClient:
    """The second resident, for the first."""
    return doors.client(whom, client_id="guohuai.proxy", scope=scope, act={"sub": str(SECOND_RESIDENT.id)})


async def test_f04_it_is_the_others_seat_and_says_who_took_moved_and_gave_it_back(health_doors: Doors) -> None:
    slot, later = await offer(health_doors), await offer(health_doors, doctor=SECOND_RESIDENT.id)
    me, them = str(RESIDENT.id), str(SECOND_RESIDENT.id)
    async with acting(health_doors) as client:
        booked = (await client.post("/api/v1/appointments", json={"slot_id": slot}, headers=keyed())).json()
        assert (booked["person_id"], booked["acting_id"]) == (me, them)
        path = f"/api/v1/appointments/{booked['id']}/rescheduling"
        moved = (await client.post(path, json={"slot_id": later}, headers=keyed())).json()
        assert (moved["person_id"], moved["acting_id"]) == (me, them)
        path = f"/api/v1/appointments/{moved['id']}/cancellation"
        assert (await client.post(path, headers=keyed())).json()["acting_id"] == them
    async with health_doors.client(DOCTOR) as client:
        assert {one["acting_id"] for one in (await client.get("/api/v1/appointments")).json()["items"]} == {them}
    async with health_doors.client(SECOND_RESIDENT) as client:
        assert (await client.get("/api/v1/appointments")).json()["total"] == 0


async def test_what_they_do_themselves_says_nobody_else(health_doors: Doors) -> None:
    booked = (await book(health_doors, RESIDENT, await offer(health_doors))).json()
    assert booked["acting_id"] is None
    async with acting(health_doors) as client:
        cancelled = await client.post(f"/api/v1/appointments/{booked['id']}/cancellation", headers=keyed())
    assert cancelled.json()["acting_id"] == str(SECOND_RESIDENT.id)


async def test_f01_who_may_book_does_not_read(health_doors: Doors) -> None:
    booked = (await book(health_doors, RESIDENT, await offer(health_doors))).json()
    async with acting(health_doors, "health.book slots.read") as client:
        for path in ("appointments", f"appointments/{booked['id']}", "slots/entitlements"):
            assert problem(await client.get(f"/api/v1/{path}")) == (403, "scope-missing")


async def test_a_doctor_who_is_acted_for_lends_no_sight_of_patients(health_doors: Doors) -> None:
    await book(health_doors, RESIDENT, await offer(health_doors))
    async with health_doors.client(DOCTOR) as client:
        assert (await client.get("/api/v1/appointments")).json()["total"] == 1
    async with acting(health_doors, whom=DOCTOR) as client:
        assert (await client.get("/api/v1/appointments")).json()["total"] == 0


async def test_twenty_at_once_of_both_take_one_seat(health_doors: Doors) -> None:
    slot = await offer(health_doors, capacity=5)

    async def by_proxy() -> httpx.Response:
        async with acting(health_doors) as client:
            return await client.post("/api/v1/appointments", json={"slot_id": slot}, headers=keyed())

    answers = await asyncio.gather(*(by_proxy() if n % 2 else book(health_doors, RESIDENT, slot) for n in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
