"""The life of a report: the table of steps is what the answers do, whoever asks, in whatever order, at the same moment."""

import asyncio
import random
from datetime import timedelta
from uuid import uuid4

import pytest
from builders.doors import Doors
from builders.life import ACTING, BODIES, PLUMBERS, brought_to, file, named, photo, step, unit
from builders.world import FAR_GRID, FAR_OFFICER, GRID, GUARD, OFFICER, OTHER_GRID, RESIDENT, SECOND_RESIDENT, UNIT, Person
from sqlalchemy import text

from services.reports import jobs
from services.reports.domain.category import CATEGORIES
from services.reports.domain.chain import Transition
from services.reports.domain.machine import STEPS, Status, allowed
from services.reports.store import queries


@pytest.mark.parametrize("seed", range(6))
async def test_a_random_walk_does_what_the_table_says_and_what_was_offered(reports_doors: Doors, seed: int) -> None:
    chance = random.Random(seed)
    await unit(reports_doors, PLUMBERS, UNIT)
    other_report, key, status = await file(reports_doors), await file(reports_doors), Status.SUBMITTED
    stood = status
    for _ in range(14):
        taken = chance.choice(list(STEPS.values()))
        person = ACTING.get(taken.action, GRID)
        async with reports_doors.client(person) as client:
            shown = (await client.get(f"/api/v1/reports/{key}")).json()
        offers = {one["name"]: one for one in shown["actions"]}
        other = OFFICER if shown["assignee_id"] == str(GRID.id) else GRID
        is_now = shown["category"]
        moved = {"category": chance.choice([one for one in CATEGORIES if one != is_now]), "instead_of": is_now}
        graver = "moderate" if shown["severity"] == "minor" else "minor"
        bodies = {
            "grade": BODIES["severity"] | {"severity": graver, "instead_of": shown["severity"]},
            "reassign": BODIES["reassignment"] | {"assignee_id": str(other.id)}, "merge": {"master_id": other_report},
            "reclassify": BODIES["classification"] | moved, "divide": BODIES["parts"] | {"client_token": str(uuid4())},
        }
        body = bodies.get(taken.action)
        answer = await step(reports_doors, person, key, taken.href, body)
        assert (answer.status_code in {200, 201}) == ("href" in offers[taken.action]), (status, taken.action, answer.text)
        if status not in taken.begins:
            assert (answer.status_code, named(answer)) == (409, "not-in-this-state")
            assert answer.json()["allowed"] == allowed(status)
        elif offers[taken.action].get("refused"):
            assert (answer.status_code, named(answer)) == (409, offers[taken.action]["refused"])
            guards = {"appealed-already", "at-the-top", "nobody-responsible", "not-the-assignee", "not-a-part", "parts-open"}
            assert named(answer) in guards
        else:
            assert answer.status_code == (201 if taken.action == "divide" else 200), (status, taken.action, answer.text)
            second = taken.action == "return" and answer.json()["level"] > shown["level"]
            before = status
            status = Status.ESCALATED if second else stood if taken.action == "unmerge" else taken.leads or before
            stood = before if taken.action == "merge" else stood
        async with reports_doors.client(RESIDENT) as client:
            assert (await client.get(f"/api/v1/reports/{key}")).json()["status"] == status
    async with reports_doors.client(GRID) as client:
        assert (await client.get(f"/api/v1/reports/{key}/chain")).json()["sound"]


async def test_the_whole_life_is_announced_step_by_step_and_kept_in_a_chain_of_hashes(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "resolved")
    assert (await step(reports_doors, RESIDENT, key, "reopening")).status_code == 200
    for what in ("acceptance", "assignment"):
        await step(reports_doors, GRID, key, what)
    await step(reports_doors, GRID, key, "return")
    assert await reports_doors.said() == [f"reports.report_{name}.v1" for name in (
        "submitted", "accepted", "assigned", "started", "resolved", "reopened", "accepted", "assigned", "returned",
    )]
    async with reports_doors.client(RESIDENT) as resident:
        story = (await resident.get(f"/api/v1/reports/{key}/history")).json()
    assert [one["seq"] for one in story] == list(range(1, 10))
    assert [one["note"] for one in story if one["note"]] == ["已更换", "又不亮了", "不是我负责的楼栋"]
    rows = await reports_doors.rows("select * from transitions order by seq")
    previous = b""
    for row, told in zip(rows, story, strict=True):
        made = Transition(
            row.report_id, row.seq, row.action, row.from_status, row.to_status, row.actor_id, row.at, told["note"],
            row.reason_code, row.level, row.role, sealed_note=row.sealed_note, previous_hash=previous,
        )
        assert made.digest() == bytes(row.hash)
        previous = bytes(row.hash)


