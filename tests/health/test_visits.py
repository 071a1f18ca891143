"""The visit: checking in at the hut and only there, the queue without names, and who did not come."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from builders.doors import Doors
from builders.house import entered, lie
from builders.hut import ask, book, crowd, offer, problem
from builders.world import DOCTOR, FAR_DOCTOR, OFFICER, RESIDENT, SECOND_RESIDENT, Person
from sqlalchemy import text

from contracts.calendar import CHENGDU
from services.health.actions import visits

SOON = timedelta(minutes=30)


@contextmanager
def later(doors: Doors, **by: float) -> Iterator[None]:
    """So much later by this service's clock."""
    ahead = timedelta(**by)
    with patch.object(doors.running.settings.clock, "now", lambda: datetime.now(UTC) + ahead):
        yield


async def moved(doors: Doors, key: str, minutes: float) -> None:
    """The appointment is so much later; before now, if less than nothing."""
    by = f"interval '{minutes} minutes'"
    async with doors.whole.begin() as connection:
        said = text(f"update appointments set starts_at = starts_at + {by}, ends_at = ends_at + {by} where id = :id")
        await connection.execute(said, {"id": UUID(key)})


async def booth(doors: Doors) -> str:
    return await entered(doors, "rooms", name="一号诊间")


def soon_on_one_day(minutes: int) -> timedelta:
    """When to begin what takes so many minutes: in twenty or, if the day of Chengdu ends meanwhile, just after it ended."""
    now = datetime.now(CHENGDU)
    ended = (now + timedelta(minutes=20 + minutes)).replace(hour=0, minute=0, second=30, microsecond=0)
    return max(timedelta(minutes=20), ended - now)


async def booked(
    doors: Doors, person: Person = RESIDENT, *, room: str | None = None, begins: timedelta = SOON,
    long: timedelta = timedelta(minutes=15),
) -> str:
    """An appointment, in a room of the hut if one is named."""
    slot = await offer(doors, begins, long=long)
    if room is not None:
        await lie(doors, slot, room_id=room)
    return str((await book(doors, person, slot)).json()["id"])


async def code(doors: Doors, room: str) -> str:
    async with doors.client(DOCTOR) as doctor:
        return str((await doctor.get(f"/api/v1/rooms/{room}/code")).json()["code"])


async def arrive(doors: Doors, key: str, person: Person = DOCTOR, **said: str) -> Any:
    return await ask(doors, person, f"appointments/{key}/check-in", said)


async def place(doors: Doors, key: str, person: Person = RESIDENT) -> Any:
    async with doors.client(person) as client:
        return await client.get(f"/api/v1/appointments/{key}/queue")


async def state(doors: Doors, key: str) -> str:
    return str((await doors.rows("select state from appointments where id = cast(:id as uuid)", id=key))[0].state)


async def test_a_resident_checks_in_by_the_code_that_stands_on_the_rooms_screen_now(health_doors: Doors) -> None:
    room, other = await booth(health_doors), await entered(health_doors, "rooms", name="二号诊间")
    key = await booked(health_doors, room=room)
    shown = await code(health_doors, room)
    for wrong in ({}, {"code": "AAAAAAAA"}, {"code": await code(health_doors, other)}):
        assert problem(await arrive(health_doors, key, RESIDENT, **wrong)) == (409, "not-at-the-hut")
    with later(health_doors, minutes=5):
        assert problem(await arrive(health_doors, key, RESIDENT, code=shown)) == (409, "not-at-the-hut")
    assert problem(await arrive(health_doors, key, RESIDENT, code="short")) == (422, "invalid-request")
    assert await state(health_doors, key) == "booked"
    with later(health_doors, minutes=1):
        came = await arrive(health_doors, key, RESIDENT, code=shown)
    assert (came.status_code, came.json()["state"], came.json()["arrived_at"] is not None) == (200, "arrived", True)
    assert (await health_doors.said())[-1] == "health.appointment_arrived.v1"


async def test_who_is_seen_elsewhere_is_checked_in_by_the_hut_alone(health_doors: Doors) -> None:
    key = await booked(health_doors)
    assert problem(await arrive(health_doors, key, RESIDENT, code="AAAAAAAA")) == (409, "not-at-the-hut")
    for stranger, status in ((SECOND_RESIDENT, 404), (FAR_DOCTOR, 404), (OFFICER, 404)):
        assert (await arrive(health_doors, key, stranger)).status_code == status
    assert (await arrive(health_doors, key, DOCTOR)).status_code == 200


async def test_the_code_of_a_room_is_shown_to_its_hut_alone(health_doors: Doors) -> None:
    room = await booth(health_doors)
    for person, status in ((DOCTOR, 200), (OFFICER, 403), (RESIDENT, 404), (FAR_DOCTOR, 404)):
        async with health_doors.client(person) as client:
            assert (await client.get(f"/api/v1/rooms/{room}/code")).status_code == status


