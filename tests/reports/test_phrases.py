"""常用语: a community's and one's own, with gaps of a closed list, filled from the report, and with nobody's number in them."""

import asyncio
from typing import Any

import httpx
import pytest
from builders.day import filed, told
from builders.doors import Doors, keyed
from builders.life import named
from builders.world import FAR_OFFICER, GRID, HERE, OFFICER, OTHER_GRID, RESIDENT, YARD, Person

from chassis import privacy

SAID = "您好，{编号}（{类别}，{地点}）请于{到期时间}前处理。"


async def keep(doors: Doors, person: Person = GRID, **other: Any) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post("/api/v1/phrases", json={"title": "催办", "said": SAID} | other, headers=keyed())


async def kept(doors: Doors, person: Person = GRID, **asked: str) -> list[Any]:
    async with doors.client(person) as client:
        return list((await client.get("/api/v1/phrases", params=asked)).json())


async def test_a_phrase_is_filled_from_the_report(reports_doors: Doors) -> None:
    await keep(reports_doors)
    key = await filed(reports_doors)
    [one] = await kept(reports_doors, report_id=key)
    assert one["said"] == SAID
    assert one["filled"].startswith("您好，GH-")
    assert "（楼道照明，g03 dgy1 b03 u2）" in one["filled"]
    assert "{" not in one["filled"]
    [raw] = await kept(reports_doors)
    assert raw["filled"] is None


async def test_what_fills_a_gap_is_not_read_again(reports_doors: Doors) -> None:
    await keep(reports_doors, said="{地点}")

    key = await filed(reports_doors)
    await told(reports_doors, "update directory_areas set name = '{编号}' where path = cast(:path as ltree)", path=YARD)
    [one] = await kept(reports_doors, report_id=key)
    assert one["filled"] == "g03 {编号} b03 u2"


async def test_a_community_reads_what_its_officer_wrote_and_nobody_anothers_own(reports_doors: Doors) -> None:
    assert (await keep(reports_doors, OFFICER, area=HERE, title="统一答复")).status_code == 201
    mine = (await keep(reports_doors)).json()
    assert {one["title"] for one in await kept(reports_doors)} == {"统一答复", "催办"}
    assert {one["title"] for one in await kept(reports_doors, OTHER_GRID)} == {"统一答复"}
    assert await kept(reports_doors, FAR_OFFICER) == []
    for person, status in ((OTHER_GRID, 404), (OFFICER, 404), (FAR_OFFICER, 404), (GRID, 204)):
        async with reports_doors.client(person) as client:
            assert (await client.delete(f"/api/v1/phrases/{mine['id']}")).status_code == status
    [shared] = await kept(reports_doors)
    for person, status in ((GRID, 403), (FAR_OFFICER, 404), (RESIDENT, 404), (OFFICER, 204)):
        async with reports_doors.client(person) as client:
            assert (await client.delete(f"/api/v1/phrases/{shared['id']}")).status_code == status


@pytest.mark.parametrize(("person", "other", "status"), [
    (GRID, {"area": HERE}, 403), (FAR_OFFICER, {"area": HERE}, 404), (RESIDENT, {}, 403), (OFFICER, {"area": YARD}, 422),
    (GRID, {"said": "请联系{报事人}"}, 422), (GRID, {"said": "{编号"}, 422), (GRID, {"said": "编号}"}, 422),
    (GRID, {"said": "{}"}, 422),
    (GRID, {"said": "请打 13912345678"}, 422), (GRID, {"title": "139 1234 5678"}, 422),
    (GRID, {"said": "510104199001011234"}, 422),
    (GRID, {"said": ""}, 422), (GRID, {"title": "a\x00"}, 422), (GRID, {"act": "x"}, 422), (GRID, {"said": "x" * 501}, 422),
])
async def test_what_is_no_phrase_is_refused(reports_doors: Doors, person: Person, other: dict[str, Any], status: int) -> None:
    assert (await keep(reports_doors, person, **other)).status_code == status
    assert await reports_doors.rows("select 1 from phrases") == []


async def test_an_office_number_is_nobodys(reports_doors: Doors) -> None:
    assert (await keep(reports_doors, said="请拨 95598 或 028-86789012")).status_code == 201


async def test_of_a_title_there_is_one_and_of_a_person_there_are_fifty(reports_doors: Doors) -> None:
    answers = await asyncio.gather(*(keep(reports_doors) for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [201, *[409] * 11]
    answers = [await keep(reports_doors, title=f"第{n}条") for n in range(50)]
    assert [one.status_code for one in answers] == [*[201] * 49, 409]
    assert named(answers[-1]) == "phrases-enough"


async def test_of_a_report_elsewhere_no_gap_is_filled(reports_doors: Doors) -> None:
    key = await filed(reports_doors)
    async with reports_doors.client(OTHER_GRID) as client:
        assert (await client.get("/api/v1/phrases", params={"report_id": key})).status_code == 404


async def test_ones_own_go_with_one(reports_doors: Doors) -> None:
    await keep(reports_doors)
    held = reports_doors.running.service.personal
    assert held is not None
    await reports_doors.running.database.do(lambda work: privacy.erase(work, held, GRID.id))
    assert await reports_doors.rows("select 1 from phrases") == []
