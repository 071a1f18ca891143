"""每千户: problems, those of many as one, against the households that the terms speak of, as it was known at an instant."""

import random
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.days import this_month
from builders.doors import Doors, keyed
from builders.life import file, mark, named, step
from builders.past import a_month_ago, said_by
from builders.world import FAR_OFFICER, GRID, HERE, OFFICER, RESIDENT, ROOM, THERE, Person
from sqlalchemy import text

from services.reports.domain.board import FEWEST

GRID_PATH = f"{HERE}.g03"
SAID: dict[str, Any] = {
    "duty": [], "respond": {"minutes": 60}, "contact": {"minutes": 45}, "arrive": {"minutes": 30}, "ordinary": {"minutes": 2880},
    "resolve": {}, "return_limit": 2, "daily_reports": 50,
}


async def put(doors: Doors, said: Any, *, on: str = '"0"') -> httpx.Response:
    await mark(doors)
    async with doors.client(OFFICER) as client:
        return await client.put(f"/api/v1/settings/{HERE}", json=said, headers={"if-match": on})


async def filed_at(doors: Doors, area: str) -> None:
    body = {"text": "灯不亮", "category": "lighting", "client_token": str(uuid4()), "place": {"area": area}}
    async with doors.client(RESIDENT) as client:
        assert (await client.post("/api/v1/reports", json=body, headers=keyed())).status_code == 201


async def months(doors: Doors) -> Any:
    async with doors.client() as client:
        return (await client.get(f"/api/v1/board/{HERE}")).json()["months"]


async def ask(doors: Doors, person: Person = OFFICER, **asked: str) -> httpx.Response:
    async with doors.client(person) as client:
        bounds = {"from": this_month(), "to": this_month(), "area": HERE}
        return await client.get("/api/v1/figures/clusters", params={**bounds, **asked})


async def told(doors: Doors, **asked: str) -> list[Any]:
    answer = await ask(doors, **asked)
    assert answer.status_code == 200, answer.text
    return [tuple(one.values()) for one in answer.json()["groups"]]


async def merged(doors: Doors, key: str, master: str) -> None:
    assert (await step(doors, GRID, key, "merge", {"master_id": master})).status_code == 200


async def test_of_many_who_say_the_same_one_is_counted_and_of_a_thousand_households(reports_doors: Doors) -> None:
    assert (await put(reports_doors, SAID | {"households": {HERE: 1600, GRID_PATH: 400}})).status_code == 200
    master, member, _, gone = [await file(reports_doors) for _ in range(4)]
    await merged(reports_doors, member, master)
    assert (await step(reports_doors, RESIDENT, gone, "withdrawal")).status_code == 200
    await filed_at(reports_doors, ROOM)  # a dwelling's is nobody else's problem
    await filed_at(reports_doors, HERE)
    assert await told(reports_doors) == [(this_month(), 3, 1600, 1.875)]
    assert await told(reports_doors, group_by="grid") == [(HERE, 1, None, None), (GRID_PATH, 2, 400, 5.0)]
    assert await told(reports_doors, area=GRID_PATH) == [(this_month(), 2, 400, 5.0)]


async def test_where_nobody_said_how_many_live_there_nothing_is_set_against_them(reports_doors: Doors) -> None:
    await file(reports_doors)
    assert await told(reports_doors) == [(this_month(), 1, None, None)]
    assert (await put(reports_doors, SAID | {"households": {GRID_PATH: 400}})).status_code == 200
    assert await told(reports_doors) == [(this_month(), 1, None, None)]


def walked(steps: list[Any], at: datetime) -> int:
    """The plain way: who is not a member and was not withdrawn by then."""
    standing: dict[Any, str] = {}
    for one in (one for one in steps if one.at <= at):
        standing[one.report_id] = one.to_status
    return sum(status not in {"merged", "withdrawn"} for status in standing.values())


