"""What the hut holds of a person: handed out whole, and forgotten without harm to anybody else's seat."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from builders.doors import Doors
from builders.hut import OPEN, ask, book, offer
from builders.world import DOCTOR, HERE, LONG_AGO, RESIDENT, SECOND_RESIDENT, Person
from sqlalchemy import text

from chassis import privacy


async def marked(doors: Doors, person: Person, **more: Any) -> None:
    body = {"area": HERE, "person_id": str(person.id), "ground": "senior", **more}
    assert (await ask(doors, DOCTOR, "slots/entitlements", body)).status_code == 200


async def exported(doors: Doors, person: Person) -> dict[str, Any]:
    held = doors.running.service.personal
    assert held is not None
    async with doors.running.database.reading() as work:
        return await held.export(work, person.id)


async def forgotten(doors: Doors, person: Person) -> int:
    held = doors.running.service.personal
    assert held is not None
    return int(await doors.running.database.do(lambda work: privacy.erase(work, held, person.id)))


async def test_a_person_is_handed_out_what_is_theirs_and_nothing_else(health_doors: Doors) -> None:
    for person in (RESIDENT, SECOND_RESIDENT):
        await marked(health_doors, person)
    await marked(health_doors, RESIDENT, ground="contracted", ends_at="2030-01-01T00:00:00Z")
    made = (await book(health_doors, RESIDENT, await offer(health_doors))).json()
    await book(health_doors, SECOND_RESIDENT, await offer(health_doors, timedelta(days=2)))
    told = await exported(health_doors, RESIDENT)
    assert [(one["ground"], one["ends_at"]) for one in told["entitlements"]] == [
        ("senior", None), ("contracted", "2030-01-01T00:00:00+00:00"),
    ]
    (seat,) = told["appointments"]
    assert (datetime.fromisoformat(seat["starts_at"]), seat["state"]) == (datetime.fromisoformat(made["starts_at"]), "booked")


async def test_who_is_forgotten_is_entitled_no_more_and_their_seats_are_free(health_doors: Doors) -> None:
    for person in (RESIDENT, SECOND_RESIDENT):
        await marked(health_doors, person)
    slots = [await offer(health_doors, timedelta(days=n + 1), doctor=uuid4()) for n in range(4)]
    await book(health_doors, SECOND_RESIDENT, slots[3])
    await book(health_doors, RESIDENT, slots[0])
    await book(health_doors, RESIDENT, slots[1])
    await ask(health_doors, RESIDENT, "holds", {"slot_id": slots[2]})
    async with health_doors.whole.begin() as connection:
        was = "update appointments set starts_at = :begun, ends_at = :ended where slot_id::text = :slot"
        told = {"begun": LONG_AGO, "ended": LONG_AGO + timedelta(minutes=9), "slot": slots[1]}
        await connection.execute(text(was), told)
    assert [await forgotten(health_doors, RESIDENT) for _ in range(2)] == [3, 0]
    assert (await exported(health_doors, RESIDENT))["entitlements"] == []
    assert len((await exported(health_doors, SECOND_RESIDENT))["entitlements"]) == 1
    assert (await health_doors.said())[3:] == ["health.appointment_cancelled.v1"]
    left = await health_doors.rows(f"{OPEN} and person_id = :person", person=RESIDENT.id)
    assert [str(row.slot_id) for row in left] == [slots[1]]  # the visit was
    assert len(await health_doors.rows(f"{OPEN} and person_id = :person", person=SECOND_RESIDENT.id)) == 1
    for slot in (slots[0], slots[2]):
        assert (await book(health_doors, SECOND_RESIDENT, slot)).status_code == 201


async def test_who_is_forgotten_while_they_book_and_cancel_has_what_they_booked_afterwards_alone(health_doors: Doors) -> None:
    slots = [await offer(health_doors, timedelta(days=2, hours=n), doctor=uuid4()) for n in range(8)]
    answers = await asyncio.gather(*(book(health_doors, RESIDENT, slot) for slot in slots[:4]))
    kept = [answer.json()["id"] for answer in answers]
    done = await asyncio.gather(
        *(book(health_doors, RESIDENT, slot) for slot in slots[4:]), forgotten(health_doors, RESIDENT),
        *(ask(health_doors, RESIDENT, f"appointments/{key}/cancellation") for key in kept),
    )
    assert {getattr(one, "status_code", 200) for one in done} <= {200, 201, 409}
    live = {row.slot_id for row in await health_doors.rows(OPEN)}
    assert not live & set(slots[:4])
    assert await forgotten(health_doors, RESIDENT) == len(live)
    assert await health_doors.rows(OPEN) == []


async def test_who_waits_at_the_hut_or_is_with_the_doctor_is_not_forgotten_yet(health_doors: Doors) -> None:
    held = health_doors.running.service.personal
    assert held is not None
    await book(health_doors, RESIDENT, await offer(health_doors))
    steps = (
        ("booked", "", None), ("arrived", ", arrived_at = now()", "running-visit"),
        ("in_visit", ", called_at = now()", "running-visit"), ("fulfilled", ", ended_at = now()", None),
    )
    for state, more, reason in steps:
        async with health_doors.whole.begin() as connection:
            await connection.execute(text(f"update appointments set state = :state{more}"), {"state": state})
        async with health_doors.running.database.reading() as work:
            assert await held.hold(work, RESIDENT.id) == reason, state
