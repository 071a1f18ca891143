"""Until when a seat is given back for nothing: laid down version after version, said before somebody books, kept to."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.doors import Doors
from builders.house import entered, lie
from builders.hut import ask, book, crowd, offer, problem
from builders.world import (
    ADMIN,
    DOCTOR,
    FAR_OFFICER,
    FAR_RESIDENT,
    GUARD,
    HERE,
    OFFICER,
    RESIDENT,
    SECOND_RESIDENT,
    THERE,
    Person,
)
from hypothesis import given
from hypothesis import strategies as st

from contracts.calendar import CHENGDU
from services.health.domain.policy import Policy, default, promised

NOON = datetime(2026, 3, 3, 4, tzinfo=UTC)  # of Chengdu


async def lay_down(doors: Doors, person: Person = OFFICER, **more: Any) -> httpx.Response:
    return await ask(doors, person, "booking-policies", {"area": HERE, "minutes_before": 60, **more})


async def laid_down(doors: Doors, person: Person = OFFICER, **more: Any) -> dict[str, Any]:
    answer = await lay_down(doors, person, **more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def listed(doors: Doors, person: Person = OFFICER, **which: str) -> list[dict[str, Any]]:
    async with doors.client(person) as client:
        return list((await client.get("/api/v1/booking-policies", params=which)).json()["items"])


async def shown(doors: Doors, slot: str) -> timedelta:
    """How long before it begins a slot is given back for nothing, as it is listed."""
    async with doors.client(SECOND_RESIDENT) as client:
        items = (await client.get("/api/v1/slots", params={"limit": 100})).json()["items"]
    return before(next(one for one in items if one["id"] == slot))


def before(one: Any) -> timedelta:
    return datetime.fromisoformat(one["starts_at"]) - datetime.fromisoformat(one["cancel_until"])


def policy(**more: Any) -> Policy:
    return Policy(uuid4(), HERE, 1, NOON, uuid4(), NOON, **more)


def test_without_a_word_it_is_five_in_the_afternoon_of_the_day_before() -> None:
    for visit in (NOON, NOON.replace(hour=0), datetime(2026, 3, 2, 16, 5, tzinfo=UTC)):
        assert default().deadline(visit) == datetime(2026, 3, 2, 17, tzinfo=CHENGDU)


@given(st.integers(0, 7), st.times(), st.integers(0, 1_000_000).map(lambda minutes: NOON + timedelta(minutes=minutes)))
def test_no_deadline_is_after_the_visit_begins_and_each_is_at_its_time_in_chengdu(days: int, at: time, visit: datetime) -> None:
    end = policy(days_before=days, at=at).deadline(visit)
    day = visit.astimezone(CHENGDU).date() - timedelta(days=days)
    assert end == min(datetime.combine(day, at, CHENGDU), visit)


@given(st.integers(-600, 6000), st.integers(1, 6000))
def test_half_an_hour_after_booking_one_may_think_again_but_not_once_it_has_begun(deadline: int, ahead: int) -> None:
    visit, end = NOON + timedelta(minutes=ahead), NOON + timedelta(minutes=min(deadline, ahead))
    assert promised(end, visit, at=NOON) == max(end, min(NOON + timedelta(minutes=30), visit))


async def test_what_is_said_before_booking_is_what_the_appointment_says(health_doors: Doors) -> None:
    slot = await offer(health_doors, timedelta(days=3))
    async with health_doors.client(RESIDENT) as client:
        (item,) = (await client.get("/api/v1/slots")).json()["items"]
    day = datetime.fromisoformat(item["starts_at"]).astimezone(CHENGDU).date() - timedelta(days=1)
    assert datetime.fromisoformat(item["cancel_until"]) == datetime.combine(day, time(17), CHENGDU)
    held = (await ask(health_doors, RESIDENT, "holds", {"slot_id": slot})).json()
    made = (await ask(health_doors, RESIDENT, "appointments", {"hold_id": held["id"]})).json()
    async with health_doors.client(RESIDENT) as client:
        kept = (await client.get(f"/api/v1/appointments/{made['id']}")).json()
    assert {one["cancel_until"] for one in (item, held, made, kept)} == {item["cancel_until"]}


async def test_who_has_booked_keeps_what_they_were_told_and_who_books_now_is_told_the_new_one(health_doors: Doors) -> None:
    slot, later = await offer(health_doors, timedelta(days=3), capacity=2), await offer(health_doors, timedelta(days=4))
    assert (await laid_down(health_doors))["version"] == 1
    first = (await book(health_doors, RESIDENT, slot)).json()
    assert (await laid_down(health_doors, minutes_before=120))["version"] == 2
    second = (await book(health_doors, SECOND_RESIDENT, slot)).json()
    assert (before(first), before(second)) == (timedelta(hours=1), timedelta(hours=2))
    moved = (await ask(health_doors, RESIDENT, f"appointments/{first['id']}/rescheduling", {"slot_id": later})).json()
    assert before(moved) == timedelta(hours=2)
    async with health_doors.client(SECOND_RESIDENT) as client:
        assert before((await client.get(f"/api/v1/appointments/{second['id']}")).json()) == timedelta(hours=2)


async def test_who_books_a_visit_that_is_near_may_think_again_for_half_an_hour(health_doors: Doors) -> None:
    await laid_down(health_doors, minutes_before=10080)
    made = (await book(health_doors, RESIDENT, await offer(health_doors))).json()
    left = datetime.fromisoformat(made["cancel_until"]) - datetime.now(UTC)
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)


async def test_a_hospitals_word_goes_before_its_areas_and_the_nearest_areas_before_that_of_all(health_doors: Doors) -> None:
    hospital = await entered(health_doors, "hospitals")
    kind = await entered(health_doors, "departments", hospital_id=hospital)
    slot, theirs = await offer(health_doors, timedelta(days=3)), await offer(health_doors, timedelta(days=3), doctor=uuid4())
    await lie(health_doors, theirs, department_id=kind)
    await laid_down(health_doors, ADMIN, area=HERE.rpartition(".")[0], minutes_before=10)
    await laid_down(health_doors, FAR_OFFICER, area=THERE, minutes_before=15)
    assert (await shown(health_doors, slot), await shown(health_doors, theirs)) == (timedelta(minutes=10),) * 2
    await laid_down(health_doors, minutes_before=20)
    await laid_down(health_doors, hospital_id=hospital, minutes_before=30)
    assert (await shown(health_doors, slot), await shown(health_doors, theirs)) == (timedelta(minutes=20), timedelta(minutes=30))
    assert [one["hospital_id"] for one in await listed(health_doors, hospital_id=hospital)] == [hospital]


async def test_what_holds_later_holds_later(health_doors: Doors) -> None:
    slot = await offer(health_doors, timedelta(days=3))
    await laid_down(health_doors, minutes_before=20)
    await laid_down(health_doors, minutes_before=90, from_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    assert await shown(health_doors, slot) == timedelta(minutes=20)


async def test_twelve_at_once_lay_down_twelve_versions(health_doors: Doors) -> None:
    answers = await asyncio.gather(*(lay_down(health_doors, minutes_before=n) for n in range(12)))
    assert sorted(one.json()["version"] for one in answers) == list(range(1, 13))


@pytest.mark.parametrize("said", [
    {"minutes_before": None}, {"days_before": 1, "at": "17:00"}, {"minutes_before": None, "days_before": 1},
    {"minutes_before": None, "at": "17:00"}, {"minutes_before": None, "days_before": 1, "at": "17:00+08:00"},
    {"from_at": "2020-01-01T00:00:00Z"},
])
async def test_a_policy_says_it_in_one_way_and_from_now_on(health_doors: Doors, said: dict[str, Any]) -> None:
    assert problem(await lay_down(health_doors, **said)) == (422, "policy-unfit")
    assert await listed(health_doors) == []


async def test_officers_lay_it_down_and_those_who_book_read_it(health_doors: Doors) -> None:
    hospital = await entered(health_doors, "hospitals")
    for person, status in ((RESIDENT, 404), (DOCTOR, 403), (GUARD, 404), (FAR_OFFICER, 404)):
        assert (await lay_down(health_doors, person)).status_code == status
    assert (await lay_down(health_doors, FAR_OFFICER, area=THERE, hospital_id=hospital)).status_code == 404
    assert (await lay_down(health_doors, ADMIN, area="510104.clx", hospital_id=hospital)).status_code == 404
    assert problem(await lay_down(health_doors, area=f"{HERE}.nowhere")) == (422, "not-in-the-directory")
    await laid_down(health_doors)
    for person, many in ((RESIDENT, 1), (DOCTOR, 1), (OFFICER, 1), (FAR_RESIDENT, 0), (FAR_OFFICER, 0)):
        assert len(await listed(health_doors, person)) == many


async def test_no_policy_refuses_what_was_not_refused(health_doors: Doors) -> None:
    await laid_down(health_doors, minutes_before=10080, late_points=10, limit_points=100)
    (person,) = await crowd(health_doors, 1)
    key = (await book(health_doors, person, await offer(health_doors))).json()["id"]
    assert (await ask(health_doors, person, f"appointments/{key}/cancellation")).status_code == 200
