"""A hold: nobody else's for five minutes, nobody's afterwards, whether or not anything tidies up."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from builders.doors import Doors
from builders.hut import ask, book, offer, problem
from builders.world import RESIDENT, SECOND_RESIDENT
from sqlalchemy import text


async def ending(doors: Doors, at: str) -> None:
    """Every hold ends then."""
    async with doors.whole.begin() as connection:
        assert (await connection.execute(text(f"update appointments set held_until = {at} where state = 'held'"))).rowcount > 0


async def test_a_held_seat_is_nobody_elses_and_becomes_a_booking(health_doors: Doors) -> None:
    slot = await offer(health_doors)
    held = await ask(health_doors, RESIDENT, "holds", {"slot_id": slot})
    until = datetime.fromisoformat(held.json()["held_until"]) - datetime.now(UTC)
    assert (held.status_code, held.json()["seat"]) == (201, 1)
    assert timedelta(minutes=4, seconds=50) < until < timedelta(minutes=5, seconds=10)
    assert problem(await book(health_doors, SECOND_RESIDENT, slot)) == (409, "slot-taken")
    assert await health_doors.said() == []
    hold = {"hold_id": held.json()["id"]}
    assert (await ask(health_doors, SECOND_RESIDENT, "appointments", hold)).status_code == 404
    answers = await asyncio.gather(*(ask(health_doors, RESIDENT, "appointments", hold) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert {problem(one)[1] for one in answers if one.status_code == 409} == {"hold-over"}
    assert await health_doors.said() == ["health.appointment_booked.v1"]


async def test_a_hold_that_is_over_blocks_nobody_and_books_nothing(health_doors: Doors) -> None:
    slot = await offer(health_doors)
    hold = (await ask(health_doors, RESIDENT, "holds", {"slot_id": slot})).json()
    await ending(health_doors, "now() - interval '1 second'")
    async with health_doors.client(SECOND_RESIDENT) as resident:
        assert (await resident.get("/api/v1/slots")).json()["items"][0]["free"] == 1
    assert problem(await ask(health_doors, RESIDENT, "appointments", {"hold_id": hold["id"]})) == (409, "hold-over")
    assert (await book(health_doors, SECOND_RESIDENT, slot)).status_code == 201


async def test_a_hold_given_back_is_free_at_once_and_giving_it_back_again_changes_nothing(health_doors: Doors) -> None:
    slot = await offer(health_doors)
    hold = (await ask(health_doors, RESIDENT, "holds", {"slot_id": slot})).json()
    assert (await ask(health_doors, SECOND_RESIDENT, f"holds/{hold['id']}/release")).status_code == 404
    for _ in range(2):
        assert (await ask(health_doors, RESIDENT, f"holds/{hold['id']}/release")).status_code == 204
    assert (await book(health_doors, SECOND_RESIDENT, slot)).status_code == 201


async def test_what_somebody_holds_is_in_their_own_way_nowhere(health_doors: Doors) -> None:
    one, other = await offer(health_doors), await offer(health_doors, timedelta(days=1, minutes=20))
    await ask(health_doors, RESIDENT, "holds", {"slot_id": one})
    assert (await ask(health_doors, RESIDENT, "holds", {"slot_id": one})).status_code == 201
    assert (await book(health_doors, RESIDENT, other)).status_code == 201
    assert (await book(health_doors, SECOND_RESIDENT, one)).status_code == 201


async def test_who_asks_for_a_dozen_seats_at_once_holds_one(health_doors: Doors) -> None:
    slots = [await offer(health_doors, timedelta(days=2, hours=n), doctor=uuid4()) for n in range(12)]
    answers = await asyncio.gather(*(ask(health_doors, RESIDENT, "holds", {"slot_id": slot}) for slot in slots))
    assert {answer.status_code for answer in answers} == {201}
    assert len(await health_doors.rows("select 1 from appointments where state = 'held'")) == 1


async def test_whoever_confirms_at_the_last_moment_there_is_never_more_than_one_winner(health_doors: Doors) -> None:
    for n in range(8):
        slot = await offer(health_doors, timedelta(days=2 + n), doctor=uuid4())
        hold = (await ask(health_doors, RESIDENT, "holds", {"slot_id": slot})).json()
        await ending(health_doors, f"now() + interval '{3 * n} milliseconds'")
        answers = await asyncio.gather(
            ask(health_doors, RESIDENT, "appointments", {"hold_id": hold["id"]}), book(health_doors, SECOND_RESIDENT, slot),
        )
        won = sum(answer.status_code == 201 for answer in answers)
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert won <= 1
        booked = "select 1 from appointments where slot_id = :slot and state = 'booked'"
        assert len(await health_doors.rows(booked, slot=slot)) == won
