"""搜索: reports are found by what names them, in Chinese, in words of any length, and never by what a person wrote."""

from typing import Any
from uuid import uuid4

import pytest
from builders.day import ask, filed, ids, told
from builders.doors import Doors, keyed
from builders.life import mark, named
from builders.world import ADMIN, GRID, HERE, OFFICER, OTHER_GRID, RESIDENT, UNIT, YARD

from services.reports.store import worklists


async def numbered(doors: Doors, key: str) -> str:
    [row] = await doors.rows("select number from reports where id = cast(:key as uuid)", key=key)
    return str(row.number)


async def called(doors: Doors, path: str, name: str) -> None:
    naming = "update directory_areas set name = :name where path = cast(:path as ltree)"
    assert await told(doors, naming, name=name, path=path) == 1


async def found(doors: Doors, words: str, **asked: Any) -> list[str]:
    return await ids(doors, "every", q=words, order="new", **asked)


async def test_a_report_is_found_by_category_place_and_number_in_words_of_any_length(reports_doors: Doors) -> None:
    lamp = await filed(reports_doors)
    water = await filed(reports_doors, "漏水", "water", area=YARD)
    await called(reports_doors, YARD, "东光苑一号院")
    await called(reports_doors, UNIT, "二单元")
    number = await numbered(reports_doors, water)
    for words, keys in (
        ("灯", [lamp]), ("楼道", [lamp]), ("路灯", [lamp]), ("漏水", [water]), ("水", [water]), ("东光", [water, lamp]),
        ("二单元", [lamp]), ("东光 水", [water]), ("水 灯", []), (number, [water]), (number[-4:], [water]), ("飞碟", []),
        (number.lower(), [water]),
    ):
        assert await found(reports_doors, words) == keys, words


async def test_wildcards_stand_for_themselves(reports_doors: Doors) -> None:
    await filed(reports_doors)
    await called(reports_doors, UNIT, "100%_单元\\")
    for words in ("100%", "%_单", "元\\", "_", "%", "\\"):
        assert len(await found(reports_doors, words)) == 1, words
    for words in ("1%元", "%%", "__", "\\\\", "1_0%", "';drop table reports;--"):
        assert await found(reports_doors, words) == [], words


async def test_what_a_person_wrote_finds_nothing(reports_doors: Doors) -> None:
    await filed(reports_doors, "王建国家的鹦鹉太吵 13912345678", "noise")
    for words in ("王建国", "鹦鹉", "13912345678", "139"):
        assert await found(reports_doors, words) == [], words
    assert len(await found(reports_doors, "噪音")) == 1


async def test_it_is_found_where_one_serves_and_by_its_poster(reports_doors: Doors) -> None:
    await mark(reports_doors)
    await called(reports_doors, UNIT, "二单元")
    async with reports_doors.client(OFFICER) as officer:
        hanging = {"place": {"area": UNIT}, "asset": "电梯轿厢", "category": "other"}
        assert (await officer.post("/api/v1/anchors", json=hanging, headers=keyed())).status_code == 201
    key = await filed(reports_doors)
    assert await told(reports_doors, "update reports set anchor_id = anchors.id from anchors") == 1
    assert await found(reports_doors, "轿厢") == [key]
    assert await found(reports_doors, "轿厢 二单元", category="lighting") == [key]
    assert await found(reports_doors, "轿厢", category="water") == []
    for person in (OTHER_GRID, RESIDENT, ADMIN):
        assert await found(reports_doors, "轿厢", person=person) == []


async def test_a_word_that_hundreds_of_places_bear_is_refused(reports_doors: Doors) -> None:
    await told(
        reports_doors, "insert into directory_areas (id, path, kind, name, closed, seq) select gen_random_uuid(), "
        "cast(:here || '.g03.y' || n || '.b' || n as ltree), 'building', '楼' || n, false, 1 from generate_series(1, 501) n",
        here=HERE,
    )
    answer = await ask(reports_doors, q="楼")
    assert (answer.status_code, named(answer)) == (422, "places-too-many")
    assert (await ask(reports_doors, q="楼501")).status_code == 200


@pytest.mark.parametrize(("word", "spelled"), [("灯", "%灯%"), ("5%", "%5\\%%"), ("a_b\\", "%a\\_b\\\\%")])
def test_a_word_as_like_looks_for_it(word: str, spelled: str) -> None:
    assert worklists.like(word) == spelled


async def test_another_community_is_not_told_of_by_the_number(reports_doors: Doors) -> None:
    key = await filed(reports_doors)
    number = await numbered(reports_doors, key)
    assert await found(reports_doors, number, person=OTHER_GRID) == []
    assert await found(reports_doors, str(uuid4())[:30]) == []
    assert await found(reports_doors, number, person=GRID) == [key]
