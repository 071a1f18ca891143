"""停诊: a session is called off in one act; each who had booked it is told, and offered the next seat, once."""

import asyncio
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders import hours
from builders.days import today
from builders.doors import Doors
from builders.hours import offered
from builders.house import entered, lie
from builders.hut import ask, book, crowd, offer, problem
from builders.world import DOCTOR, FAR_OFFICER, OFFICER, RESIDENT, SECOND_RESIDENT, Person
from sqlalchemy import text

from services.health.actions import calling_off, visits

DAY = today(2)
OFF, OFFERED = "health.appointment_called_off.v1", "health.seat_offered.v1"


async def laid_down(doors: Doors, **more: Any) -> dict[str, Any]:
    """Mornings from tomorrow on: whether today's is over depends on the hour."""
    return await hours.laid_down(doors, **{"first_day": str(today(1)), **more})


async def said_of(doors: Doors, what: str) -> None:
    """What becomes of rows, behind everybody's back."""
    async with doors.whole.begin() as connection:
        assert (await connection.execute(text(what))).rowcount > 0


async def call_off(doors: Doors, schedule: str, person: Person = OFFICER, *, day: date = DAY, **more: Any) -> Any:
    return await ask(doors, person, f"schedules/{schedule}/calling-off", {"day": str(day), "reason": "illness", **more})


async def holds(doors: Doors, person: Person) -> list[Any]:
    async with doors.client(person) as client:
        return list((await client.get("/api/v1/holds")).json()["items"])


async def booked(doors: Doors, people: list[Person], slots: list[Any]) -> list[str]:
    answers = [await book(doors, person, str(slot.id)) for person, slot in zip(people, slots, strict=True)]
    assert {one.status_code for one in answers} == {201}
    return [str(one.json()["id"]) for one in answers]


async def live(doors: Doors) -> list[Any]:
    """Whose seats there are, none of which is two people's."""
    rows = await doors.rows("select slot_id, seat, person_id, state from appointments where state in ('held', 'booked')")
    assert len({(row.slot_id, row.seat) for row in rows}) == len(rows)
    return rows


async def test_who_had_booked_is_told_why_and_offered_the_next_seat(health_doors: Doors) -> None:
    schedule = (await laid_down(health_doors))["id"]
    slots = await offered(health_doors, DAY)
    (key,) = await booked(health_doors, [RESIDENT], slots[:1])
    for person, status in ((FAR_OFFICER, 404), (RESIDENT, 404), (DOCTOR, 403)):
        assert (await call_off(health_doors, schedule, person)).status_code == status
    assert (await call_off(health_doors, schedule, reason="holiday")).status_code == 422
    assert (await call_off(health_doors, schedule)).json() == {"booked": 1}
    assert problem(await book(health_doors, SECOND_RESIDENT, str(slots[1].id))) == (409, "slot-closed")
    await calling_off.tell_all(health_doors.running)
    assert (await call_off(health_doors, schedule)).json() == {"booked": 0}
    (row,) = await health_doors.rows("select * from appointments where id = cast(:id as uuid)", id=key)
    assert (row.state, row.called_off, row.given_back_by) == ("cancelled", "illness", None)
    assert (await health_doors.said())[-2:] == [OFF, OFFERED]
    async with health_doors.client(RESIDENT) as client:
        assert (await client.get(f"/api/v1/appointments/{key}")).json()["state"] == "cancelled"
    (hold,) = await holds(health_doors, RESIDENT)
    next_day = (await offered(health_doors, today(1)))[0]
    assert (hold["offered_for"], hold["slot_id"]) == (key, str(next_day.id))
    assert await holds(health_doors, SECOND_RESIDENT) == []
    assert problem(await book(health_doors, SECOND_RESIDENT, hold["slot_id"])) == (409, "slot-taken")
    taken = await ask(health_doors, RESIDENT, "appointments", {"hold_id": hold["id"]})
    assert (taken.status_code, taken.json()["state"]) == (201, "booked")


