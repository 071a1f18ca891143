"""报事表 as files: CSV, and XLSX through openpyxl, which is believed nothing and read by a program of its own with bounds.

openpyxl and not a faster reader: it alone tells a formula from the value it had when it was saved last. It parses with
defusedxml, which refuses entities; its public way of reading drops rows that come out of order and tells no merged cells, so its
parser of a worksheet is asked itself. What a sheet of 200 rows never has is refused before: macros, links to other files,
embedded things, a document type, an encoding that hides one (OWASP, XML External Entity Prevention; decision 0034).
"""

import asyncio
import io
import json
import os
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from chassis.sheets import NotASheet, Rows, Sheet, SheetTooLong, of_csv, whole
from services.reports.domain.report_sheet import COLUMNS, MOST_COLUMNS, MOST_ROWS, CellsJoined

_UNZIPPED = 8 * 1024 * 1024  # 200 rows are some 300 KiB
_PARTS = 100
_ZIP = b"PK\x03\x04"
_TEXT = 1024 * 1024  # characters of all cells
_READER = "services.reports.actions.sheet_reader"
_PATIENCE = 30  # seconds; the reader has fewer of the processor
_FOREIGN = ("vbaproject", "externallinks/", "macrosheets/", "activex", "embeddings/", "ctrlprops/", "customui")
_HIDING = (b"\xff\xfe", b"\xfe\xff")  # UTF-16, in which a document type is not found by its letters
_one_at_once = asyncio.Semaphore(1)  # what a reader may take is taken once


async def read(content: bytes) -> Sheet:
    """The sheet of a file; NotASheet, SheetTooLong, CellsJoined. Nothing of our settings is in the reader's environment."""
    if not content.startswith(_ZIP):
        return parse(content)
    async with _one_at_once:
        return _told(await _by_reader(content))


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
    for refusal in (NotASheet, SheetTooLong, CellsJoined):
        if told == refusal.__name__:
            raise refusal
    return Sheet(tuple(told["titles"]), tuple((number, tuple(cells)) for number, cells in told["rows"]))


def parse(content: bytes) -> Sheet:
    """The same in this process."""
    return whole(_xlsx(content) if content.startswith(_ZIP) else of_csv(content), rows=MOST_ROWS, columns=MOST_COLUMNS)


def _xlsx(content: bytes) -> Rows:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _must_be_plain(archive)
        from openpyxl import load_workbook  # noqa: PLC0415 - with numpy it is seventeen megabytes, and only the reader needs it

        parser = _parser(load_workbook(io.BytesIO(content), read_only=True, keep_links=False))
        rows = list(_cells(parser))
    except SheetTooLong:
        raise
    except Exception:  # noqa: BLE001 - a made-up file breaks the library in any way it likes
        raise NotASheet from None
    if parser.merged_cells:
        raise CellsJoined
    return rows


def _must_be_plain(archive: zipfile.ZipFile) -> None:
    """SheetTooLong of what unpacks to more than a sheet can be, by what is declared: whoever unpacks reads no further."""
    parts = archive.infolist()
    if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNZIPPED:
        raise SheetTooLong
    for part in parts:
        said, name = archive.read(part), part.filename.lower()
        if any(word in name for word in _FOREIGN) or b"<!DOCTYPE" in said or said.startswith(_HIDING) or b"\0" in said[:4]:
            raise NotASheet


def _parser(book: Any) -> Any:
    from openpyxl.worksheet._reader import WorkSheetParser  # noqa: PLC0415 - the same

    sheet = book.worksheets[0]
    return WorkSheetParser(
        sheet._get_source(), sheet._shared_strings, data_only=False, epoch=book.epoch,  # noqa: SLF001 - see above
        date_formats=book._date_formats, timedelta_formats=book._timedelta_formats,  # noqa: SLF001
    )


def _cells(parser: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows by their number; of two with one number one would pass for the other: NotASheet. SheetTooLong."""
    said, letters, numbers = 0, 0, set[int]()
    for number, cells in parser.parse():
        row: dict[int, str] = {cell["column"]: _text(cell) for cell in cells}
        widest = max((column for column, text in row.items() if text), default=0)
        said, letters = said + bool(widest), letters + sum(map(len, row.values()))
        if widest > MOST_COLUMNS or said > MOST_ROWS + 1 or letters > _TEXT:
            raise SheetTooLong
        if number in numbers:
            raise NotASheet
        numbers.add(number)
        yield number, [row.get(column, "") for column in range(1, widest + 1)]


def _text(cell: dict[str, Any]) -> str:
    """What a cell says; of a formula that it is one, whatever value it had when it was saved."""
    value, kind = cell["value"], cell["data_type"]
    if value is None:
        return ""
    if kind in {"f", "e"}:
        return "=" + str(value).lstrip("=")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def template_xlsx() -> bytes:
    """An empty sheet with one row as an example; every cell is text, so that nothing is made a date or a number of."""
    from openpyxl import Workbook  # noqa: PLC0415 - the same, until somebody asks for one

    book = Workbook(write_only=False)
    sheet: Any = book.active
    for place, column in enumerate(COLUMNS.values(), 1):
        sheet.cell(1, place, column.title)
        sheet.cell(2, place, column.example).number_format = "@"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
