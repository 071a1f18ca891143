"""报事表 as XLSX: it says what the same as CSV says, calculates nothing, and what is made for harm is not read."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.life import named
from builders.sheets import PART, replaced, with_parts
from builders.world import GRID, RESIDENT, UNIT, Person
from openpyxl import Workbook, load_workbook

from services.reports.domain.report_sheet import COLUMNS, MOST_ROWS

TITLES = [column.title for column in COLUMNS.values()]
WHOLE = ("巡-1", "供水", "水管漏水，\n地面一直是湿的", UNIT, 104.12, 30.62, "WGS-84")
MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def book(*rows: Any, touch: Callable[[Any], object] = lambda _: None) -> bytes:
    made = Workbook()
    sheet: Any = made.active
    for row in (TITLES, *rows):
        sheet.append(list(row))
    touch(sheet)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def beside(content: bytes, **parts: bytes) -> bytes:
    """With parts more, by their whole names."""
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, said in parts.items():
            archive.writestr(name, said)
    return out.getvalue()


async def sent(doors: Doors, content: bytes, to: str = "/preview", person: Person = GRID) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/report-sheets{to}", content=content, headers={**keyed(), "content-type": MEDIA})


async def test_a_sheet_of_excel_is_looked_at_and_filed_once(reports_doors: Doors) -> None:
    content = book(WHOLE, (2026001, "noise", "半夜还在装修", UNIT, None, None, None))
    wanted = {"rows": 2, "new": 2, "there": 0, "wrong": 0, "problems": []}
    assert (await sent(reports_doors, content)).json() == wanted
    assert await reports_doors.rows("select 1 from reports") == []
    assert (await sent(reports_doors, content, "")).json() == wanted
    assert (await sent(reports_doors, content, "")).json() == wanted | {"new": 0, "there": 2}
    rows = await reports_doors.rows("select category, lat from reports order by number")
    assert [(row.category, row.lat) for row in rows] == [("water", 30.62), ("noise", None)]
    assert (await sent(reports_doors, content, "/report")).status_code == 200


async def test_a_formula_is_refused_by_its_place_whatever_value_it_had(reports_doors: Doors) -> None:
    cached = b'<c r="C2" t="str"><f>A1</f><v>harmless</v></c><c r="P2"'
    for content in (
        book((*WHOLE[:2], "=A1&A1", *WHOLE[3:])), book((*WHOLE[:2], '=HYPERLINK("https://x")', *WHOLE[3:])),
        with_parts(book(WHOLE), sheet1=replaced(b'<c r="C2"', cached)),
    ):
        told = (await sent(reports_doors, content)).json()
        assert ("formula", 2, "描述") in [(one["code"], one["row"], one["column"]) for one in told["problems"]]
        answer = await sent(reports_doors, content, "")
        assert (answer.status_code, named(answer)) == (422, "report-sheet-unfit")
    assert await reports_doors.rows("select 1 from reports") == []


DTD = replaced(b"<worksheet", b"<!DOCTYPE worksheet><worksheet")
ENTITY = replaced(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet')
BOMB = beside(book(WHOLE), **{"xl/media/zero.bin": b"\0" * (9 << 20)})
GREEDY = replaced(b"</sheetData>", b"<row>" + b"<c/>" * 1_600_000 + b"</row></sheetData>")
HARM = {
    "dtd": (with_parts(book(WHOLE), sheet1=DTD), "not-a-sheet"),
    "utf16": (with_parts(book(WHOLE), sheet1=lambda said: said.decode().encode("utf-16")), "not-a-sheet"),
    "macros": (beside(book(WHOLE), **{"xl/vbaProject.bin": b"x"}), "not-a-sheet"),
    "links": (beside(book(WHOLE), **{"xl/externalLinks/externalLink1.xml": b"<x/>"}), "not-a-sheet"),
    "bomb": (BOMB, "sheet-too-long"),
    "parts": (beside(book(WHOLE), **{f"xl/x{n}.xml": b"<x/>" for n in range(100)}), "sheet-too-long"),
    "entity": (with_parts(book(WHOLE), sheet1=ENTITY), "not-a-sheet"),
    "rows": (book(*[WHOLE] * (MOST_ROWS + 1)), "sheet-too-long"),
    "columns": (book([*WHOLE, *"x" * 12]), "sheet-too-long"),
    "twice": (with_parts(book(WHOLE, WHOLE), sheet1=replaced(b'<row r="3"', b'<row r="2"')), "not-a-sheet"),
    "joined": (book(WHOLE, WHOLE, touch=lambda sheet: sheet.merge_cells("B2:B3")), "cells-merged"),
    "torn": (book(WHOLE)[:900], "not-a-sheet"),
    "no book": (beside(b"", **{"a.txt": b"x"}), "not-a-sheet"),
    "titles": (book(), "not-a-sheet"),
}


@pytest.mark.parametrize("harm", HARM)
async def test_what_is_made_for_harm_or_no_sheet_is_refused_and_nothing_is_filed(reports_doors: Doors, harm: str) -> None:
    content, why = HARM[harm]
    assert len(content) < 256 * 1024
    for to in ("/preview", "/report", ""):
        answer = await sent(reports_doors, content, to)
        assert (answer.status_code, named(answer)) == (422, why), answer.text
    assert await reports_doors.rows("select 1 from reports") == []


async def test_a_small_file_that_takes_all_memory_gets_a_bounded_part_of_it(reports_doors: Doors) -> None:
    content = with_parts(book(WHOLE), sheet1=GREEDY)
    assert len(content) < 32 * 1024
    answer = await sent(reports_doors, content)
    assert (answer.status_code, named(answer)) == (422, "not-a-sheet")  # of memory, before the processor is used up
    assert (await sent(reports_doors, book(WHOLE))).json()["new"] == 1


async def test_who_hands_in_nothing_has_nothing_read(reports_doors: Doors) -> None:
    assert (await sent(reports_doors, BOMB, person=RESIDENT)).status_code in {403, 404}


async def test_the_template_is_a_sheet_that_fits(reports_doors: Doors) -> None:
    async with reports_doors.client(GRID) as client:
        answer = await client.get("/api/v1/report-sheets/template?written=xlsx")
        assert (await client.get("/api/v1/report-sheets/template?written=ods")).status_code == 422
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA)
    sheet: Any = load_workbook(io.BytesIO(answer.content)).active
    assert [cell.value for cell in sheet[1]] == TITLES
    assert {cell.number_format for cell in sheet[2]} == {"@"}
    assert PART in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    told = (await sent(reports_doors, answer.content)).json()
    assert (told["rows"], told["wrong"]) == (1, 0)
