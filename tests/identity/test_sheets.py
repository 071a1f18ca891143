"""Sheets: every cell that is read is what was written, or its row is refused; and a file that means harm does none."""

import csv
import io
from datetime import date

import pytest
from builders.sheets import cells, csv_of, replaced, shared, titles, with_parts, xlsx_of
from hypothesis import example, given, settings
from hypothesis import strategies as some

from chassis.sheets import ColumnsUnfit, NotASheet, Problem, safe
from services.identity.actions import sheets
from services.identity.domain import sheet as rules

HERE = "510104.clx.guohuai"
ROOM = f"{HERE}.g03.dgy1.b03.u2.r0201"
GOOD = ("李淑芬", "13800138000", ROOM, "业主", "2026-01-31", "")
TEXT = some.text(some.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), min_size=1, max_size=40)

ANYTHING = some.text(some.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=300)
PRINTED = some.text(some.characters(min_codepoint=32, exclude_categories=("Cs", "Cn", "Co")), min_size=1, max_size=20)


def words(content: bytes, kind: rules.Kind = "residents", area: str = HERE) -> list[tuple[int, str]]:
    """Row and word of each problem."""
    _, problems = rules.read(kind, area, sheets.parse(content))
    return [(row, word) for row, _, word in problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_excel_writes_in_china_is_read(encoding: str) -> None:
    rows, problems = rules.read("residents", HERE, sheets.parse(csv_of("residents", GOOD, encoding=encoding)))
    assert problems == []
    assert [(number, dict(said)) for number, said in rows] == [
        (2, {"name": "李淑芬", "phone": "13800138000", "area": ROOM, "kind": "owner", "since": "2026-01-31"})
    ]


def test_an_xlsx_says_the_same_with_its_dates_and_numbers() -> None:
    content = xlsx_of("residents", ("李淑芬", 13800138000, ROOM, "业主", date(2026, 1, 31), None))
    assert sheets.parse(content).rows == sheets.parse(csv_of("residents", GOOD[:-1])).rows
    assert words(content) == []
    assert sheets.parse(shared(content, GOOD[0])) == sheets.parse(content)


@pytest.mark.parametrize("written", ["2026-01-31", "2026/1/31", "2026.1.31", "2026年1月31日"])
def test_dates_are_read_as_people_write_them(written: str) -> None:
    (row,), problems = rules.read("residents", HERE, sheets.parse(csv_of("residents", (*GOOD[:4], written, ""))))
    assert (row.said["since"], problems) == ("2026-01-31", [])
    for other in ("2026-02-30", "31.1.2026", "明天", "2026-1", "45000", "２０２６-01-31", "2_026-1-31"):
        assert words(csv_of("residents", (*GOOD[:4], other, ""))) == [(2, "not-a-date")]


@settings(max_examples=200, deadline=None)
@given(table=some.lists(some.lists(TEXT, min_size=1, max_size=8), min_size=2, max_size=8))
def test_every_cell_of_a_csv_is_read_as_it_was_written(table: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(table)
    if "\t" not in out.getvalue().partition("\n")[0]:  # a tab among the titles: they are parted by tabs
        read = sheets.parse(out.getvalue().encode("utf-8-sig"))
        assert cells(read.rows) == table[1:]
        assert [number for number, _ in read.rows] == list(range(2, len(table) + 1))


@settings(max_examples=40, deadline=None)
@given(table=some.lists(some.lists(PRINTED, min_size=1, max_size=5), min_size=1, max_size=4))
def test_every_cell_of_an_xlsx_is_read_or_is_a_formula(table: list[list[str]]) -> None:
    def plain(text: str) -> str:
        return "=" + text.lstrip("=") if text.startswith(("=", "#")) else text

    try:
        content = xlsx_of("rooms", *table)
    except Exception:  # noqa: BLE001 - the library itself does not write it
        return
    read = [[plain(cell) for cell in row] for row in cells(sheets.parse(content).rows)]
    assert read == [[plain(cell) for cell in row] for row in table]


@settings(max_examples=200, deadline=None)
@given(cell=ANYTHING, place=some.integers(0, 5))
def test_any_cell_is_read_or_refused_with_the_number_of_its_row(cell: str, place: int) -> None:
    mine = [*GOOD[:place], cell, *GOOD[place + 1:]]
    content = csv_of("residents", ("王芳", "13900139000", ROOM, "租户", "", ""), mine)
    rows, problems = rules.read("residents", HERE, sheets.parse(content))
    assert [row.number for row in rows if row.number == 2] == [2]
    refused = {one.row for one in problems}
    assert ({row.number for row in rows} | refused, refused <= {3}) == ({2, 3}, True)
    assert not any(cell in rules.SAID[one.word].zh for one in problems if len(cell) > 6)


@settings(max_examples=300, deadline=None)
@example(cell=" \n", problem="empty")
@given(cell=TEXT, problem=some.sampled_from(sorted(rules.SAID)))
def test_no_cell_of_a_report_is_calculated(cell: str, problem: str) -> None:
    sheet = rules.Sheet(("姓名",), ((2, (cell,)),))
    said = sheets.report(sheet, [Problem(2, "姓名", problem)])
    (_, row) = csv.reader(io.StringIO(said, newline=""))
    assert row[0] in {cell, f"'{cell}"}
    assert not row[0].lstrip(" \u3000").startswith(rules.FORMULA)
    assert rules.SAID[problem].zh in row[2]


@pytest.mark.parametrize("begin", [*rules.FORMULA, *(f"{blank}=" for blank in (" ", "\u3000", "\u00a0", "\n", "\u2003"))])
def test_a_cell_that_a_spreadsheet_of_this_country_calculates_is_text_in_the_report(begin: str) -> None:
    assert {"\n", "＝", "＋", "－", "＠"} <= set(rules.FORMULA)
    assert safe(f"{begin}1+1") == f"'{begin}1+1"


def test_the_template_is_a_sheet_that_fits() -> None:
    for kind in rules.COLUMNS:
        for made in (sheets.template_csv(kind), sheets.template_xlsx(kind)):
            assert list(sheets.parse(made).titles) == titles(kind)
            assert words(made, kind) == []


@pytest.mark.parametrize("begin", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1"])
def test_formula_injection_is_an_error_of_its_row(begin: str) -> None:
    assert words(csv_of("residents", GOOD, (begin, *GOOD[1:]))) in ([(3, "formula")], [(3, "control")])
    assert words(csv_of("residents", ("李淑芬", "+86 138-0013-8000", *GOOD[2:]))) == []


@pytest.mark.parametrize("letter", ["\x85", "\x9b", "\u2028", "\u202e", "\u2066", "\x7f", "\x01"])
def test_nothing_that_turns_or_breaks_a_name_is_kept(letter: str) -> None:
    assert words(csv_of("residents", GOOD, (f"王{letter}芳", *GOOD[1:]))) == [(3, "control")]


def test_a_formula_is_refused_whatever_value_it_had() -> None:
    cached = b'<c r="B2" t="str"><f>A1</f><v>13800138000</v></c><c r="Z9"'
    content = with_parts(xlsx_of("residents", GOOD), sheet1=replaced(b'<c r="B2"', cached))
    assert (2, "formula") in words(content)
    shared = xlsx_of("residents", ("=A1&A1", *GOOD[1:]), (*GOOD[:4], "=TODAY()", None))
    assert words(shared) == [(2, "formula"), (3, "formula")]


def test_two_rows_with_one_number_do_not_pass_for_each_other() -> None:
    content = xlsx_of("residents", GOOD, (GOOD[0], GOOD[1], "elsewhere", *GOOD[3:]))
    assert [row for row, _ in words(content)] == [3]
    with pytest.raises(NotASheet):
        sheets.parse(with_parts(content, sheet1=replaced(b'<row r="3"', b'<row r="2"')))


def test_columns_are_those_of_the_template_and_what_they_are_called_is_not_repeated() -> None:
    for head in ("姓名,房屋编码", "姓名,房屋编码,与房屋关系,李淑芬", "姓名,姓名,房屋编码,与房屋关系", "李淑芬,13800138000"):
        with pytest.raises(ColumnsUnfit) as refused:
            rules.read("residents", HERE, sheets.parse(f"{head}\na,b,c,d".encode()))
        assert "李淑芬" not in str(refused.value.extra) + refused.value.detail
    shuffled = f"与房屋关系,房屋编码,姓名\n业主,{ROOM},李淑芬"
    assert words(shuffled.encode()) == []


def test_rows_of_elsewhere_rows_twice_and_cells_below_no_title_are_wrong() -> None:
    far = "510104.clx.jinxiu.g01.jxy.b01.u1.r0101"
    assert words(csv_of("residents", GOOD, (*GOOD[:2], far, *GOOD[3:]), (*GOOD, "x"))) == [
        (3, "elsewhere"), (4, "no-title"),
    ]
    assert words(csv_of("residents", GOOD, ("李 淑芬", "", *GOOD[2:]))) == [(3, "twice")]
    assert words(csv_of("residents", GOOD, ("王芳", *GOOD[1:]))) == [(3, "two-names")]
    assert words(csv_of("residents", (*GOOD[:4], "2026-02-01", "2026-01-31"))) == [(2, "upside-down")]
    assert words(csv_of("residents", ("李淑芬", "123", HERE + "..", "房东", "", ""))) == [
        (2, "not-a-phone"), (2, "not-an-area"), (2, "not-a-kind"),
    ]


@pytest.mark.parametrize("role", ["管理员", "admin", "审计员", "auditor", "device", "partner", "subdistrict_officer", "居民"])
def test_a_row_that_raises_rights_is_refused(role: str) -> None:
    assert words(csv_of("staff", ("王建国", "13800138000", role, HERE)), "staff") == [(2, "not-a-role")]