async def test_an_offer_that_nobody_took_is_nobodys_by_the_clock(health_doors: Doors) -> None:
    schedule = (await laid_down(health_doors))["id"]
    await booked(health_doors, [RESIDENT], (await offered(health_doors, DAY))[:1])
    await call_off(health_doors, schedule)
    await calling_off.tell_all(health_doors.running)
    (hold,) = await holds(health_doors, RESIDENT)
    await said_of(health_doors, "update appointments set held_until = now() - interval '1 second' where state = 'held'")
    assert await holds(health_doors, RESIDENT) == []
    assert problem(await ask(health_doors, RESIDENT, "appointments", {"hold_id": hold["id"]})) == (409, "hold-over")
    assert (await book(health_doors, SECOND_RESIDENT, hold["slot_id"])).status_code == 201


async def test_twelve_who_call_it_off_and_six_workers_do_it_once(health_doors: Doors) -> None:
    schedule = (await laid_down(health_doors, minutes=5))["id"]
    people = await crowd(health_doors, 12)
    await booked(health_doors, people, await offered(health_doors, DAY))
    answers = await asyncio.gather(*(call_off(health_doors, schedule) for _ in range(12)))
    assert {one.status_code for one in answers} == {200}
    await asyncio.gather(*(calling_off.tell_all(health_doors.running) for _ in range(6)))
    said = await health_doors.said()
    assert (said.count(OFF), said.count(OFFERED)) == (12, 12)
    assert {(row.person_id, row.state) for row in await live(health_doors)} == {(person.id, "held") for person in people}


async def test_whoever_books_while_it_is_called_off_has_a_seat_elsewhere_or_none(health_doors: Doors) -> None:
    schedule = (await laid_down(health_doors, minutes=5))["id"]
    people, slots = await crowd(health_doors, 12), await offered(health_doors, DAY)
    off = {slot.id for slot in slots}
    racing = (book(health_doors, person, str(slot.id)) for person, slot in zip(people, slots, strict=True))
    answers = await asyncio.gather(*racing, call_off(health_doors, schedule), calling_off.tell_all(health_doors.running))
    sold = sum(one.status_code == 201 for one in answers[:12])
    await calling_off.tell_all(health_doors.running)  # whoever died in between: the next one finds the rest
    assert not off & {row.slot_id for row in await live(health_doors)}
    assert (await health_doors.said()).count(OFF) == sold


async def test_of_too_few_seats_each_is_offered_to_one_and_the_others_are_told_all_the_same(health_doors: Doors) -> None:
    kind = await entered(health_doors, "departments", hospital_id=await entered(health_doors, "hospitals"))
    other = await entered(health_doors, "hospitals", name="乙")
    elsewhere = await entered(health_doors, "departments", hospital_id=other)
    schedule = (await laid_down(health_doors, minutes=5, department_id=kind))["id"]
    people = await crowd(health_doors, 12)
    await booked(health_doors, people, await offered(health_doors, DAY))
    await said_of(health_doors, f"update slots set closed = true where schedule_id = '{UUID(schedule)}'")
    fit = await offer(health_doors, timedelta(days=5), doctor=uuid4(), capacity=3)
    for slot, where in ((fit, kind), (await offer(health_doors, timedelta(days=6), doctor=uuid4()), elsewhere)):
        await lie(health_doors, slot, department_id=where)
    await call_off(health_doors, schedule)
    await asyncio.gather(*(calling_off.tell_all(health_doors.running) for _ in range(4)))
    said = await health_doors.said()
    assert (said.count(OFF), said.count(OFFERED)) == (12, 3)
    assert [str(row.slot_id) for row in await live(health_doors)] == [fit] * 3


async def test_what_is_called_off_is_missed_by_nobody_and_who_had_come_is_told_too(health_doors: Doors) -> None:
    schedule = (await laid_down(health_doors))["id"]
    slots = await offered(health_doors, DAY)
    missing, came = await booked(health_doors, [RESIDENT, SECOND_RESIDENT], slots[:2])
    near = "starts_at = now() - interval '10 minutes', ends_at = now() + interval '10 minutes'"
    await said_of(health_doors, f"update appointments set {near} where id = '{UUID(came)}'")
    assert (await ask(health_doors, DOCTOR, f"appointments/{came}/check-in", {})).status_code == 200
    await call_off(health_doors, schedule)
    past = "starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour'"
    await said_of(health_doors, f"update appointments set {past} where id = '{UUID(missing)}'")
    await visits.miss_all(health_doors.running)
    await calling_off.tell_all(health_doors.running)
    rows = await health_doors.rows("select state from appointments where offered_for is null")
    assert [row.state for row in rows] == ["cancelled", "cancelled"]


