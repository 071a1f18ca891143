"""主动治理: what comes again where it was mended is noticed once, and an officer makes somebody own it until it ends."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.life import brought_to, named
from builders.world import FAR_GRID, FAR_OFFICER, GRID, GUARD, OFFICER, OTHER_GRID, RESIDENT, UNIT, YARD, Person
from sqlalchemy import text

from chassis import bus
from chassis.testing import arrived
from contracts.reports import ReportSubmitted
from services.reports import consumers

SOON = f"{datetime.now(UTC) + timedelta(days=20):%Y-%m-%d}"


async def again(doors: Doors, category: str = "lighting", area: str = UNIT) -> dict[str, Any]:
    """Somebody files it once more, and the worker hears of it, twice."""
    body = {"text": "又坏了", "category": category, "place": {"area": area}, "client_token": str(uuid4())}
    async with doors.client(RESIDENT) as client:
        said = dict((await client.post("/api/v1/reports", json=body, headers=keyed())).json())
    event = ReportSubmitted(
        area=said["area"], report_id=said["id"], number=said["number"], category=category, reporter_id=said["reporter_id"]
    )
    for _ in range(2):
        await bus.handle(doors.running.database, consumers.doubles, arrived(event, doors.running.settings.clock.now()))
    return said


async def listed(doors: Doors, person: Person = GRID, what: str = "repeats") -> list[Any]:
    async with doors.client(person) as client:
        return list((await client.get(f"/api/v1/{what}")).json()["items"])


async def begin(doors: Doors, repeat: str, person: Person = OFFICER, **other: object) -> httpx.Response:
    body = {"repeat_id": repeat, "owner_id": str(GRID.id), "review_on": SOON, **other}
    async with doors.client(person) as client:
        return await client.post("/api/v1/cures", json=body, headers=keyed())


async def end(doors: Doors, key: str, person: Person = GRID, outcome: str = "cured") -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/cures/{key}/conclusion", json={"outcome": outcome})


async def came_again(doors: Doors) -> str:
    await brought_to(doors, "resolved")
    await again(doors)
    [repeat] = await listed(doors)
    return str(repeat["id"])


async def test_what_comes_again_where_it_was_mended_is_noticed_once(reports_doors: Doors) -> None:
    former = await brought_to(reports_doors, "resolved")
    said = await again(reports_doors)
    [repeat] = await listed(reports_doors)
    assert (repeat["report_id"], repeat["former_id"], repeat["cure_id"]) == (said["id"], former, None)
    for person in (OTHER_GRID, FAR_GRID, RESIDENT):
        assert await listed(reports_doors, person) == []


async def test_another_category_another_place_what_is_open_and_what_is_long_ago_are_no_repeats(reports_doors: Doors) -> None:
    former = await brought_to(reports_doors, "resolved")
    await again(reports_doors, category="water")
    await again(reports_doors, area=YARD)
    await brought_to(reports_doors, "processing")
    await again(reports_doors, category="water")
    async with reports_doors.whole.begin() as connection:
        aged = text("update reports set resolved_at = resolved_at - interval '31 days' where id = cast(:key as uuid)")
        await connection.execute(aged, {"key": former})
    await again(reports_doors)
    assert await listed(reports_doors) == []


async def test_an_officer_makes_somebody_own_it_and_it_ends_once(reports_doors: Doors) -> None:
    repeat = await came_again(reports_doors)
    cure = (await begin(reports_doors, repeat)).json()
    assert (cure["owner_id"], cure["review_on"], cure["outcome"]) == (str(GRID.id), SOON, None)
    assert (await listed(reports_doors))[0]["cure_id"] == cure["id"]
    assert [one["id"] for one in await listed(reports_doors, what="cures?under_way=true")] == [cure["id"]]
    for person, refused in ((FAR_OFFICER, 404), (OTHER_GRID, 404), (RESIDENT, 404), (GUARD, 403)):
        assert (await end(reports_doors, cure["id"], person)).status_code == refused
    answers = await asyncio.gather(*(end(reports_doors, cure["id"], outcome="eased") for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [200, *[409] * 11]
    assert {named(one) for one in answers if one.status_code == 409} == {"cure-ended"}
    assert await listed(reports_doors, what="cures?under_way=true") == []
    assert (await begin(reports_doors, repeat)).status_code == 201  # it came again: another


async def test_of_twelve_who_begin_at_once_one_does(reports_doors: Doors) -> None:
    repeat = await came_again(reports_doors)
    answers = await asyncio.gather(*(begin(reports_doors, repeat) for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [201, *[409] * 11]
    assert {named(one) for one in answers if one.status_code == 409} == {"cure-there"}
    assert len(await reports_doors.rows("select 1 from cures")) == 1
    assert (await reports_doors.said()).count("reports.cure_begun.v1") == 1


@pytest.mark.parametrize(("other", "why"), [
    ({"review_on": "2020-01-01"}, "cure-date-unfit"), ({"review_on": "2099-01-01"}, "cure-date-unfit"),
    ({"owner_id": str(FAR_GRID.id)}, "owner-not-serving"), ({"owner_id": str(RESIDENT.id)}, "owner-not-serving"),
])
async def test_a_cure_has_a_day_to_come_and_an_owner_who_serves_there(
    reports_doors: Doors, other: dict[str, str], why: str
) -> None:
    answer = await begin(reports_doors, await came_again(reports_doors), **other)
    assert (answer.status_code, named(answer)) == (422, why)
    assert await reports_doors.rows("select 1 from cures") == []


async def test_the_grid_reads_repeats_and_an_officer_of_the_place_alone_begins(reports_doors: Doors) -> None:
    repeat = await came_again(reports_doors)
    answers = [await begin(reports_doors, repeat, person) for person in (GRID, FAR_OFFICER, RESIDENT)]
    assert [one.status_code for one in answers] == [403, 404, 404]


async def test_an_owner_who_serves_there_no_more_ends_nothing(reports_doors: Doors) -> None:
    cure = (await begin(reports_doors, await came_again(reports_doors))).json()
    async with reports_doors.whole.begin() as connection:
        left = text("update directory_assignments set ends_at = now() - interval '1 hour' where person_id = :person")
        assert (await connection.execute(left, {"person": GRID.id})).rowcount == 1
    answer = await end(reports_doors, cure["id"])
    assert (answer.status_code, named(answer)) == (403, "owner-left")
    assert (await end(reports_doors, cure["id"], OFFICER)).status_code == 200
