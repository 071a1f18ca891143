"""Workbooks: what a cell says is what was written, or the file is refused; and one that means harm does none."""

import asyncio
import io
import re
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from functools import partial

import pytest
from builders.sheets import PART, csv_of, greedy, replaced, shared, slow, with_parts, xlsx_of
from hypothesis import given, settings
from hypothesis import strategies as some

from chassis import workbooks
from chassis.errors import Refusal
from chassis.sheets import NotASheet, SheetTooLong
from chassis.workbooks import CellsMerged

GOOD = ("李淑芬", "13800138000", "510104.clx.guohuai.g03.dgy1.b03.u2.r0201", "业主", "2026-01-31", "")
MOST = workbooks.Bounds(rows=10_000, columns=32, text=8 * 1024 * 1024, parts=200, unpacked=48 * 1024 * 1024, seconds=20)
parse = partial(workbooks.parse, most=MOST)


def beside(name: str) -> bytes:
    """A workbook with a part more."""
    out = io.BytesIO(xlsx_of("residents", GOOD))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"<x/>")
    return out.getvalue()


@pytest.mark.parametrize("name", [
    "xl/vbaProject.bin", "xl/macrosheets/sheet1.xml", "xl/externalLinks/externalLink1.xml", "xl/embeddings/object1.bin",
    "xl/activeX/activeX1.xml", "xl/ctrlProps/ctrlProp1.xml", "customUI/customUI.xml",
])
def test_a_part_that_no_list_has_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(NotASheet):
        parse(beside(name))
    assert len(parse(beside("xl/media/image1.png")).rows) == 1


@pytest.mark.parametrize("hide", [
    replaced(b"<worksheet", b"<!DOCTYPE worksheet><worksheet"), lambda said: said.decode().encode("utf-16"),
    lambda said: said.decode().encode("utf-16-be"), lambda said: said.decode().encode("utf-32-be"),
])
def test_a_document_type_or_what_hides_one_is_refused(hide: Callable[[bytes], bytes]) -> None:
    with pytest.raises(NotASheet):
        parse(with_parts(xlsx_of("residents", GOOD), sheet1=hide))


def test_what_the_program_refuses_is_refused_by_its_name_here() -> None:
    merged = xlsx_of("residents", GOOD, GOOD, touch=lambda sheet: sheet.merge_cells("A2:A3"))
    for content, why in ((merged, CellsMerged), (merged[:900], NotASheet), (bomb(60_000_000), SheetTooLong)):
        with pytest.raises(why):
            asyncio.run(workbooks.read(content, MOST))


def test_two_rows_with_one_number_do_not_pass_for_each_other() -> None:
    with pytest.raises(NotASheet):
        parse(with_parts(xlsx_of("residents", GOOD, GOOD), sheet1=replaced(b'<row r="3"', b'<row r="2"')))


def test_merged_cells_are_refused() -> None:
    with pytest.raises(CellsMerged):
        parse(xlsx_of("residents", GOOD, GOOD, touch=lambda sheet: sheet.merge_cells("A2:A3")))


def bomb(size: int) -> bytes:
    return with_parts(xlsx_of("residents", GOOD), sheet1=replaced(b"</sheetData>", b"</sheetData>" + b" " * size))


def test_a_zip_bomb_is_not_unpacked() -> None:
    content = bomb(200_000_000)
    assert len(content) < 300_000
    tracemalloc.start()
    began = time.monotonic()
    with pytest.raises(SheetTooLong):
        parse(content)
    assert (time.monotonic() - began < 2, tracemalloc.get_traced_memory()[1] < 10_000_000) == (True, True)
    tracemalloc.stop()


def test_a_zip_that_lies_about_its_size_is_no_sheet() -> None:
    content = bomb(60_000_000)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo(PART).file_size
    with pytest.raises(NotASheet):
        parse(content.replace(size.to_bytes(4, "little"), (5000).to_bytes(4, "little")))


def test_a_zip_of_very_many_parts_is_not_looked_into() -> None:
    out = io.BytesIO(xlsx_of("residents", GOOD))
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(300):
            archive.writestr(f"xl/{number}.xml", b"")
    with pytest.raises(SheetTooLong):
        parse(out.getvalue())


