"""三率: each with its numerator, denominator, the unanswered and a lower bound; what was known at an instant stays known."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby, takewhile
from typing import Any

import httpx
import pytest
from builders.days import this_month
from builders.doors import Doors
from builders.life import ACTING, file, named, step
from builders.world import FAR_GRID, FAR_OFFICER, GRID, HERE, OFFICER, OTHER_GRID, RESIDENT, SECOND_RESIDENT, STRANGER, Person
from sqlalchemy import text

from services.reports.actions import personal
from services.reports.domain.category import CATEGORIES
from services.reports.domain.figures import Months
from services.reports.domain.machine import STEPS, Status, allowed
from services.reports.store import figures

RATES = ("response", "resolved", "satisfied")
COUNTED = ("numerator", "denominator", "unanswered")


async def ask(doors: Doors, person: Person = OFFICER, **asked: str) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.get("/api/v1/figures", params={"from": this_month(), "to": this_month(), **asked})


async def known(doors: Doors, person: Person = OFFICER, **asked: str) -> dict[str, Any]:
    answer = await ask(doors, person, **asked)
    assert answer.status_code == 200, answer.text
    return {one["group"]: {name: counts(one[name]) for name in RATES} for one in answer.json()["groups"]}


def counts(rate: dict[str, Any]) -> tuple[int, ...]:
    return tuple(rate[name] for name in COUNTED)


async def brought(doors: Doors, *steps: str, person: Person = GRID) -> str:
    key = await file(doors)
    for what in steps:
        acts = next(one for one in STEPS.values() if one.href == what)
        answer = await step(doors, ACTING.get(acts.action, person), key, what)
        assert answer.status_code == 200, answer.text
    return key


MENDED = ("acceptance", "assignment", "processing", "resolution")


async def test_each_rate_says_of_how_many_and_of_whom_it_is_not_known(reports_doors: Doors) -> None:
    await brought(reports_doors, "acceptance", "assignment")
    await brought(reports_doors, "acceptance", "assignment", "return")
    await brought(reports_doors, *MENDED)
    await brought(reports_doors, *MENDED, "rating")
    await brought(reports_doors, *MENDED, "reopening")
    await brought(reports_doors, *MENDED, "closure", "reopening")
    await brought(reports_doors, *MENDED, "closure")
    [told] = (await ask(reports_doors)).json()["groups"]
    assert told["group"] == this_month()
    assert {name: counts(told[name]) for name in RATES} == {
        "response": (5, 5, 1), "resolved": (1, 3, 2), "satisfied": (1, 3, 2),
    }
    assert told["resolved"]["value"] == pytest.approx(1 / 3)
    assert told["resolved"]["low"] == pytest.approx(0.0615, abs=1e-4)  # Wilson, 1 of 3


async def test_what_was_known_at_an_instant_stays_known_whatever_comes_later(reports_doors: Doors) -> None:
    rated, silent = await brought(reports_doors, *MENDED, "rating"), await brought(reports_doors)
    async with reports_doors.client(SECOND_RESIDENT) as client:
        assert (await client.post(f"/api/v1/reports/{silent}/support")).status_code == 200
    for what in MENDED:
        assert (await step(reports_doors, GRID, silent, what)).status_code == 200
    then = (await ask(reports_doors)).json()
    async with reports_doors.client(SECOND_RESIDENT) as client:
        assert (await client.post(f"/api/v1/reports/{silent}/appraisal", json={"satisfaction": 1})).status_code == 200
    assert (await step(reports_doors, RESIDENT, rated, "reopening")).status_code == 200
    assert (await step(reports_doors, OFFICER, silent, "closure")).status_code == 200
    await brought(reports_doors, *MENDED, "rating")
    assert (await ask(reports_doors, at=then["at"])).json() == then
    assert counts((await ask(reports_doors)).json()["groups"][0]["satisfied"]) != counts(then["groups"][0]["satisfied"])


async def test_what_it_is_about_now_does_not_change_what_it_was_about_then(reports_doors: Doors) -> None:
    key = await brought(reports_doors, "acceptance", "assignment")
    then = (await ask(reports_doors, group_by="category")).json()
    assert (await step(reports_doors, GRID, key, "classification")).status_code == 200
    assert (await step(reports_doors, GRID, key, "processing")).status_code == 200
    assert (await ask(reports_doors, group_by="category", at=then["at"])).json() == then
    assert await known(reports_doors, group_by="category") == {
        "electricity": {"response": (1, 1, 0), "resolved": (0, 0, 0), "satisfied": (0, 0, 0)},
    }


async def test_a_voice_counts_for_the_round_it_spoke_of_and_stays_counted_when_it_is_forgotten(reports_doors: Doors) -> None:
    key = await brought(reports_doors, *MENDED, "reopening")
    async with reports_doors.client(SECOND_RESIDENT) as client:
        assert (await client.post(f"/api/v1/reports/{key}/support")).status_code == 200
        for what in ("assignment", "processing", "resolution"):
            assert (await step(reports_doors, GRID, key, what)).status_code == 200
        assert (await client.post(f"/api/v1/reports/{key}/appraisal", json={"satisfaction": 5})).status_code == 200
    told = await known(reports_doors)
    assert told[this_month()]["satisfied"] == (1, 2, 1)  # content: the voice; not: who reopened; unanswered: the second round
    await reports_doors.running.database.do(lambda work: personal.erase(work, SECOND_RESIDENT.id))
    assert await known(reports_doors) == told
    assert await reports_doors.rows("select 1 from appraisals where person_id = :person", person=SECOND_RESIDENT.id) == []


async def test_of_the_log_at_any_instant_the_same_is_counted_as_by_walking_it(reports_doors: Doors) -> None:
    seed = random.randrange(2**32)
    rolled = random.Random(seed)
    for _ in range(14):
        await lived(reports_doors, rolled)
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text("update clocks set due_at = started_at where kind = 'contact' and random() < 0.4"))
    steps = await reports_doors.rows("select * from transitions order by report_id, seq")
    due = {
        (row.report_id, row.started_at): row.due_at
        for row in await reports_doors.rows("select * from clocks where kind = 'contact'")
    }
    instants = sorted({row.at for row in steps})
    for at in rolled.sample(instants, min(12, len(instants))):
        told = await known(reports_doors, at=at.isoformat())
        assert told.get(this_month(), NOTHING) == walked(steps, due, at), f"seed {seed} at {at}"
        told = await known(reports_doors, at=at.isoformat(), group_by="category")
        told = {category: rates for category, rates in told.items() if rates != NOTHING}
        assert told == by_category(steps, due, at), f"seed {seed} at {at}"


NOTHING = dict.fromkeys(RATES, (0, 0, 0))


async def lived(doors: Doors, rolled: random.Random) -> None:
    """A report's life at random, of the steps that the figures speak of and those around them."""
    key, status = await file(doors), Status.SUBMITTED
    for _ in range(rolled.randrange(3, 14)):
        names = [name for name in allowed(status) if name in {
            "accept", "assign", "return", "process", "resolve", "rate", "close", "reopen", "escalate", "ask", "supplement",
        }]
        if not names:
            return
        acts = STEPS[rolled.choice(names)]
        answer = await step(doors, ACTING.get(acts.action, GRID), key, acts.href)
        if answer.status_code == 200:
            status = Status(answer.json()["status"])
        if rolled.random() < 0.3:
            await moved(doors, rolled, key)


