"""候补: who stands in line is offered what becomes free, one after the other, before it is sold to everybody."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.days import today
from builders.doors import Doors
from builders.house import departments, lie
from builders.hut import ask, book, crowd, offer, problem, sold
from builders.merged import Two, hear, whole
from builders.teams import team
from builders.world import DOCTOR, FAR_DOCTOR, FAR_RESIDENT, HERE, OFFICER, RESIDENT, SECOND_RESIDENT, STRANGER, Person
from sqlalchemy import text

from chassis import bus, directory, privacy
from chassis.testing import arrived
from contracts.identity import BindingChanged
from services.health.actions import retention
from services.health.actions.appointments import seated
from services.health.actions.waiting import offer_all

OFFERED = "health.seat_offered.v1"


def soon() -> dict[str, str]:
    """Of which days one waits for a time."""
    return {"first_day": str(today()), "last_day": str(today(10))}


async def changed(doors: Doors, sql: str, **given: Any) -> None:
    """What becomes of rows, behind everybody's back."""
    async with doors.whole.begin() as connection:
        assert (await connection.execute(text(sql), given)).rowcount > 0


async def wait(doors: Doors, person: Person, target: object, what: str = "slot", **more: Any) -> httpx.Response:
    body = {"what": what, "target_id": str(target), **({} if what == "slot" else soon()), **more}
    return await ask(doors, person, "waits", body)


async def waited(doors: Doors, people: list[Person], target: object, what: str = "slot") -> list[str]:
    """They stand in line, one after the other."""
    answers = [await wait(doors, person, target, what) for person in people]
    assert {one.status_code for one in answers} == {201}, answers[0].text
    return [str(one.json()["id"]) for one in answers]


async def lines(doors: Doors, person: Person, **which: str) -> Any:
    async with doors.client(person) as client:
        return (await client.get("/api/v1/waits", params=which)).json()


async def holds(doors: Doors, person: Person) -> list[Any]:
    async with doors.client(person) as client:
        return list((await client.get("/api/v1/holds")).json()["items"])


async def offered(doors: Doors, people: list[Person]) -> list[int]:
    """Which of these people something is held for now."""
    return [n for n, person in enumerate(people) if await holds(doors, person)]


async def full(doors: Doors, begins: timedelta = timedelta(days=2), **more: Any) -> tuple[str, str]:
    """A slot that is the resident's, and their appointment."""
    slot = await offer(doors, begins, **more)
    taken = await book(doors, RESIDENT, slot)
    assert taken.status_code == 201, taken.text
    return slot, str(taken.json()["id"])


async def given_back(doors: Doors, appointment: str) -> None:
    assert (await ask(doors, RESIDENT, f"appointments/{appointment}/cancellation")).status_code == 200


async def passed(doors: Doors) -> None:
    """Whatever is offered was not taken in time."""
    await changed(doors, "update appointments set held_until = now() - interval '1 second' where state = 'held'")


async def test_who_is_first_in_line_is_offered_what_becomes_free_and_books_it(health_doors: Doors) -> None:
    slot, kept = await full(health_doors)
    people = await crowd(health_doors, 3)
    await waited(health_doors, people, slot)
    await offer_all(health_doors.running)
    assert await offered(health_doors, people) == []
    assert [(await lines(health_doors, one))["items"][0]["before"] for one in people] == [0, 1, 2]
    await given_back(health_doors, kept)
    await offer_all(health_doors.running)
    (hold,) = await holds(health_doors, people[0])
    assert (await health_doors.said())[-1] == OFFERED
    (line,) = (await lines(health_doors, people[0]))["items"]
    assert (hold["waited_id"], line["hold_id"], hold["offered_for"]) == (line["id"], hold["id"], None)
    left = datetime.fromisoformat(hold["held_until"]) - datetime.now(UTC)
    assert timedelta(minutes=115) < left <= timedelta(hours=2)
    for other in (people[1], SECOND_RESIDENT):
        assert problem(await book(health_doors, other, slot)) == (409, "slot-taken")
    taken = await ask(health_doors, people[0], "appointments", {"hold_id": hold["id"]})
    assert (taken.status_code, taken.json()["state"]) == (201, "booked")
    assert (await lines(health_doors, people[0]))["items"] == []
    assert [(await lines(health_doors, one))["items"][0]["before"] for one in people[1:]] == [0, 1]


