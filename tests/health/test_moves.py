"""Moving to any doctor of a team: the new seat and the old one change hands together, or neither does."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors
from builders.hut import ask, book, crowd, offer, problem, sold
from builders.teams import offered_by, team, that_day, then
from builders.world import RESIDENT, SECOND_RESIDENT, Person

BOOKED = "select person_id from appointments where state = 'booked'"


async def booked(doors: Doors, people: Sequence[Person], slot: str) -> list[str]:
    """Their appointments in the slot."""
    return [str((await book(doors, person, slot)).json()["id"]) for person in people]


async def moved(doors: Doors, people: Sequence[Person], theirs: Sequence[str], body: dict[str, str]) -> list[httpx.Response]:
    """All of them move at once."""
    pairs = zip(people, theirs, strict=True)
    return list(await asyncio.gather(*(ask(doors, person, f"appointments/{key}/rescheduling", body) for person, key in pairs)))


async def each_has_one(doors: Doors) -> set[UUID]:
    """Who has booked; nobody has twice."""
    rows = [row.person_id for row in await doors.rows(BOOKED)]
    assert len(set(rows)) == len(rows)
    return set(rows)


@pytest.mark.parametrize(("visits", "capacity"), [(1, 5), (5, 1)])
@pytest.mark.parametrize("size", [20, 40])
async def test_of_those_who_move_as_many_get_a_seat_as_there_are_and_the_others_keep_theirs(
    health_doors: Doors, size: int, visits: int, capacity: int
) -> None:
    unit, doctors = await team(health_doors)
    slots = await offered_by(health_doors, doctors, visits=visits, capacity=capacity)
    before, people = await offer(health_doors, timedelta(days=9), doctor=uuid4(), capacity=size), await crowd(health_doors, size)
    theirs = await booked(health_doors, people, before)
    answers = await moved(health_doors, people, theirs, then(unit) if visits == 1 else that_day(unit))
    assert sum(answer.status_code == 201 for answer in answers) == 20
    assert {problem(answer) for answer in answers if answer.status_code != 201} <= {(409, "team-taken")}
    assert await sold(health_doors) == dict.fromkeys(slots, capacity) | ({before: size - 20} if size > 20 else {})
    assert await each_has_one(health_doors) == {person.id for person in people}


@pytest.mark.parametrize("size", [20, 40])
async def test_when_all_change_places_at_once_each_finds_a_seat_with_the_other_doctor(health_doors: Doors, size: int) -> None:
    """As many seats are free with each as the other has patients: whoever is refused was refused while one was free."""
    unit, doctors = await team(health_doors, 2)
    one, other = await offered_by(health_doors, doctors, capacity=size)
    people, half = await crowd(health_doors, size), size // 2
    theirs = [*await booked(health_doors, people[:half], one), *await booked(health_doors, people[half:], other)]
    answers = await moved(health_doors, people, theirs, then(unit))
    assert {answer.status_code for answer in answers} == {201}
    assert [answer.json()["slot_id"] for answer in answers] == [other] * half + [one] * half
    assert await sold(health_doors) == {one: half, other: half}
    assert await each_has_one(health_doors) == {person.id for person in people}


async def test_who_moves_is_not_given_the_time_they_leave(health_doors: Doors) -> None:
    unit, doctors = await team(health_doors, 1)
    first, _ = await offered_by(health_doors, doctors, visits=2, capacity=2)
    (key,) = await booked(health_doors, [RESIDENT], first)
    (answer,) = await moved(health_doors, [RESIDENT], [key], then(unit))
    assert problem(answer) == (409, "team-taken")
    (answer,) = await moved(health_doors, [RESIDENT], [key], {"team_id": str(uuid4()), "starts_at": then(unit)["starts_at"]})
    assert problem(answer) == (404, "not-found")
    assert await sold(health_doors) == {first: 1}
    (answer,) = await moved(health_doors, [RESIDENT], [key], that_day(unit))
    assert (answer.status_code, answer.json()["slot_id"] != first) == (201, True)
    (answer,) = await moved(health_doors, [SECOND_RESIDENT], [str(answer.json()["id"])], that_day(unit))
    assert problem(answer) == (404, "not-found")
    assert (await health_doors.said())[1:] == ["health.appointment_rescheduled.v1"]


@pytest.mark.parametrize("path", ["holds", f"appointments/{uuid4()}/rescheduling"])
@pytest.mark.parametrize("body", [{}, {"hold_id": str(uuid4())}])
async def test_a_time_or_a_team_is_named(health_doors: Doors, path: str, body: dict[str, str]) -> None:
    answer = await ask(health_doors, RESIDENT, path, body)
    assert problem(answer) == (422, "invalid-request")
    assert [one["message"] for one in answer.json()["errors"]] == ["a slot_id or a team_id is needed"]