@pytest.mark.parametrize(("early", "then", "refusal"), [(31, 29, "check-in-not-open"), (-46, -44, "check-in-over")])
async def test_one_checks_in_from_an_hour_before_until_the_end(
    health_doors: Doors, early: float, then: float, refusal: str
) -> None:
    key = await booked(health_doors)
    await moved(health_doors, key, early)
    assert problem(await arrive(health_doors, key)) == (409, refusal)
    assert await state(health_doors, key) == "booked"
    await moved(health_doors, key, then - early)
    assert (await arrive(health_doors, key)).status_code == 200


async def test_of_twelve_check_ins_at_once_one_is_and_it_is_said_once(health_doors: Doors) -> None:
    key = await booked(health_doors)
    answers = await asyncio.gather(*(arrive(health_doors, key) for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    assert (await health_doors.said()).count("health.appointment_arrived.v1") == 1


async def test_the_queue_says_a_number_and_how_many_are_before_it_and_names_nobody(health_doors: Doors) -> None:
    people = [RESIDENT, *await crowd(health_doors, 2)]
    first, each = soon_on_one_day(4), timedelta(minutes=1)
    keys = [await booked(health_doors, one, begins=first + n * each, long=each) for n, one in enumerate(people)]
    assert problem(await place(health_doors, keys[0])) == (409, "not-at-this-step")
    for key in reversed(keys):  # who comes first is not called first: the number is
        await arrive(health_doors, key)
    answers = [await place(health_doors, key, person) for key, person in zip(keys, people, strict=True)]
    assert [one.json()["before"] for one in answers] == [0, 1, 2]
    assert all(set(one.json()) == {"token", "before"} for one in answers)
    assert len({one.json()["token"] for one in answers}) == 3
    assert (await place(health_doors, keys[0], people[1])).status_code == 404
    await ask(health_doors, DOCTOR, f"appointments/{keys[0]}/call")
    assert (await place(health_doors, keys[2], people[2])).json()["before"] == 2  # one in the visit, one to be called
    await ask(health_doors, DOCTOR, f"appointments/{keys[0]}/fulfilment")
    assert (await place(health_doors, keys[2], people[2])).json()["before"] == 1


async def test_a_visit_is_called_and_fulfilled_by_the_hut_in_this_order(health_doors: Doors) -> None:
    key = await booked(health_doors)
    for act in ("call", "fulfilment"):
        assert problem(await ask(health_doors, DOCTOR, f"appointments/{key}/{act}")) == (409, "not-at-this-step")
        assert (await ask(health_doors, RESIDENT, f"appointments/{key}/{act}")).status_code == 403
        assert (await ask(health_doors, FAR_DOCTOR, f"appointments/{key}/{act}")).status_code == 404
    await arrive(health_doors, key)
    assert problem(await ask(health_doors, RESIDENT, f"appointments/{key}/cancellation")) == (409, "not-booked")
    assert (await ask(health_doors, DOCTOR, f"appointments/{key}/call")).json()["state"] == "in_visit"
    done = await ask(health_doors, DOCTOR, f"appointments/{key}/fulfilment")
    assert (done.json()["state"], done.json()["ended_at"] is not None) == ("fulfilled", True)
    assert (await health_doors.said())[-3:] == [f"health.appointment_{one}.v1" for one in ("arrived", "called", "fulfilled")]
    (seat,) = await health_doors.rows("select slot_id from appointments")
    assert problem(await book(health_doors, SECOND_RESIDENT, str(seat.slot_id))) == (409, "slot-taken")  # it was used up


async def test_nobody_has_missed_a_visit_until_ten_minutes_after_its_end_and_never_who_came(health_doors: Doors) -> None:
    (friend,) = await crowd(health_doors, 1)
    missed, came = await booked(health_doors), await booked(health_doors, friend, begins=timedelta(minutes=50))
    away = await booked(health_doors, SECOND_RESIDENT, begins=timedelta(minutes=70))
    await ask(health_doors, SECOND_RESIDENT, f"appointments/{away}/cancellation")
    await arrive(health_doors, came)
    with later(health_doors, minutes=54):
        await visits.miss_all(health_doors.running)
    assert await state(health_doors, missed) == "booked"
    with later(health_doors, minutes=120):
        await asyncio.gather(*(visits.miss_all(health_doors.running) for _ in range(12)))
    assert [await state(health_doors, key) for key in (missed, came, away)] == ["noshow", "arrived", "cancelled"]
    assert (await health_doors.said()).count("health.appointment_missed.v1") == 1
    assert problem(await arrive(health_doors, missed)) == (409, "not-at-this-step")


async def test_what_was_longer_ago_than_a_day_is_not_said_to_have_been_missed(health_doors: Doors) -> None:
    key = await booked(health_doors)
    with later(health_doors, hours=25):
        await visits.miss_all(health_doors.running)
    assert await state(health_doors, key) == "booked"


async def test_the_database_itself_knows_who_came(health_doors: Doors) -> None:
    await booked(health_doors)
    called, ended = "state = 'in_visit', arrived_at = now()", "state = 'noshow', ended_at = now()"
    for said in ("state = 'arrived'", "arrived_at = now()", called, ended):
        with pytest.raises(Exception, match="ck_appointments_"):
            await health_doors.rows(f"update appointments set {said} returning id")
