"""号源表 as a file: CSV in and out, as spreadsheets write it in China and as they may safely open it."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chassis.errors import Invalid

MOST_ROWS, MOST_COLUMNS = 2000, 20  # a file has 256 KiB besides, as every body
# how a cell begins that a spreadsheet may calculate (OWASP, CSV injection: the wide ones where one writes Chinese or Japanese)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class SlotSheetUnreadable(Invalid):
    """The file is CSV (RFC 4180) in UTF-8 or GB18030, with titles and at least one row below them."""

    zh = "文件无法读取，请另存为 UTF-8 或 GB18030 编码的 .csv，并至少填写一行"


class SlotSheetTooLong(Invalid):
    """A file has at most 2,000 rows below its titles, and 20 columns."""

    zh = "表格过大：最多 2000 行、20 列，请拆分后分别导入"


class SlotSheetTitlesUnfit(Invalid):
    """The first row names the columns: the wanted ones are there, each once, and no others; `missing` are titles of ours."""

    zh = "表头与模板不一致，请下载模板后填写"


@dataclass(frozen=True)
class Sheet:
    """A file: its titles, and the rows that say something by their number in it."""

    titles: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def parse(content: bytes) -> Sheet:
    """The titles and rows of a file; SlotSheetUnreadable, SlotSheetTooLong."""
    found: list[tuple[int, tuple[str, ...]]] = []
    for number, cells in _cells(_decoded(content)):
        said = tuple(cell.strip(" \u3000\u00a0") for cell in cells)
        if len(said) > MOST_COLUMNS or len(found) > MOST_ROWS + 1:
            raise SlotSheetTooLong
        if any(said):
            found.append((number, said))
    if len(found) > MOST_ROWS + 1:
        raise SlotSheetTooLong
    if len(found) < 2:  # noqa: PLR2004 - the titles, and a row
        raise SlotSheetUnreadable
    return Sheet(found[0][1], tuple(found[1:]))


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise SlotSheetUnreadable


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows by their number as a spreadsheet counts them: a quoted line break begins none."""
    tabbed = "\t" in text.partition("\n")[0]
    try:
        yield from enumerate(csv.reader(io.StringIO(text, newline=""), strict=True, delimiter="\t" if tabbed else ","), 1)
    except csv.Error:
        raise SlotSheetUnreadable from None


def written(rows: Iterable[Iterable[object]]) -> str:
    """CSV in which what might be a formula is led by an apostrophe (OWASP, CSV injection)."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([_safe(str(cell)) for cell in row] for row in rows)
    return out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.lstrip().startswith(FORMULA) or cell.startswith(FORMULA) else cell
