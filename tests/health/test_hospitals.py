"""Hospitals, departments and rooms: entered by staff, named by hours, chosen by; and how many departments a person sees a day."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from builders.days import at, today
from builders.doors import Doors
from builders.house import departments, enter, entered, lie
from builders.hut import ask, book, offer, problem
from builders.teams import offered_by, team, that_day
from builders.world import ADMIN, DOCTOR, FAR_OFFICER, FAR_RESIDENT, HERE, LONG_AGO, OFFICER, RESIDENT, THERE, UNIT

from chassis import bus, directory
from chassis.testing import arrived
from contracts.identity import UnitChanged

KINDS = ("hospitals", "departments", "rooms")


def hours(**more: Any) -> dict[str, Any]:
    """One hour on one day."""
    return {
        "area": HERE, "doctor_id": str(DOCTOR.id), "weekdays": [today(1).isoweekday()], "begins": "09:00", "ends": "10:00",
        "minutes": 20, "first_day": str(today(1)), "last_day": str(today(1)), "on_holidays": True, **more,
    }


async def listed(doors: Doors, path: str, **asked: str) -> list[Any]:
    async with doors.client(RESIDENT) as resident:
        return list((await resident.get(f"/api/v1/{path}", params=asked)).json()["items"])


async def test_what_there_is_is_entered_by_those_who_answer_for_the_area_and_seen_by_neighbours(health_doors: Doors) -> None:
    key = await entered(health_doors, "hospitals", adapter="fhir", pool="shared", share=40)
    for kind in KINDS:
        where = {"hospital_id": key} if kind == "departments" else {}
        for person, status in ((RESIDENT, 404), (DOCTOR, 403), (FAR_OFFICER, 404), (FAR_RESIDENT, 404)):
            assert (await enter(health_doors, kind, person, **where)).status_code == status, (kind, person)
        made = await enter(health_doors, kind, ADMIN, name="另一处", **where)
        assert made.status_code == 201
        assert made.json() in await listed(health_doors, kind)
        async with health_doors.client(FAR_RESIDENT) as stranger:
            assert (await stranger.get(f"/api/v1/{kind}")).json()["total"] == 0
    (kept,) = [one for one in await listed(health_doors, "hospitals") if one["id"] == key]
    assert (kept["adapter"], kept["pool"], kept["share"]) == ("fhir", "shared", 40)
    other = await entered(health_doors, "hospitals", name="别家")
    assert await listed(health_doors, "departments", hospital_id=other) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_of_those_who_enter_a_name_at_once_one_does(health_doors: Doors, kind: str) -> None:
    where = {"hospital_id": await entered(health_doors, "hospitals")} if kind == "departments" else {}
    answers = await asyncio.gather(*(enter(health_doors, kind, name="同名", **where) for _ in range(8)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 7}
    assert {problem(answer)[1] for answer in answers if answer.status_code == 409} == {"entered-already"}


@pytest.mark.parametrize(("wrong", "told"), [
    ({"pool": "theirs"}, "hospital-unfit"), ({"pool": "shared", "share": 40}, "hospital-unfit"),
    ({"adapter": "csv", "pool": "shared"}, "hospital-unfit"), ({"share": 40}, "hospital-unfit"),
    ({"area": f"{HERE}.nowhere"}, "not-in-the-directory"), ({"unit_id": str(uuid4())}, "not-in-the-directory"),
    ({"adapter": "fax"}, "invalid-request"), ({"adapter": "csv", "pool": "shared", "share": 100}, "invalid-request"),
    ({"name": ""}, "invalid-request"), ({"name": "字" * 65}, "invalid-request"),
])
async def test_a_hospital_that_is_none_is_refused(health_doors: Doors, wrong: dict[str, Any], told: str) -> None:
    assert problem(await enter(health_doors, "hospitals", **wrong)) == (422, told)
    assert await health_doors.rows("select 1 from hospitals") == []


async def test_a_hospital_may_be_a_unit_that_the_directory_knows_for_one(health_doors: Doors) -> None:
    said = [UnitChanged(area=HERE, unit_id=uuid4(), kind=kind, name="某院", serves=(HERE,)) for kind in ("hospital", "property")]
    for one in said:
        await bus.handle(health_doors.running.database, directory.consumers("health"), arrived(one, LONG_AGO))
    answers = [await enter(health_doors, "hospitals", unit_id=str(one.unit_id)) for one in said]
    assert (answers[0].status_code, answers[0].json()["unit_id"]) == (201, str(said[0].unit_id))
    assert problem(answers[1]) == (422, "not-in-the-directory")


async def test_the_database_itself_refuses_a_pool_that_is_reached_in_no_way(health_doors: Doors) -> None:
    into = "insert into hospitals (id, area, name, adapter, pool, share) values (gen_random_uuid(), 'a', 'b', {}) returning id"
    for values, constraint in (
        ("'none', 'theirs', null", "reachable"), ("'csv', 'shared', null", "shared"), ("'csv', 'shared', 100", "shared"),
        ("'csv', 'theirs', 40", "shared"), ("'fax', 'ours', null", "adapter"), ("'csv', 'nobodys', null", "pool"),
    ):
        with pytest.raises(Exception, match=f"ck_hospitals_{constraint}"):
            await health_doors.rows(into.format(values))


async def test_hours_name_a_room_and_a_department_that_are_there(health_doors: Doors) -> None:
    (ours,), far_room = await departments(health_doors, 1), await entered(health_doors, "rooms", person=FAR_OFFICER, area=THERE)
    (shared,) = await departments(health_doors, 1, name="远方", adapter="fhir", pool="shared", share=1)
    narrow = await entered(health_doors, "hospitals", name="小", area=UNIT)
    narrow_one = await entered(health_doors, "departments", hospital_id=narrow)
    for wrong, status, told in (
        ({"room_id": str(uuid4())}, 422, "room-not-here"), ({"room_id": far_room}, 422, "room-not-here"),
        ({"department_id": str(uuid4())}, 422, "department-not-here"),
        ({"department_id": narrow_one}, 422, "department-not-here"),
        ({"department_id": shared}, 409, "pool-not-ours"),
    ):
        assert problem(await ask(health_doors, OFFICER, "schedules", hours(**wrong))) == (status, told)
    assert await health_doors.rows("select 1 from schedules") == []
    booth = await entered(health_doors, "rooms", area=UNIT)
    said = await ask(health_doors, OFFICER, "schedules", hours(department_id=ours, room_id=booth))
    assert (said.status_code, said.json()["department_id"], said.json()["room_id"]) == (201, ours, booth)


async def test_times_are_chosen_by_hospital_department_and_room(health_doors: Doors) -> None:
    here, beside = await departments(health_doors, 2)
    hospital = (await listed(health_doors, "hospitals"))[0]["id"]
    (elsewhere,) = await departments(health_doors, 1, name="另一家")
    booth = await entered(health_doors, "rooms")
    await ask(health_doors, OFFICER, "schedules", hours(department_id=here, room_id=booth))
    other, far = await offer(health_doors, timedelta(days=1)), await offer(health_doors, timedelta(days=2), doctor=uuid4())
    await lie(health_doors, far, department_id=elsewhere)
    for asked, count in (
        ({"hospital_id": hospital}, 3), ({"department_id": here}, 3), ({"room_id": booth}, 3), ({"department_id": beside}, 0),
        ({"department_id": elsewhere}, 1), ({"department_id": here, "room_id": str(uuid4())}, 0), ({}, 5),
    ):
        found = await listed(health_doors, "slots", **asked)
        assert len(found) == count, asked
        assert other not in {one["id"] for one in found} or not asked
    (one, *_) = await listed(health_doors, "slots", room_id=booth)
    made = (await book(health_doors, RESIDENT, one["id"])).json()
    assert (made["department_id"], made["room_id"]) == (one["department_id"], one["room_id"]) == (here, booth)


async def test_a_person_sees_three_departments_a_day_and_each_once(health_doors: Doors) -> None:
    kinds = await departments(health_doors, 4)
    slots = [await offer(health_doors, at(8 + n), doctor=uuid4()) for n in range(4)]
    for slot, kind in zip(slots, kinds, strict=True):
        await lie(health_doors, slot, department_id=kind)
    answers = await asyncio.gather(*(book(health_doors, RESIDENT, slot) for slot in slots))
    assert Counter(problem(answer) for answer in answers if answer.status_code != 201) == {(409, "three-departments-a-day"): 1}
    plain = await offer(health_doors, at(14), doctor=uuid4())
    assert (await book(health_doors, RESIDENT, plain)).status_code == 201  # of no department
    (refused,) = [n for n, answer in enumerate(answers) if answer.status_code != 201]
    again, another_day = await offer(health_doors, at(15), doctor=uuid4()), await offer(health_doors, at(15, 4), doctor=uuid4())
    await lie(health_doors, again, department_id=kinds[refused - 1])
    await lie(health_doors, another_day, department_id=kinds[refused])
    assert problem(await book(health_doors, RESIDENT, again)) == (409, "one-per-department-and-day")
    assert (await book(health_doors, RESIDENT, another_day)).status_code == 201
    kept = answers[refused - 1].json()["id"]
    moved = await ask(health_doors, RESIDENT, f"appointments/{kept}/rescheduling", {"slot_id": again})
    assert moved.status_code == 201  # one leaves what one had of it


async def test_a_department_is_one_persons_once_a_day_however_often_they_press(health_doors: Doors) -> None:
    (kind,) = await departments(health_doors, 1)
    slots = [await offer(health_doors, at(8 + n), doctor=uuid4()) for n in range(6)]
    for slot in slots:
        await lie(health_doors, slot, department_id=kind)
    answers = await asyncio.gather(*(book(health_doors, RESIDENT, slots[n % 6]) for n in range(18)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 17}
    again = """insert into appointments
        (id, slot_id, area, doctor_id, person_id, day, starts_at, ends_at, seat, state, booked_at, department_id)
        select gen_random_uuid(), slot_id, area, gen_random_uuid(), person_id, day, ends_at, ends_at + '1 minute', 2, state,
        booked_at, department_id from appointments where state = 'booked' returning id"""
    with pytest.raises(Exception, match="uq_appointments_department_day"):
        await health_doors.rows(again)


async def test_any_doctor_of_a_team_is_one_in_a_department_that_is_left_to_the_person(health_doors: Doors) -> None:
    kinds = await departments(health_doors, 4)
    unit, doctors = await team(health_doors, 2)
    one, other = await offered_by(health_doors, doctors, visits=1)
    await lie(health_doors, one, department_id=kinds[0])
    await lie(health_doors, other, department_id=kinds[0])
    assert (await ask(health_doors, RESIDENT, "appointments", that_day(unit))).status_code == 201
    assert problem(await ask(health_doors, RESIDENT, "holds", that_day(unit))) == (409, "team-taken")
    for n, kind in enumerate(kinds[1:3]):
        slot = await offer(health_doors, at(14 + n, 2), doctor=uuid4())
        await lie(health_doors, slot, department_id=kind)
        assert (await book(health_doors, RESIDENT, slot)).status_code == 201
    unit, doctors = await team(health_doors, 1)
    (fourth,) = [await offer(health_doors, at(17, 2), doctor=doctors[0])]
    await lie(health_doors, fourth, department_id=kinds[3])
    assert problem(await ask(health_doors, RESIDENT, "holds", that_day(unit))) == (409, "team-taken")
