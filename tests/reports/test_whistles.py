"""吹哨报到: named units are summoned, come in time or are seen to be late, and go when the report is resolved."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.life import PLUMBERS, brought_to, named, step, unit
from builders.world import FAR_GRID, GRID, HERE, RESIDENT, THERE, UNIT, Person

from services.reports.actions import whistles
from services.reports.domain.clock import due
from services.reports.domain.terms import DEFAULT

PLUMBER, ELECTRICIAN = Person(), Person()
ELECTRICIANS = uuid4()


async def whistled(doors: Doors) -> str:
    await unit(doors, PLUMBERS, HERE, PLUMBER)
    await unit(doors, ELECTRICIANS, HERE, ELECTRICIAN)
    key = await brought_to(doors, "processing")
    answer = await step(doors, GRID, key, "whistle", body(PLUMBERS, ELECTRICIANS))
    assert (answer.status_code, answer.json()["status"]) == (200, "whistled")
    return key


def body(*units: UUID) -> dict[str, Any]:
    return {"unit_ids": [str(one) for one in units], "reason": "需要到场关阀断电"}


async def come(doors: Doors, person: Person, key: str, key_of_unit: UUID = PLUMBERS) -> Any:
    return await step(doors, person, key, "arrival", {"unit_id": str(key_of_unit)})


async def seen(doors: Doors, key: str) -> dict[str, dict[str, Any]]:
    async with doors.client(GRID) as grid:
        return {one["unit_id"]: one for one in (await grid.get(f"/api/v1/reports/{key}/whistles")).json()}


async def test_each_unit_has_its_time_and_its_people_are_told(reports_doors: Doors) -> None:
    key = await whistled(reports_doors)
    rows = await reports_doors.rows("select * from summonses")
    assert {row.unit_id for row in rows} == {PLUMBERS, ELECTRICIANS}
    assert all(row.due_at == due(row.blown_at, DEFAULT.arrive, DEFAULT.calendar) for row in rows)
    kept = (await reports_doors.rows("select body, headers from outbox where topic = 'reports.whistle_blown.v1'"))[0]
    assert str(PLUMBER.id) in str(kept.headers)
    assert "关阀" not in kept.body.decode() + str(kept.headers)
    assert set(await seen(reports_doors, key)) == {str(PLUMBERS), str(ELECTRICIANS)}


async def test_a_units_arrival_is_told_once_and_by_its_own(reports_doors: Doors) -> None:
    key = await whistled(reports_doors)
    for person in (ELECTRICIAN, GRID):
        answer = await come(reports_doors, person, key)
        assert (answer.status_code, named(answer)) == (403, "not-your-unit")
    assert (await come(reports_doors, FAR_GRID, key)).status_code == 404
    answers = await asyncio.gather(*(come(reports_doors, PLUMBER, key) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert (await reports_doors.said()).count("reports.unit_arrived.v1") == 1
    assert set(next(answer for answer in answers if answer.status_code == 200).json()) == {
        "unit_id", "blown_at", "due_at", "arrived_at", "arrived_by", "overdue", "closed_at", "contribution", "contributed_at",
        "contributed_by",
    }


async def test_who_is_late_is_seen_once_and_stays_seen(reports_doors: Doors) -> None:
    key = await whistled(reports_doors)
    await come(reports_doors, PLUMBER, key)
    over = (await reports_doors.rows("select max(due_at) as at from summonses"))[0].at
    assert not await reports_doors.running.database.do(whistles.tell_late, now=over - timedelta(seconds=1))
    told = await asyncio.gather(*(reports_doors.running.database.do(whistles.tell_late, now=over) for _ in range(5)))
    assert sorted(told) == [False] * 4 + [True]
    assert (await reports_doors.said()).count("reports.unit_overdue.v1") == 1
    for row in await reports_doors.rows("select body from outbox where topic ~ 'unit_(arrived|overdue)'"):
        said = json.loads(row.body)
        assert (said["blown_by"], said["assignee_id"], said["level"]) == (str(GRID.id), str(GRID.id), 1)
    units = await seen(reports_doors, key)
    assert (units[str(PLUMBERS)]["overdue"], units[str(ELECTRICIANS)]["overdue"]) == (False, True)


async def test_it_closes_with_the_report_and_may_be_blown_again(reports_doors: Doors) -> None:
    key = await whistled(reports_doors)
    assert (await step(reports_doors, GRID, key, "resolution")).status_code == 200
    assert all(one["closed_at"] for one in (await seen(reports_doors, key)).values())
    answer = await come(reports_doors, PLUMBER, key)
    assert (answer.status_code, named(answer)) == (409, "not-awaited")
    await step(reports_doors, RESIDENT, key, "reopening")
    for what in ("acceptance", "assignment", "processing"):
        await step(reports_doors, GRID, key, what)
    assert (await step(reports_doors, GRID, key, "whistle", body(PLUMBERS))).status_code == 200
    assert (await come(reports_doors, PLUMBER, key)).status_code == 200


async def test_a_unit_that_is_wanted_still_is_not_summoned_twice(reports_doors: Doors) -> None:
    key = await whistled(reports_doors)
    assert (await step(reports_doors, GRID, key, "resumption")).json()["status"] == "processing"
    answer = await step(reports_doors, GRID, key, "whistle", body(PLUMBERS))
    assert (answer.status_code, named(answer)) == (409, "summoned-already")


@pytest.mark.parametrize("serves", [THERE, None])
async def test_only_units_that_serve_the_place_are_summoned_and_then_none_at_all(
    reports_doors: Doors, serves: str | None
) -> None:
    await unit(reports_doors, PLUMBERS, HERE)
    other = uuid4()
    if serves:
        await unit(reports_doors, other, serves)
    key = await brought_to(reports_doors, "processing")
    answer = await step(reports_doors, GRID, key, "whistle", body(PLUMBERS, other))
    assert (answer.status_code, named(answer)) == (422, "unit-not-serving")
    assert await reports_doors.rows("select 1 from summonses") == []


async def test_without_somebody_responsible_no_whistle_is_blown(reports_doors: Doors) -> None:
    await unit(reports_doors, PLUMBERS, UNIT)
    key = await brought_to(reports_doors, "submitted")
    await step(reports_doors, GRID, key, "escalation")
    answer = await step(reports_doors, GRID, key, "whistle", body(PLUMBERS))
    assert (answer.status_code, named(answer)) == (409, "nobody-responsible")
