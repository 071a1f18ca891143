"""What reports says by itself: that many meet the same, at each mark once, and how each community's day was, once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from builders.doors import Doors, keyed
from builders.life import brought_to, file, step
from builders.world import GRID, HERE, RESIDENT, UNIT
from sqlalchemy import text

from chassis import bus
from chassis.testing import arrived
from contracts.reports import ReportMerged, ReportSupported
from services.reports import consumers
from services.reports.actions import telling
from services.reports.domain.hotspot import GROWN_AT, reached
from services.reports.domain.terms import midnight


async def told(doors: Doors, topic: str) -> list[dict[str, Any]]:
    asked = "select convert_from(body, 'utf8')::jsonb as body from outbox where topic = :topic order by pos"
    rows = await doors.rows(asked, topic=topic)
    return [dict(row.body) for row in rows]


async def meeting(doors: Doors, key: str, many: int) -> None:
    """So many more neighbours meet it."""
    async with doors.whole.begin() as connection:
        voice = "insert into supports (report_id, person_id, supported_at) values (cast(:key as uuid), :who, now())"
        for _ in range(many):
            await connection.execute(text(voice), {"key": key, "who": uuid4()})


async def hear(doors: Doors, key: str, *, into: str | None = None) -> list[dict[str, Any]]:
    of: dict[str, Any] = {"area": UNIT, "report_id": key, "number": "GH", "reporter_id": RESIDENT.id}
    event = ReportSupported(**of, supporters=1) if into is None else ReportMerged(**of, master_id=into, master_number="GH")
    await bus.handle(doors.running.database, consumers.followers, arrived(event, doors.running.settings.clock.now()))
    return await told(doors, "reports.hotspot_grown.v1")


async def test_at_each_mark_the_office_hears_once_how_many_meet_it(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    await meeting(reports_doors, key, GROWN_AT[0] - 2)
    assert await hear(reports_doors, key) == []
    await meeting(reports_doors, key, 1)
    for _ in range(2):
        assert [one["people"] for one in await hear(reports_doors, key)] == [GROWN_AT[0]]
    await meeting(reports_doors, key, GROWN_AT[2])
    for _ in range(2):
        assert [one["people"] for one in await hear(reports_doors, key)] == [GROWN_AT[0], GROWN_AT[0] + GROWN_AT[2]]


async def test_what_was_merged_counts_and_is_told_of_the_one_that_carries_the_work(reports_doors: Doors) -> None:
    key, master = await file(reports_doors), await file(reports_doors)
    await meeting(reports_doors, key, GROWN_AT[0] - 1)
    async with reports_doors.client(GRID) as grid:
        merged = await grid.post(f"/api/v1/reports/{key}/merge", json={"master_id": master}, headers=keyed())
        assert merged.status_code == 200, merged.text
    for into in (None, master):
        [one] = await hear(reports_doors, key, into=into)
        assert (one["report_id"], one["people"], one["level"]) == (master, GROWN_AT[0], 1)


async def test_of_what_is_over_nothing_grows(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "resolved")
    await meeting(reports_doors, key, GROWN_AT[0])
    assert await hear(reports_doors, key) == []


def test_a_mark_is_reached_and_not_passed_over() -> None:
    assert [reached(people) for people in (0, 4, 5, 19, 20, 79, 80, 10_000)] == [0, 0, 5, 5, 20, 20, 80, 80]


async def counted(doors: Doors, at: datetime) -> list[dict[str, Any]]:
    while await doors.running.database.do(telling.count_a_day, now=at):
        pass
    return await told(doors, "reports.day_counted.v1")


async def test_each_day_is_told_once_as_it_was_known_at_its_end(reports_doors: Doors) -> None:
    today = midnight(reports_doors.running.settings.clock.now())
    key = await brought_to(reports_doors, "resolved")
    tomorrow = today + timedelta(days=1)
    found = await counted(reports_doors, tomorrow)
    [ours] = found  # of the days before anything was filed, and of where nothing was, none is told
    assert ours["day"] == f"{today:%Y-%m-%d}"
    assert (ours["filed"], ours["response"], ours["resolved"], ours["satisfied"]) == (1, [1, 1, 0], [0, 0, 1], [0, 0, 1])
    assert (await step(reports_doors, RESIDENT, key, "rating", {"satisfaction": 5})).status_code == 200
    assert await counted(reports_doors, tomorrow + timedelta(hours=23)) == found
    later = await counted(reports_doors, tomorrow + timedelta(days=3))
    quiet = [f"{today + timedelta(days=many):%Y-%m-%d}" for many in (1, 2, 3)]
    assert [(one["day"], one["filed"]) for one in later[1:]] == [(day, 0) for day in quiet]
    assert {HERE} == {row.community for row in await reports_doors.rows("select community from counted_days")}
