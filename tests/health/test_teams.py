"""Any doctor of a team: as many get a seat as there are, whoever they get it with, and nobody is refused while one is free."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.doors import Doors
from builders.hut import OPEN, ask, book, crowd, problem, sold
from builders.teams import BEGINS, offered_by, team, that_day, then
from builders.world import FAR_RESIDENT, RESIDENT, SECOND_RESIDENT, Person
from sqlalchemy import text


async def changed(doors: Doors, sql: str, **given: Any) -> None:
    async with doors.whole.begin() as connection:
        await connection.execute(text(sql), given)


async def rushed(
    doors: Doors, people: Sequence[Person], body: dict[str, str], path: str = "appointments"
) -> list[httpx.Response]:
    return list(await asyncio.gather(*(ask(doors, person, path, body) for person in people)))


def won(answers: Sequence[httpx.Response]) -> int:
    """How many got a seat; everybody else was told that there is none."""
    assert {problem(answer) for answer in answers if answer.status_code != 201} <= {(409, "team-taken")}
    return sum(answer.status_code == 201 for answer in answers)


@pytest.mark.parametrize(("visits", "capacity"), [(1, 5), (5, 1)])
@pytest.mark.parametrize("people", [20, 40])
@pytest.mark.parametrize("path", ["appointments", "holds"])
async def test_twenty_seats_with_four_doctors_are_twenty_peoples(
    health_doors: Doors, people: int, visits: int, capacity: int, path: str
) -> None:
    unit, doctors = await team(health_doors)
    slots = await offered_by(health_doors, doctors, visits=visits, capacity=capacity)
    body = then(unit) if visits == 1 else that_day(unit)
    assert won(await rushed(health_doors, await crowd(health_doors, people), body, path)) == 20
    assert await sold(health_doors) == dict.fromkeys(slots, capacity)
    booked = {"health.appointment_booked.v1": 20} if path == "appointments" else {}
    assert Counter(await health_doors.said()) == booked


async def test_who_names_a_slot_and_who_takes_any_are_served_beside_each_other(health_doors: Doors) -> None:
    unit, doctors = await team(health_doors)
    slots, people = await offered_by(health_doors, doctors), await crowd(health_doors, 60)
    answers = await asyncio.gather(
        *(ask(health_doors, person, "appointments", then(unit)) for person in people[:20]),
        *(book(health_doors, person, slots[n % 4]) for n, person in enumerate(people[20:])),
    )
    assert {problem(answer) for answer in answers if answer.status_code != 201} <= {(409, "team-taken"), (409, "slot-taken")}
    assert sum(answer.status_code == 201 for answer in answers) == 20
    assert await sold(health_doors) == dict.fromkeys(slots, 5)


@pytest.mark.parametrize(("path", "back"), [("appointments", "cancellation"), ("holds", "release")])
async def test_the_one_seat_that_is_left_is_found_while_others_are_about_it(
    health_doors: Doors, path: str, back: str
) -> None:
    """Seats are given back while everybody asks again: whoever is refused was refused when all were somebody's."""
    unit, doctors = await team(health_doors, 2)
    await offered_by(health_doors, doctors, capacity=3)
    people = await crowd(health_doors, 18)
    for _ in range(4):
        answers = await rushed(health_doors, people, then(unit), path)
        assert won(answers) == 6
        told = zip(people, answers, strict=True)
        kept = [(person, answer.json()["id"]) for person, answer in told if answer.status_code == 201]
        given = await asyncio.gather(*(ask(health_doors, person, f"{path}/{key}/{back}") for person, key in kept))
        assert {answer.status_code for answer in given} <= {200, 204}


async def test_the_soonest_visit_of_the_least_taken_doctor_is_given_and_what_one_has_is_in_the_way(health_doors: Doors) -> None:
    unit, doctors = await team(health_doors, 2)
    await offered_by(health_doors, doctors, visits=2, capacity=2)
    first = (await ask(health_doors, RESIDENT, "appointments", that_day(unit))).json()
    assert datetime.fromisoformat(first["starts_at"]) == BEGINS
    second = (await ask(health_doors, RESIDENT, "appointments", that_day(unit))).json()
    assert (second["doctor_id"] != first["doctor_id"], datetime.fromisoformat(second["starts_at"]) > BEGINS) == (True, True)
    assert problem(await ask(health_doors, RESIDENT, "appointments", that_day(unit))) == (409, "team-taken")
    assert (await ask(health_doors, SECOND_RESIDENT, "appointments", then(unit))).json()["doctor_id"] == second["doctor_id"]