async def test_what_is_not_taken_is_the_next_ones_and_in_the_end_everybodys(health_doors: Doors) -> None:
    slot, kept = await full(health_doors)
    people = await crowd(health_doors, 3)
    await waited(health_doors, people, slot)
    await given_back(health_doors, kept)
    for turn in range(3):
        for _ in range(3):
            await offer_all(health_doors.running)
        assert await offered(health_doors, people) == [turn]
        if turn == 1:
            (hold,) = await holds(health_doors, people[1])
            assert (await ask(health_doors, people[1], f"holds/{hold['id']}/release")).status_code == 204
        else:
            await passed(health_doors)
    await offer_all(health_doors.running)
    assert await offered(health_doors, people) == []
    assert (await health_doors.said()).count(OFFERED) == 3
    assert (await book(health_doors, SECOND_RESIDENT, slot)).status_code == 201


async def test_of_two_seats_three_who_wait_six_workers_and_one_who_books_each_seat_is_one_persons(health_doors: Doors) -> None:
    slot, kept = await full(health_doors, capacity=2)
    people = await crowd(health_doors, 4)
    second = (await book(health_doors, people[3], slot)).json()["id"]
    await waited(health_doors, people[:3], slot)
    answers = await asyncio.gather(
        given_back(health_doors, kept), ask(health_doors, people[3], f"appointments/{second}/cancellation"),
        *(offer_all(health_doors.running) for _ in range(6)), *(book(health_doors, SECOND_RESIDENT, slot) for _ in range(3)),
    )
    await asyncio.gather(*(offer_all(health_doors.running) for _ in range(6)))
    jumped = sum(one.status_code == 201 for one in answers[-3:])
    assert await sold(health_doors) == {slot: 2}
    assert await offered(health_doors, people) == list(range(2 - jumped))
    assert (await health_doors.said()).count(OFFERED) == 2 - jumped


async def test_six_workers_offer_twelve_seats_to_the_first_twelve_of_twenty(health_doors: Doors) -> None:
    slot = await offer(health_doors, timedelta(days=2), capacity=12)
    people = await crowd(health_doors, 20)
    await waited(health_doors, people, slot)
    await asyncio.gather(*(offer_all(health_doors.running) for _ in range(6)))
    assert await offered(health_doors, people) == list(range(12))
    assert await sold(health_doors) == {slot: 12}


async def test_those_for_whom_seats_are_set_aside_come_before_whoever_asked_first(health_doors: Doors) -> None:
    slot, kept = await full(health_doors)
    people = await crowd(health_doors, 3)
    await waited(health_doors, people, slot)
    said = {"area": HERE, "person_id": str(people[2].id), "ground": "senior"}
    assert (await ask(health_doors, OFFICER, "slots/entitlements", said)).status_code == 200
    assert [(await lines(health_doors, one))["items"][0]["before"] for one in people] == [1, 2, 0]
    await given_back(health_doors, kept)
    await offer_all(health_doors.running)
    assert await offered(health_doors, people) == [2]


async def test_what_is_set_aside_is_offered_to_nobody_else_until_it_flows_back(health_doors: Doors) -> None:
    slot = await offer(health_doors, timedelta(days=2))
    until = datetime.now(UTC) + timedelta(hours=1)
    await changed(health_doors, "update slots set set_aside = 1, set_aside_until = :until", until=until)
    await waited(health_doors, [RESIDENT], slot)
    await offer_all(health_doors.running)
    assert await offered(health_doors, [RESIDENT]) == []
    await changed(health_doors, "update slots set set_aside_until = now() - interval '1 second'")
    await offer_all(health_doors.running)
    assert await offered(health_doors, [RESIDENT]) == [0]


async def test_what_opens_is_offered_once_it_is_open_and_what_is_closed_to_nobody(health_doors: Doors) -> None:
    slot = await offer(health_doors, timedelta(days=2), opens_at=datetime.now(UTC) + timedelta(hours=1))
    await waited(health_doors, [RESIDENT], slot)
    await offer_all(health_doors.running)
    await changed(health_doors, "update slots set opens_at = now() - interval '1 second', closed = true")
    await offer_all(health_doors.running)
    assert await offered(health_doors, [RESIDENT]) == []
    await changed(health_doors, "update slots set closed = false")
    await offer_all(health_doors.running)
    assert await offered(health_doors, [RESIDENT]) == [0]


