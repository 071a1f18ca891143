"""准时: clocks that were kept, with their pauses and without, as a plain walk of the log finds them at any instant."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from builders.doors import Doors
from builders.life import ACTING, brought_to, file, step
from builders.world import FAR_OFFICER, GRID, OFFICER, RESIDENT, Person
from sqlalchemy import text

from services.reports.domain.calendar import ALWAYS, OFFICE_HOURS, Calendar
from services.reports.domain.machine import STEPS, Status, allowed

SPOKEN_OF = {"accept", "assign", "return", "process", "ask", "supplement", "hold", "resume", "resolve", "reopen", "escalate"}
BEGAN = datetime(2026, 3, 9, 1, tzinfo=UTC)  # a Monday, 09:00 in Chengdu
KINDS, WAYS = ("respond", "contact", "resolve"), ("pauses_excluded", "pauses_included")
COUNTED = ("numerator", "denominator", "unanswered")
AGED = {
    "transitions": "update transitions set at = :new where report_id = :key and at = :old",
    "started": "update clocks set started_at = :new where report_id = :key and started_at = :old",
    "ended": "update clocks set ended_at = :new where report_id = :key and ended_at = :old",
    "filed": "update reports set submitted_at = :new where id = :key and submitted_at = :old",
}


async def ask(doors: Doors, person: Person = OFFICER, **asked: str) -> Any:
    async with doors.client(person) as client:
        bounds = {"from": "2026-03", "to": "2026-06", "group_by": "category"}
        answer = await client.get("/api/v1/figures/pace", params={**bounds, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()["groups"]


async def lived(doors: Doors, rolled: random.Random) -> None:
    key, status = await file(doors), Status.SUBMITTED
    for _ in range(rolled.randrange(4, 14)):
        names = [one for one in allowed(status) if one in SPOKEN_OF]
        if not names:
            return
        acts = STEPS[rolled.choice(names)]
        answer = await step(doors, ACTING.get(acts.action, GRID), key, acts.href)
        if answer.status_code == 200:
            status = Status(answer.json()["status"])


async def spread(doors: Doors, rolled: random.Random) -> None:
    """As if between any two steps of a report there had been minutes, or days; work is promised within ten duty hours."""
    taken = defaultdict(list)
    for row in await doors.rows("select distinct report_id, at from transitions order by report_id, at"):
        taken[row.report_id].append(row.at)
    async with doors.whole.begin() as connection:
        on_duty = "update clocks set minutes = 600, by_night = false where kind = 'resolve' and random() < 0.7"
        await connection.execute(text(on_duty))
        for key, instants in taken.items():
            moment = BEGAN + timedelta(minutes=rolled.randrange(3000))
            for old in instants:
                for change in AGED.values():
                    await connection.execute(text(change), {"key": key, "old": old, "new": moment})
                moment += timedelta(minutes=rolled.choice((7, 20, 61, 400, 2000)))
        never = "select id, started_at, minutes, by_night from clocks where paused_at is null and paused_total = interval '0'"
        for row in await connection.execute(text(never)):
            due = duty(row).after(row.started_at, timedelta(minutes=row.minutes))
            await connection.execute(text("update clocks set due_at = :due where id = :id"), {"due": due, "id": row.id})


def duty(clock: Any) -> Calendar:
    return ALWAYS if clock.by_night else Calendar(OFFICE_HOURS)


def walked(clocks: list[Any], steps: dict[Any, list[Any]], at: datetime) -> dict[str, Any]:
    """The plain way: of each clock what it had left whenever it was paused, and what it would have had."""
    told = {(kind, way): [0, 0, 0] for kind in KINDS for way in WAYS}
    for clock in (one for one in clocks if one.started_at <= at):
        for way, late in zip(WAYS, lateness(clock, steps[clock.report_id], at), strict=True):
            ended = clock.state if clock.ended_at is not None and clock.ended_at <= at else None
            said = (0, 1, 0) if late else {"met": (1, 1, 0), "stopped": (0, 0, 0), None: (0, 0, 1)}[ended]
            told[clock.kind, way] = [one + more for one, more in zip(told[clock.kind, way], said, strict=True)]
    return {kind: {way: tuple(told[kind, way]) for way in WAYS} for kind in KINDS}


def lateness(clock: Any, steps: list[Any], at: datetime) -> tuple[bool, bool]:
    """Whether it was late without its pauses, and with them."""
    days, left, since, still = duty(clock), timedelta(minutes=clock.minutes), clock.started_at, False
    ended = clock.ended_at is not None and clock.ended_at <= at
    last = clock.ended_at if ended else at
    plain = days.after(since, left)
    for one in (one for one in steps if clock.kind == "resolve" and clock.started_at < one.at <= last):
        if one.action in {"ask", "hold"} and not still:
            late = days.after(since, left) < one.at if left >= timedelta() else True
            left, still = timedelta(days=-1) if late else left - days.between(since, one.at), True
        elif one.action in {"supplement", "resume", "escalate"} and still:
            since, still = one.at, False
    if left < timedelta():
        return True, True
    return not still and is_over(days.after(since, left), last, ended=ended), is_over(plain, last, ended=ended)


def is_over(due: datetime, last: datetime, *, ended: bool) -> bool:
    return due < last if ended else due <= last


def counts(told: Any) -> dict[str, Any]:
    return {kind: {way: tuple(told[kind][way][name] for name in COUNTED) for way in WAYS} for kind in KINDS}


async def test_at_any_instant_as_many_were_kept_as_a_walk_of_the_log_finds_with_pauses_and_without(reports_doors: Doors) -> None:
    seed = random.randrange(2**32)
    rolled = random.Random(seed)
    for _ in range(12):
        await lived(reports_doors, rolled)
    await spread(reports_doors, rolled)
    clocks = await reports_doors.rows("select * from clocks")
    steps = defaultdict(list)
    for row in await reports_doors.rows("select report_id, action, at from transitions order by report_id, seq"):
        steps[row.report_id].append(row)
    instants = sorted({row.at for taken in steps.values() for row in taken})
    for at in (*rolled.sample(instants, min(10, len(instants))), instants[-1] + timedelta(days=40)):
        [told] = await ask(reports_doors, at=at.isoformat())
        assert counts(told["on_time"]) == walked(clocks, steps, at), f"seed {seed} at {at}"
    by_office = await ask(reports_doors, group_by="office")
    every = counts(told["on_time"])["respond"]["pauses_included"][1]
    assert sum(one["on_time"]["respond"]["pauses_included"]["denominator"] for one in by_office) == every


async def paused_for_days(doors: Doors) -> str:
    """Work promised within a day, asked about for three, mended two hours after."""
    key = await file(doors)
    for what in ("acceptance", "assignment", "processing", "hold", "resumption", "resolution"):
        assert (await step(doors, OFFICER if what == "hold" else GRID, key, what)).status_code == 200, what
    async with doors.whole.begin() as connection:
        await connection.execute(text("update clocks set minutes = 1440, by_night = true where kind = 'resolve'"))
        instants = list(await connection.scalars(text("select distinct at from transitions order by at")))
        for hour, old in zip((0, 1, 1.5, 2, 3, 75, 77), instants, strict=True):
            for change in AGED.values():
                await connection.execute(text(change), {"key": key, "old": old, "new": BEGAN + timedelta(hours=hour)})
    return key


async def test_a_pause_of_days_is_left_out_and_told_beside(reports_doors: Doors) -> None:
    await paused_for_days(reports_doors)
    [told] = await ask(reports_doors)
    assert counts(told["on_time"])["resolve"] == {"pauses_excluded": (1, 1, 0), "pauses_included": (0, 1, 0)}
    for hours, plain in ((4, (0, 0, 1)), (23, (0, 0, 1)), (25, (0, 1, 0)), (74, (0, 1, 0))):
        [then] = await ask(reports_doors, at=(BEGAN + timedelta(hours=hours)).isoformat())
        assert counts(then["on_time"])["resolve"] == {"pauses_excluded": (0, 0, 1), "pauses_included": plain}, hours
    assert await ask(reports_doors, FAR_OFFICER) == []


async def test_what_is_no_longer_wanted_in_time_is_counted_nowhere_and_what_ran_over_is(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    assert (await step(reports_doors, RESIDENT, key, "withdrawal")).status_code == 200
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text("update clocks set started_at = :at, ended_at = :at, due_at = :at"), {"at": BEGAN})
    [told] = await ask(reports_doors)
    assert all(counts(told["on_time"])[kind]["pauses_excluded"] == (0, 0, 0) for kind in KINDS)
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text("update clocks set ended_at = started_at + interval '1 day' where kind = 'respond'"))
    [told] = await ask(reports_doors)
    assert counts(told["on_time"])["respond"] == dict.fromkeys(WAYS, (0, 1, 0))


async def test_of_a_clock_that_took_anothers_place_nothing_was_known_before(reports_doors: Doors) -> None:
    key, month = await brought_to(reports_doors, "processing"), f"{datetime.now(UTC) + timedelta(hours=8):%Y-%m}"
    [before] = await reports_doors.rows("select max(at) as at from transitions")
    then: dict[str, str] = {"from": month, "to": month, "at": before.at.isoformat()}
    known = await ask(reports_doors, **then)
    assert [(one["group"], counts(one["on_time"])["resolve"]["pauses_excluded"]) for one in known] == [("lighting", (0, 0, 1))]
    said = {"category": "water", "instead_of": "lighting", "reason": "水管漏水"}
    assert (await step(reports_doors, GRID, key, "classification", said)).status_code == 200
    assert len(await reports_doors.rows("select 1 from clocks where kind = 'resolve'")) == 2
    assert await ask(reports_doors, **then) == known
    now = await ask(reports_doors, **{"from": month, "to": month})
    assert [(one["group"], counts(one["on_time"])["resolve"]["pauses_excluded"]) for one in now] == [("water", (0, 0, 1))]
