"""Files into rows and back: CSV as Excel writes it in China, XLSX through openpyxl, and neither believed.

openpyxl and not a faster reader: it alone tells a formula from the value it had when it was saved last. It parses with
defusedxml, which refuses entities; its public way of reading drops rows that come out of order and does not tell merged cells,
so its parser of a worksheet is asked itself.
"""

import asyncio
import io
import json
import os
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from chassis.sheets import NotASheet, Problem, Rows, Sheet, SheetTooLong, beside, of_csv, whole, written
from services.identity.domain.sheet import COLUMNS, MOST_COLUMNS, MOST_ROWS, SAID, CellsMerged, Kind

_UNZIPPED = 48 * 1024 * 1024  # 10,000 rows are about 6
_PARTS = 200
_ZIP = b"PK\x03\x04"
_TEXT = 8 * 1024 * 1024  # characters of all cells; 10,000 rows say about a million, and one shared text may stand in each
_READER = "services.identity.actions.sheet_reader"
_PATIENCE = 60  # seconds; the reader has fewer of the processor
_one_at_once = asyncio.Semaphore(1)  # what a reader may take is taken once


async def read(content: bytes) -> Sheet:
    """The sheet of a file; NotASheet, SheetTooLong, CellsMerged.

    A program of its own reads XLSX, with bounds on memory and processor: eight KiB of it can say enough to take six GiB and
    minutes. Nothing of our settings is in its environment.
    """
    async with _one_at_once:
        if content.startswith(_ZIP):
            return _told(await _by_reader(content))
        return await asyncio.to_thread(parse, content)


async def _by_reader(content: bytes) -> bytes:
    pipe, quiet = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    reader = await asyncio.create_subprocess_exec(
        sys.executable, "-m", _READER, stdin=pipe, stdout=pipe, stderr=quiet,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        said, _ = await asyncio.wait_for(reader.communicate(content), _PATIENCE)
    except TimeoutError:
        raise SheetTooLong from None
    finally:
        if reader.returncode is None:
            reader.kill()
            await reader.wait()
    if reader.returncode:  # it came to its bounds
        raise SheetTooLong
    return said


def _told(said: bytes) -> Sheet:
    told = json.loads(said)
    for refusal in (NotASheet, SheetTooLong, CellsMerged):
        if told == refusal.__name__:
            raise refusal
    return Sheet(tuple(told["titles"]), tuple((number, tuple(cells)) for number, cells in told["rows"]))


def parse(content: bytes) -> Sheet:
    """The same in this process."""
    return whole(_xlsx(content) if content.startswith(_ZIP) else of_csv(content), rows=MOST_ROWS, columns=MOST_COLUMNS)


def _xlsx(content: bytes) -> Rows:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _must_be_small(archive)
        from openpyxl import load_workbook  # noqa: PLC0415 - with numpy it is seventeen megabytes, and only the reader needs it

        book: Any = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        parser = _parser(book)
        rows = list(_short(_cells(parser)))
    except SheetTooLong:
        raise
    except Exception:  # noqa: BLE001 - a made-up file breaks the library in any way it likes
        raise NotASheet from None
    if parser.merged_cells:
        raise CellsMerged
    return rows


def _must_be_small(archive: zipfile.ZipFile) -> None:
    """SheetTooLong of what unpacks to more than a sheet can be: what is declared, and what really comes.

    The library that unpacks a part reads no further than its declared size, and compares the checksum there.
    """
    parts = archive.infolist()
    if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNZIPPED:
        raise SheetTooLong


def _parser(book: Any) -> Any:
    from openpyxl.worksheet._reader import WorkSheetParser  # noqa: PLC0415 - the same

    sheet = book.worksheets[0]
    return WorkSheetParser(
        sheet._get_source(), sheet._shared_strings, data_only=False, epoch=book.epoch,  # noqa: SLF001 - see above
        date_formats=book._date_formats, timedelta_formats=book._timedelta_formats,  # noqa: SLF001
    )


def _cells(parser: Any) -> Iterator[tuple[int, list[str]]]:
    said = 0
    for number, cells in parser.parse():
        row: dict[int, str] = {cell["column"]: _text(cell) for cell in cells}
        widest = max((column for column, text in row.items() if text), default=0)
        said += bool(widest)
        if widest > MOST_COLUMNS or said > MOST_ROWS + 1:
            raise SheetTooLong
        yield number, [row.get(column, "") for column in range(1, widest + 1)]


def _short(rows: Rows) -> Rows:
    """The same; SheetTooLong once they say more than a sheet does, NotASheet of two rows with one number.

    What is found wrong is told by the number, and of two rows one would pass for the other.
    """
    said, numbers = 0, set[int]()
    for number, cells in rows:
        if number in numbers:
            raise NotASheet
        numbers.add(number)
        said += sum(map(len, cells))
        if said > _TEXT:
            raise SheetTooLong
        yield number, cells


def _text(cell: dict[str, Any]) -> str:
    """What a cell says; of a formula that it is one, whatever value it had when it was saved."""
    value, kind = cell["value"], cell["data_type"]
    if value is None:
        return ""
    if kind in {"f", "e"}:
        return "=" + str(value).lstrip("=")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def report(sheet: Sheet, problems: Iterable[Problem]) -> str:
    """The sheet's own rows and one column more, as CSV for a spreadsheet (RFC 4180, UTF-8 with BOM by whoever encodes it)."""
    return beside(sheet, problems, SAID)


def template_csv(kind: Kind) -> bytes:
    """An empty sheet of a kind, with one row as an example."""
    rows = [[column.title for column in COLUMNS[kind]], [column.example for column in COLUMNS[kind]]]
    return written(rows).encode("utf-8-sig")


def template_xlsx(kind: Kind) -> bytes:
    """The same for Excel: every cell is text, so a phone stays eleven digits."""
    from openpyxl import Workbook  # noqa: PLC0415 - the same, until somebody asks for one

    book = Workbook(write_only=False)
    sheet: Any = book.active
    for place, column in enumerate(COLUMNS[kind], 1):
        sheet.cell(1, place, column.title)
        sheet.cell(2, place, column.example).number_format = "@"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