@pytest.mark.parametrize(("status", "what", "person"), [
    ("submitted", "acceptance", GRID), ("assigned", "processing", GRID), ("resolved", "rating", RESIDENT),
    ("resolved", "reopening", RESIDENT),
])
async def test_of_twenty_who_press_at_once_one_wins(reports_doors: Doors, status: str, what: str, person: Person) -> None:
    key = await brought_to(reports_doors, status)
    before = len(await reports_doors.said())
    answers = await asyncio.gather(*(step(reports_doors, person, key, what) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    assert len(await reports_doors.said()) - before == (2 if what == "rating" else 1)


async def test_rating_and_reopening_at_once_have_one_winner_first_and_a_valid_end(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "resolved")
    rated, reopened = await asyncio.gather(
        step(reports_doors, RESIDENT, key, "rating"), step(reports_doors, RESIDENT, key, "reopening")
    )
    assert reopened.status_code == 200  # a closed report may be reopened, so reopening succeeds in either order
    assert rated.status_code in {200, 409}
    async with reports_doors.client(RESIDENT) as resident:
        assert (await resident.get(f"/api/v1/reports/{key}")).json()["status"] == "reopened"


@pytest.mark.parametrize("what", [one.href for one in STEPS.values()])
async def test_nobody_from_outside_learns_that_it_exists(reports_doors: Doors, what: str) -> None:
    key = await brought_to(reports_doors, "assigned")
    for person in (FAR_GRID, FAR_OFFICER, OTHER_GRID, SECOND_RESIDENT):
        answer = await step(reports_doors, person, key, what, BODIES.get(what, {}) if what != "resolution" else BODIES[what])
        assert (answer.status_code, named(answer)) == (404, "not-found")
    assert len(await reports_doors.rows("select 1 from transitions")) == 3


async def test_who_sees_it_but_may_not_is_told_so(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "submitted")
    for person, what in ((RESIDENT, "acceptance"), (GUARD, "acceptance"), (GRID, "rating"), (OFFICER, "reopening")):
        answer = await step(reports_doors, person, key, what)
        assert (answer.status_code, named(answer)) == (403, "not-allowed-here")


async def test_only_the_assignee_works_on_it(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    answer = await step(reports_doors, OFFICER, key, "processing")
    assert (answer.status_code, named(answer)) == (409, "not-the-assignee")


async def test_it_is_assigned_only_to_who_serves_there(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "accepted")
    for person in (FAR_GRID, OTHER_GRID, RESIDENT, GUARD):
        answer = await step(reports_doors, GRID, key, "assignment", {"assignee_id": str(person.id)})
        assert (answer.status_code, named(answer)) == (422, "assignee-not-serving")


async def test_what_was_mended_is_shown(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    answer = await step(reports_doors, GRID, key, "resolution", {"note": "好了", "photos": []})
    assert (answer.status_code, named(answer)) == (422, "after-photo-missing")
    others = {"note": "好了", "photos": [await photo(reports_doors, RESIDENT)]}
    assert (await step(reports_doors, GRID, key, "resolution", others)).status_code == 404
    async with reports_doors.client(RESIDENT) as resident:
        assert (await resident.get(f"/api/v1/reports/{key}")).json()["status"] == "processing"


@pytest.mark.parametrize("stars", [0, 6, -1, 2.5, "5", None, True])
async def test_a_rating_has_one_to_five_stars(reports_doors: Doors, stars: object) -> None:
    key = await brought_to(reports_doors, "resolved")
    assert (await step(reports_doors, RESIDENT, key, "rating", {"satisfaction": stars})).status_code in {200, 422}
    kept = (await reports_doors.rows("select satisfaction from reports"))[0].satisfaction
    assert kept in {None, 1, 5}


async def aged(doors: Doors, days: float) -> None:
    async with doors.whole.begin() as connection:
        await connection.execute(text("update reports set resolved_at = now() - make_interval(secs => :s)"), {"s": days * 86400})


async def test_it_is_reopened_within_seven_days_and_not_later(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "resolved")
    await aged(reports_doors, 7.01)
    answer = await step(reports_doors, RESIDENT, key, "reopening")
    assert (answer.status_code, named(answer)) == (409, "reopen-too-late")
    await aged(reports_doors, 6.99)
    assert (await step(reports_doors, RESIDENT, key, "reopening")).status_code == 200


async def test_while_the_past_is_told_nothing_is_done_by_the_clock(reports_doors: Doors) -> None:
    """The demo's reports were resolved long ago; the sweep would close them before their story rates them."""
    await brought_to(reports_doors, "resolved")
    await aged(reports_doors, 8)
    async with reports_doors.running.database.work() as telling:
        await queries.telling_the_past(telling)
        await asyncio.gather(*(job(reports_doors.running) for job in (
            jobs.close_settled, jobs.ring_clocks, jobs.resume_waiting, jobs.tell_late,
        )))
        assert (await reports_doors.rows("select status from reports"))[0].status == "resolved"
    await jobs.close_settled(reports_doors.running)
    assert (await reports_doors.rows("select status from reports"))[0].status == "closed"


async def test_what_nobody_rated_is_closed_after_a_week_and_once(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "resolved")
    await jobs.close_settled(reports_doors.running)
    assert (await reports_doors.rows("select status from reports"))[0].status == "resolved"
    await aged(reports_doors, timedelta(days=7, seconds=1).total_seconds() / 86400)
    await asyncio.gather(*(jobs.close_settled(reports_doors.running) for _ in range(5)))
    assert (await reports_doors.rows("select status from reports"))[0].status == "closed"
    assert (await reports_doors.said()).count("reports.report_closed.v1") == 1
    async with reports_doors.client(RESIDENT) as resident:
        story = (await resident.get(f"/api/v1/reports/{key}/history")).json()
    assert (story[-1]["action"], story[-1]["actor_id"]) == ("close", None)


async def test_numbers_of_a_day_are_without_gaps_and_each_is_given_once(reports_doors: Doors) -> None:
    await asyncio.gather(*(file(reports_doors) for _ in range(20)))
    numbers = sorted(row.number for row in await reports_doors.rows("select number from reports"))
    assert [int(number.rpartition("-")[2]) for number in numbers] == list(range(1, 21))
