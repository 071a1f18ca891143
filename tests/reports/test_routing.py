"""分派规则: whose a report is at first, by the first of four that knows; decided by version, told in sentences."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.life import PLUMBERS, mark, named, unit
from builders.world import (
    ADMIN,
    FAR_GRID,
    FAR_OFFICER,
    GRID,
    GUARD,
    HERE,
    OFFICER,
    OTHER_GRID,
    RESIDENT,
    SECOND_RESIDENT,
    STRANGER,
    THERE,
    UNIT,
    YARD,
    Person,
)
from hypothesis import given
from hypothesis import strategies as some
from shapely import Polygon

from services.reports.domain.coordinates import Point
from services.reports.domain.grid import FEWEST_CORNERS, Grid, GridUnfit
from services.reports.domain.routing import Case, Routing, RoutingRule

G01, G03 = f"{HERE}.g01", f"{HERE}.g03"
WEST = [[104.10, 30.60], [104.12, 30.60], [104.12, 30.64], [104.10, 30.64], [104.10, 30.60]]
EAST = [[104.12, 30.60], [104.14, 30.60], [104.14, 30.64], [104.12, 30.64], [104.12, 30.60]]
IN_EAST = {"lat": 30.62, "lng": 104.13, "crs": "wgs84"}
NOWHERE = {"lat": 30.62, "lng": 104.148, "crs": "wgs84"}  # some 800 m beyond the last grid


def drawn(area: str, ring: list[list[float]], **more: object) -> dict[str, Any]:
    return {"area": area, "polygon": {"type": "Polygon", "coordinates": [ring]}, **more}


GRIDS = [drawn(G01, WEST), drawn(G03, EAST)]
DANGER = {"name": "安全隐患", "says": "安全隐患由社区直接受理", "categories": ["safety"], "office": "community_officer"}
PIPES = {
    "name": "一期水管", "says": "大观苑一期的供水由物业负责", "categories": ["water"], "areas": [YARD], "unit_id": str(PLUMBERS),
}


async def read(doors: Doors, person: Person = OFFICER, area: str = HERE, more: str = "") -> httpx.Response:
    async with doors.client(person) as client:
        return await client.get(f"/api/v1/settings/{area}/routing{more}")


async def put(
    doors: Doors, rules: list[Any], grids: list[Any] | None = None, *, on: str | None = '"0"', person: Person = OFFICER,
    area: str = HERE,
) -> httpx.Response:
    await mark(doors)
    async with doors.client(person) as client:
        said = {"rules": rules, "grids": GRIDS if grids is None else grids}
        return await client.put(f"/api/v1/settings/{area}/routing", json=said, headers={"if-match": on} if on else {})


async def decided(doors: Doors, *rules: Any) -> None:
    await unit(doors, PLUMBERS, HERE)
    answer = await put(doors, list(rules))
    assert answer.status_code == 200, answer.text


async def filed(doors: Doors, category: str = "lighting", person: Person = RESIDENT, **said: object) -> dict[str, Any]:
    body = {"text": "请处理", "category": category, "client_token": str(uuid4()), **said}
    if "anchor" not in said:
        body.setdefault("place", {"area": UNIT})
    async with doors.client(person) as client:
        answer = await client.post("/api/v1/reports", json=body, headers=keyed())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def why(doors: Doors, report: dict[str, Any], person: Person = OFFICER) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.get(f"/api/v1/reports/{report['id']}/routing")


async def test_without_rules_everything_is_triage_as_before(reports_doors: Doors) -> None:
    report = await filed(reports_doors)
    told = (await why(reports_doors, report, GRID)).json()
    assert (told["by"], told["passed"], told["version"], report["level"]) == ("triage", [], 0, 1)


async def test_the_first_rule_that_fits_decides_and_why_the_others_did_not_is_told(reports_doors: Doors) -> None:
    await decided(reports_doors, PIPES, DANGER)
    danger = await filed(reports_doors, "safety")
    told = (await why(reports_doors, danger)).json()
    assert {name: told[name] for name in ("by", "rule", "office", "unit_id", "says", "version")} == {
        "by": "rule", "rule": "安全隐患", "office": "community_officer", "unit_id": None, "says": DANGER["says"], "version": 1,
    }
    assert told["passed"] == ["规则“一期水管”不适用：类别不在其列"]
    water = (await why(reports_doors, await filed(reports_doors, "water"))).json()
    assert (water["rule"], water["unit_id"], water["passed"]) == ("一期水管", str(PLUMBERS), [])
    outside = (await why(reports_doors, await filed(reports_doors, "water", place={"area": G01}))).json()
    assert (outside["by"], outside["passed"]) == ("triage", [
        "规则“一期水管”不适用：地点不在其范围", "规则“安全隐患”不适用：类别不在其列", "没有定位，无法按网格边界分派",
    ])


async def test_a_rules_office_is_where_it_begins(reports_doors: Doors) -> None:
    await decided(reports_doors, DANGER)
    report = await filed(reports_doors, "safety")
    assert report["level"] == 3
    assert (await filed(reports_doors, "noise"))["level"] == 1
    bodies = await reports_doors.rows("select convert_from(body, 'utf8')::jsonb ->> 'level' as level from outbox order by pos")
    assert [row.level for row in bodies] == ["3", None]
    async with reports_doors.client(OFFICER) as client:
        assert (await client.get(f"/api/v1/reports/{report['id']}/chain")).json()["sound"]


async def test_a_point_leads_to_its_grid_and_the_report_lies_there(reports_doors: Doors) -> None:
    await decided(reports_doors, PIPES)
    report = await filed(reports_doors, place={"area": HERE, **IN_EAST})
    told = (await why(reports_doors, report, GRID)).json()
    assert (report["area"], told["by"], told["grid"]) == (G03, "grid", G03)
    async with reports_doors.client(OTHER_GRID) as other:
        assert (await other.get(f"/api/v1/reports/{report['id']}")).status_code == 404
    shifted = Point(IN_EAST["lat"], IN_EAST["lng"]).gcj02()  # type: ignore[arg-type]
    by_map = await filed(reports_doors, place={"area": HERE, "lat": shifted.lat, "lng": shifted.lng, "crs": "gcj02"})
    assert by_map["area"] == G03
    lost = await filed(reports_doors, place={"area": HERE, **NOWHERE})
    told = (await why(reports_doors, lost)).json()
    assert (lost["area"], told["by"], told["passed"][-1]) == (HERE, "triage", "位置不在任何网格边界内")


async def test_what_was_filed_for_a_smaller_place_stays_there_wherever_the_phone_was(reports_doors: Doors) -> None:
    await decided(reports_doors, PIPES)
    report = await filed(reports_doors, "water", place={"area": UNIT, "lat": 30.62, "lng": 104.11, "crs": "wgs84"})
    told = (await why(reports_doors, report)).json()
    assert (report["area"], told["grid"], told["rule"]) == (UNIT, G01, "一期水管")


async def test_the_anchors_unit_comes_before_every_rule(reports_doors: Doors) -> None:
    await decided(reports_doors, {"name": "全部", "says": "都归街道", "office": "subdistrict_officer"})
    spot = {"place": {"area": UNIT}, "asset": "水表井", "category": "water", "unit_id": str(PLUMBERS)}
    async with reports_doors.client(OFFICER) as client:
        code = (await client.post("/api/v1/anchors", json=spot, headers=keyed())).json()["code"]
    scanned = await filed(reports_doors, anchor=code, category="water")
    told = (await why(reports_doors, scanned)).json()
    assert (told["by"], told["unit_id"], told["passed"], scanned["level"]) == ("anchor", str(PLUMBERS), [], 1)
    assert (await filed(reports_doors))["level"] == 4


async def test_what_was_filed_stays_as_it_was_routed(reports_doors: Doors) -> None:
    await decided(reports_doors, DANGER)
    report = await filed(reports_doors, "safety")
    assert (await put(reports_doors, [], on='"1"')).status_code == 200
    told = (await why(reports_doors, report)).json()
    assert (told["version"], told["rule"]) == (1, "安全隐患")
    assert (await why(reports_doors, await filed(reports_doors, "safety"))).json()["version"] == 2


async def test_why_is_for_staff(reports_doors: Doors) -> None:
    report = await filed(reports_doors)
    for person, refused in (
        (RESIDENT, (403, "not-allowed-here")), (GUARD, (403, "not-allowed-here")), (SECOND_RESIDENT, (404, "not-found")),
        (OTHER_GRID, (404, "not-found")), (FAR_GRID, (404, "not-found")), (STRANGER, (404, "not-found")),
    ):
        answer = await why(reports_doors, report, person)
        assert (answer.status_code, named(answer)) == refused


async def test_it_is_changed_by_version_and_of_twelve_at_once_one_decides(reports_doors: Doors) -> None:
    await unit(reports_doors, PLUMBERS, HERE)
    assert (await read(reports_doors)).headers["etag"] == '"0"'
    answers = await asyncio.gather(*(put(reports_doors, [DANGER, PIPES]) for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [200] + [412] * 11
    assert (await put(reports_doors, [], on=None)).status_code == 428
    assert (await put(reports_doors, [], on="*")).status_code == 428
    assert (await put(reports_doors, [], on='"0"')).status_code == 412
    found = await read(reports_doors)
    assert (found.headers["etag"], [one["name"] for one in found.json()["rules"]]) == ('"1"', ["安全隐患", "一期水管"])
    assert found.json()["grids"][1] == {"area": G03, "ring": EAST}
    assert (await put(reports_doors, [DANGER], [], on='"1"')).status_code == 200
    versions = (await read(reports_doors, more="/versions")).json()["items"]
    assert [(one["version"], len(one["rules"]), one["decided_by"]) for one in versions] == [
        (2, 1, str(OFFICER.id)), (1, 2, str(OFFICER.id)),
    ]
    audited = await reports_doors.rows("select action, subject, reason from audit where subject like 'routing/%' order by at")
    assert [(row.action, row.reason) for row in audited] == [("settings.write", "version 1"), ("settings.write", "version 2")]


async def test_who_may_not_is_told_before_anything_is_read(reports_doors: Doors) -> None:
    for person, area, status in (
        (GRID, HERE, 404), (RESIDENT, HERE, 404), (FAR_OFFICER, HERE, 404), (OFFICER, THERE, 404), (OFFICER, G03, 404),
        (ADMIN, "510104.clx", 404),
    ):
        wrong = [drawn(G03, EAST[:-1])]
        assert (await put(reports_doors, [], wrong, person=person, area=area)).status_code == status
        assert (await read(reports_doors, person, area)).status_code == status
    assert await reports_doors.rows("select 1 from routings") == []


async def test_it_is_decided_while_it_is_sure_who_serves(reports_doors: Doors) -> None:
    await mark(reports_doors, age=30)
    async with reports_doors.client(OFFICER) as client:
        stale = await client.put(
            f"/api/v1/settings/{HERE}/routing", json={"rules": [], "grids": []}, headers={"if-match": '"0"'}
        )
    assert (stale.status_code, named(stale)) == (503, "directory-stale")


CROSSED = [[104.10, 30.60], [104.12, 30.64], [104.12, 30.60], [104.10, 30.64], [104.10, 30.60]]
FLAT = [[104.10, 30.60], [104.11, 30.60], [104.12, 30.60], [104.10, 30.60]]
WIDE = [[104.0, 30.0], [104.5, 30.0], [104.5, 30.5], [104.0, 30.0]]
ABROAD = [[2.0, 48.0], [2.1, 48.0], [2.1, 48.1], [2.0, 48.0]]


@pytest.mark.parametrize(("ring", "amiss"), [
    (EAST[:-1], "not closed"), (CROSSED, "crosses itself"), (FLAT, "crosses itself"), (WIDE, "too wide"), (ABROAD, "outside"),
])
async def test_a_grid_is_a_polygon_that_can_be_one(reports_doors: Doors, ring: list[list[float]], amiss: str) -> None:
    answer = await put(reports_doors, [], [drawn(G01, WEST), drawn(G03, ring)])
    assert (answer.status_code, named(answer)) == (422, "grid-unfit")
    assert (answer.json()["grid"], answer.json()["why"]) == (G03, amiss)
    assert await reports_doors.rows("select 1 from routings") == []


async def test_grids_share_a_border_and_nothing_more(reports_doors: Doors) -> None:
    over = [[lng - 0.001, lat] for lng, lat in EAST]
    answer = await put(reports_doors, [], [drawn(G01, WEST), drawn(G03, over)])
    assert (answer.status_code, named(answer), answer.json()["grids"]) == (422, "grids-overlap", [G01, G03])
    assert (await put(reports_doors, [])).status_code == 200


@pytest.mark.parametrize(("rules", "grids", "refused"), [
    ([DANGER, DANGER], [], "routing-unfit"), ([DANGER | {"office": None}], [], "routing-unfit"),
    ([DANGER | {"unit_id": str(PLUMBERS)}], [], "routing-unfit"), ([DANGER | {"areas": [THERE]}], [], "routing-unfit"),
    ([DANGER | {"areas": [f"{HERE}.g99"]}], [], "no-such-area"), ([PIPES | {"unit_id": str(uuid4())}], [], "unit-not-serving"),
    ([], [drawn(f"{THERE}.g01", EAST)], "routing-unfit"), ([], [drawn(YARD, EAST)], "routing-unfit"),
    ([], [drawn(G03, EAST), drawn(G03, WEST)], "routing-unfit"), ([], [drawn(f"{HERE}.g77", EAST)], "no-such-area"),
    ([DANGER | {"office": "grid_worker"}], [], "invalid-request"), ([DANGER | {"categories": ["magic"]}], [], "invalid-request"),
    ([], [{"area": G03, "polygon": {"type": "Point", "coordinates": [[EAST]]}}], "invalid-request"),
])
async def test_rules_speak_of_what_is_there_and_say_one_thing(
    reports_doors: Doors, rules: list[Any], grids: list[Any], refused: str
) -> None:
    await unit(reports_doors, PLUMBERS, HERE)
    answer = await put(reports_doors, rules, grids)
    assert (answer.status_code, named(answer)) == (422, refused)
    assert await reports_doors.rows("select 1 from routings") == []


async def test_a_grid_drawn_on_a_chinese_map_is_kept_on_wgs84(reports_doors: Doors) -> None:
    shifted = [Point(lat, lng).gcj02() for lng, lat in EAST]
    said = drawn(G03, [[one.lng, one.lat] for one in shifted], crs="gcj02")
    kept = (await put(reports_doors, [], [said])).json()["grids"][0]["ring"]
    for (lng, lat), (meant_lng, meant_lat) in zip(kept, EAST, strict=True):
        assert Point(lat, lng).metres_to(Point(meant_lat, meant_lng)) < 0.5


def test_a_point_on_the_border_lies_in_the_first_of_the_two() -> None:
    rings = [tuple((lng, lat) for lng, lat in ring) for ring in (WEST, EAST)]
    routing = Routing(HERE, 1, (), (Grid(G01, rings[0]), Grid(G03, rings[1])))
    assert routing.route(Case("noise", HERE, Point(30.62, 104.12))).grid == G01


@given(some.floats(30.59, 30.65), some.floats(104.09, 104.15))
def test_a_point_is_in_the_rectangle_exactly_when_its_numbers_say_so(lat: float, lng: float) -> None:
    grid = Grid(G03, tuple((x, y) for x, y in EAST))
    assert grid.covers(Point(lat, lng)) == (30.60 <= lat <= 30.64 and 104.12 <= lng <= 104.14)


@given(some.lists(some.tuples(some.floats(104, 104.2), some.floats(30.5, 30.7)), min_size=1, max_size=12))
def test_any_ring_is_a_grid_or_is_refused_by_name(corners: list[tuple[float, float]]) -> None:
    ring = (*corners, corners[0])
    if len(ring) >= FEWEST_CORNERS and Polygon(ring).is_valid and Polygon(ring).area > 0:
        assert Grid(G03, ring).covers(Point(corners[0][1], corners[0][0]))
    else:
        with pytest.raises(GridUnfit) as refused:
            Grid(G03, ring)
        assert refused.value.extra["grid"] == G03


@given(some.lists(some.sampled_from(("safety", "water", "noise")), max_size=5), some.sampled_from(("safety", "water", "road")))
def test_as_many_sentences_as_rules_were_passed_over(named_by: list[str], category: str) -> None:
    rules = tuple(RoutingRule(str(n), "因为", (one,), office="community_officer") for n, one in enumerate(named_by))
    found = Routing(HERE, 1, rules).route(Case(category, HERE))
    fits = named_by.index(category) if category in named_by else None
    assert (found.rule, len(found.passed)) == ((str(fits), fits) if fits is not None else (None, len(rules)))
