"""改类: staff say what a report is about; its time follows, the past is known as it was, and of many one is first."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.day import filed, ids, told
from builders.doors import Doors
from builders.life import BODIES, brought_to, file, named, step
from builders.world import GRID, HERE, OFFICER, RESIDENT
from hypothesis import given, settings
from hypothesis import strategies as some

from chassis import bus
from chassis.testing import arrived
from contracts.reports import ReportReclassified
from services.reports import consumers
from services.reports.actions import waiting
from services.reports.domain.calendar import OFFICE_HOURS, Calendar
from services.reports.domain.clock import EFFECTS, REMINDED_AT, STANDS_STILL, Clock, Kind, Policy, State, due
from services.reports.domain.machine import STEPS, Status
from services.reports.domain.terms import DEFAULT

REASON = BODIES["classification"]["reason"]
DUTY = Calendar(OFFICE_HOURS)


async def move(doors: Doors, key: str, to: str, of: str = "lighting", person: Any = GRID) -> Any:
    return await step(doors, person, key, "classification", {"category": to, "instead_of": of, "reason": REASON})


async def clocks(doors: Doors, kind: str) -> list[Any]:
    return list(await doors.rows("select * from clocks where kind = :kind order by id", kind=kind))


async def shown(doors: Doors, key: str) -> Any:
    async with doors.client(RESIDENT) as resident:
        return (await resident.get(f"/api/v1/reports/{key}")).json()


@pytest.mark.parametrize("status", ["submitted", "accepted", "assigned", "processing"])
async def test_it_stays_where_it_stands_and_is_about_something_else(reports_doors: Doors, status: str) -> None:
    key = await brought_to(reports_doors, status)
    answer = await move(reports_doors, key, "water")
    assert (answer.status_code, answer.json()["category"], answer.json()["status"]) == (200, "water", status)
    async with reports_doors.client(RESIDENT) as resident, reports_doors.client(GRID) as grid:
        last = (await resident.get(f"/api/v1/reports/{key}/history")).json()[-1]
        assert (await grid.get(f"/api/v1/reports/{key}/chain")).json()["sound"]
    wanted = ("action", "from_status", "to_status", "actor_id", "role", "note", "reason_code")
    assert [last[name] for name in wanted] == [
        "reclassify", status, status, str(GRID.id), "grid_worker", REASON, "lighting>water",
    ]


async def test_what_is_told_of_it_is_what_it_was_and_is_and_not_why(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    await move(reports_doors, key, "water", person=OFFICER)
    [row] = await reports_doors.rows("select body, headers from outbox where topic = 'reports.report_reclassified.v1'")
    said = json.loads(row.body)
    assert [said[name] for name in ("category", "former_category", "changed_by", "assignee_id", "level")] == [
        "water", "lighting", str(OFFICER.id), str(GRID.id), 1,
    ]
    assert REASON not in row.body.decode() + str(row.headers)
    assert all(str(one.id) in str(row.headers) for one in (RESIDENT, GRID))


async def test_only_another_category_than_was_read_is_taken_and_only_a_known_one(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    for to, of, status, problem in (
        ("lighting", "lighting", 409, "same-category"), ("water", "road", 409, "category-moved"),
        ("space", "lighting", 422, "invalid-request"),
    ):
        answer = await move(reports_doors, key, to, of)
        assert (answer.status_code, named(answer)) == (status, problem)
    assert (await move(reports_doors, key, "water", "road")).json()["current"] == "lighting"
    for body in ({"category": "water", "instead_of": "lighting"}, {"category": "water", "reason": REASON}):
        assert (await step(reports_doors, GRID, key, "classification", body)).status_code == 422
    assert (await shown(reports_doors, key))["category"] == "lighting"
    assert await reports_doors.said() == ["reports.report_submitted.v1"]


async def test_of_twelve_who_say_so_at_once_one_is_first(reports_doors: Doors) -> None:
    others = ("water", "electricity", "sanitation", "road", "greening", "safety")
    key = await file(reports_doors)
    answers = await asyncio.gather(*(move(reports_doors, key, to) for to in (*others, *others)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    [first] = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await shown(reports_doors, key))["category"] == first["category"]
    assert {named(answer) for answer in answers if answer.status_code == 409} <= {"category-moved", "same-category"}
    assert (await reports_doors.said()).count("reports.report_reclassified.v1") == 1


async def test_the_time_to_resolve_is_that_of_the_category_from_its_own_start_and_the_others_run_on(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    others = [await clocks(reports_doors, kind) for kind in ("respond", "contact")]
    await move(reports_doors, key, "water")
    former, now = await clocks(reports_doors, "resolve")
    assert (former.state, now.state, now.started_at) == ("stopped", "running", former.started_at)
    assert now.due_at == due(former.started_at, DEFAULT.resolve["water"], DEFAULT.calendar)
    assert [await clocks(reports_doors, kind) for kind in ("respond", "contact")] == others
    [row] = await reports_doors.rows("select due_at, kind from dues")
    assert row.due_at <= now.due_at
    await move(reports_doors, key, "road", "water")
    await move(reports_doors, key, "noise", "road")  # the same time is allowed: the clock stays as it is
    *_, again = await clocks(reports_doors, "resolve")
    assert (len(await clocks(reports_doors, "resolve")), again.due_at) == (3, former.due_at)


async def test_who_is_late_by_the_new_time_is_reminded_and_has_a_fifth_of_it(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    await told(reports_doors, "update clocks set started_at = started_at - interval '5 days' where kind = 'resolve'")
    await move(reports_doors, key, "water")
    now = (await clocks(reports_doors, "resolve"))[-1]
    moved_at = (await reports_doors.rows("select updated_at from reports"))[0].updated_at
    assert now.due_at == moved_at + DEFAULT.resolve["water"].allowed / 5
    assert await reports_doors.running.database.do(waiting.ring_some)
    assert (await reports_doors.said())[-1] == "reports.clock_warned.v1"
    assert not await reports_doors.running.database.do(waiting.ring_some, now=now.due_at - timedelta(seconds=1))
    assert (await shown(reports_doors, key))["level"] == 1
    assert await reports_doors.running.database.do(waiting.ring_some, now=now.due_at)
    assert (await reports_doors.said())[-2:] == ["reports.clock_missed.v1", "reports.report_escalated.v1"]


async def test_a_time_that_is_over_is_not_saved_by_another_category(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    await told(reports_doors, "update clocks set due_at = now(), next_at = now() where kind = 'resolve'")
    await move(reports_doors, key, "greening")
    await move(reports_doors, key, "safety", "greening")
    assert await reports_doors.running.database.do(waiting.ring_some)
    assert "reports.clock_missed.v1" in await reports_doors.said()


async def test_what_waits_goes_on_waiting_until_when_it_did(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    assert (await step(reports_doors, OFFICER, key, "hold")).status_code == 200
    [before] = await reports_doors.rows("select waits_until from reports")
    assert (await move(reports_doors, key, "water")).json()["status"] == "on_hold"
    [after] = await reports_doors.rows("select waits_until from reports")
    assert (after.waits_until, (await clocks(reports_doors, "resolve"))[-1].state) == (before.waits_until, "paused")
    assert (await step(reports_doors, GRID, key, "resumption")).json()["status"] == "processing"
    former, now = await clocks(reports_doors, "resolve")
    stood = now.paused_total
    assert now.state == "running"
    assert now.due_at == former.started_at + DEFAULT.resolve["water"].allowed + stood


async def test_what_stood_still_before_is_not_counted(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    for person, what in ((GRID, "question"), (RESIDENT, "supplement")):
        assert (await step(reports_doors, person, key, what)).status_code == 200
    await told(reports_doors, "update transitions set at = at - interval '3 hours' where action <> 'supplement'")
    await told(reports_doors, "update clocks set started_at = started_at - interval '3 hours'")
    await move(reports_doors, key, "water")
    asked, answered = await reports_doors.rows("select at from transitions where action in ('ask', 'supplement') order by seq")
    now = (await clocks(reports_doors, "resolve"))[-1]
    assert now.paused_total == answered.at - asked.at > timedelta(hours=2)
    assert now.due_at == now.started_at + DEFAULT.resolve["water"].allowed + now.paused_total


def test_time_stands_still_where_the_acts_say_so() -> None:
    still = {str(STEPS[name].leads) for name, effect in EFFECTS.items() if effect.pauses}
    assert still == STANDS_STILL <= {str(one) for one in Status}


def begun(policy: Policy, start: datetime) -> Clock:
    made = Clock(uuid4(), uuid4(), Kind.RESOLVE, policy.minutes, policy.by_night, 0, start, start)
    made.start(DUTY)
    return made


POLICIES = some.builds(Policy, some.integers(60, 5_000), some.booleans())


@settings(deadline=None, max_examples=40)
@given(former=POLICIES, other=POLICIES, hours=some.lists(some.integers(1, 40), min_size=1, max_size=7))
def test_it_is_due_as_if_it_had_been_of_that_category_from_the_beginning(
    former: Policy, other: Policy, hours: Sequence[int]
) -> None:
    start = datetime(2026, 3, 2, 1, tzinfo=UTC)
    one, wanted, at, spans = begun(former, start), begun(other, start), start, list[tuple[datetime, datetime]]()
    for place, many in enumerate(hours):  # it runs and stands still by turns
        since, at = at, at + timedelta(hours=many)
        if place % 2 == 0:
            for clock in (one, wanted):
                clock.pause(at, DUTY)
        else:
            spans.append((since, at))
            for clock in (one, wanted):
                clock.resume(at, DUTY)
    made = one.replaced(uuid4(), other, DUTY, spans, at)
    assert (one.state, made.state, made.paused_total) == (State.STOPPED, wanted.state, wanted.paused_total)
    for clock in (made, wanted):  # what stands still goes on a day later
        clock.resume(at + timedelta(days=1), DUTY)
    then = at + timedelta(days=1) if len(hours) % 2 else at
    fifth = other.allowed * (1 - REMINDED_AT[-1])
    left = (Calendar(()) if other.by_night else DUTY).between(then, wanted.due_at)
    assert made.due_at == (wanted.due_at if left >= fifth else (Calendar(()) if other.by_night else DUTY).after(then, fifth))


async def test_lists_and_suggested_doubles_go_by_what_it_is_about_now(reports_doors: Doors) -> None:
    place = {"area": f"{HERE}.g03", "lat": 30.6601, "lng": 104.0801, "crs": "wgs84"}
    await filed(reports_doors, "水管漏水", category="water", **place)
    key = await filed(reports_doors, "水管漏水", category="noise", **place)
    await move(reports_doors, key, "water", "noise")
    assert key in await ids(reports_doors, category="water")
    assert key not in await ids(reports_doors, category="noise")
    [row] = await reports_doors.rows("select body from outbox where topic = 'reports.report_reclassified.v1'")
    event = ReportReclassified(**json.loads(row.body), area=f"{HERE}.g03", recipients=(RESIDENT.id,))
    assert await reports_doors.rows("select 1 from doubles") == []
    await bus.handle(reports_doors.running.database, consumers.doubles, arrived(event, datetime.now(UTC)))
    [double] = await reports_doors.rows("select report_id from doubles")
    assert double.report_id == UUID(key)