async def test_one_waits_for_a_doctor_a_team_or_a_department_on_some_days(health_doors: Doors) -> None:
    unit, doctors = await team(health_doors, 2)
    kind, other = await departments(health_doors, 2)
    people = await crowd(health_doors, 3)
    for person, what, target in zip(people, ("doctor", "team", "department"), (DOCTOR.id, unit, kind), strict=True):
        await waited(health_doors, [person], target, what)
    await offer(health_doors, timedelta(days=12))  # after the days they wait for
    await lie(health_doors, await offer(health_doors, timedelta(days=3), doctor=uuid4()), department_id=other)
    await offer_all(health_doors.running)
    assert await offered(health_doors, people) == []
    theirs = [await offer(health_doors, timedelta(days=4)), await offer(health_doors, timedelta(days=4), doctor=doctors[1])]
    theirs.append(await offer(health_doors, timedelta(days=4), doctor=uuid4()))
    await lie(health_doors, theirs[2], department_id=kind)
    await offer_all(health_doors.running)
    assert [(await holds(health_doors, one))[0]["slot_id"] for one in people] == theirs


async def test_who_left_whose_days_are_over_and_who_moved_away_are_in_line_no_more(health_doors: Doors) -> None:
    slot, kept = await full(health_doors)
    left, over, moved, last = people = await crowd(health_doors, 4)
    keys = await waited(health_doors, [left, over, moved], DOCTOR.id, "doctor")
    await waited(health_doors, [last], slot)
    for _ in range(2):
        assert (await ask(health_doors, left, f"waits/{keys[0]}/leaving")).status_code == 204
    ended = "update waits set since = now() - interval '2 days', until = now() where person_id = :who"
    await changed(health_doors, ended, who=over.id)
    await changed(health_doors, "update directory_bindings set ends_at = now() where person_id = :who", who=moved.id)
    await given_back(health_doors, kept)
    await changed(health_doors, "update slots set capacity = 4")
    await offer_all(health_doors.running)
    assert await offered(health_doors, people) == [3]
    assert [(await lines(health_doors, one))["total"] for one in people] == [0, 0, 0, 1]


async def test_who_booked_the_same_meanwhile_is_in_line_no_more_until_they_give_it_back(health_doors: Doors) -> None:
    await waited(health_doors, [RESIDENT], DOCTOR.id, "doctor")
    slot, kept = await full(health_doors)
    await offer(health_doors, timedelta(days=3))
    await offer_all(health_doors.running)
    assert ((await lines(health_doors, RESIDENT))["total"], await holds(health_doors, RESIDENT)) == (0, [])
    await given_back(health_doors, kept)
    await offer_all(health_doors.running)
    assert [one["slot_id"] for one in await holds(health_doors, RESIDENT)] == [slot]


async def test_who_let_three_offers_pass_is_in_line_no_more(health_doors: Doors) -> None:
    slots = [await offer(health_doors, timedelta(days=n + 2)) for n in range(5)]
    await waited(health_doors, [RESIDENT], DOCTOR.id, "doctor")
    for slot in slots[:3]:
        await offer_all(health_doors.running)
        assert [one["slot_id"] for one in await holds(health_doors, RESIDENT)] == [slot]
        assert (await lines(health_doors, RESIDENT))["total"] == 1
        await passed(health_doors)
    await offer_all(health_doors.running)
    assert (await holds(health_doors, RESIDENT), (await lines(health_doors, RESIDENT))["total"]) == ([], 0)
    await waited(health_doors, [RESIDENT], DOCTOR.id, "doctor")
    await offer_all(health_doors.running)
    assert [one["slot_id"] for one in await holds(health_doors, RESIDENT)] == slots[:1]


async def test_who_leaves_gives_back_what_is_offered_and_the_next_one_has_it(health_doors: Doors) -> None:
    slot, kept = await full(health_doors)
    people = await crowd(health_doors, 2)
    keys = await waited(health_doors, people, slot)
    await given_back(health_doors, kept)
    await offer_all(health_doors.running)
    for person, status in ((people[1], 404), (FAR_DOCTOR, 404), (OFFICER, 404), (DOCTOR, 204)):
        assert (await ask(health_doors, person, f"waits/{keys[0]}/leaving")).status_code == status
    await offer_all(health_doors.running)
    assert await offered(health_doors, people) == [1]


