"""The sheet of posters: what is printed leads, read back from the page, to its anchor and to no other."""

from itertools import groupby
from typing import Any

import httpx
import pypdfium2
import pytest
import zxingcpp
from builders.doors import Doors, keyed
from builders.life import mark, named
from builders.world import ADMIN, FAR_OFFICER, GRID, HERE, OFFICER, RESIDENT, THERE, UNIT, YARD, Person
from PIL.Image import Image
from sqlalchemy import text

from services.reports.domain.anchor import MOST_POSTERS

LONG = "一号楼与二号楼之间的电动自行车集中充电与停放棚（含灭火器箱、监控立杆与照明灯具），请勿堆放杂物并保持通道畅通"


async def hang(doors: Doors, asset: str, area: str = UNIT) -> dict[str, Any]:
    await mark(doors)
    said = {"place": {"area": area}, "asset": asset, "category": "lighting"}
    async with doors.client(OFFICER) as client:
        answer = await client.post("/api/v1/anchors", json=said, headers=keyed())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def printed(doors: Doors, area: str = HERE, person: Person = OFFICER) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.get("/api/v1/anchors/posters", params={"area": area})


def pages(pdf: bytes) -> list[Image]:
    """Each page as a printer of 144 dots an inch would show it."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.render(scale=2).to_pil() for page in document]


def words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_range() for page in document)


def links(pdf: bytes) -> list[str]:
    return [found.text for page in pages(pdf) for found in zxingcpp.read_barcodes(page)]


async def test_every_code_on_the_page_leads_to_its_anchor(reports_doors: Doors) -> None:
    hung = {one["code"]: one for one in [await hang(reports_doors, f"楼道照明 {n}") for n in range(10)]}
    answer = await printed(reports_doors)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert len(pages(answer.content)) == 2
    found = links(answer.content)
    assert len(found) == 10
    for link in found:
        origin, _, code = link.rpartition("/s/")
        assert origin == reports_doors.issuer
        async with reports_doors.client() as passer_by:
            scanned = (await passer_by.get(f"/api/v1/anchors/{code}")).json()
        assert scanned["asset"] == hung.pop(code)["asset"]
    assert hung == {}


async def test_the_page_says_the_place_the_asset_and_the_letters_in_chinese(reports_doors: Doors) -> None:
    anchor = await hang(reports_doors, "配电箱")
    said = words((await printed(reports_doors)).content)
    for word in ("扫码报事", "配电箱", "guohuai", ["dgy1", "b03", "u2"][0], anchor["short"]):
        assert word in said
    async with reports_doors.client(OFFICER) as client:
        [listed] = (await client.get("/api/v1/anchors")).json()["items"]
    assert listed["short"] == anchor["short"]
    assert len(anchor["short"]) == 9


async def test_the_font_travels_with_the_page(reports_doors: Doors) -> None:
    await hang(reports_doors, "消防栓")
    pdf = (await printed(reports_doors)).content
    assert b"/FontFile3" in pdf or b"/FontFile2" in pdf
    assert len(pdf) < 200_000  # of the font only what is used


async def test_what_was_taken_down_or_replaced_is_not_printed(reports_doors: Doors) -> None:
    old, gone, stays = [await hang(reports_doors, name) for name in ("旧", "撤", "留")]
    async with reports_doors.client(OFFICER) as client:
        new = (await client.post(f"/api/v1/anchors/{old['id']}/reissue", json={"version": 1})).json()
        assert (await client.post(f"/api/v1/anchors/{gone['id']}/revocation")).json()["short"] is None
    codes = {link.rpartition("/")[2] for link in links((await printed(reports_doors)).content)}
    assert codes == {new["code"], stays["code"]}
    assert new["short"] != old["short"]


async def test_a_place_is_printed_part_by_part(reports_doors: Doors) -> None:
    unit, yard = await hang(reports_doors, "单元门"), await hang(reports_doors, "垃圾房", YARD)
    for area, codes in ((YARD, {unit["code"], yard["code"]}), (UNIT, {unit["code"]})):
        assert {link.rpartition("/")[2] for link in links((await printed(reports_doors, area)).content)} == codes


async def test_a_long_name_is_still_read_and_stays_on_its_poster(reports_doors: Doors) -> None:
    await hang(reports_doors, LONG)
    pdf = (await printed(reports_doors)).content
    assert len(links(pdf)) == 1
    assert LONG in words(pdf).replace("\r", "").replace("\n", "")
    page = pages(pdf)[0].convert("L")
    beside = page.crop((page.width // 2 + 8, 0, page.width, page.height))
    assert beside.getextrema() == (255, 255)  # nothing of it on the next poster's place


@pytest.mark.parametrize(("person", "area"), [
    (OFFICER, THERE), (FAR_OFFICER, HERE), (GRID, HERE), (RESIDENT, HERE), (OFFICER, "x"),
])
async def test_only_its_keepers_print_it_and_nothing_is_said_of_what_is_not_there(
    reports_doors: Doors, person: Person, area: str
) -> None:
    await hang(reports_doors, "单元门")
    answer = await printed(reports_doors, area, person)
    assert (answer.status_code, named(answer)) == (404, "not-found")
    assert (await printed(reports_doors, HERE, ADMIN)).status_code == 200


async def test_a_sheet_has_its_bound(reports_doors: Doors) -> None:
    await hang(reports_doors, "单元门")
    copied = (
        "insert into anchors (id, area, asset, category, entered_at, version) "
        f"select gen_random_uuid(), area, asset || n, category, entered_at, 1 from anchors, generate_series(1, {MOST_POSTERS}) n"
    )
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text(copied))
    answer = await printed(reports_doors)
    assert (answer.status_code, named(answer)) == (422, "too-many-posters")
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text("delete from anchors where asset = '单元门'"))
    full = (await printed(reports_doors)).content
    found = links(full)
    assert (len(pages(full)), len(set(found))) == (12, MOST_POSTERS)
    assert [len(list(same)) for _, same in groupby(sorted(found))] == [1] * MOST_POSTERS


async def test_the_address_of_posters_is_no_code(reports_doors: Doors) -> None:
    async with reports_doors.client() as passer_by:
        assert (await passer_by.get("/api/v1/anchors/posters", params={"area": HERE})).status_code == 401
