"""地图: staff see exactly what lies where they serve; everybody sees cells that five people stand behind, and no difference."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.day import filed, many, planned, told
from builders.doors import Doors, keyed
from builders.life import mark, named
from builders.world import FAR_GRID, GRID, HERE, OFFICER, OTHER_GRID, RESIDENT, ROOM, UNIT, Person
from hypothesis import given
from hypothesis import strategies as some

from services.reports.domain import viewport as rules
from services.reports.domain.coordinates import Point
from services.reports.domain.viewport import Box
from services.reports.domain.worklist import List
from services.reports.store import viewport

BOX = {"west": 104.11, "south": 30.61, "east": 104.13, "north": 30.63}
AT = {"lat": 30.6201, "lng": 104.1201, "crs": "wgs84"}


async def drawn(doors: Doors, person: Person = GRID, **asked: Any) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.get("/api/v1/maps/reports", params=BOX | asked)


async def heat(doors: Doors, community: str = HERE, **asked: Any) -> httpx.Response:
    async with doors.client() as client:
        return await client.get(f"/api/v1/heat/{community}", params=BOX | asked)


async def test_staff_see_each_report_of_the_box_where_they_serve(reports_doors: Doors) -> None:
    here = await filed(reports_doors, **AT)
    await filed(reports_doors, **{**AT, "lng": 104.14})
    await filed(reports_doors)
    told_of = (await drawn(reports_doors)).json()
    [one] = told_of["features"]
    assert (told_of["by"], one["properties"]["id"], one["geometry"]["coordinates"]) == ("points", here, [104.1201, 30.6201])
    assert (one["properties"]["category_label"], one["properties"]["status_label"]) == ("楼道照明", "已提交")
    assert "灯不亮" not in str(told_of)
    assert (await drawn(reports_doors, category="water")).json()["features"] == []
    for person in (OTHER_GRID, FAR_GRID, RESIDENT):
        assert (await drawn(reports_doors, person)).json()["features"] == []
    low, high = (Point(30.61, 104.11).gcj02(), Point(30.63, 104.13).gcj02())
    shifted = {"west": low.lng, "south": low.lat, "east": high.lng, "north": high.lat, "crs": "gcj02"}
    there = Point(30.6201, 104.1201).gcj02()
    [turned] = (await drawn(reports_doors, **shifted)).json()["features"]
    assert turned["geometry"]["coordinates"] == pytest.approx([there.lng, there.lat])


async def test_more_than_five_hundred_are_cells_that_count_every_one(reports_doors: Doors) -> None:
    await many(reports_doors, HERE, 12_000)
    answer = (await drawn(reports_doors, OFFICER, west=104.09, south=30.59, east=104.15, north=30.65)).json()
    assert answer["by"] == "cells"
    [row] = await reports_doors.rows("select count(*) as open from reports where status <> 'closed'")
    assert sum(one["properties"]["count"] for one in answer["features"]) == row.open > rules.MOST_POINTS
    values = {**vars(Box(104.09, 30.59, 104.15, 30.65)), "areas": [HERE], "now": datetime.now(UTC), "limit": 501, "side": 0.0032}
    for asked in (viewport.points(List.OPEN, frozenset()), viewport.cells(List.OPEN, frozenset())):
        looked = await planned(reports_doors, asked, values, "reports")
        assert looked
        assert "Seq Scan" not in {node["Node Type"] for node in looked}


@pytest.mark.parametrize(("asked", "why"), [
    ({"west": 104.2}, "box-unfit"), ({"south": 30.7}, "box-unfit"), ({"east": 105}, "box-unfit"), ({"west": 104.13}, "box-unfit"),
    ({"west": "nan"}, "invalid-request"), ({"north": 91}, "invalid-request"), ({"worklist": "every"}, "not-on-the-map"),
    ({"q": "灯"}, "not-on-the-map"), ({"other": 1}, "invalid-request"), ({"crs": "bd09"}, "invalid-request"),
])
async def test_what_cannot_be_drawn_is_refused(reports_doors: Doors, asked: dict[str, Any], why: str) -> None:
    answer = await drawn(reports_doors, **asked)
    assert (answer.status_code, named(answer)) == (422, why)


_OLD = """
insert into reports (id, number, client_token, reporter_id, area, category, status, sealed_text, lat, lng, reopen_count,
                     submitted_at, updated_at, last_seq, last_hash)
