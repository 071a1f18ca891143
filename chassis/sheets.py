"""Sheets as files: CSV in as spreadsheets write it in China, and out so that they calculate nothing of it (decision 0034)."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chassis.errors import Invalid

# how a cell begins that a spreadsheet may calculate (OWASP, CSV injection: the wide ones where one writes Chinese or Japanese)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
SPACES = " \u3000\u00a0"  # also the wide one of Chinese, and the one that web pages leave behind
Rows = Iterable[tuple[int, Sequence[str]]]


class NotASheet(Invalid):
    """The file is no CSV in UTF-8 or GB18030 (nor XLSX, where it is taken), has no row below its titles, or is made for harm."""

    zh = "文件无法读取，请另存为 UTF-8 或 GB18030 编码的 .csv（可导入 Excel 之处也可用 .xlsx），并至少填写一行"


class SheetTooLong(Invalid):
    """A sheet has more rows, columns or text than are taken at once; the operation says how many."""

    zh = "表格过大，行数、列数或文字超出上限，请拆分后分别导入"


class ColumnsUnfit(Invalid):
    """The first row names the columns: the wanted ones are there, each once, and no others; `missing` are titles of ours."""

    zh = "表头与模板不一致，请下载模板后填写"


class Unfit(Exception):
    """What a cell says does not do; the word for it, of which there is a remark."""


class Problem(NamedTuple):
    """What is wrong with a cell or its whole row: the row's number in the file, our title of the column, a word."""

    row: int
    column: str
    word: str


class Remark(NamedTuple):
    """The sentences of a word: what is wrong, what to do."""

    zh: str
    remedy: str


@dataclass(frozen=True)
class Sheet:
    """What was read of a file: the titles, and the rows that say something by their number in the file (the titles are 1)."""

    titles: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def of_csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Rows of CSV (RFC 4180, also with tabs) by their number, as a spreadsheet counts them; NotASheet."""
    text = _decoded(content)
    tabbed = "\t" in text.partition("\n")[0]
    try:
        yield from enumerate(csv.reader(io.StringIO(text, newline=""), strict=True, delimiter="\t" if tabbed else ","), 1)
    except csv.Error:
        raise NotASheet from None


def whole(found: Rows, *, rows: int, columns: int) -> Sheet:
    """The first row that says something names the columns; NotASheet, SheetTooLong."""
    said: list[tuple[int, tuple[str, ...]]] = []
    for number, cells in found:
        said += [(number, tuple(cells))] if any(cells) else []
        if len(cells) > columns or len(said) > rows + 1:
            raise SheetTooLong
    if len(said) < 2:  # noqa: PLR2004 - the titles, and a row
        raise NotASheet
    return Sheet(tuple(cell.strip(SPACES) for cell in said[0][1]), tuple(said[1:]))


def written(rows: Iterable[Iterable[object]]) -> str:
    """CSV no cell of which is calculated when a spreadsheet opens it."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([safe(str(cell)) for cell in row] for row in rows)
    return out.getvalue()


def placed(titles: Sequence[str], columns: Mapping[str, bool]) -> dict[str, int]:
    """Title → where its column stands; of each title of ours it is said whether it is wanted. ColumnsUnfit."""
    named = [title for title in titles if title]
    missing = [title for title, is_wanted in columns.items() if is_wanted and title not in named]
    if missing or len(set(named)) != len(named) or not set(named) <= columns.keys():
        raise ColumnsUnfit(missing=missing, wanted=list(columns))
    return {title: place for place, title in enumerate(titles) if title}


def beside(sheet: Sheet, problems: Iterable[Problem], remarks: Mapping[str, Remark]) -> str:
    """The sheet's own rows, each with its number and what is wrong with it, as such CSV."""
    said: dict[int, list[str]] = {}
    for number, column, word in problems:
        said.setdefault(number, []).append(f"{column}：{remarks[word].zh}。{remarks[word].remedy}")
    width = len(sheet.titles)
    body = ((*cells, *[""] * (width - len(cells)), number, "；".join(said.get(number, ()))) for number, cells in sheet.rows)
    return written(((*sheet.titles, "行号", "问题"), *body))


def safe(cell: str) -> str:
    """The cell as text, whatever it begins with: what might be calculated is led by an apostrophe (OWASP)."""
    return f"'{cell}" if any(said.startswith(FORMULA) for said in (cell, cell.lstrip(), cell.lstrip(SPACES))) else cell


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise NotASheet
