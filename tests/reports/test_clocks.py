"""What is promised is timed: clocks begin and end with the acts, stand still while we wait, remind, and hand up what is over."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders.doors import Doors
from builders.life import brought_to, file, named, step
from builders.world import FAR_GRID, GRID, OFFICER, RESIDENT, SECOND_RESIDENT

from chassis.db import Work
from services.reports.actions import waiting
from services.reports.domain.clock import EFFECTS, due
from services.reports.domain.machine import STEPS
from services.reports.domain.report import Report
from services.reports.domain.terms import DEFAULT
from services.reports.store import queries

LATER = timedelta(days=40)


def moment(said: str) -> datetime:
    return datetime.fromisoformat(said)


async def clocks(doors: Doors, key: str) -> dict[str, dict[str, Any]]:
    """The newest clock of each kind."""
    async with doors.client(RESIDENT) as resident:
        return {one["kind"]: one for one in (await resident.get(f"/api/v1/reports/{key}/clocks")).json()}


async def states(doors: Doors, key: str) -> dict[str, str]:
    return {kind: str(clock["state"]) for kind, clock in (await clocks(doors, key)).items()}


async def report(doors: Doors) -> Any:
    return (await doors.rows("select * from reports"))[0]


async def swept(doors: Doors, at: datetime) -> int:
    """How many reports the sweep found something at."""
    count = 0
    while await doors.running.database.do(waiting.ring_some, now=at):
        count += 1
    return count


def test_every_act_says_what_it_does_to_the_clocks() -> None:
    assert set(EFFECTS) == {"file", *STEPS}


async def test_filing_sets_two_clocks_by_the_terms_and_the_calendar(reports_doors: Doors) -> None:
    running = await clocks(reports_doors, await file(reports_doors))
    assert set(running) == {"respond", "resolve"}
    for kind, policy in (("respond", DEFAULT.respond), ("resolve", DEFAULT.ordinary)):
        clock = running[kind]
        assert moment(clock["due_at"]) == due(moment(clock["started_at"]), policy, DEFAULT.calendar)
        assert clock["state"] == "running"


async def test_each_act_ends_its_clock(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    seen = [await states(reports_doors, key)]
    for what in ("acceptance", "assignment", "processing", "resolution"):
        await step(reports_doors, GRID, key, what)
        seen.append(await states(reports_doors, key))
    assert seen == [
        {"respond": "running", "resolve": "running"}, {"respond": "met", "resolve": "running"},
        {"respond": "met", "resolve": "running", "contact": "running"},
        {"respond": "met", "resolve": "running", "contact": "met"},
        {"respond": "met", "resolve": "met", "contact": "met"},
    ]
    await step(reports_doors, RESIDENT, key, "reopening")
    assert await states(reports_doors, key) == {"respond": "running", "resolve": "running", "contact": "met"}


async def test_what_is_withdrawn_is_no_longer_timed(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    await step(reports_doors, RESIDENT, key, "withdrawal")
    assert set((await states(reports_doors, key)).values()) == {"met", "stopped"}


async def test_while_the_reporter_is_asked_the_time_to_resolve_stands_still(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    before = (await clocks(reports_doors, key))["resolve"]
    assert (await step(reports_doors, GRID, key, "question")).json()["status"] == "awaiting_reporter"
    assert (await states(reports_doors, key))["resolve"] == "paused"
    assert await swept(reports_doors, datetime.now(UTC) + LATER) == 0
    assert (await step(reports_doors, GRID, key, "supplement")).status_code == 403
    assert (await step(reports_doors, RESIDENT, key, "supplement")).json()["status"] == "processing"
    after = (await clocks(reports_doors, key))["resolve"]
    assert after["state"] == "running"
    assert moment(after["due_at"]) > moment(before["due_at"])


async def test_who_does_not_answer_in_three_working_days_is_waited_for_no_longer(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    await step(reports_doors, GRID, key, "question")
    until = (await report(reports_doors)).waits_until
    assert until == DEFAULT.calendar.after((await report(reports_doors)).updated_at, timedelta(hours=21))
    over = await asyncio.gather(*(
        reports_doors.running.database.do(waiting.resume_one, now=at) for at in (until - timedelta(seconds=1), *[until] * 5)
    ))
    assert sorted(over) == [False] * 5 + [True]
    assert ((await report(reports_doors)).status, (await states(reports_doors, key))["resolve"]) == ("processing", "running")
    assert (await reports_doors.said()).count("reports.report_resumed.v1") == 1


@pytest.mark.parametrize("days", [-1, 31])
async def test_a_hold_has_an_end_that_is_not_far(reports_doors: Doors, days: int) -> None:
    key = await brought_to(reports_doors, "processing")
    body = {"reason": "等配件", "until": (datetime.now(UTC) + timedelta(days=days)).isoformat()}
    answer = await step(reports_doors, OFFICER, key, "hold", body)
    assert (answer.status_code, named(answer)) == (422, "hold-too-long")
    assert (await states(reports_doors, key))["resolve"] == "running"


async def test_a_hold_is_an_officers_and_the_assignee_ends_it(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    assert named(await step(reports_doors, GRID, key, "hold")) == "not-allowed-here"
    assert (await step(reports_doors, OFFICER, key, "hold")).json()["status"] == "on_hold"
    assert named(await step(reports_doors, OFFICER, key, "resumption")) == "not-the-assignee"
    assert (await step(reports_doors, GRID, key, "resumption")).json()["status"] == "processing"
    assert (await report(reports_doors)).waits_until is None


async def test_it_is_reminded_twice_and_then_climbs_to_the_subdistrict_and_rests_there(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    respond = (await clocks(reports_doors, key))["respond"]
    start, calendar = moment(respond["started_at"]), DEFAULT.calendar
    half, most = [calendar.after(start, part * DEFAULT.respond.allowed) for part in (0.5, 0.8)]
    assert await swept(reports_doors, half - timedelta(seconds=1)) == 0
    assert [await swept(reports_doors, at) for at in (half, half, most, most)] == [1, 0, 1, 0]
    assert await swept(reports_doors, moment(respond["due_at"])) == 1
    assert ((await report(reports_doors)).status, (await report(reports_doors)).level) == ("escalated", 2)
    assert (await reports_doors.said())[1:] == [f"reports.{name}.v1" for name in (
        "clock_warned", "clock_warned", "clock_missed", "report_escalated",
    )]
    [missed] = await reports_doors.rows("select body from outbox where topic = 'reports.clock_missed.v1'")
    assert json.loads(missed.body)["level"] == 1  # the office that had it, not the one it went up to
    for n in range(1, 7):
        await swept(reports_doors, datetime.now(UTC) + n * LATER)
    assert ((await report(reports_doors)).status, (await report(reports_doors)).level) == ("escalated", 4)
    assert set((await states(reports_doors, key)).values()) == {"missed"}
    async with reports_doors.client(GRID) as grid:
        assert (await grid.get(f"/api/v1/reports/{key}/chain")).json()["sound"]


async def test_of_five_sweepers_at_once_one_hands_it_up(reports_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await file(reports_doors)
    over = moment((await clocks(reports_doors, key))["respond"]["due_at"])
    looked, everybody = queries.next_to_ring, asyncio.Barrier(5)

    async def together(work: Work, most: int) -> list[Report]:
        found = await looked(work, most)
        await asyncio.wait_for(everybody.wait(), 10)  # nobody has ended before all have looked
        return found

    monkeypatch.setattr(queries, "next_to_ring", together)
    await asyncio.gather(*(reports_doors.running.database.do(waiting.ring_some, now=over) for _ in range(5)))
    assert (await reports_doors.said()).count("reports.clock_missed.v1") == 1
    assert (await report(reports_doors)).level == 2


async def test_what_is_due_at_one_stroke_is_rung_together_and_shared_by_those_who_sweep(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = [await file(reports_doors) for _ in range(5)]
    over = max([moment((await clocks(reports_doors, key))["respond"]["due_at"]) for key in keys])
    looked, everybody, shares = queries.next_to_ring, asyncio.Barrier(3), list[int]()

    async def together(work: Work, most: int) -> list[Report]:
        found = await looked(work, most)
        shares.append(len(found))
        await asyncio.wait_for(everybody.wait(), 10)
        return found

    monkeypatch.setattr(waiting, "_TOGETHER", 4)  # rows that are looked at: of a report two clocks may be due
    monkeypatch.setattr(queries, "next_to_ring", together)
    await asyncio.gather(*(reports_doors.running.database.do(waiting.ring_some, now=over) for _ in range(3)))
    assert sum(shares) == 5
    assert max(shares) > 1
    assert (await reports_doors.said()).count("reports.clock_missed.v1") == 5
    assert [row.level for row in await reports_doors.rows("select level from reports")] == [2] * 5


async def test_a_sweep_and_an_acceptance_at_once_leave_one_truth(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    over = moment((await clocks(reports_doors, key))["respond"]["due_at"])
    _, answer = await asyncio.gather(
        reports_doors.running.database.do(waiting.ring_some, now=over), step(reports_doors, GRID, key, "acceptance")
    )
    assert answer.status_code in {200, 409}
    missed = (await reports_doors.said()).count("reports.clock_missed.v1")
    assert (answer.status_code, missed) in {(200, 0), (409, 1)}




async def test_clocks_are_no_business_of_the_neighbours(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    for person, status in ((RESIDENT, 200), (GRID, 200), (SECOND_RESIDENT, 404), (FAR_GRID, 404)):
        async with reports_doors.client(person) as client:
            assert (await client.get(f"/api/v1/reports/{key}/clocks")).status_code == status
