"""公示: whoever passes by reads how it goes, and finds nobody out by it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from builders.doors import Doors, keyed
from builders.life import brought_to, mark, named, step
from builders.world import GRID, HERE, OFFICER, RESIDENT, ROOM, THERE, UNIT
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import text

from services.reports.domain.board import FEWEST, folded, is_small
from services.reports.domain.figures import Figures, Rate, summed

NAME, PHONE, WORDS = "李翠花", "13912345678", "楼上漏水到我家厨房"


async def read(doors: Doors, path: str = f"/{HERE}") -> httpx.Response:
    async with doors.client() as client:
        return await client.get(f"/api/v1/board{path}")


async def filed(doors: Doors, **said: object) -> dict[str, Any]:
    body = {"text": f"{NAME} {PHONE} {WORDS}", "category": "water", "client_token": str(uuid4()), **said}
    async with doors.client(RESIDENT) as client:
        answer = await client.post("/api/v1/reports", json=body, headers=keyed())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def a_month_ago(doors: Doors) -> None:
    """As if all that stands in the log had been in the middle of the last whole month; nobody else's clock is moved."""
    month = (datetime.now(UTC) + timedelta(hours=8)).replace(day=1) - timedelta(days=15)
    by = datetime.now(UTC) - month
    async with doors.running.database.engine.begin() as connection:
        for change in (
            "transitions set at = at - cast(:by as interval)", "appraisals set said_at = said_at - cast(:by as interval)",
            "clocks set started_at = started_at - cast(:by as interval), due_at = due_at - cast(:by as interval)",
            "reports set submitted_at = submitted_at - cast(:by as interval), resolved_at = resolved_at - cast(:by as interval)",
        ):
            await connection.execute(text(f"update {change}"), {"by": by})


async def rated(doors: Doors, many: int) -> None:
    for _ in range(many):
        key = await brought_to(doors, "resolved")
        assert (await step(doors, RESIDENT, key, "rating")).status_code == 200


async def test_nobody_signs_in_and_a_name_a_phone_and_words_that_were_planted_are_not_there(reports_doors: Doors) -> None:
    await mark(reports_doors)
    spot = {"place": {"area": UNIT}, "asset": "楼道照明", "category": "lighting"}
    async with reports_doors.client(OFFICER) as client:
        code = (await client.post("/api/v1/anchors", json=spot, headers=keyed())).json()["code"]
    report = await filed(reports_doors, place={"area": ROOM, "lat": 30.6212, "lng": 104.1234, "crs": "wgs84"})
    await filed(reports_doors, anchor=code)
    await rated(reports_doors, FEWEST)
    await a_month_ago(reports_doors)
    async with reports_doors.client() as client:
        answers = [await read(reports_doors, ""), await read(reports_doors), await client.get(f"/api/v1/anchors/{code}/figures")]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        people = (NAME, PHONE, WORDS, str(RESIDENT.id), str(GRID.id))
        for private in (*people, "30.62", "104.12", report["id"], report["number"], UNIT, ROOM):
            assert private not in answer.text


async def test_the_last_whole_month_is_told_once_five_stand_behind_it(reports_doors: Doors) -> None:
    await rated(reports_doors, FEWEST)
    assert all(one["resolved"] is None for one in (await read(reports_doors)).json()["months"])  # this month is not over
    await a_month_ago(reports_doors)
    told = (await read(reports_doors)).json()
    assert (told["months"][-1]["resolved"]["numerator"], told["months"][-1]["resolved"]["denominator"]) == (FEWEST, FEWEST)
    assert [one["group"] for one in told["categories"]] == ["lighting"]
    assert len(told["months"]) == 6


async def test_fewer_than_five_are_not_told(reports_doors: Doors) -> None:
    await rated(reports_doors, FEWEST - 1)
    await a_month_ago(reports_doors)
    told = (await read(reports_doors)).json()
    assert told["categories"] == []
    assert {one[name] for one in told["months"] for name in ("response", "resolved", "satisfied")} == {None}


async def test_what_happens_today_is_told_tomorrow(reports_doors: Doors) -> None:
    await rated(reports_doors, FEWEST)
    key = await brought_to(reports_doors, "resolved")
    await a_month_ago(reports_doors)
    before = (await read(reports_doors)).json()
    async with reports_doors.running.database.engine.begin() as connection:
        again = text("update reports set resolved_at = :at where id = cast(:key as uuid)")
        await connection.execute(again, {"at": datetime.now(UTC), "key": key})
    assert (await step(reports_doors, RESIDENT, key, "rating")).status_code == 200
    assert (await read(reports_doors)).json() == before


async def test_what_is_open_in_public_places_is_counted_and_at_home_is_not(reports_doors: Doors) -> None:
    for place in (UNIT, HERE, ROOM):
        await filed(reports_doors, place={"area": place})
    await a_month_ago(reports_doors)
    assert (await read(reports_doors)).json()["open"] == {"water": 2}
    assert (await read(reports_doors, f"/{THERE}")).json()["open"] == {}


async def test_a_poster_tells_how_fast_it_went_once_five_were_mended(reports_doors: Doors) -> None:
    await mark(reports_doors)
    spot = {"place": {"area": UNIT}, "asset": "楼道照明", "category": "lighting"}
    async with reports_doors.client(OFFICER) as client:
        code = (await client.post("/api/v1/anchors", json=spot, headers=keyed())).json()["code"]
    for _ in range(FEWEST):
        await filed(reports_doors, anchor=code)
    async with reports_doors.running.database.engine.begin() as connection:
        await connection.execute(text("update reports set status = 'closed', resolved_at = submitted_at + interval '6 hours'"))
    await a_month_ago(reports_doors)
    async with reports_doors.client() as client:
        told = (await client.get(f"/api/v1/anchors/{code}/figures")).json()
        assert told["figures"] == {"filed": FEWEST, "resolved": FEWEST, "median_hours": 6.0}
        async with reports_doors.running.database.engine.begin() as connection:
            one = "(select min(number) from reports)"
            await connection.execute(text(f"update reports set status = 'withdrawn' where number = {one}"))
        assert (await client.get(f"/api/v1/anchors/{code}/figures")).json()["figures"] is None
        assert (await client.get(f"/api/v1/anchors/{'A' * 40}/figures")).status_code == 404


async def test_a_board_is_a_communitys(reports_doors: Doors) -> None:
    for path in (f"/{HERE}.g03", "/510104", "/510104.clx.nowhere"):
        answer = await read(reports_doors, path)
        assert (answer.status_code, named(answer)) == (404, "no-such-community")
    assert [one["area"] for one in (await read(reports_doors, "")).json()] == [HERE, THERE]


RATES = some.builds(Rate, some.just(0), some.integers(0, 12), some.integers(0, 3))


@given(groups=some.dictionaries(some.sampled_from("abcdefgh"), some.builds(Figures, RATES, RATES, RATES)))
def test_no_group_is_shown_that_is_small_nor_can_one_be_reckoned(groups: dict[str, Figures]) -> None:
    shown = folded(groups)
    assert not any(is_small(one) for one in shown.values())
    if shown:
        whole, told = summed(("all", one) for one in groups.values()), summed(("all", one) for one in shown.values())
        assert told == whole
    hidden = set(groups) - set(shown)
    assert not shown or len(hidden) != 1


def test_a_small_group_takes_the_next_smallest_with_it() -> None:
    groups = {name: Figures(response=Rate(0, many)) for name, many in (("a", 2), ("b", 9), ("c", 30))}
    assert folded(groups) == {"rest": Figures(response=Rate(0, 11)), "c": groups["c"]}