values (gen_random_uuid(), 'GH', gen_random_uuid(), :person, cast(:area as ltree), 'noise', 'accepted', '\\x01', 30.6201, :lng, 0,
        date_trunc('month', now()) - :months * interval '1 month' + interval '15 days', now(), 1, '\\x01')
"""


async def placed(
    doors: Doors, *, people: int, each: int = 1, area: str = UNIT, lng: float = 104.1201, months: int = 2
) -> None:
    """So many people filed so much there, some months ago."""
    for person in [uuid4() for _ in range(people)]:
        for _ in range(each):
            await told(doors, _OLD, person=person, area=area, lng=lng, months=months)


async def test_everybody_sees_a_cell_that_five_people_stand_behind_and_no_other(reports_doors: Doors) -> None:
    await placed(reports_doors, people=5, each=2)
    await placed(reports_doors, people=4, lng=104.1225)
    await placed(reports_doors, people=1, each=9, lng=104.1245)
    await placed(reports_doors, people=9, area=ROOM, lng=104.1265)
    await placed(reports_doors, people=9, months=0, lng=104.1285)
    answer = await heat(reports_doors)
    [cell] = answer.json()["features"]
    assert cell["properties"] == {"count": 10}
    assert cell["geometry"]["coordinates"][0][0] == [104.12, 30.62]
    assert (await heat(reports_doors, "510104.clx.jinxiu")).json()["features"] == []
    for community in (UNIT, "510104", "510104.clx.nowhere"):
        assert (await heat(reports_doors, community)).status_code == 404


async def test_no_two_boxes_differ_by_part_of_a_cell(reports_doors: Doors) -> None:
    """Five on one side of a cell and one on the other: whichever part of it the box has, the answer is of the whole."""
    await placed(reports_doors, people=5, lng=104.1201)
    await placed(reports_doors, people=1, lng=104.1219)
    for west, east in ((104.11, 104.121), (104.121, 104.13), (104.12, 104.1202), (104.1218, 104.122), (104.1204, 104.1206)):
        found = (await heat(reports_doors, west=west, east=east)).json()["features"]
        assert [one["properties"]["count"] for one in found] == [6], (west, east)


async def test_what_is_filed_or_withdrawn_today_changes_nothing_of_it(reports_doors: Doors) -> None:
    await placed(reports_doors, people=6)
    before = (await heat(reports_doors)).json()
    await filed(reports_doors, **AT)
    await told(reports_doors, "update reports set status = 'withdrawn' where id = (select min(id::text)::uuid from reports)")
    assert (await heat(reports_doors)).json() == before


@given(some.floats(104, 104.4), some.floats(0.0001, 0.5))
def test_cells_are_of_one_ladder_and_not_too_many(west: float, wide: float) -> None:
    box = Box(west, 30.0, west + wide, 30.0 + min(wide, 0.4))
    assert (box.east - box.west) / box.cell <= 2 * 24
    assert box.cell / 0.0002 in {2.0**n for n in range(12)}


async def test_a_point_far_outside_the_community_is_refused_where_it_has_drawn_its_grids(reports_doors: Doors) -> None:
    ring = [[104.11, 30.61], [104.13, 30.61], [104.13, 30.63], [104.11, 30.63], [104.11, 30.61]]

    async def file(lng: float) -> httpx.Response:
        draft = {"text": "灯不亮", "category": "lighting", "client_token": str(uuid4())}
        place = {"area": UNIT, "lat": 30.62, "lng": lng, "crs": "wgs84"}
        async with reports_doors.client(RESIDENT) as client:
            return await client.post("/api/v1/reports", json=draft | {"place": place}, headers=keyed())

    assert (await file(105.0)).status_code == 201  # nobody has said where it ends
    await mark(reports_doors)
    async with reports_doors.client(OFFICER) as client:
        drawing = {"rules": [], "grids": [{"area": f"{HERE}.g03", "polygon": {"type": "Polygon", "coordinates": [ring]}}]}
        answer = await client.put(f"/api/v1/settings/{HERE}/routing", json=drawing, headers={"if-match": '"0"'})
        assert answer.status_code == 200, answer.text
    assert [(await file(lng)).status_code for lng in (104.12, 104.141)] == [201, 201]
    refused = await file(104.145)
    assert (refused.status_code, named(refused)) == (422, "point-elsewhere")
