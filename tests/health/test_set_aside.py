"""Seats set aside for those of 65 and over and those with a contract: nobody else's until they flow back, then anybody's."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors
from builders.hut import OPEN, ask, book, crowd, offer, problem, rush
from builders.world import (
    ADMIN,
    DOCTOR,
    FAR_DOCTOR,
    FAR_OFFICER,
    FAR_RESIDENT,
    GRID,
    HERE,
    OFFICER,
    RESIDENT,
    SECOND_RESIDENT,
    YARD,
    Person,
)
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from contracts.calendar import CHENGDU
from services.health.domain.slot import SeatsSetAside, Slot, SlotTaken

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def set_aside(doors: Doors, slot: str, seats: int, until: datetime) -> None:
    """So many seats of the slot, until then."""
    said = text("update slots set set_aside = :seats, set_aside_until = :until where id = cast(:slot as uuid)")
    async with doors.whole.begin() as connection:
        await connection.execute(said, {"seats": seats, "until": until, "slot": slot})


def word(person: Person, **more: Any) -> dict[str, Any]:
    return {"area": HERE, "person_id": str(person.id), "ground": "senior", **more}


async def entitle(doors: Doors, *people: Person, **more: Any) -> None:
    for person in people:
        assert (await ask(doors, OFFICER, "slots/entitlements", word(person, **more))).status_code == 200


async def shown(doors: Doors, person: Person) -> list[dict[str, Any]]:
    async with doors.client(person) as client:
        return list((await client.get("/api/v1/slots")).json()["items"])


def seats(answers: list[httpx.Response]) -> list[int]:
    """The numbers that were given out; everybody else was told why not."""
    assert {answer.status_code for answer in answers} <= {201, 409}
    return sorted(answer.json()["seat"] for answer in answers if answer.status_code == 201)


def refusals(answers: list[httpx.Response]) -> set[str]:
    return {problem(answer)[1] for answer in answers if answer.status_code == 409}


@given(
    st.integers(1, 12), st.integers(0, 12), st.sets(st.integers(1, 12)), st.booleans(),
    st.sampled_from([-HOUR, timedelta(), HOUR]),
)
def test_the_seat_is_the_lowest_that_is_free_for_the_person(
    capacity: int, aside: int, taken: set[int], entitled: bool, since: timedelta,
) -> None:
    aside = min(aside, capacity)
    slot = Slot(uuid4(), HERE, uuid4(), NOON + 2 * HOUR, NOON + 3 * HOUR, capacity, set_aside=aside, set_aside_until=NOON)
    free = [number for number in range(1, capacity + 1) if number not in taken]
    mine = [number for number in free if number > aside or entitled or since >= timedelta()]
    if mine:
        assert slot.seat(taken, at=NOON + since, entitled=entitled) == mine[0]
        return
    with pytest.raises(SeatsSetAside if free else SlotTaken):
        slot.seat(taken, at=NOON + since, entitled=entitled)


@pytest.mark.parametrize("clients", [8, 43])
async def test_what_is_set_aside_goes_to_nobody_else_until_it_flows_back_and_to_anybody_then(
    health_doors: Doors, clients: int
) -> None:
    slot, people = await offer(health_doors, capacity=10), await crowd(health_doors, 43)
    others, entitled = people[:40], people[40:]
    until = datetime.now(UTC) + HOUR
    await set_aside(health_doors, slot, 4, until)
    await entitle(health_doors, *entitled)
    answers = await rush(health_doors, people, [slot], clients=clients)
    assert (seats(answers[:40]), seats(answers[40:])) == ([5, 6, 7, 8, 9, 10], [1, 2, 3])
    assert refusals(answers) == {"seats-set-aside"}
    said = {answer.json()["set_aside_until"] for answer in answers if answer.status_code == 409}
    assert {datetime.fromisoformat(one) for one in said} == {until}
    await set_aside(health_doors, slot, 4, datetime.now(UTC) - timedelta(seconds=1))
    lost = [person for person, answer in zip(others, answers[:40], strict=True) if answer.status_code == 409]
    again = await rush(health_doors, lost, [slot], clients=clients)
    assert (seats(again), refusals(again)) == ([4], {"slot-taken"})
    assert sorted(row.seat for row in await health_doors.rows(OPEN)) == list(range(1, 11))


async def test_more_who_are_entitled_than_seats_set_aside_take_their_turn_for_the_rest(health_doors: Doors) -> None:
    slot, people = await offer(health_doors, capacity=10), await crowd(health_doors, 48)
    await set_aside(health_doors, slot, 4, datetime.now(UTC) + HOUR)
    await entitle(health_doors, *people[40:])
    answers = await rush(health_doors, people, [slot], clients=48)
    assert seats(answers) == list(range(1, 11))
    assert {1, 2, 3, 4} <= set(seats(answers[40:]))
    assert refusals(answers) <= {"seats-set-aside", "slot-taken"}


async def test_at_the_stroke_of_the_clock_what_is_left_is_sold_once(health_doors: Doors) -> None:
    slot, people = await offer(health_doors, capacity=6), await crowd(health_doors, 40)
    until = datetime.now(UTC) + timedelta(seconds=1.5)
    await set_aside(health_doors, slot, 4, until)

    async def insisting(person: Person) -> httpx.Response:
        while True:
            answer = await book(health_doors, person, slot)
            if answer.status_code == 201 or problem(answer)[1] != "seats-set-aside":
                return answer

    answers = list(await asyncio.gather(*(insisting(person) for person in people)))
    assert (seats(answers), refusals(answers)) == ([1, 2, 3, 4, 5, 6], {"slot-taken"})
    early = await health_doors.rows("select seat from appointments where booked_at < :until", until=until)
    assert {row.seat for row in early} == {5, 6}


async def test_what_an_entitled_person_gives_back_is_set_aside_again(health_doors: Doors) -> None:
    slot = await offer(health_doors, capacity=2)
    await set_aside(health_doors, slot, 2, datetime.now(UTC) + HOUR)
    await entitle(health_doors, RESIDENT)
    booked = (await book(health_doors, RESIDENT, slot)).json()
    assert (await ask(health_doors, RESIDENT, f"appointments/{booked['id']}/cancellation")).status_code == 200
    for path in ("appointments", "holds"):
        assert problem(await ask(health_doors, SECOND_RESIDENT, path, {"slot_id": slot})) == (409, "seats-set-aside")
    assert (await ask(health_doors, RESIDENT, "holds", {"slot_id": slot})).status_code == 201


async def test_who_moves_to_what_is_set_aside_for_others_keeps_what_they_have(health_doors: Doors) -> None:
    old, new = await offer(health_doors, timedelta(days=2)), await offer(health_doors, timedelta(days=2, minutes=20))
    await set_aside(health_doors, new, 1, datetime.now(UTC) + HOUR)
    booked = (await book(health_doors, RESIDENT, old)).json()
    moving = await ask(health_doors, RESIDENT, f"appointments/{booked['id']}/rescheduling", {"slot_id": new})
    assert problem(moving) == (409, "seats-set-aside")
    (kept,) = await health_doors.rows("select id, state from appointments")
    assert (str(kept.id), kept.state) == (booked["id"], "booked")


async def test_free_is_what_is_free_for_the_person_who_asks(health_doors: Doors) -> None:
    slot = await offer(health_doors, capacity=3)
    await set_aside(health_doors, slot, 2, datetime.now(UTC) + HOUR)
    await entitle(health_doors, RESIDENT)
    assert [[one["free"] for one in await shown(health_doors, person)] for person in (RESIDENT, SECOND_RESIDENT)] == [[3], [1]]
    await book(health_doors, SECOND_RESIDENT, slot)
    (told,) = await shown(health_doors, SECOND_RESIDENT)
    assert (told["free"], told["set_aside"], told["set_aside_until"] is not None) == (0, 2, True)
    assert [one["free"] for one in await shown(health_doors, RESIDENT)] == [2]
    await set_aside(health_doors, slot, 2, datetime.now(UTC) - HOUR)
    assert [one["free"] for one in await shown(health_doors, SECOND_RESIDENT)] == [2]


async def test_hours_say_how_many_seats_of_each_visit_are_set_aside_and_until_when(health_doors: Doors) -> None:
    today = datetime.now(UTC).astimezone(CHENGDU).date()
    hours = {
        "area": HERE, "doctor_id": str(DOCTOR.id), "weekdays": [1, 2, 3, 4, 5, 6, 7], "begins": "09:00", "ends": "10:00",
        "minutes": 20, "capacity": 3, "first_day": str(today), "on_holidays": True,
    }
    unfit: list[dict[str, Any]] = [
        {"set_aside": 4, "back_days": 1, "back_at": "18:00"}, {"set_aside": 1}, {"back_days": 1, "back_at": "18:00"},
        {"set_aside": 1, "back_days": 0, "back_at": "09:01"},
    ]
    for said in unfit:
        assert problem(await ask(health_doors, OFFICER, "schedules", hours | said)) == (422, "set-aside-unfit")
    for said in ({"set_aside": -1}, {"set_aside": 1, "back_days": 1}, {"set_aside": 1, "back_days": 1, "back_at": "18:00Z"}):
        assert problem(await ask(health_doors, OFFICER, "schedules", hours | said)) == (422, "invalid-request")
    assert await health_doors.rows("select 1 from schedules") == []
    fit = {"set_aside": 2, "back_days": 1, "back_at": "18:00"}
    assert (await ask(health_doors, OFFICER, "schedules", hours | fit)).status_code == 201
    made = await health_doors.rows("select starts_at, set_aside, set_aside_until from slots")
    assert {row.set_aside for row in made} == {2}
    days = {(row.starts_at.astimezone(CHENGDU).date(), row.set_aside_until) for row in made}
    assert days == {(day, datetime.combine(day - timedelta(days=1), time(18), CHENGDU)) for day, _ in days}


async def test_an_entitlement_is_the_last_word_of_the_hut_and_ends_with_its_end(health_doors: Doors) -> None:
    slot = await offer(health_doors)
    await set_aside(health_doors, slot, 1, datetime.now(UTC) + HOUR)
    for ends in (HOUR, -HOUR):
        ends_at = (datetime.now(UTC) + ends).isoformat()
        saying = [word(RESIDENT, ground="contracted", ends_at=ends_at)] * 6
        answers = await asyncio.gather(*(ask(health_doors, DOCTOR, "slots/entitlements", body) for body in saying))
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert [one["free"] for one in await shown(health_doors, RESIDENT)] == [int(ends > timedelta())]
    assert problem(await book(health_doors, RESIDENT, slot)) == (409, "seats-set-aside")
    await entitle(health_doors, RESIDENT)
    assert (await book(health_doors, RESIDENT, slot)).status_code == 201
    assert len(await health_doors.rows("select 1 from entitlements")) == 2


async def test_who_is_entitled_is_said_by_the_hut_and_seen_by_it_and_the_person(health_doors: Doors) -> None:
    for person in (SECOND_RESIDENT, GRID, FAR_DOCTOR, FAR_OFFICER, ADMIN):
        assert (await ask(health_doors, person, "slots/entitlements", word(RESIDENT))).status_code == 404
    assert (await ask(health_doors, RESIDENT, "slots/entitlements", word(RESIDENT))).status_code == 403
    bad = [word(FAR_RESIDENT), word(OFFICER), word(RESIDENT, area=f"{HERE}.g01"), word(RESIDENT, person_id=str(uuid4()))]
    for body in bad:
        assert problem(await ask(health_doors, OFFICER, "slots/entitlements", body)) == (422, "not-a-resident-here")
    wrong: list[dict[str, Any]] = [
        {"ground": "rich"}, {"area": "nowhere!"}, {"person_id": "x"}, {"ends_at": "2030-01-01T00:00:00"}, {"born": "1950-01-01"},
    ]
    for more in wrong:
        assert problem(await ask(health_doors, OFFICER, "slots/entitlements", word(RESIDENT, **more))) == (422, "invalid-request")
    assert await health_doors.rows("select 1 from entitlements") == []
    await entitle(health_doors, RESIDENT, area=YARD)
    for person, count in ((RESIDENT, 1), (DOCTOR, 1), (OFFICER, 1), (SECOND_RESIDENT, 0), (GRID, 0), (FAR_DOCTOR, 0)):
        async with health_doors.client(person) as client:
            listed = (await client.get("/api/v1/slots/entitlements")).json()["items"]
            assert [UUID(one["person_id"]) for one in listed] == [RESIDENT.id] * count
            other = await client.get("/api/v1/slots/entitlements", params={"person_id": str(uuid4())})
            assert other.json()["total"] == 0
    assert await health_doors.said() == []
