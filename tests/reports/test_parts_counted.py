"""子报事 are work, and nothing that somebody filed: with parts planted and with them gone the same is told and counted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.day import ask, ids, told
from builders.doors import Doors, keyed
from builders.life import brought_to, file, mark, step
from builders.parts import along, divided, mended, read
from builders.past import a_month_ago, said_by
from builders.receiver import receiving
from builders.world import GRID, HERE, OFFICER, RESIDENT, SECOND_RESIDENT, UNIT

from chassis import bus
from chassis.testing import arrived
from contracts.reports import ReportReclassified, ReportResolved, ReportSubmitted
from services.reports import consumers
from services.reports.actions import doubles, worklists
from services.reports.domain.worklist import Filters, List, Order, Question
from services.reports.store import board, classifiers, queries
from services.reports.store import told as days
from tests.reports.test_hooks import entered, hears

AT = {"lat": 30.6201, "lng": 104.1201, "crs": "wgs84"}
MONTHS = [f"{datetime.now(UTC) + timedelta(hours=8) - timedelta(days=back):%Y-%m}" for back in (62, 0)]
GONE = (
    "delete from transitions where action = 'divide'",
    *(f"delete from {table} where report_id in (select id from reports where parent_id is not null)"
      for table in ("dues", "clocks", "transitions", "checks", "doubles", "repeats", "deliveries")),
    "delete from reports where parent_id is not null",
)


async def gone(doors: Doors) -> None:
    """As if nobody had divided anything."""
    for sql in GONE:
        await told(doors, sql)


async def filed(doors: Doors) -> str:
    body = {"text": "灯不亮", "category": "lighting", "place": {"area": UNIT, **AT}, "client_token": str(uuid4())}
    async with doors.client(RESIDENT) as client:
        return str((await client.post("/api/v1/reports", json=body, headers=keyed())).json()["id"])


async def planted(doors: Doors) -> tuple[str, str]:
    """Seven reports, of which the first was divided while it was assigned and is mended, the last is divided and open."""
    first, last = await filed(doors), await filed(doors)
    for key in (first, last):
        await along(doors, key, "acceptance", "assignment")
        for n in range(3):
            part = (await divided(doors, key, category="lighting"))["id"]
            if key == first or n == 0:
                await mended(doors, part)
                await along(doors, part, "closure")
    await along(doors, first, "processing", "resolution")
    assert (await step(doors, RESIDENT, first, "rating")).status_code == 200
    for _ in range(5):
        await brought_to(doors, "resolved")
    return first, last


@pytest.fixture
def answers(reports_doors: Doors) -> dict[str, Callable[[], Any]]:
    """All that is told of what was filed, each by its door."""
    bounds = {"from": MONTHS[0], "to": MONTHS[1]}
    box = {"west": 104.0, "south": 30.5, "east": 104.2, "north": 30.7}
    place = {"category": "lighting", "place": {"area": UNIT, **AT}}

    def got(path: str, person: Any = None, **params: object) -> Callable[[], Any]:
        async def ask() -> Any:
            async with reports_doors.client(person) as client:
                return _plain(await client.get(path, params=params))

        return ask

    async def doubles_told() -> Any:
        async with reports_doors.client(SECOND_RESIDENT) as client:
            return _plain(await client.post("/api/v1/doubles", json=place))

    asked = {f"figures by {by}": got("/api/v1/figures", OFFICER, **bounds, group_by=by)
             for by in ("grid", "office", "category", "month")}
    asked |= {f"pace by {by}": got("/api/v1/figures/pace", OFFICER, **bounds, group_by=by) for by in ("month", "category")}
    return asked | {
        "clusters": got("/api/v1/figures/clusters", OFFICER, **bounds, area=HERE),
        "repeats": got("/api/v1/figures/repeats", OFFICER, **bounds),
        "board": got(f"/api/v1/board/{HERE}"), "heat": got(f"/api/v1/heat/{HERE}", **box),
        "open311": got("/open311/v2/requests.json", jurisdiction_id=HERE),
        "updates": got("/open311/v2/servicerequestupdates.json", jurisdiction_id=HERE), "doubles": doubles_told,
    }


def _plain(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    said = answer.json()
    return {name: value for name, value in said.items() if name != "at"} if isinstance(said, dict) else said


@pytest.mark.parametrize("when", ["now", "a month ago"])
async def test_the_same_is_told_with_parts_and_without(
    reports_doors: Doors, answers: dict[str, Callable[[], Any]], when: str
) -> None:
    await planted(reports_doors)
    if when != "now":
        await said_by(reports_doors, 7)
        await a_month_ago(reports_doors)
    there = {name: await asked() for name, asked in answers.items()}
    await gone(reports_doors)
    for name, asked in answers.items():
        assert there[name] == await asked(), name
    if when == "now":
        assert [one["denominator"] for one in _rates(there["figures by office"])] == [6, 1, 1]
        assert (len(there["open311"]), len(there["doubles"])) == (7, 1)
    else:
        assert there["board"]["months"] != []
        assert there["heat"]["features"] == [] or sum(one["properties"]["count"] for one in there["heat"]["features"]) < 8


def _rates(said: Any) -> list[Any]:
    [one] = said["groups"]
    return [one[name] for name in ("response", "satisfied", "resolved")]


async def test_what_is_open_at_a_poster_and_its_figures_know_no_part(reports_doors: Doors) -> None:
    await mark(reports_doors)
    spot = {"place": {"area": UNIT}, "asset": "楼道照明", "category": "lighting"}
    async with reports_doors.client(OFFICER) as client:
        code = (await client.post("/api/v1/anchors", json=spot, headers=keyed())).json()["code"]
    _, last = await planted(reports_doors)
    async with reports_doors.client() as client:
        there = (await client.get(f"/api/v1/anchors/{code}")).json()
    assert [one["number"] for one in there["open"]] == [(await read(reports_doors, last))["number"]]


async def test_nobody_outside_and_no_follower_hears_of_a_part(reports_doors: Doors, tmp_path: Path) -> None:
    async with receiving(tmp_path) as hall:
        reports_doors.app.state.caller = hall.caller()
        await entered(reports_doors, hall)
        del reports_doors.app.state.caller
    async with reports_doors.client(SECOND_RESIDENT) as client:
        assert (await client.post("/api/v1/follows", json={"area": UNIT}, headers=keyed())).status_code in {200, 201}
    former = await brought_to(reports_doors, "resolved")
    key = await brought_to(reports_doors, "processing")
    part = await divided(reports_doors, key, category="lighting")
    said: dict[str, Any] = {name: part[name] for name in ("area", "number", "parent_id")} | {
        "report_id": part["id"], "reporter_id": part["reporter_id"],
    }
    filed, over = ReportSubmitted(**said, category="lighting"), ReportResolved(**said, resolved_by=GRID.id)
    other = ReportReclassified(**said, category="lighting", former_category="road", changed_by=GRID.id)
    for queue, events in (
        (consumers.doubles, [filed, other]), (consumers.followers, [filed, over]), (consumers.hooks, [filed, over, other]),
    ):
        for event in events:
            await bus.handle(reports_doors.running.database, queue, arrived(event, datetime.now(UTC)))
    await reports_doors.running.database.do(lambda work: doubles.suggest_by_photo(work, UUID(part["id"]), uuid4()))
    for table in ("doubles", "repeats", "checks"):
        assert await reports_doors.rows(f"select 1 from {table}") == []
    await hears(reports_doors, former)
    told = await reports_doors.rows("select distinct report_id from deliveries")
    assert [str(row.report_id) for row in told] == [former], "they hear of a report"
    assert "reports.followers_told.v1" not in await reports_doors.said()
    assert former != key


async def test_what_a_board_says_is_open_is_what_was_filed(reports_doors: Doors) -> None:
    await planted(reports_doors)
    database, soon = reports_doors.running.database, datetime.now(UTC) + timedelta(minutes=1)
    there = await database.do(lambda work: board.open_in(work, HERE, soon))
    await gone(reports_doors)
    assert there == await database.do(lambda work: board.open_in(work, HERE, soon)) != {}


async def test_no_part_is_learned_from_counted_in_a_day_or_taken_from_a_budget(reports_doors: Doors) -> None:
    await planted(reports_doors)
    database = reports_doors.running.database
    long_ago, soon = datetime(2025, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(minutes=1)
    learned = await database.do(classifiers.mended)
    assert sorted(len(one) for one in learned.values()) == [6]
    assert await database.do(lambda work: days.filed(work, HERE, since=long_ago, before=soon)) == 7
    known = await database.do(lambda work: queries.before_filing(
        work, UNIT, reporter=RESIDENT.id, token=uuid4(), since=long_ago, counted=True
    ))
    assert known.filed == 7


async def test_what_was_mended_before_is_no_part(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    part = (await divided(reports_doors, key, category="lighting"))["id"]
    await mended(reports_doors, part)
    again = await file(reports_doors)
    [row] = await reports_doors.rows("select area, number from reports where id = cast(:id as uuid)", id=again)
    said: dict[str, Any] = {"area": str(row.area), "report_id": UUID(again), "number": row.number, "reporter_id": RESIDENT.id}
    event = ReportSubmitted(**said, category="lighting")
    await bus.handle(reports_doors.running.database, consumers.doubles, arrived(event, datetime.now(UTC)))
    assert await reports_doors.rows("select 1 from repeats") == []


async def test_worklists_batches_map_and_search_hold_it_and_an_export_does_not(reports_doors: Doors) -> None:
    _, last = await planted(reports_doors)
    number = (await read(reports_doors, last))["number"]
    open_ones = [one["id"] for one in (await read(reports_doors, last))["parts"] if one["status"] == "submitted"]
    assert len(open_ones) == 2
    shown = (await ask(reports_doors)).json()["items"]
    assert {one["id"]: one["parent_number"] for one in shown} == {last: None, **dict.fromkeys(open_ones, number)}
    assert sorted(await ids(reports_doors, "to-answer")) == sorted(open_ones)
    part = (await read(reports_doors, open_ones[0]))["number"]
    assert await ids(reports_doors, q=part) == [open_ones[0]]
    async with reports_doors.client(GRID) as grid:
        box = {"west": 104.0, "south": 30.5, "east": 104.2, "north": 30.7}
        drawn = (await grid.get("/api/v1/maps/reports", params=box)).json()["features"]
        batch = {"act": {"name": "accept"}, "report_ids": open_ones}
        done = await grid.post("/api/v1/batches", json=batch, headers=keyed())
    assert {one["properties"]["id"]: one["properties"]["parent_number"] for one in drawn} == {
        last: None, **dict.fromkeys(open_ones, number)
    }
    assert done.status_code in {200, 201}, done.text
    assert {(await read(reports_doors, one))["status"] for one in open_ones} == {"accepted"}
    by, _ = (await reports_doors.running.directory.look_up([OFFICER.id]))[OFFICER.id]
    for name, many in ((List.EVERY, 7), (List.OPEN, 1)):
        question = Question(name, Order.NEW, Filters())
        left = await reports_doors.running.database.do(
            lambda work, question=question: worklists.page_of(work, by=by, question=question, after=None, limit=50)
        )
        counted = await reports_doors.running.database.do(
            lambda work, question=question: worklists.how_many(work, by=by, question=question, most=50)
        )
        assert (len(left), counted) == (many, many)