async def test_at_any_instant_it_is_as_the_log_and_the_terms_were(reports_doors: Doors) -> None:
    seed = random.randrange(2**32)
    rolled = random.Random(seed)
    keys = [await file(reports_doors) for _ in range(7)]
    for turn in range(18):
        if turn % 6 == 5:
            said = SAID | {"households": {HERE: rolled.randrange(100, 9999)}}
            assert (await put(reports_doors, said, on=f'"{turn // 6}"')).status_code == 200
        key, other = rolled.sample(keys, 2)
        what = rolled.choice(("merge", "unmerge", "withdrawal"))
        person, body = (RESIDENT, None) if what == "withdrawal" else (GRID, {"master_id": other} if what == "merge" else None)
        assert (await step(reports_doors, person, key, what, body)).status_code in {200, 409, 422}
    steps = await reports_doors.rows("select report_id, at, to_status from transitions order by at, seq")
    said = await reports_doors.rows("select decided_at, said from terms order by version")
    instants = sorted({row.at for row in steps} | {row.decided_at for row in said})
    for at in (*rolled.sample(instants, min(12, len(instants))), instants[-1]):
        known = [row.said["households"][HERE] for row in said if row.decided_at <= at]
        many = walked(steps, at)
        households = known[-1] if known else None
        per = 1000 * many / households if households else None
        counted = [(this_month(), many, households, per)] * (many > 0)
        assert await told(reports_doors, at=at.isoformat()) == counted, f"{seed} {at}"


@pytest.mark.parametrize("wrong", [
    {THERE: 10}, {f"{HERE}.g03.dgy1": 10}, {HERE: 100, GRID_PATH: 101}, {"510104.clx": 10},
])
async def test_households_are_said_of_the_community_and_its_grids(reports_doors: Doors, wrong: dict[str, int]) -> None:
    answer = await put(reports_doors, SAID | {"households": wrong})
    assert (answer.status_code, named(answer)) == (422, "households-unfit")
    assert await reports_doors.rows("select 1 from terms") == []


@pytest.mark.parametrize("wrong", [{HERE: 0}, {HERE: 200_001}, {HERE: "7"}, {HERE: 1.5}, {"x y": 7}, [7]])
async def test_households_that_are_no_number_are_refused_by_field(reports_doors: Doors, wrong: Any) -> None:
    answer = await put(reports_doors, SAID | {"households": wrong})
    assert (answer.status_code, named(answer)) == (422, "invalid-request")
    assert await reports_doors.rows("select 1 from terms") == []


async def test_terms_from_before_say_nothing_of_households_and_are_read(reports_doors: Doors) -> None:
    await put(reports_doors, SAID)
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text("update terms set said = said - 'households'"))
    async with reports_doors.client(OFFICER) as client:
        assert (await client.get(f"/api/v1/settings/{HERE}")).json()["terms"]["households"] == {}
        assert (await client.get(f"/api/v1/settings/{HERE}/versions")).json()["items"][0]["households"] == {}
    await file(reports_doors)
    assert await told(reports_doors) == [(this_month(), 1, None, None)]


async def test_they_are_read_where_one_serves(reports_doors: Doors) -> None:
    await mark(reports_doors)
    for person in (FAR_OFFICER, RESIDENT):
        assert (await ask(reports_doors, person)).status_code == 404
    assert (await ask(reports_doors, at="2999-01-01T00:00:00Z")).status_code == 422
    assert (await ask(reports_doors, **{"from": "2026-11", "to": "2026-10"})).status_code == 422


async def test_the_board_tells_it_of_five_people_and_of_no_fewer(reports_doors: Doors) -> None:
    assert (await put(reports_doors, SAID | {"households": {HERE: 500}})).status_code == 200
    for _ in range(FEWEST):
        await file(reports_doors)
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text("update terms set decided_at = decided_at - interval '90 days'"))
    await a_month_ago(reports_doors)
    for people, shown in ((FEWEST - 1, None), (FEWEST, {"clusters": FEWEST, "households": 500, "per_thousand": 10.0})):
        await said_by(reports_doors, people)
        assert [one["clusters"] for one in await months(reports_doors)] == [None] * 5 + [shown]