async def test_who_leaves_while_they_are_offered_it_has_nothing_or_left_too_late(health_doors: Doors) -> None:
    slots = [await full(health_doors, timedelta(days=n + 2), doctor=uuid4()) for n in range(6)]
    people = await crowd(health_doors, 6)
    keys = [(await waited(health_doors, [person], slot))[0] for person, (slot, _) in zip(people, slots, strict=True)]
    for _, kept in slots:
        await given_back(health_doors, kept)
    leaving = (ask(health_doors, person, f"waits/{key}/leaving") for person, key in zip(people, keys, strict=True))
    answers = await asyncio.gather(*leaving, *(offer_all(health_doors.running) for _ in range(3)))
    assert {one.status_code for one in answers[:6]} == {204}
    assert await offered(health_doors, people) == []


async def test_three_lines_at_once_and_each_of_them_once_whoever_presses_how_often(health_doors: Doors) -> None:
    slots = [await offer(health_doors, timedelta(days=n + 1), doctor=uuid4()) for n in range(6)]
    answers = await asyncio.gather(*(wait(health_doors, RESIDENT, slots[n % 2]) for n in range(12)))
    assert sorted(one.status_code for one in answers) == [201] * 2 + [409] * 10
    assert {problem(one) for one in answers if one.status_code == 409} == {(409, "wait-there")}
    answers = await asyncio.gather(*(wait(health_doors, RESIDENT, slot) for slot in slots[2:]))
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    assert {problem(one) for one in answers if one.status_code == 409} == {(409, "waits-enough")}
    assert (await lines(health_doors, RESIDENT))["total"] == 3


async def test_what_cannot_be_waited_for_is_said(health_doors: Doors) -> None:
    slot, _ = await full(health_doors)
    kind, _ = await departments(health_doors, 2, pool="theirs", adapter="fhir")
    near = await offer(health_doors, timedelta(minutes=90), doctor=uuid4())
    theirs = await offer(health_doors, doctor=uuid4())
    await lie(health_doors, theirs, department_id=kind)
    await changed(health_doors, "update slots set their_ref = 'a' where id = cast(:slot as uuid)", slot=theirs)
    for answer, said in (
        (await wait(health_doors, RESIDENT, slot), (409, "has-what-is-waited")),
        (await wait(health_doors, RESIDENT, DOCTOR.id, "doctor"), (409, "has-what-is-waited")),
        (await wait(health_doors, RESIDENT, near), (422, "wait-unfit")),
        (await wait(health_doors, RESIDENT, theirs), (409, "no-line-there")),
        (await wait(health_doors, RESIDENT, kind, "department"), (409, "no-line-there")),
        (await wait(health_doors, RESIDENT, uuid4()), (404, "not-found")),
        (await wait(health_doors, RESIDENT, uuid4(), "team"), (404, "not-found")),
        (await wait(health_doors, RESIDENT, FAR_DOCTOR.id, "doctor"), (404, "not-found")),
        (await wait(health_doors, FAR_RESIDENT, slot), (404, "not-found")),
        (await wait(health_doors, STRANGER, DOCTOR.id, "doctor"), (404, "not-found")),
        (await wait(health_doors, SECOND_RESIDENT, DOCTOR.id, "doctor", first_day=None), (422, "wait-unfit")),
        (await wait(health_doors, SECOND_RESIDENT, DOCTOR.id, "doctor", first_day="2199-12-31"), (422, "wait-unfit")),
        (await wait(health_doors, SECOND_RESIDENT, DOCTOR.id, "doctor", last_day="2199-12-31"), (422, "wait-unfit")),
        (await wait(health_doors, SECOND_RESIDENT, DOCTOR.id, "doctor", last_day="2020-01-01"), (422, "wait-unfit")),
        (await wait(health_doors, SECOND_RESIDENT, DOCTOR.id, "nurse"), (422, "invalid-request")),
    ):
        assert problem(answer) == said, answer.text
    assert await health_doors.rows("select 1 from waits") == []