async def test_a_small_file_that_takes_all_memory_gets_a_bounded_part_of_it() -> None:
    content = greedy(6)
    assert len(content) < 20_000
    with pytest.raises(NotASheet):
        await workbooks.read(content, MOST)
    assert (await workbooks.read(xlsx_of("residents", GOOD), MOST)).rows[0][1][0] == GOOD[0]


async def test_a_small_file_that_takes_minutes_is_given_up_and_the_loop_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    content = slow()
    assert len(content) < 20_000
    monkeypatch.setattr(workbooks, "_PATIENCE", 0.1)
    reading = asyncio.ensure_future(workbooks.read(content, MOST))
    began, longest = time.monotonic(), 0.0
    while not reading.done():
        asked = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - asked)
    with pytest.raises(SheetTooLong):
        await reading
    assert (time.monotonic() - began < 10, longest < 1) == (True, True)


def test_one_long_text_in_every_cell_is_refused_before_it_is_copied() -> None:
    row = b"<row>" + b'<c t="s"><v>0</v></c>' * 30 + b"</row>"
    for often in (1, 2):
        long = replaced(GOOD[0].encode(), ("李" * 200_000).encode())
        content = shared(xlsx_of("residents", GOOD), GOOD[0])
        content = with_parts(content, sharedStrings=long, sheet1=replaced(b"</sheetData>", row * often + b"</sheetData>"))
        if often == 1:
            assert len(parse(content).rows) == 2
        else:
            with pytest.raises(SheetTooLong):
                parse(content)


@pytest.mark.parametrize("said", [
    b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>', b'<!DOCTYPE x [<!ENTITY e "aaaaaaaaaaaaaaaa">]>',
])
def test_entities_are_refused_and_nothing_is_fetched(said: bytes) -> None:
    def with_entity(part: bytes) -> bytes:
        head, _, rest = part.partition(b"?>") if part.startswith(b"<?xml") else (b'<?xml version="1.0"', b"", part)
        return head + b"?>" + said + re.sub(rb"<t>[^<]+</t>", b"<t>&e;</t>", rest, count=1)

    for part in ("sheet1", "sharedStrings", "workbook", "styles"):
        with pytest.raises(NotASheet):
            parse(with_parts(shared(xlsx_of("residents", GOOD), GOOD[0]), **{part: with_entity}))


def test_huge_sheets_are_refused_soon() -> None:
    cell = b'<c r="XFD2" t="inlineStr"><is><t>x</t></is></c><c r="G2"'
    far = with_parts(xlsx_of("residents", GOOD), sheet1=replaced(b'<c r="F2"', cell))
    for content in (
        csv_of("rooms", *[("a", "b", "c")] * 10_001), xlsx_of("rooms", *[("a", "b", "c")] * 10_001), far,
        csv_of("rooms", ["x"] * 33), ("姓名\n" + "李\n" * 500_000).encode(),
    ):
        began = time.monotonic()
        with pytest.raises(SheetTooLong):
            parse(content)
        assert time.monotonic() - began < 8
    last = with_parts(xlsx_of("rooms", ("a", "b", "c")), sheet1=lambda part: part.replace(b'2"', b'1048576"'))
    assert [number for number, _ in parse(last).rows] == [1048576]


@pytest.mark.parametrize("content", [
    b"", b"\n\n", b"PK\x03\x04", b"PK\x03\x04" + b"x" * 1000, b"\xff\xfe\x00", "姓名\n李".encode("utf-16"), b'"a\nb', b"a\0b\nc",
    b'x\n"' + b"a" * 200_000 + b'"', xlsx_of("residents", GOOD)[:-40], "姓名,手机号\n".encode(),
])
def test_what_is_no_sheet_is_refused(content: bytes) -> None:
    with pytest.raises(NotASheet):
        parse(content)


@settings(max_examples=60, deadline=None)
@given(place=some.integers(0, 10_000), other=some.binary(min_size=1, max_size=30))
def test_a_broken_xlsx_is_read_or_refused_and_breaks_nothing(place: int, other: bytes) -> None:
    good = xlsx_of("residents", GOOD)
    at = place % len(good)
    try:
        parse(good[:at] + other + good[at + len(other):])
    except Refusal:
        return
