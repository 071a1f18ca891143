"""A booth of the hut is in one visit at once, whichever doctors offer theirs in it; and who is refused was refused rightly."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors
from builders.house import entered, lie
from builders.hut import ask, book, crowd, offer, problem, rush, sold
from builders.teams import offered_by, team, then
from builders.world import RESIDENT, SECOND_RESIDENT, Person
from sqlalchemy import text


async def shared(doors: Doors, size: int = 2, capacity: int = 5) -> tuple[str, list[str]]:
    """A booth in which so many doctors offer visits that meet, and those."""
    booth = await entered(doors, "rooms", name=str(uuid4()))
    slots = [await offer(doors, timedelta(days=1, minutes=5 * n), doctor=uuid4(), capacity=capacity) for n in range(size)]
    for slot in slots:
        await lie(doors, slot, room_id=booth)
    return booth, slots


async def given_back(doors: Doors, people: Sequence[Person], answers: Sequence[httpx.Response]) -> None:
    """Whoever has a seat gives it back."""
    told = [(person, answer.json()["id"]) for person, answer in zip(people, answers, strict=True) if answer.status_code == 201]
    back = await asyncio.gather(*(ask(doors, person, f"appointments/{key}/cancellation") for person, key in told))
    assert {answer.status_code for answer in back} <= {200}


@pytest.mark.parametrize("clients", [20, 40])
async def test_whichever_doctor_is_booked_first_has_the_booth(health_doors: Doors, clients: int) -> None:
    _, slots = await shared(health_doors, 3)
    people = await crowd(health_doors, clients)
    for _ in range(2):
        answers = await rush(health_doors, people, slots, clients=clients)
        assert sum(answer.status_code == 201 for answer in answers) == 5
        assert {problem(one) for one in answers if one.status_code != 201} <= {(409, "slot-taken"), (409, "room-taken")}
        (there,) = (await sold(health_doors)).items()
        assert there[1] == 5
        async with health_doors.client(RESIDENT) as resident:
            assert (await resident.get("/api/v1/slots")).json()["total"] == 0
        await given_back(health_doors, people, answers)
    async with health_doors.client(RESIDENT) as resident:
        assert (await resident.get("/api/v1/slots")).json()["total"] == 3


async def test_a_visit_that_begins_when_the_other_ends_and_one_in_another_room_are_in_nobodys_way(health_doors: Doors) -> None:
    booth, (one, _) = await shared(health_doors)
    beside = await offer(health_doors, timedelta(days=1), doctor=uuid4())
    after = await offer(health_doors, timedelta(days=1, minutes=20))
    await lie(health_doors, beside, room_id=await entered(health_doors, "rooms"))
    await lie(health_doors, after, room_id=booth)
    for person, slot in zip(await crowd(health_doors, 3), (one, beside, after), strict=True):
        assert (await book(health_doors, person, slot)).status_code == 201


async def test_what_is_held_has_the_booth_and_a_hold_that_is_over_has_it_no_more(health_doors: Doors) -> None:
    _, (one, other) = await shared(health_doors)
    assert (await ask(health_doors, RESIDENT, "holds", {"slot_id": one})).status_code == 201
    assert problem(await book(health_doors, SECOND_RESIDENT, other)) == (409, "room-taken")
    assert (await ask(health_doors, RESIDENT, "holds", {"slot_id": other})).status_code == 201  # one's own is given back for it
    assert problem(await book(health_doors, SECOND_RESIDENT, one)) == (409, "room-taken")
    async with health_doors.whole.begin() as connection:
        await connection.execute(text("update appointments set held_until = now() - interval '1 second' where state = 'held'"))
    made = await book(health_doors, SECOND_RESIDENT, one)
    assert made.status_code == 201
    moved = await ask(health_doors, SECOND_RESIDENT, f"appointments/{made.json()['id']}/rescheduling", {"slot_id": other})
    assert moved.status_code == 201
    assert problem(await book(health_doors, RESIDENT, one)) == (409, "room-taken")


async def test_the_database_itself_refuses_a_booth_that_is_in_a_visit(health_doors: Doors) -> None:
    _, (one, other) = await shared(health_doors)
    for person, slot in zip(await crowd(health_doors, 2), (one, one), strict=True):  # who shares a slot is called in turn
        assert (await book(health_doors, person, slot)).status_code == 201
    into = """insert into appointments
        (id, slot_id, area, doctor_id, person_id, day, starts_at, ends_at, seat, state, booked_at, room_id)
        select gen_random_uuid(), :slot, area, gen_random_uuid(), gen_random_uuid(), day, starts_at, ends_at, 5, state, booked_at,
        room_id from appointments limit 1 returning id"""
    with pytest.raises(Exception, match="ex_appointments_room"):
        await health_doors.rows(into, slot=UUID(other))


@pytest.mark.parametrize("size", [20, 40])
async def test_a_team_that_shares_a_booth_sells_what_the_booth_has_room_for(health_doors: Doors, size: int) -> None:
    unit, doctors = await team(health_doors)
    slots = await offered_by(health_doors, doctors)
    booth = await entered(health_doors, "rooms")
    for slot in slots[:2]:
        await lie(health_doors, slot, room_id=booth)
    people = await crowd(health_doors, size)
    answers = await asyncio.gather(*(ask(health_doors, person, "appointments", then(unit)) for person in people))
    assert {problem(answer) for answer in answers if answer.status_code != 201} == {(409, "team-taken")}
    assert sum(answer.status_code == 201 for answer in answers) == 15
    seats = await sold(health_doors)
    assert (seats[slots[2]], seats[slots[3]], sorted(seats[slot] for slot in slots[:2])) == (5, 5, [0, 5])


@pytest.mark.parametrize("size", [10, 20])
async def test_who_loses_the_booth_to_another_team_gets_what_is_free_in_their_own(health_doors: Doors, size: int) -> None:
    """One doctor of a team shares the booth with another team, the other has a seat for everybody: nobody of it is refused."""
    (unit, doctors), (other, (rival,)) = await team(health_doors, 2), await team(health_doors, 1)
    (first, plenty), (theirs,) = await offered_by(health_doors, doctors, capacity=size), await offered_by(health_doors, [rival])
    booth = await entered(health_doors, "rooms")
    for slot in (first, theirs):
        await lie(health_doors, slot, room_id=booth)
    people = await crowd(health_doors, 2 * size)
    for _ in range(5):
        wishes = [then(other) if n % 2 else then(unit) for n in range(len(people))]
        told = await asyncio.gather(
            *(ask(health_doors, person, "appointments", wish) for person, wish in zip(people, wishes, strict=True))
        )
        assert {answer.status_code for answer in told[::2]} == {201}
        assert {problem(answer) for answer in told[1::2] if answer.status_code != 201} <= {(409, "team-taken")}
        seats = await sold(health_doors)
        assert not (seats[first] and seats[theirs])
        assert seats[first] + seats[plenty] == size
        await given_back(health_doors, people, told)


async def somebody_waits(doors: Doors) -> None:
    """Until a connection waits for another."""
    for _ in range(200):
        if await doors.rows("select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"):
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


async def test_who_decides_for_a_team_waits_until_its_rooms_are_decided(health_doors: Doors) -> None:
    """While all slots of the team are waited for, somebody else is about its booth, and has it in the end."""
    unit, doctors = await team(health_doors, 2)
    first, other = await offered_by(health_doors, doctors)
    booth, (theirs, _) = await shared(health_doors)
    await lie(health_doors, first, room_id=booth)
    await book(health_doors, SECOND_RESIDENT, other)  # so that the booth's doctor is the least taken
    engine, visit = health_doors.running.database.engine, {"slot": UUID(theirs), "like": UUID(first)}
    async with engine.connect() as rival, engine.connect() as about_each:
        await rival.execute(text("select id from rooms for no key update"))
        await rival.execute(text("""insert into appointments
            (id, slot_id, area, doctor_id, person_id, day, starts_at, ends_at, seat, state, booked_at, room_id)
            select gen_random_uuid(), :slot, area, gen_random_uuid(), gen_random_uuid(), starts_at, starts_at, ends_at, 1,
            'booked', now(), room_id from slots where id = :like"""), visit)
        await about_each.execute(text("select id from slots where id <> :slot for update"), visit)
        asking = asyncio.create_task(ask(health_doors, RESIDENT, "appointments", then(unit)))
        await somebody_waits(health_doors)
        await about_each.rollback()
        await asyncio.sleep(0.3)
        await rival.commit()
        answer = await asking
    assert (answer.status_code, answer.json().get("slot_id")) == (201, other)