async def test_the_hut_sees_how_long_a_line_is_and_nobody_else_does(health_doors: Doors) -> None:
    slot, _ = await full(health_doors)
    people = await crowd(health_doors, 3)
    await waited(health_doors, people, slot)
    await waited(health_doors, people[:1], DOCTOR.id, "doctor")
    assert (await lines(health_doors, DOCTOR))["total"] == 4
    assert (await lines(health_doors, DOCTOR, target_id=slot))["total"] == 3
    assert [(await lines(health_doors, who))["total"] for who in (FAR_DOCTOR, OFFICER, RESIDENT, people[0])] == [0, 0, 0, 2]


async def test_a_place_in_line_is_handed_out_moved_with_its_person_and_forgotten(health_doors: Doors) -> None:
    slot, kept = await full(health_doors)
    stays, leads = people = await crowd(health_doors, 2)
    await waited(health_doors, [leads], slot)
    held = health_doors.running.service.personal
    assert held is not None
    before, two = await whole(health_doors, "waits"), Two(survivor=stays.id, source=leads.id)
    await hear(health_doors, two.merged)
    assert [(await lines(health_doors, one))["total"] for one in people] == [1, 0]
    await hear(health_doors, two.split)
    assert await whole(health_doors, "waits") == before
    async with health_doors.running.database.reading() as work:
        (told,) = (await held.export(work, leads.id))["waits"]
    assert (told["what"], told["target_id"]) == ("slot", slot)
    await given_back(health_doors, kept)
    await offer_all(health_doors.running)
    assert await offered(health_doors, people) == [1]
    assert await health_doors.running.database.do(lambda work: privacy.erase(work, held, leads.id)) == 2
    assert await health_doors.rows("select 1 from waits") == []
    assert (await book(health_doors, SECOND_RESIDENT, slot)).status_code == 201


async def test_a_place_in_line_of_long_ago_is_kept_nowhere(health_doors: Doors) -> None:
    slot, kept = await full(health_doors)
    await waited(health_doors, [SECOND_RESIDENT], slot)
    await given_back(health_doors, kept)
    await offer_all(health_doors.running)
    ago = "update waits set since = now() - interval '190 days', until = now() - interval "
    await changed(health_doors, f"{ago} '182 days'")
    await retention.run(health_doors.running)
    assert len(await health_doors.rows("select 1 from waits")) == 1
    await changed(health_doors, f"{ago} '184 days'")
    await retention.run(health_doors.running)
    assert await health_doors.rows("select 1 from waits") == []


async def test_the_same_time_is_offered_to_a_wait_once_by_the_database_itself(health_doors: Doors) -> None:
    slot, kept = await full(health_doors)
    await waited(health_doors, [SECOND_RESIDENT], slot)
    await given_back(health_doors, kept)
    await offer_all(health_doors.running)
    with pytest.raises(Exception, match="uq_appointments_waited"):
        await changed(health_doors, "update appointments set waited_id = (select id from waits)")


async def test_who_cannot_be_served_holds_nobody_up(health_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    slot, kept = await full(health_doors)
    people = await crowd(health_doors, 2)
    await waited(health_doors, people, slot)
    await given_back(health_doors, kept)
    async def breaks(work: Any, slot: Any, person: UUID, **more: Any) -> Any:
        if person == people[0].id:
            raise RuntimeError("broken")
        return await seated(work, slot, person, **more)

    monkeypatch.setattr("services.health.actions.waiting.seated", breaks)
    await offer_all(health_doors.running)
    assert await offered(health_doors, people) == [1]


async def test_who_waits_and_moves_in_again_is_offered_it_then(health_doors: Doors) -> None:
    slot, kept = await full(health_doors)
    (person,) = await crowd(health_doors, 1)
    await waited(health_doors, [person], slot)
    await changed(health_doors, "update directory_bindings set ends_at = now() where person_id = :who", who=person.id)
    await given_back(health_doors, kept)
    await offer_all(health_doors.running)
    assert await offered(health_doors, [person]) == []
    assert person.home is not None
    back = BindingChanged(
        area=person.home, recipients=(person.id,), binding_id=uuid4(), person_id=person.id, kind="owner",
        starts_at=datetime.now(UTC) - timedelta(hours=1),
    )
    await bus.handle(health_doors.running.database, directory.consumers("health"), arrived(back, datetime.now(UTC)))
    await offer_all(health_doors.running)
    assert len(await health_doors.rows("select 1 from appointments where state = 'held'")) == 1
