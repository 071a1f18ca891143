"""印制批次: posters printed together have a number, are printed again as they were, and hang until somebody takes them down."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pypdfium2
import pytest
import zxingcpp
from builders.day import told
from builders.doors import Doors, keyed
from builders.life import mark, named
from builders.world import ADMIN, FAR_OFFICER, GRID, HERE, OFFICER, RESIDENT, THERE, UNIT, YARD, Person


async def hang(doors: Doors, asset: str, area: str = UNIT, person: Person = OFFICER) -> dict[str, Any]:
    await mark(doors)
    async with doors.client(person) as client:
        said = {"place": {"area": area}, "asset": asset, "category": "lighting"}
        answer = await client.post("/api/v1/anchors", json=said, headers=keyed())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def make(doors: Doors, person: Person = OFFICER, **said: object) -> httpx.Response:
    await mark(doors)
    async with doors.client(person) as client:
        return await client.post("/api/v1/anchors/prints", json=said, headers=keyed())


async def made(doors: Doors, person: Person = OFFICER, **said: object) -> dict[str, Any]:
    answer = await make(doors, person, **said)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def got(doors: Doors, path: str, person: Person = OFFICER, **asked: str) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.get(f"/api/v1/anchors{path}", params=asked)


async def change(doors: Doors, key: str, what: str, version: int | None = None, person: Person = OFFICER) -> httpx.Response:
    await mark(doors)
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/anchors/{key}/{what}", json=None if version is None else {"version": version})


async def left(doors: Doors, person: Person = OFFICER, **asked: str) -> list[tuple[str, int, str]]:
    answer = await got(doors, "/leftovers", person, **asked)
    assert answer.status_code == 200, answer.text
    return [(one["asset"], one["version"], one["why"]) for one in answer.json()]


def codes(pdf: bytes) -> list[str]:
    pages = [page.render(scale=2).to_pil() for page in pypdfium2.PdfDocument(pdf)]
    return [found.text.rpartition("/s/")[2] for page in pages for found in zxingcpp.read_barcodes(page)]


def words(pdf: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


async def test_a_batch_has_a_number_and_each_poster_and_each_anchor_says_it(reports_doors: Doors) -> None:
    hung = [await hang(reports_doors, name) for name in ("单元门", "配电箱", "消防栓")]
    first = await made(reports_doors, area=HERE)
    second = await made(reports_doors, anchors=[hung[1]["id"]])
    assert (first["number"], first["posters"], second["number"], second["posters"]) == ("YZ-0001", 3, "YZ-0002", 1)
    assert (first["area"], first["printed_by"]) == (HERE, str(OFFICER.id))
    assert {one["anchor_id"] for one in first["anchors"]} == {one["id"] for one in hung}
    assert all(one["opens"] and one["taken_down_at"] is None and one["version"] == 1 for one in first["anchors"])
    pdf = (await got(reports_doors, f"/prints/{first['id']}/sheet")).content
    assert words(pdf).count("印制批次 YZ-0001") == 3
    assert sorted(codes(pdf)) == sorted(one["code"] for one in hung)
    shown = {one["id"]: one for one in (await got(reports_doors, "")).json()["items"]}
    assert [one["number"] for one in shown[hung[1]["id"]]["printings"]] == ["YZ-0001", "YZ-0002"]
    assert shown[hung[1]["id"]]["printed_at"] == second["printed_at"]
    assert [one["number"] for one in shown[hung[0]["id"]]["printings"]] == ["YZ-0001"]
    assert "印制批次" not in words((await got(reports_doors, "/posters", area=HERE)).content)
    items = (await got(reports_doors, "/prints")).json()["items"]
    assert [(one["number"], one["posters"]) for one in items] == [("YZ-0002", 1), ("YZ-0001", 3)]


async def test_its_sheet_is_the_same_whatever_became_of_it(reports_doors: Doors) -> None:
    old, gone = await hang(reports_doors, "旧"), await hang(reports_doors, "撤")
    batch = await made(reports_doors, area=UNIT)
    before = (await got(reports_doors, f"/prints/{batch['id']}/sheet")).content
    assert (await change(reports_doors, old["id"], "reissue", 1)).status_code == 200
    assert (await change(reports_doors, gone["id"], "revocation")).status_code == 200
    await told(reports_doors, "update directory_areas set name = '别的名字'")
    assert (await got(reports_doors, f"/prints/{batch['id']}/sheet")).content == before
    assert sorted(codes(before)) == sorted([old["code"], gone["code"]])
    shown = (await got(reports_doors, f"/prints/{batch['id']}")).json()
    assert [(one["version"], one["opens"]) for one in shown["anchors"]] == [(1, False), (1, False)]


async def test_what_opens_nothing_hangs_until_somebody_says_it_was_taken_down(reports_doors: Doors) -> None:
    old, gone, stays, never = [await hang(reports_doors, name) for name in ("旧", "撤", "留", "未印")]
    for _ in range(2):
        await made(reports_doors, anchors=[old["id"], gone["id"], stays["id"]])
    assert await left(reports_doors) == []
    assert (await change(reports_doors, old["id"], "reissue", 1)).status_code == 200
    for one in (gone, never):
        assert (await change(reports_doors, one["id"], "revocation")).status_code == 200
    assert sorted(await left(reports_doors)) == [("撤", 1, "revoked"), ("旧", 1, "replaced")]
    [row] = [one for one in (await got(reports_doors, "/leftovers")).json() if one["asset"] == "旧"]
    assert row["printings"] == ["YZ-0001", "YZ-0002"]
    await made(reports_doors, anchors=[old["id"]])
    for key, version, problem in (
        (old["id"], 2, "poster-hangs"), (stays["id"], 1, "poster-hangs"), (never["id"], 1, "nothing-to-take-down"),
    ):
        answer = await change(reports_doors, key, "removal", version)
        assert (answer.status_code, named(answer)) == (409, problem)
    answers = await asyncio.gather(*(change(reports_doors, old["id"], "removal", 1) for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [204] + [409] * 11
    assert await left(reports_doors) == [("撤", 1, "revoked")]
    assert (await change(reports_doors, old["id"], "revocation")).status_code == 200
    assert sorted(await left(reports_doors, area=YARD)) == [("撤", 1, "revoked"), ("旧", 2, "revoked")]
    assert await left(reports_doors, area=f"{HERE}.g01") == []
    by = await reports_doors.rows("select distinct taken_down_by from printed where taken_down_at is not null")
    assert [row.taken_down_by for row in by] == [OFFICER.id]


async def test_of_twelve_batches_at_once_each_has_a_number_of_its_own(reports_doors: Doors) -> None:
    await hang(reports_doors, "单元门")
    answers = await asyncio.gather(*(make(reports_doors, area=HERE) for _ in range(12)))
    assert [one.status_code for one in answers] == [201] * 12
    assert sorted(one.json()["number"] for one in answers) == [f"YZ-{n:04d}" for n in range(1, 13)]


@pytest.mark.parametrize("said", [{}, {"area": HERE, "anchors": [str(uuid4())]}, {"anchors": []}, {"area": "x y"}])
async def test_it_says_what_is_printed_once(reports_doors: Doors, said: dict[str, Any]) -> None:
    await hang(reports_doors, "单元门")
    assert (await make(reports_doors, **said)).status_code == 422
    assert await reports_doors.rows("select 1 from printings") == []


async def test_of_two_communities_or_twice_the_same_nothing_is_printed(reports_doors: Doors) -> None:
    here, there = await hang(reports_doors, "单元门"), await hang(reports_doors, "门", f"{THERE}.g01", FAR_OFFICER)
    for wanted in ([here["id"], there["id"]], [here["id"], here["id"]]):
        answer = await make(reports_doors, ADMIN, anchors=wanted)
        assert (answer.status_code, named(answer)) == (422, "printed-together")
    assert (await make(reports_doors, ADMIN, area="510104.clx")).status_code == 422
    assert (await made(reports_doors, ADMIN, anchors=[there["id"]]))["number"] == "YZ-0001"
    assert (await made(reports_doors, area=HERE))["number"] == "YZ-0001"


async def test_only_its_keepers_print_read_and_take_down(reports_doors: Doors) -> None:
    anchor = await hang(reports_doors, "单元门")
    batch = await made(reports_doors, area=HERE)
    assert (await change(reports_doors, anchor["id"], "revocation")).status_code == 200
    for person in (FAR_OFFICER, GRID, RESIDENT):
        denied = [
            await make(reports_doors, person, area=HERE), await make(reports_doors, person, anchors=[anchor["id"]]),
            await got(reports_doors, f"/prints/{batch['id']}", person),
            await got(reports_doors, f"/prints/{batch['id']}/sheet", person),
            await change(reports_doors, anchor["id"], "removal", 1, person),
        ]
        assert {one.status_code for one in denied} <= {403, 404}, [one.text for one in denied]
        assert (await got(reports_doors, "/prints", person)).json()["items"] == []
        assert await left(reports_doors, person) == []
    assert (await got(reports_doors, "/prints")).status_code == 200
    gone = await make(reports_doors, anchors=[anchor["id"]])
    assert (gone.status_code, named(gone)) == (404, "not-found")
    assert len(await reports_doors.rows("select 1 from printings")) == 1