async def moved(doors: Doors, rolled: random.Random, key: str) -> None:
    """It is about something else now, if work on it is not over."""
    [row] = await doors.rows("select category from reports where id = cast(:key as uuid)", key=key)
    to = rolled.choice([one for one in CATEGORIES[:4] if one != row.category])
    said = {"category": to, "instead_of": row.category, "reason": "另一类问题"}
    assert (await step(doors, GRID, key, "classification", said)).status_code in {200, 409}


def by_category(steps: Iterable[Any], due: dict[Any, datetime], at: datetime) -> dict[str, dict[str, tuple[int, ...]]]:
    """The same for each category, as the steps until then say it: filed as lighting, and what each change moved it to."""
    lives: dict[str, list[Any]] = {}
    for _, life in groupby((one for one in steps if one.at <= at), key=lambda one: one.report_id):
        taken = list(life)
        moves = [one.reason_code.partition(">")[2] for one in taken if one.action == "reclassify"]
        lives.setdefault(moves[-1] if moves else "lighting", []).extend(taken)
    found = {category: walked(some_of_them, due, at) for category, some_of_them in lives.items()}
    return {category: rates for category, rates in found.items() if rates != NOTHING}


def walked(steps: Iterable[Any], due: dict[Any, datetime], at: datetime) -> dict[str, tuple[int, ...]]:
    """The plain way: every step in order, and what was known by then; that it is about something else follows nothing."""
    told = {name: [0, 0, 0] for name in RATES}
    for _, life in groupby((one for one in steps if one.at <= at), key=lambda one: one.report_id):
        taken = [one for one in life if one.action != "reclassify"]
        for place, row in enumerate(taken):
            if row.action in {"assign", "reassign"}:
                add(told["response"], answered(taken[place + 1 : place + 2], due[row.report_id, row.at], at))
            elif row.action == "resolve":
                after = takewhile(lambda one: one.action != "resolve", taken[place + 1 :])
                said = [one for one in after if one.action in VERDICTS]
                add(told["resolved"], VERDICTS[said[-1].action] if said else (0, 0, 1))
                add(told["satisfied"], contented(said[-1]) if said else (0, 0, 1))
    return {name: tuple(numbers) for name, numbers in told.items()}


VERDICTS = {"rate": (1, 1, 0), "reopen": (0, 1, 0)}


def add(numbers: list[int], more: Iterable[int]) -> None:
    numbers[:] = [one + other for one, other in zip(numbers, more, strict=True)]


