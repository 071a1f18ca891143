"""搜索正文: words are found in what people wrote, by who may read it, and nothing searchable is kept."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.life import named
from builders.world import GRID, OFFICER, OTHER_GRID, RESIDENT, SECOND_RESIDENT, UNIT, Person

from services.reports.actions import text_search


async def wrote(doors: Doors, *texts: str, person: Person = RESIDENT) -> list[str]:
    found = []
    async with doors.client(person) as client:
        for text in texts:
            body = {"text": text, "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4())}
            found.append((await client.post("/api/v1/reports", json=body, headers=keyed())).json()["id"])
    return found


async def asked(doors: Doors, person: Person, q: str, **more: Any) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.get("/api/v1/reports/search", params={"q": q, **more})


async def found(doors: Doors, person: Person, q: str, **more: Any) -> list[str]:
    answer = await asked(doors, person, q, **more)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def test_words_are_found_in_the_text_newest_first_however_wide_or_large(reports_doors: Doors) -> None:
    lift, lamp = await wrote(reports_doors, "3 栋电梯 ABC 牌，门关不上", "电梯旁的灯不亮")
    assert await found(reports_doors, GRID, "电梯") == [lamp, lift]
    assert await found(reports_doors, GRID, "电梯 门") == [lift], "all of them"
    assert await found(reports_doors, GRID, "ａｂｃ") == await found(reports_doors, GRID, "abc") == [lift]
    assert await found(reports_doors, GRID, "水管") == await found(reports_doors, GRID, "电梯", category="water") == []
    assert await found(reports_doors, GRID, "电梯", status="submitted", area=UNIT, channel="app") == [lamp, lift]


async def test_one_finds_what_one_may_read(reports_doors: Doors) -> None:
    [mine] = await wrote(reports_doors, "灯不亮")
    [theirs] = await wrote(reports_doors, "楼下的灯也不亮", person=SECOND_RESIDENT)
    assert await found(reports_doors, RESIDENT, "灯") == [mine]
    assert await found(reports_doors, OFFICER, "灯") == [theirs, mine]
    assert await found(reports_doors, OTHER_GRID, "灯") == []
    async with reports_doors.client() as anybody:
        assert (await anybody.get("/api/v1/reports/search?q=灯")).status_code == 401


async def test_of_who_was_forgotten_nothing_is_found_and_no_words_are_written_down(reports_doors: Doors) -> None:
    await wrote(reports_doors, "王大爷家的灯不亮")
    assert len(await found(reports_doors, GRID, "王大爷")) == 1
    rows = await reports_doors.rows("select reason from audit where action = 'reports.search'")
    assert [row.reason for row in rows] == ["1 looked at, 1 found"]
    async with reports_doors.whole.begin() as connection:
        await connection.exec_driver_sql("delete from person_keys")
    for word in ("王大爷", "删除"):
        assert await found(reports_doors, GRID, word) == []


async def test_older_ones_are_gone_on_with_and_each_is_found_once(reports_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = await wrote(reports_doors, *(f"灯不亮 {n}" if n % 3 == 0 else f"水管 {n}" for n in range(11)))
    monkeypatch.setattr(text_search, "_AT_ONCE", 2)
    monkeypatch.setattr(text_search, "MOST", 4)
    seen: list[str] = []
    looked, cursor = [], None
    while cursor is not None or not looked:
        said = (await asked(reports_doors, GRID, "灯", **({} if cursor is None else {"cursor": cursor}))).json()
        seen += [one["id"] for one in said["items"]]
        looked.append(said["looked"])
        cursor = said["next"]
    assert (seen, looked) == ([keys[n] for n in (9, 6, 3, 0)], [4, 4, 3])
    assert (await asked(reports_doors, GRID, "灯", limit=1)).json()["looked"] == 2, "enough were found"


@pytest.mark.parametrize("q", ["", " ", "一 二 三 四 五", "灯\0", "灯" * 65])
async def test_what_cannot_be_looked_for_is_refused(reports_doors: Doors, q: str) -> None:
    answer = await asked(reports_doors, GRID, q)
    assert answer.status_code == 422
    assert named(answer) in {"sought-unfit", "invalid-request"}, named(answer)