async def test_a_day_that_is_open_again_is_sold_and_called_off_for_nobody(health_doors: Doors) -> None:
    schedule = (await laid_down(health_doors))["id"]
    slots = await offered(health_doors, DAY)
    await call_off(health_doors, schedule, half="morning")
    opened = await ask(health_doors, OFFICER, f"schedules/{schedule}/days", {"day": str(DAY), "works": True})
    assert opened.status_code == 200
    (key,) = await booked(health_doors, [RESIDENT], slots[:1])
    await calling_off.tell_all(health_doors.running)
    (row,) = await health_doors.rows("select state from appointments where id = cast(:id as uuid)", id=key)
    assert row.state == "booked"


async def test_the_half_that_is_not_called_off_is_held(health_doors: Doors) -> None:
    schedule = (await laid_down(health_doors, begins=str(time(11)), ends=str(time(13)), minutes=60))["id"]
    keys = await booked(health_doors, [RESIDENT, SECOND_RESIDENT], await offered(health_doors, DAY))
    assert (await call_off(health_doors, schedule, half="afternoon")).json() == {"booked": 1}
    await calling_off.tell_all(health_doors.running)
    rows = await health_doors.rows("select id, state from appointments where offered_for is null order by starts_at")
    assert [(str(row.id), row.state) for row in rows] == list(zip(keys, ["booked", "cancelled"], strict=True))


@pytest.mark.parametrize("said", ["called_off = 'illness'", "offered_for = id, state = 'booked', called_off = 'other'"])
async def test_the_database_itself_knows_that_what_is_called_off_is_cancelled(health_doors: Doors, said: str) -> None:
    await book(health_doors, RESIDENT, await offer(health_doors))
    with pytest.raises(Exception, match="ck_appointments_called_off_whole"):
        await health_doors.rows(f"update appointments set {said} returning id")


async def test_an_offer_of_a_time_that_was_closed_meanwhile_books_nothing(health_doors: Doors) -> None:
    schedule = (await laid_down(health_doors))["id"]
    await booked(health_doors, [RESIDENT], (await offered(health_doors, DAY))[:1])
    await call_off(health_doors, schedule)
    await calling_off.tell_all(health_doors.running)
    (hold,) = await holds(health_doors, RESIDENT)
    closing = {"day": str(today(1)), "works": False}
    assert (await ask(health_doors, OFFICER, f"schedules/{schedule}/days", closing)).json() == {"booked": 0}
    assert problem(await ask(health_doors, RESIDENT, "appointments", {"hold_id": hold["id"]})) == (409, "slot-closed")
    assert await health_doors.rows("select 1 from appointments where state = 'booked'") == []


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
async def test_a_day_at_the_edge_of_the_calendar_is_answered(health_doors: Doors, day: date) -> None:
    schedule = (await laid_down(health_doors))["id"]
    assert (await call_off(health_doors, schedule, day=day)).status_code in {200, 422}


async def test_who_had_two_visits_takes_both_offers(health_doors: Doors) -> None:
    schedule = (await laid_down(health_doors))["id"]
    other = DAY + timedelta(days=1)
    await booked(health_doors, [RESIDENT] * 2, [(await offered(health_doors, day))[0] for day in (DAY, other)])
    for day in (DAY, other):
        await call_off(health_doors, schedule, day=day)
    await calling_off.tell_all(health_doors.running)
    both = await holds(health_doors, RESIDENT)
    assert len(both) == 2
    for hold in both:
        assert (await ask(health_doors, RESIDENT, "appointments", {"hold_id": hold["id"]})).status_code == 201
