"""Sheets of residents, rooms and staff as files: read, reported on, and empty ones to fill in."""

from collections.abc import Iterable

from chassis import workbooks
from chassis.sheets import Problem, Sheet, beside, written
from services.identity.domain.sheet import COLUMNS, MOST_COLUMNS, MOST_ROWS, SAID, Kind

# 10,000 rows unpack to about 6 MiB, say about a million characters (one shared text may stand in each) and take two seconds
_MOST = workbooks.Bounds(
    rows=MOST_ROWS, columns=MOST_COLUMNS, text=8 * 1024 * 1024, parts=200, unpacked=48 * 1024 * 1024, seconds=20,
)


async def read(content: bytes) -> Sheet:
    """The sheet of a file, CSV or XLSX; NotASheet, SheetTooLong, CellsMerged."""
    return await workbooks.read(content, _MOST)


def parse(content: bytes) -> Sheet:
    """The same in this process."""
    return workbooks.parse(content, _MOST)


def report(sheet: Sheet, problems: Iterable[Problem]) -> str:
    """The sheet's own rows and one column more, as CSV for a spreadsheet (RFC 4180, UTF-8 with BOM by whoever encodes it)."""
    return beside(sheet, problems, SAID)


def template_csv(kind: Kind) -> bytes:
    """An empty sheet of a kind, with one row as an example."""
    rows = [[column.title for column in COLUMNS[kind]], [column.example for column in COLUMNS[kind]]]
    return written(rows).encode("utf-8-sig")


def template_xlsx(kind: Kind) -> bytes:
    """The same for Excel."""
    return workbooks.template([column.title for column in COLUMNS[kind]], [column.example for column in COLUMNS[kind]])
