"""公示: whoever passes by reads how it goes, and finds nobody out by it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from builders.doors import Doors, keyed
from builders.life import brought_to, mark, named, step
from builders.past import a_month_ago, said_by
from builders.world import GRID, HERE, OFFICER, RESIDENT, ROOM, THERE, UNIT
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import text

from services.reports.domain.board import FEWEST, SETTLES, counted, folded, is_few, is_small, settled
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


async def rated(doors: Doors, many: int, people: int | None = None) -> None:
    for _ in range(many):
        key = await brought_to(doors, "resolved")
        assert (await step(doors, RESIDENT, key, "rating")).status_code == 200
    await said_by(doors, people or many)


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


async def test_a_month_that_was_told_is_told_by_the_categories_of_then(reports_doors: Doors) -> None:
    for _ in range(FEWEST):
        key = await brought_to(reports_doors, "resolved")
        assert (await step(reports_doors, RESIDENT, key, "reopening")).status_code == 200
    await said_by(reports_doors, FEWEST)
    await a_month_ago(reports_doors)
    before = (await read(reports_doors)).json()
    assert [one["group"] for one in before["categories"]] == ["lighting"]
    assert (await step(reports_doors, GRID, key, "classification")).status_code == 200
    after = (await read(reports_doors)).json()
    assert (after["months"], after["categories"]) == (before["months"], before["categories"])


async def test_what_happens_now_changes_nothing_that_was_told(reports_doors: Doors) -> None:
    await rated(reports_doors, FEWEST)
    key = await brought_to(reports_doors, "resolved")
    await a_month_ago(reports_doors)
    before = (await read(reports_doors)).json()
    async with reports_doors.whole.begin() as connection:
        again = text("update reports set resolved_at = :at where id = cast(:key as uuid)")
        await connection.execute(again, {"at": datetime.now(UTC), "key": key})
    assert (await step(reports_doors, RESIDENT, key, "rating")).status_code == 200
    assert (await read(reports_doors)).json() == before


@given(hours=some.integers(0, 40_000), days=some.integers(1, 27))
def test_from_day_to_day_a_month_is_told_as_it_stood_at_one_instant(hours: int, days: int) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    (months, known), (later, known_later) = settled(at, 1), settled(at + timedelta(days=days), 1)
    assert known <= at
    assert (months == later) == (known == known_later)
    assert known == months.before + SETTLES


async def test_the_rates_are_those_of_when_the_month_settled(reports_doors: Doors) -> None:
    await rated(reports_doors, FEWEST)
    await a_month_ago(reports_doors)
    told = (await read(reports_doors)).json()
    assert told["months"][-1]["resolved"]["denominator"] == FEWEST
    late = text("update transitions set at = cast(:at as timestamptz) + interval '1 second' where action = 'rate'")
    async with reports_doors.whole.begin() as connection:
        await connection.execute(late, {"at": datetime.fromisoformat(told["known_at"])})
    assert told["known_at"] < told["open_at"]
    assert (await read(reports_doors)).json()["months"][-1]["resolved"] is None


async def test_what_is_open_in_public_places_is_counted_and_at_home_is_not(reports_doors: Doors) -> None:
    for place in (*[UNIT] * 3, HERE, HERE, ROOM):
        await filed(reports_doors, place={"area": place})
    await a_month_ago(reports_doors)
    assert (await read(reports_doors)).json()["open"] == {"water": 5}
    assert (await read(reports_doors, f"/{THERE}")).json()["open"] == {}


async def test_of_few_that_are_open_nobody_is_found_out(reports_doors: Doors) -> None:
    for category in (*["lighting"] * 6, "water", "noise"):
        await filed(reports_doors, place={"area": HERE}, category=category)
    await a_month_ago(reports_doors)
    assert (await read(reports_doors)).json()["open"] == {"rest": 8}
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text("delete from doubles"))
        await connection.execute(text("update reports set status = 'withdrawn' where category = 'lighting'"))
    assert (await read(reports_doors)).json()["open"] == {}


async def test_how_many_are_silent_is_not_told_of_few_nor_of_a_category(reports_doors: Doors) -> None:
    await rated(reports_doors, FEWEST)
    await brought_to(reports_doors, "resolved")
    await a_month_ago(reports_doors)
    told = (await read(reports_doors)).json()
    assert set(told["months"][-1]["unanswered"].values()) == {None}
    assert told["months"][-1]["resolved"]["denominator"] == FEWEST
    assert "unanswered" not in str(told["categories"])


async def test_one_who_reports_much_is_one(reports_doors: Doors) -> None:
    await rated(reports_doors, FEWEST + 1, people=FEWEST - 1)
    await a_month_ago(reports_doors)
    told = (await read(reports_doors)).json()
    assert {told["months"][-1][name] for name in ("resolved", "satisfied")} == {None}
    assert told["categories"] == []


async def test_a_poster_tells_how_fast_it_went_once_five_were_mended(reports_doors: Doors) -> None:
    await mark(reports_doors)
    spot = {"place": {"area": UNIT}, "asset": "楼道照明", "category": "lighting"}
    async with reports_doors.client(OFFICER) as client:
        code = (await client.post("/api/v1/anchors", json=spot, headers=keyed())).json()["code"]
    for _ in range(FEWEST):
        await filed(reports_doors, anchor=code)
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text("update reports set status = 'closed', resolved_at = submitted_at + interval '6 hours'"))
    await a_month_ago(reports_doors)
    async with reports_doors.client() as client:
        assert (await client.get(f"/api/v1/anchors/{code}/figures")).json()["figures"] is None  # one person's, all of them
        await said_by(reports_doors, FEWEST)
        told = (await client.get(f"/api/v1/anchors/{code}/figures")).json()
        assert told["figures"] == {"filed": FEWEST, "resolved": FEWEST, "median_hours": 6.0}
        async with reports_doors.whole.begin() as connection:
            one = "(select min(number) from reports)"
            await connection.execute(text(f"update reports set status = 'withdrawn' where number = {one}"))
        assert (await client.get(f"/api/v1/anchors/{code}/figures")).json()["figures"] is None
        assert (await client.get(f"/api/v1/anchors/{'A' * 40}/figures")).status_code == 404


async def test_the_last_month_is_told_by_grid_and_small_ones_are_put_together(reports_doors: Doors) -> None:
    """Ten of a grid, eight of another, two of the community and no grid of it: these go with the next smallest."""
    await rated(reports_doors, 4 * FEWEST)
    moved = (
        "update reports set area = text2ltree(cast(:area as text)) from (select id, row_number() over (order by id) as turn "
        "from reports) as of where of.id = reports.id and of.turn between :first and :last"
    )
    async with reports_doors.whole.begin() as connection:
        for area, first, last in ((f"{HERE}.g03", 1, 10), (f"{HERE}.g01", 11, 18), (HERE, 19, 20)):
            await connection.execute(text(moved), {"area": area, "first": first, "last": last})
    await a_month_ago(reports_doors)
    told = (await read(reports_doors)).json()
    assert {one["group"]: (one["name"], one["resolved"]["denominator"]) for one in told["grids"]} == {
        f"{HERE}.g03": ("g03", 10), "rest": (None, 10),
    }
    assert told["months"][-1]["resolved"]["denominator"] == 4 * FEWEST


async def test_of_grids_in_which_few_speak_nothing_is_told(reports_doors: Doors) -> None:
    await rated(reports_doors, FEWEST + 1, people=FEWEST - 1)
    await a_month_ago(reports_doors)
    assert (await read(reports_doors)).json()["grids"] == []


async def test_a_board_is_a_communitys(reports_doors: Doors) -> None:
    for path in (f"/{HERE}.g03", "/510104", "/510104.clx.nowhere"):
        answer = await read(reports_doors, path)
        assert (answer.status_code, named(answer)) == (404, "no-such-community")
    assert [one["area"] for one in (await read(reports_doors, "")).json()] == [HERE, THERE]


RATES = some.builds(Rate, some.just(0), some.integers(0, 12), some.integers(0, 3))


NAMES = some.sampled_from("abcdefgh")


@given(groups=some.dictionaries(NAMES, some.tuples(some.builds(Figures, RATES, RATES, RATES), some.integers(0, 9))))
def test_no_group_is_shown_that_is_small_nor_can_one_be_reckoned(groups: dict[str, tuple[Figures, int]]) -> None:
    figures, people = {name: one for name, (one, _) in groups.items()}, {name: many for name, (_, many) in groups.items()}
    shown = folded(figures, people)
    assert not any(is_small(*one) for one in shown.values())
    if shown:
        told = summed(("all", one) for one, _ in shown.values())
        assert told == summed(("all", one) for one in figures.values())
    hidden = set(groups) - set(shown)
    assert not shown or len(hidden) != 1


@given(groups=some.dictionaries(NAMES, some.integers(0, 12)))
def test_no_count_is_shown_that_is_few_nor_can_one_be_reckoned(groups: dict[str, int]) -> None:
    shown = counted(groups)
    assert not any(is_few(many) for many in shown.values())
    assert not shown or sum(shown.values()) == sum(groups.values())
    assert not shown or len(set(groups) - set(shown)) != 1


def test_a_small_group_takes_the_next_smallest_with_it() -> None:
    groups = {name: Figures(response=Rate(0, many)) for name, many in (("a", 2), ("b", 9), ("c", 30))}
    people = dict.fromkeys(groups, 9)
    assert folded(groups, people) == {"rest": (Figures(response=Rate(0, 11)), 9), "c": (groups["c"], 9)}
    assert set(folded(groups, people | {"c": 4})) == {"b", "rest"}
    assert folded(groups, dict.fromkeys(groups, 4)) == {}
