"""A doctor's hours become slots: all of them, none twice, none on a day off; and what is closed is sold no more."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.days import today
from builders.doors import Doors, keyed
from builders.hours import hours, laid_down, offered
from builders.hut import ask, book, problem
from builders.world import ADMIN, DOCTOR, FAR_DOCTOR, FAR_OFFICER, HERE, OFFICER, RESIDENT, SECOND_RESIDENT, THERE
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from contracts.calendar import CHENGDU, is_holiday
from services.health.actions import schedules
from services.health.domain.schedule import AHEAD, Half, Schedule

FIRST = date(2026, 1, 1)


days = st.dates(FIRST, FIRST + timedelta(days=400))
clock = st.times(time(6), time(20)).map(lambda moment: moment.replace(second=0, microsecond=0))


@st.composite
def week(draw: st.DrawFn) -> Schedule:
    begins, ends = sorted(draw(st.tuples(clock, clock).filter(lambda pair: pair[0] != pair[1])))
    first = draw(days)
    return Schedule(
        uuid4(), HERE, uuid4(), draw(st.lists(st.integers(1, 7), min_size=1, unique=True)), begins, ends,
        draw(st.integers(5, 240)), draw(st.integers(1, 5)), first, draw(st.none() | st.dates(first, first + timedelta(days=400))),
        on_holidays=draw(st.booleans()),
    )


def minute_by_minute(schedule: Schedule, day: date, exceptions: dict[tuple[date, Half], bool]) -> Iterator[datetime]:
    """Another way to say it: every minute of the day is looked at, and a visit begins where the last one ended."""
    off = is_holiday(day) and not schedule.on_holidays
    open_by_week = day.isoweekday() in schedule.weekdays and not off
    inside = schedule.first_day <= day and (schedule.last_day is None or day <= schedule.last_day)
    busy_until = schedule.begins.hour * 60 + schedule.begins.minute
    end = schedule.ends.hour * 60 + schedule.ends.minute
    for minute in range(24 * 60):
        if minute == busy_until and minute + schedule.minutes <= end:
            half = Half.MORNING if minute < 720 else Half.AFTERNOON
            if inside and exceptions.get((day, half), open_by_week):
                yield datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=CHENGDU)
            busy_until += schedule.minutes


@settings(max_examples=300, deadline=None)
@given(week(), st.dictionaries(st.tuples(days, st.sampled_from(Half)), st.booleans(), max_size=8), days)
def test_slots_are_what_week_holidays_and_exceptions_say(
    schedule: Schedule, said: dict[tuple[date, Half], bool], first: date
) -> None:
    span = [first + timedelta(days=n) for n in range(21)]
    made = list(schedule.slots(span, said))
    assert [slot.starts_at for slot in made] == [at for day in span for at in minute_by_minute(schedule, day, said)]
    assert all(slot.ends_at - slot.starts_at == timedelta(minutes=schedule.minutes) for slot in made)
    assert len({slot.id for slot in made}) == len(made)
    assert [slot.id for slot in made] == sorted(slot.id for slot in made)
    assert [slot.id for slot in schedule.slots(span, said)] == [slot.id for slot in made]


@settings(max_examples=300, deadline=None)
@given(week(), week())
def test_two_hours_overlap_when_some_slot_of_one_could_meet_the_other(one: Schedule, other: Schedule) -> None:
    def there(schedule: Schedule, day: date) -> bool:
        last = schedule.last_day or date.max
        return schedule.first_day <= day <= last and day.isoweekday() in schedule.weekdays

    span = (FIRST + timedelta(days=n) for n in range(820))
    meet = any(there(one, day) and there(other, day) for day in span) and one.begins < other.ends and other.begins < one.ends
    assert one.overlaps(other) == other.overlaps(one) == meet


async def test_hours_are_laid_out_for_four_weeks_and_more_comes_day_by_day(health_doors: Doors) -> None:
    said = await laid_down(health_doors, opens_days=7, opens_at="07:00")
    tomorrow = await offered(health_doors, today(1))
    assert [row.starts_at.astimezone(CHENGDU).strftime("%H:%M") for row in tomorrow] == ["09:00", "09:20", "09:40"]
    opens = datetime.combine(today(-6), time(7), CHENGDU)
    assert {row.opens_at for row in tomorrow} == {opens}
    last = today() + AHEAD - timedelta(days=1)
    assert len(await offered(health_doors, last)) == 3
    assert await offered(health_doors, last + timedelta(days=1)) == []
    before = len(await health_doors.rows("select 1 from slots"))
    await asyncio.gather(*(schedules.lay_out_all(health_doors.running) for _ in range(4)))
    assert len(await health_doors.rows("select 1 from slots")) == before
    later = datetime.now(UTC) + timedelta(days=1)
    key = said["id"]

    async def next_day(work: Any) -> None:
        await schedules.lay_out(work, await work.session.get_one(Schedule, UUID(key)))

    await health_doors.running.database.do(next_day, now=later)
    assert len(await offered(health_doors, last + timedelta(days=1))) == 3


async def test_who_lays_down_hours_answers_for_the_area_and_the_doctor_serves_there(health_doors: Doors) -> None:
    for person, status in ((RESIDENT, 404), (DOCTOR, 403), (FAR_OFFICER, 404), (FAR_DOCTOR, 404)):
        assert (await ask(health_doors, person, "schedules", hours())).status_code == status, person
    for wrong in ({"doctor_id": str(uuid4())}, {"doctor_id": str(FAR_DOCTOR.id)}, {"area": THERE}):
        person = ADMIN if "area" in wrong else OFFICER
        assert problem(await ask(health_doors, person, "schedules", hours(**wrong))) == (422, "not-a-doctor-here")
    assert await health_doors.rows("select 1 from slots") == []


@pytest.mark.parametrize("wrong", [
    {"begins": "10:00", "ends": "09:00"}, {"minutes": 90}, {"last_day": str(today(-1))},
    {"weekdays": []}, {"weekdays": [0]}, {"weekdays": [8]}, {"capacity": 0}, {"minutes": 1}, {"opens_days": 3},
    {"opens_at": "07:00"}, {"begins": "09:00+08:00"}, {"first_day": "9999-12-31"}, {"capacity": 10**12}, {"area": "x y"},
])
async def test_hours_that_are_none_are_refused(wrong: dict[str, Any], health_doors: Doors) -> None:
    assert (await ask(health_doors, OFFICER, "schedules", hours(**wrong))).status_code == 422
    assert await health_doors.rows("select 1 from schedules") == []


async def test_a_doctor_is_in_one_place_at_a_time(health_doors: Doors) -> None:
    answers = await asyncio.gather(*(ask(health_doors, OFFICER, "schedules", hours(begins=f"09:{n}0")) for n in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 4
    assert {problem(answer)[1] for answer in answers if answer.status_code == 409} == {"doctor-elsewhere"}
    assert (await ask(health_doors, OFFICER, "schedules", hours(begins="10:00", ends="11:00"))).status_code in {201, 409}


async def test_a_day_that_is_closed_is_sold_no_more_and_who_has_booked_is_counted(health_doors: Doors) -> None:
    said = await laid_down(health_doors, capacity=2)
    day = today(2)
    first, *_ = await offered(health_doors, day)
    await book(health_doors, RESIDENT, str(first.id))
    close, again = {"day": str(day), "works": False}, {"day": str(day), "works": True}
    path = f"schedules/{said['id']}/days"
    for _ in range(2):
        assert (await ask(health_doors, OFFICER, path, close)).json() == {"booked": 1}
    assert problem(await book(health_doors, SECOND_RESIDENT, str(first.id))) == (409, "slot-closed")
    async with health_doors.client(RESIDENT) as resident:
        bounds = {"since": datetime.combine(day, time(), CHENGDU).isoformat(),
                  "before": datetime.combine(day + timedelta(days=1), time(), CHENGDU).isoformat()}
        assert (await resident.get("/api/v1/slots", params=bounds)).json()["total"] == 0
        assert (await resident.get("/api/v1/appointments")).json()["items"][0]["state"] == "booked"
    assert (await ask(health_doors, OFFICER, path, again)).status_code == 200
    assert (await book(health_doors, SECOND_RESIDENT, str(first.id))).status_code == 201


async def test_half_a_day_is_closed_and_opened_without_the_other_half(health_doors: Doors) -> None:
    said = await laid_down(health_doors, begins="11:20", ends="12:40")
    day, path = today(2), f"schedules/{said['id']}/days"
    before_noon, _, after_noon, last = [str(row.id) for row in await offered(health_doors, day)]
    await book(health_doors, RESIDENT, before_noon)

    async def closed(half: str | None, *, works: bool) -> tuple[dict[str, int], list[bool]]:
        answer = await ask(health_doors, OFFICER, path, {"day": str(day), "half": half, "works": works})
        await schedules.lay_out_all(health_doors.running)
        return answer.json(), [row.closed for row in await offered(health_doors, day)]

    for _ in range(2):
        assert await closed("afternoon", works=False) == ({"booked": 0}, [False, False, True, True])
    assert problem(await book(health_doors, SECOND_RESIDENT, after_noon)) == (409, "slot-closed")
    assert await closed("morning", works=False) == ({"booked": 1}, [True] * 4)
    assert await closed("afternoon", works=True) == ({"booked": 0}, [True, True, False, False])
    assert (await book(health_doors, SECOND_RESIDENT, last)).status_code == 201
    assert await closed(None, works=False) == ({"booked": 2}, [True] * 4)
    assert await closed(None, works=True) == ({"booked": 2}, [False] * 4)
    assert (await ask(health_doors, OFFICER, path, {"day": str(day), "half": "night", "works": True})).status_code == 422


@pytest.mark.parametrize(("half", "visits"), [("morning", ["11:20", "11:40"]), ("afternoon", ["12:00", "12:20"])])
async def test_half_a_day_is_made_up_for_on_a_day_the_week_does_not_know(
    health_doors: Doors, half: str, visits: list[str]
) -> None:
    day = today(3)
    said = await laid_down(health_doors, weekdays=[(day + timedelta(days=1)).isoweekday()], begins="11:20", ends="12:40")
    opening = {"day": str(day), "half": half, "works": True}
    answers = await asyncio.gather(*(ask(health_doors, OFFICER, f"schedules/{said['id']}/days", opening) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert [row.starts_at.astimezone(CHENGDU).strftime("%H:%M") for row in await offered(health_doors, day)] == visits


async def test_a_day_the_week_does_not_know_may_be_opened(health_doors: Doors) -> None:
    day = today(3)
    said = await laid_down(health_doors, weekdays=[(day + timedelta(days=1)).isoweekday()])
    assert await offered(health_doors, day) == []
    assert (await ask(health_doors, OFFICER, f"schedules/{said['id']}/days", {"day": str(day), "works": True})).status_code == 200
    assert len(await offered(health_doors, day)) == 3


async def test_the_days_that_are_not_as_the_week_says_are_listed_in_their_order(health_doors: Doors) -> None:
    said = await laid_down(health_doors)
    path, days = f"schedules/{said['id']}/days", [str(today(n)) for n in (9, 2, 5)]
    for body in (
        {"day": days[0], "works": False}, {"day": days[1], "half": "morning", "works": False}, {"day": days[2], "works": False},
        {"day": days[2], "half": "afternoon", "works": True},
    ):
        assert (await ask(health_doors, OFFICER, path, body)).status_code == 200
    there = [
        {"day": days[1], "morning": False, "afternoon": None}, {"day": days[2], "morning": False, "afternoon": True},
        {"day": days[0], "morning": False, "afternoon": False},
    ]
    async with health_doors.client(RESIDENT) as resident, health_doors.client(FAR_DOCTOR) as stranger:
        whole = (await resident.get(f"/api/v1/{path}")).json()
        assert (whole["items"], whole["total"], whole["next"]) == (there, 3, None)
        seen, cursor = [], {}
        while cursor != {"cursor": None}:
            page = (await resident.get(f"/api/v1/{path}", params={"limit": 1, **cursor})).json()
            seen, cursor = [*seen, *page["items"]], {"cursor": page["next"]}
        assert seen == there
        assert (await stranger.get(f"/api/v1/{path}")).status_code == 404
    other = await laid_down(health_doors, begins="11:00", ends="12:00")
    async with health_doors.client(OFFICER) as officer:
        assert (await officer.get(f"/api/v1/schedules/{other['id']}/days")).json()["total"] == 0


async def test_hours_end_with_a_day(health_doors: Doors) -> None:
    said = await laid_down(health_doors)
    last = today(5)
    taken, *_ = await offered(health_doors, last + timedelta(days=1))
    await book(health_doors, RESIDENT, str(taken.id))
    assert (await ask(health_doors, OFFICER, f"schedules/{said['id']}/ending", {"last_day": str(last)})).json() == {"booked": 1}
    assert {row.closed for row in await offered(health_doors, last)} == {False}
    assert {row.closed for row in await offered(health_doors, last + timedelta(days=1))} == {True}
    assert len(await offered(health_doors, last + timedelta(days=1))) == 1
    before = len(await health_doors.rows("select 1 from slots"))
    await schedules.lay_out_all(health_doors.running)
    assert len(await health_doors.rows("select 1 from slots")) == before


async def test_hours_that_ended_leave_their_times_to_new_ones(health_doors: Doors) -> None:
    said = await laid_down(health_doors)
    last = today(5)
    await ask(health_doors, OFFICER, f"schedules/{said['id']}/ending", {"last_day": str(last)})
    await laid_down(health_doors, first_day=str(last + timedelta(days=1)), capacity=3)
    made = await offered(health_doors, last + timedelta(days=1))
    assert [row.closed for row in made] == [False] * 3


async def test_a_doctor_who_serves_here_no_more_offers_nothing_new(health_doors: Doors) -> None:
    await laid_down(health_doors)
    before = len(await health_doors.rows("select 1 from slots"))
    async with health_doors.whole.begin() as connection:
        await connection.execute(text("delete from slots where starts_at > now() + interval '7 days'"))
        gone = text("update directory_assignments set ends_at = now() where person_id = :doctor")
        await connection.execute(gone, {"doctor": DOCTOR.id})
    await schedules.lay_out_all(health_doors.running)
    assert len(await health_doors.rows("select 1 from slots")) < before


async def test_hours_are_seen_by_neighbours_and_changed_by_those_who_answer_for_them(health_doors: Doors) -> None:
    said = await laid_down(health_doors)
    async with health_doors.client(RESIDENT) as resident, health_doors.client(FAR_DOCTOR) as stranger:
        assert (await resident.get("/api/v1/schedules")).json()["total"] == 1
        assert (await resident.get(f"/api/v1/schedules/{said['id']}")).json() == said
        assert (await stranger.get("/api/v1/schedules")).json()["total"] == 0
        assert (await stranger.get(f"/api/v1/schedules/{said['id']}")).status_code == 404
        ending = await resident.post(f"/api/v1/schedules/{said['id']}/ending", json={"last_day": str(today())}, headers=keyed())
        assert ending.status_code == 404
