"""紧急程度: how grave a report is, from its beginning; staff alone set it, of many one is first, and its time follows."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.day import told
from builders.doors import Doors, keyed
from builders.life import BODIES, brought_to, file, named, step
from builders.parts import divided, waiting
from builders.world import GRID, HERE, OFFICER, RESIDENT, UNIT, Person
from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import text

from services.reports.actions import waiting as sweep
from services.reports.domain.calendar import OFFICE_HOURS
from services.reports.domain.category import CATEGORIES
from services.reports.domain.clock import Kind, Policy, due
from services.reports.domain.severity import NAMES, Severity, at_least, begins, graver
from services.reports.domain.terms import DEFAULT, Terms, TermsOutOfBounds
from tests.reports.test_pace import ask as pace
from tests.reports.test_settings import SAID, put, read

REASON = BODIES["severity"]["reason"]
_HOLD = "select 1 from reports where id = cast(:key as uuid) for update"


async def grade(doors: Doors, key: str, to: str, of: str = "minor", person: Person = GRID) -> httpx.Response:
    return await step(doors, person, key, "severity", {"severity": to, "instead_of": of, "reason": REASON})


async def filed(doors: Doors, category: str = "lighting", **said: Any) -> dict[str, Any]:
    draft = {"text": "请处理", "category": category, "place": {"area": UNIT}, "client_token": str(uuid4()), **said}
    async with doors.client(RESIDENT) as client:
        answer = await client.post("/api/v1/reports", json=draft, headers=keyed())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def clocks(doors: Doors) -> list[Any]:
    return list(await doors.rows("select * from clocks where kind = 'resolve' order by id"))


async def test_every_report_has_one_from_the_beginning_by_what_it_is_about(reports_doors: Doors) -> None:
    assert (await filed(reports_doors, "safety"))["severity"] == "moderate"
    assert (await filed(reports_doors))["severity"] == "minor"
    assert {one: begins(one, is_dangerous=False).value for one in CATEGORIES} == {
        one: "moderate" if one == "safety" else "minor" for one in CATEGORIES
    }
    rows = await reports_doors.rows("select body from outbox where topic = 'reports.report_submitted.v1' order by pos")
    assert [json.loads(row.body)["severity"] for row in rows] == ["moderate", "minor"]


async def test_who_says_that_there_is_danger_is_looked_at_a_little_sooner_and_sets_no_more(reports_doors: Doors) -> None:
    assert [(await filed(reports_doors, one, is_dangerous=True))["severity"] for one in ("noise", "safety")] == ["moderate"] * 2
    assert all(begins(one, is_dangerous=True) is Severity.MODERATE for one in CATEGORIES)
    refused = {"text": "快来", "category": "noise", "place": {"area": UNIT}, "client_token": str(uuid4())}
    async with reports_doors.client(RESIDENT) as resident:
        for said in ({"severity": "extreme"}, {"is_dangerous": "maybe"}):
            assert (await resident.post("/api/v1/reports", json=refused | said, headers=keyed())).status_code == 422


@pytest.mark.parametrize("status", ["submitted", "accepted", "assigned", "processing"])
async def test_it_stays_where_it_stands_and_what_it_was_stands_in_the_chain(reports_doors: Doors, status: str) -> None:
    key = await brought_to(reports_doors, status)
    answer = await grade(reports_doors, key, "severe")
    assert (answer.status_code, answer.json()["severity"], answer.json()["status"]) == (200, "severe", status)
    assert (await grade(reports_doors, key, "moderate", "severe", OFFICER)).status_code == 200
    async with reports_doors.client(RESIDENT) as resident, reports_doors.client(GRID) as grid:
        *_, first, last = (await resident.get(f"/api/v1/reports/{key}/history")).json()
        assert (await grid.get(f"/api/v1/reports/{key}/chain")).json()["sound"]
    wanted = ("action", "from_status", "to_status", "actor_id", "role", "note", "reason_code")
    assert [first[name] for name in wanted] == ["grade", status, status, str(GRID.id), "grid_worker", REASON, "minor>severe"]
    assert (last["reason_code"], last["role"]) == ("severe>moderate", "community_officer")


async def test_what_is_told_of_it_is_what_it_was_and_is_and_not_why(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    await grade(reports_doors, key, "extreme", person=OFFICER)
    [row] = await reports_doors.rows("select body, headers from outbox where topic = 'reports.report_graded.v1'")
    said = json.loads(row.body)
    assert [said[name] for name in ("severity", "former_severity", "changed_by", "assignee_id", "level")] == [
        "extreme", "minor", str(OFFICER.id), str(GRID.id), 1,
    ]
    assert str(REASON) not in row.body.decode() + str(row.headers)


async def test_only_another_than_was_read_is_taken_and_only_one_of_the_four(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    for to, of, status, problem in (
        ("minor", "minor", 409, "same-severity"), ("severe", "moderate", 409, "severity-moved"),
        ("unknown", "minor", 422, "invalid-request"),
    ):
        answer = await grade(reports_doors, key, to, of)
        assert (answer.status_code, named(answer)) == (status, problem)
    assert (await grade(reports_doors, key, "severe", "moderate")).json()["current"] == "minor"
    for body in ({"severity": "severe", "instead_of": "minor"}, {"severity": "severe", "reason": REASON}):
        assert (await step(reports_doors, GRID, key, "severity", body)).status_code == 422
    assert await reports_doors.said() == ["reports.report_submitted.v1"]
    assert [row.severity for row in await reports_doors.rows("select severity from reports")] == ["minor"]


async def test_of_many_who_wait_to_set_it_one_is_first(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    async with reports_doors.whole.begin() as holding:
        await holding.execute(text(_HOLD), {"key": key})
        acting = [asyncio.create_task(grade(reports_doors, key, to)) for to in ("moderate", "severe", "extreme") * 4]
        await waiting(reports_doors, 6)
    answers = await asyncio.gather(*acting)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    [first] = [answer.json()["severity"] for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 409]
    assert {named(answer) for answer in refused} == {"severity-moved", "same-severity"}
    assert {answer.json()["current"] for answer in refused if named(answer) == "severity-moved"} == {first}
    assert (await reports_doors.said()).count("reports.report_graded.v1") == 1


async def test_what_is_grave_is_due_in_two_hours_from_its_own_start_and_again_as_before(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    await grade(reports_doors, key, "severe")
    former, now = await clocks(reports_doors)
    assert (former.state, now.state, now.started_at) == ("stopped", "running", former.started_at)
    assert (now.due_at, now.by_night) == (former.started_at + timedelta(hours=2), True)
    await grade(reports_doors, key, "extreme", "severe")  # the same time is allowed: the clock stays as it is
    assert len(await clocks(reports_doors)) == 2
    await grade(reports_doors, key, "moderate", "extreme")
    assert (await clocks(reports_doors))[-1].due_at == former.due_at
    await grade(reports_doors, key, "severe", "moderate")
    moved = {"category": "water", "instead_of": "lighting", "reason": "是水管"}
    assert (await step(reports_doors, GRID, key, "classification", moved)).status_code == 200
    assert (await clocks(reports_doors))[-1].due_at == former.started_at + timedelta(hours=2)


async def test_a_time_that_is_over_stays_over_and_who_is_late_by_another_has_a_fifth_of_it(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    await told(reports_doors, "update clocks set started_at = started_at - interval '5 hours' where kind = 'resolve'")
    await grade(reports_doors, key, "severe")
    [row] = await reports_doors.rows("select updated_at from reports")
    now = (await clocks(reports_doors))[-1]
    assert now.due_at == row.updated_at + timedelta(minutes=24)
    await told(reports_doors, "update clocks set due_at = now(), next_at = now() where kind = 'resolve' and state = 'running'")
    await grade(reports_doors, key, "minor", "severe")
    assert await reports_doors.running.database.do(sweep.ring_some)
    assert "reports.clock_missed.v1" in await reports_doors.said()


MINUTES = some.integers(5, 3000)


@settings(deadline=None, max_examples=60)
@given(usual=some.builds(Policy, MINUTES, some.booleans()), grave=some.builds(Policy, MINUTES, some.booleans()),
       hour=some.integers(0, 24 * 14), kind=some.sampled_from(Kind), level=some.sampled_from(Severity))
def test_of_two_times_to_resolve_that_which_is_over_first_counts(
    usual: Policy, grave: Policy, hour: int, kind: Kind, level: Severity
) -> None:
    terms = Terms(0, OFFICE_HOURS, Policy(120), Policy(30), Policy(120), usual, {}, severity={"severe": grave, "extreme": grave})
    since = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour)
    found = terms.shorter(kind, "lighting", level.value, since)
    if kind is not Kind.RESOLVE or level.value not in terms.severity:
        assert found == terms.policy(kind, "lighting")
    else:
        ends = due(since, found, terms.calendar)
        assert found in (usual, grave)
        assert ends == min(due(since, one, terms.calendar) for one in (usual, grave))


def test_they_are_four_in_order_and_each_is_called_in_chinese() -> None:
    assert [NAMES[one] for one in Severity] == ["一般", "较大", "重大", "特别重大"]
    assert [one.rank for one in Severity] == [1, 2, 3, 4]
    assert at_least("moderate") == ["moderate", "severe", "extreme"]
    assert graver(Severity.SEVERE, Severity.MINOR) is graver(Severity.MINOR, Severity.SEVERE) is Severity.SEVERE


async def test_a_community_gives_levels_times_of_their_own_and_terms_of_before_the_default(reports_doors: Doors) -> None:
    usual = {"minutes": 120, "by_night": True}
    assert (await read(reports_doors)).json()["terms"]["severity"] == {"severe": usual, "extreme": usual}
    said = SAID | {"severity": {"moderate": {"minutes": 90, "by_night": True}}}
    assert (await put(reports_doors, said)).json()["terms"]["severity"] == said["severity"]
    await filed(reports_doors, is_dangerous=True)
    [clock] = await clocks(reports_doors)
    assert (clock.minutes, clock.policy_version) == (90, 1)
    await told(reports_doors, "update terms set said = said - 'severity'")
    assert (await read(reports_doors)).json()["terms"]["severity"] == {"severe": usual, "extreme": usual}
    async with reports_doors.client(OFFICER) as officer:
        [version] = (await officer.get(f"/api/v1/settings/{HERE}/versions")).json()["items"]
    assert version["severity"] == {"severe": usual, "extreme": usual}
    for wrong in ({"severe": {"minutes": 4}}, {"grave": usual}):
        assert (await put(reports_doors, SAID | {"severity": wrong}, on='"1"')).status_code == 422
    with pytest.raises(TermsOutOfBounds):
        Terms(0, (), *(DEFAULT.respond,) * 4, {}, severity={"severe": Policy(1)})


async def test_a_part_is_as_grave_as_its_report_at_least(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    assert (await divided(reports_doors, key, category="safety"))["severity"] == "moderate"
    await grade(reports_doors, key, "severe")
    assert (await divided(reports_doors, key, category="safety"))["severity"] == "severe"


async def test_it_follows_neither_dispatch_nor_resolution(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    await grade(reports_doors, key, "severe")
    for what in ("processing", "resolution"):
        assert (await step(reports_doors, GRID, key, what)).status_code == 200
    [group] = (await pace(reports_doors)).json()["groups"]
    assert (group["contact"]["many"], group["mended"]["many"]) == (1, 1)
