"""报事表: what staff have on paper, looked at row by row, filed as a whole or not at all, each paper once."""

import asyncio
import csv
import io
from typing import Any

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.world import FAR_ROOM, GRID, HERE, OFFICER, RESIDENT, UNIT, Person
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.sheets import ColumnsUnfit, NotASheet, SheetTooLong, of_csv, whole
from services.reports.domain.report_sheet import COLUMNS, MOST_COLUMNS, MOST_ROWS, SAID, read

TITLES = ("原编号", "类别", "描述", "区域编码", "经度", "纬度", "坐标系")
WHOLE = ("巡-1", "供水", "水管漏水，\n地面一直是湿的", UNIT, "104.12", "30.62", "WGS-84")


def sheet(*rows: tuple[str, ...], titles: tuple[str, ...] = TITLES, encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([titles, *rows])
    return out.getvalue().encode(encoding)


async def sent(doors: Doors, content: bytes, to: str = "", person: Person = GRID) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/report-sheets{to}", content=content, headers={**keyed(), "content-type": "text/csv"})


async def filed(doors: Doors) -> list[Any]:
    return await doors.rows("select reporter_id, category, area, lat from reports order by number")


async def codes(doors: Doors, *rows: tuple[str, ...], person: Person = GRID) -> dict[int, list[str]]:
    told = (await sent(doors, sheet(*rows), "/preview", person)).json()
    found: dict[int, list[str]] = {}
    for one in told["problems"]:
        found.setdefault(one["row"], []).append(one["code"])
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_a_sheet_is_looked_at_and_then_filed_by_who_hands_it_in(reports_doors: Doors, encoding: str) -> None:
    content = sheet(WHOLE, ("巡-2", "noise", "半夜还在装修", UNIT), encoding=encoding)
    looked = await sent(reports_doors, content, "/preview")
    assert looked.json() == {"rows": 2, "new": 2, "there": 0, "wrong": 0, "problems": []}
    assert await filed(reports_doors) == []
    assert (await sent(reports_doors, content)).json() == looked.json()
    rows = await filed(reports_doors)
    assert [(row.reporter_id, row.category, row.area) for row in rows] == [(GRID.id, "water", UNIT), (GRID.id, "noise", UNIT)]
    assert rows[0].lat == 30.62
    async with reports_doors.client(GRID) as grid:
        items = (await grid.get("/api/v1/reports?mine=true")).json()["items"]
    assert {one["text"] for one in items} == {"水管漏水，\n地面一直是湿的", "半夜还在装修"}
    assert len(await reports_doors.rows("select 1 from audit where action = 'reports.hand_in'")) == 1


async def test_a_paper_that_comes_again_is_filed_once_also_of_twelve_at_once(reports_doors: Doors) -> None:
    content = sheet(WHOLE, ("巡-2", "噪音扰民", "半夜还在装修", UNIT))
    answers = await asyncio.gather(*(sent(reports_doors, content) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["new"] for answer in answers) == [0] * 11 + [2]
    assert len(await filed(reports_doors)) == 2
    more = await sent(reports_doors, sheet(WHOLE, ("巡-3", "绿化", "树枝挡窗", UNIT)))
    assert (more.json()["new"], more.json()["there"]) == (1, 1)
    assert len(await filed(reports_doors)) == 3


async def test_while_a_row_is_wrong_nothing_is_filed_and_each_is_told_with_its_remedy(reports_doors: Doors) -> None:
    answer = await sent(reports_doors, sheet(WHOLE, ("巡-2", "天气", "下雨", UNIT), ("", "供水", "漏水", UNIT)))
    assert answer.status_code == 422
    told = answer.json()
    assert (told["type"].rpartition("/")[2], told["wrong"]) == ("report-sheet-unfit", 2)
    wrong = [(one["row"], one["column"], one["code"]) for one in told["problems"]]
    assert wrong == [(3, "类别", "no-category"), (4, "原编号", "empty")]
    assert all(one["problem"] and one["remedy"] for one in told["problems"])
    assert await filed(reports_doors) == []


async def test_every_way_to_be_wrong_is_told_by_its_row(reports_doors: Doors) -> None:
    rows = {
        "empty": ("a1", "供水", "", UNIT), "formula": ("a2", "供水", "=1+1", UNIT), "too-long": ("a3", "供水", "漏" * 2001, UNIT),
        "no-category": ("a4", "天气", "下雨", UNIT), "not-a-path": ("a5", "供水", "漏水", "国槐社区"),
        "no-area": ("a6", "供水", "漏水", f"{UNIT}.r9999"), "elsewhere": ("a7", "供水", "漏水", FAR_ROOM),
        "not-a-degree": ("a8", "供水", "漏水", UNIT, "104,12", "30.6"), "half-a-point": ("a9", "供水", "漏水", UNIT, "104.1"),
        "not-a-datum": ("a10", "供水", "漏水", UNIT, "104.1", "30.6", "百度"), "no-title": (*WHOLE, "多余"),
    }
    assert await codes(reports_doors, *rows.values()) == {number: [word] for number, word in enumerate(rows, 2)}
    assert await codes(reports_doors, WHOLE, WHOLE) == {3: ["twice"]}
    assert {*rows, "twice", "point-elsewhere", "no-severity"} == {*SAID}


async def test_what_lies_where_one_does_not_serve_is_refused_whether_it_is_there_or_not(reports_doors: Doors) -> None:
    """Otherwise a sheet of made-up codes would tell which rooms others' communities have."""
    rows = [("a", "供水", "漏水", FAR_ROOM), ("b", "供水", "漏水", f"{FAR_ROOM}9"), ("c", "供水", "漏水", f"{HERE}.g01")]
    assert await codes(reports_doors, *rows) == {2: ["elsewhere"], 3: ["elsewhere"], 4: ["elsewhere"]}
    assert await codes(reports_doors, rows[2], person=OFFICER) == {}


async def test_a_resident_hands_in_no_sheet(reports_doors: Doors) -> None:
    for to in ("", "/preview", "/report"):
        answer = await sent(reports_doors, sheet(WHOLE), to, RESIDENT)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (403, "not-allowed-here")
    async with reports_doors.client(RESIDENT) as client:
        assert (await client.get("/api/v1/report-sheets/template")).status_code == 403


async def test_the_template_is_taken_as_it_is_and_the_report_says_what_is_wrong_beside_each_row(reports_doors: Doors) -> None:
    async with reports_doors.client(OFFICER) as client:
        template = (await client.get("/api/v1/report-sheets/template")).content
    assert (await sent(reports_doors, template, "/preview", OFFICER)).json()["wrong"] == 0
    answer = await sent(reports_doors, sheet(WHOLE, ("=cmd", "供水", "漏水", UNIT)), "/report")
    said = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert said[0] == [*TITLES, "行号", "问题"]
    assert [row[-2:] for row in said[1:]] == [["2", ""], ["3", "原编号：单元格是公式，或以 = + - @ 开头。请改为直接填写的文字"]]
    assert said[2][0] == "'=cmd"


@pytest.mark.parametrize(("content", "word"), [
    (b"", "not-a-sheet"), (b"\0\0", "not-a-sheet"), (b"\xff\xfe\xff", "not-a-sheet"), (sheet(), "not-a-sheet"),
    (sheet(WHOLE, titles=("类别", "描述")), "columns-unfit"),
    (sheet(WHOLE, titles=(*TITLES, "密码")), "columns-unfit"),
    (sheet(*((f"k{n}", "供水", "漏水", UNIT) for n in range(MOST_ROWS + 1))), "sheet-too-long"),
    (sheet(("x",) * (MOST_COLUMNS + 1)), "sheet-too-long"),
])
async def test_what_is_no_such_sheet_is_refused_and_changes_nothing(reports_doors: Doors, content: bytes, word: str) -> None:
    for to in ("", "/preview"):
        answer = await sent(reports_doors, content, to)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, word)
    assert await filed(reports_doors) == []


async def test_of_a_sheet_that_fails_at_its_last_row_nothing_stays(reports_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.reports.actions import reports as acts

    filing, count = acts.file, iter(range(100))

    async def breaks(*said: Any, **more: Any) -> Any:
        if next(count) == 2:
            raise RuntimeError("broken on purpose")
        return await filing(*said, **more)

    monkeypatch.setattr(acts, "file", breaks)
    rows = [(f"k{n}", "供水", "漏水", UNIT) for n in range(3)]
    assert (await sent(reports_doors, sheet(*rows))).status_code == 500
    assert await filed(reports_doors) == []
    assert await reports_doors.rows("select 1 from outbox where topic like 'reports.%'") == []
    assert (await sent(reports_doors, sheet(*rows))).json()["new"] == 3


_CELLS = st.lists(st.text(st.characters(codec="utf-8"), max_size=12), max_size=9).map(tuple)


@settings(deadline=None)
@given(st.binary(max_size=400) | st.lists(_CELLS, max_size=6).map(lambda rows: sheet(*rows)))
def test_any_file_at_all_is_read_or_refused_by_a_word(content: bytes) -> None:
    try:
        found = read(whole(of_csv(content), rows=MOST_ROWS, columns=MOST_COLUMNS))
    except (NotASheet, SheetTooLong, ColumnsUnfit):
        return
    assert all(one.word in SAID for one in found.problems)
    assert all(line.text and line.key for line in found.lines)


def test_a_paper_has_one_name_for_each_who_hands_it_in() -> None:
    assert {column.title for column in COLUMNS.values()} == {*TITLES, "紧急程度"}
    [line] = read(whole(of_csv(sheet(WHOLE)), rows=MOST_ROWS, columns=MOST_COLUMNS)).lines
    assert line.client_token(GRID.id) == line.client_token(GRID.id) != line.client_token(OFFICER.id)