def answered(then: list[Any], due: datetime, at: datetime) -> tuple[int, int, int]:
    if not then:
        return (0, 1, 0) if due <= at else (0, 0, 1)
    if then[0].at > due:
        return (0, 1, 0)
    return (1, 1, 0) if then[0].action == "process" else (0, 0, 0)


def contented(said: Any) -> tuple[int, int, int]:
    return (int(said.action == "rate" and int(said.reason_code) >= 4), 1, 0)


async def test_groups_are_grids_offices_and_categories_as_well(reports_doors: Doors) -> None:
    await brought(reports_doors, *MENDED, "rating")
    await brought(reports_doors, "acceptance", "assignment", "escalation", "assignment")
    assert {by: sorted(await known(reports_doors, group_by=by)) for by in ("grid", "office", "category")} == {
        "grid": [f"{HERE}.g03"], "office": ["1", "2"], "category": ["lighting"],
    }


_MANY = """
with told as (
    select gen_random_uuid() as id, n, cast(:since as timestamptz) + n * interval '10 minutes' as at
    from generate_series(1, 100000) n
), made as (
    insert into reports (id, number, client_token, reporter_id, area, category, status, sealed_text, resolved_at,
                         reopen_count, submitted_at, updated_at, last_seq, last_hash)
    select id, 'M-' || n, id, id, text2ltree(:area), 'lighting', 'closed', '', at, 0, at, at, 4, '' from told
), begun as (
    insert into clocks (id, report_id, kind, state, minutes, by_night, policy_version, started_at, due_at, warned,
                        paused_total)
    select id, id, 'contact', 'met', 30, false, 0, at, at + interval '1 hour', 0, interval '0' from told
)
insert into transitions (report_id, seq, action, to_status, at, reason_code, previous_hash, hash)
select id, seq, action, 'closed', at + (seq - 1) * interval '1 minute', case action when 'rate' then '5' end, '', ''
from told, (values (1, 'assign'), (2, 'process'), (3, 'resolve'), (4, 'rate')) as step (seq, action)
"""


@pytest.mark.proof
async def test_of_a_hundred_thousand_a_month_is_looked_at(reports_doors: Doors) -> None:
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text(_MANY), {"area": f"{HERE}.g03", "since": datetime(2024, 11, 1, tzinfo=UTC)})
    async with reports_doors.whole.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("analyze"))
    months = Months.named("2025-06", "2025-06")
    values = {"since": months.since, "before": months.before, "at": datetime.now(UTC), "area": HERE, "areas": [HERE]}
    async with reports_doors.running.database.work() as work:
        driver = await work._line.driver()
        for asked in figures.questions("month", narrowed=True, scoped=True):
            said = await driver.fetchval("explain (analyze, format json) " + asked.text, *asked.arguments(values))
            looked = [node for node in nodes(said[0]["Plan"]) if node.get("Relation Name") in {"transitions", "clocks"}]
            assert looked
            assert "Seq Scan" not in {node["Node Type"] for node in looked}
            assert sum(node["Actual Rows"] * node["Actual Loops"] for node in looked) <= 4 * 2 * 4320
    told = await known(reports_doors, **{"from": "2025-06", "to": "2025-06"})
    assert told == {"2025-06": dict.fromkeys(RATES, (4320, 4320, 0))}  # one in ten minutes


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan and all that is below it."""
    return [plan, *(below for one in plan.get("Plans", []) for below in nodes(one))]


async def test_staff_see_where_they_serve_and_nobody_else_sees_anything(reports_doors: Doors) -> None:
    await brought(reports_doors, *MENDED)
    assert await known(reports_doors, GRID, area=f"{HERE}.g03")
    for person in (OTHER_GRID, FAR_GRID, FAR_OFFICER, RESIDENT, STRANGER):
        assert await known(reports_doors, person) == {}
        assert (await ask(reports_doors, person, area=f"{HERE}.g03")).status_code == 404
    assert (await ask(reports_doors, GRID, area=HERE)).status_code == 404


@pytest.mark.parametrize(("asked", "why"), [
    ({"from": "2026-11", "to": "2026-10"}, "months-out-of-order"), ({"from": "2024-01", "to": "2026-01"}, "months-out-of-order"),
    ({"at": "2099-01-01T00:00:00Z"}, "not-yet-known"), ({"at": "2026-10-01T00:00:00"}, "invalid-request"),
    ({"from": "2026-13"}, "invalid-request"), ({"group_by": "person"}, "invalid-request"), ({"area": "x y"}, "invalid-request"),
    ({"other": "1"}, "invalid-request"),
])
async def test_what_cannot_be_asked_is_refused(reports_doors: Doors, asked: dict[str, str], why: str) -> None:
    answer = await ask(reports_doors, **asked)
    assert (answer.status_code, named(answer)) == (422, why)


EDGES = ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "1970-01-01T00:00:00Z"]


@pytest.mark.parametrize("at", EDGES)
async def test_an_instant_at_the_edge_of_the_calendar_is_answered(reports_doors: Doors, at: str) -> None:
    assert (await ask(reports_doors, at=at)).status_code in {200, 422}