async def test_what_the_person_holds_is_in_their_own_way_nowhere(health_doors: Doors) -> None:
    unit, doctors = await team(health_doors, 1)
    (slot,) = await offered_by(health_doors, doctors, capacity=1)
    await ask(health_doors, RESIDENT, "holds", {"slot_id": slot})
    assert problem(await ask(health_doors, SECOND_RESIDENT, "appointments", then(unit))) == (409, "team-taken")
    assert (await ask(health_doors, RESIDENT, "holds", then(unit))).status_code == 201
    assert (await ask(health_doors, RESIDENT, "appointments", then(unit))).status_code == 201


@pytest.mark.parametrize("why", [
    "closed = true", "opens_at = now() + interval '1 hour'", "set_aside = 5, set_aside_until = now() + interval '1 hour'",
])
async def test_what_is_not_sold_by_name_is_not_sold_by_team(health_doors: Doors, why: str) -> None:
    unit, doctors = await team(health_doors, 2)
    _, open_one = await offered_by(health_doors, doctors)
    await changed(health_doors, f"update slots set {why} where doctor_id = :doctor", doctor=doctors[0])
    people = await crowd(health_doors, 9)
    assert won(await rushed(health_doors, people, then(unit))) == 5
    assert await sold(health_doors) == {open_one: 5}


async def test_a_team_of_elsewhere_and_a_time_it_has_no_hours_are_not_there(health_doors: Doors) -> None:
    (unit, doctors), (other, _) = await team(health_doors), await team(health_doors)
    slots = await offered_by(health_doors, doctors)
    late = {"team_id": str(unit), "starts_at": (BEGINS + timedelta(minutes=1)).isoformat()}
    for person, body in ((FAR_RESIDENT, then(unit)), (RESIDENT, then(other)), (RESIDENT, then(uuid4())), (RESIDENT, late)):
        assert problem(await ask(health_doors, person, "appointments", body)) == (404, "not-found")
    async with health_doors.client(RESIDENT) as resident:
        for key, there in ((unit, set(slots)), (other, set()), (uuid4(), set())):
            listed = (await resident.get("/api/v1/slots", params={"team_id": str(key)})).json()["items"]
            assert {one["id"] for one in listed} == there
    await changed(health_doors, "update directory_assignments set ends_at = now() where unit_id = :unit", unit=unit)
    assert problem(await ask(health_doors, RESIDENT, "appointments", then(unit))) == (404, "not-found")
    assert await health_doors.rows(OPEN) == []


@pytest.mark.parametrize("more", [
    {}, {"day": "2026-13-01"}, {"day": "2030-01-01", "starts_at": "2030-01-01T01:00:00Z"}, {"starts_at": "2030-01-01T09:00:00"},
    {"starts_at": "0001-01-01T00:00:00+14:00"}, {"day": "2030-01-01", "slot_id": str(uuid4())},
])
async def test_a_beginning_or_a_day_is_said_and_not_both(health_doors: Doors, more: dict[str, str]) -> None:
    assert (await ask(health_doors, RESIDENT, "appointments", {"team_id": str(uuid4()), **more})).status_code == 422


@pytest.mark.parametrize(("body", "told"), [
    ({"team_id": str(uuid4())}, [("body/team_id", "either starts_at or day is said")]),
    ({"team_id": str(uuid4()), "day": "2030-01-01", "slot_id": str(uuid4())},
     [("body/slot_id/team_id", "Extra inputs are not permitted"), ("body/slot_id/day", "Extra inputs are not permitted")]),
    ({"hold_id": 7}, [("body/hold_id/hold_id", "UUID input should be a string, bytes or UUID object")]),
    ({}, [("body", "a slot_id, a hold_id or a team_id is needed")]),
], ids=str)
async def test_a_fault_is_told_of_what_was_meant_alone(health_doors: Doors, body: dict[str, str], told: list[Any]) -> None:
    answer = await ask(health_doors, RESIDENT, "appointments", body)
    assert problem(answer) == (422, "invalid-request")
    found = [(one["pointer"], one["message"]) for one in answer.json()["errors"]]
    assert found == told
