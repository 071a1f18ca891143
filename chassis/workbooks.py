"""Sheets as workbooks (XLSX): read by a program of its own, with bounds, and believed nothing (decision 0035).

openpyxl and not a faster reader: it alone tells a formula from the value it had when it was saved last. It parses with
defusedxml, which refuses entities; its public way of reading drops rows that come out of order and does not tell merged cells,
so its parser of a worksheet is asked itself. It is imported where it is needed: with numpy it is seventeen megabytes.

`python -m chassis.workbooks` is the reader: a sheet in, what it says out as JSON; or the name of its refusal.
"""

import asyncio
import io
import json
import os
import resource
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import date, datetime
from typing import Any

from chassis.errors import Invalid
from chassis.sheets import NotASheet, Rows, Sheet, SheetTooLong, of_csv, whole

_ZIP = b"PK\x03\x04"
_MEMORY = 512 * 1024 * 1024  # bytes of addresses; 10,000 rows take about 200 MiB of them
_PATIENCE = 3  # times the seconds of the processor, by the clock
_FOREIGN = ("vbaproject", "externallinks/", "macrosheets/", "activex", "embeddings/", "ctrlprops/", "customui")
_HIDING = (b"\xff\xfe", b"\xfe\xff")  # UTF-16, in which a document type is not found by its letters
_one_at_once = asyncio.Semaphore(1)  # what a reader may take is taken once


class CellsMerged(Invalid):
    """A merged cell says something of one row alone: which, nobody can tell."""

    zh = "表格中有合并单元格，请取消合并并逐行填写"


@dataclass(frozen=True)
class Bounds:
    """What a sheet has at most: rows, columns, characters of all cells, parts, bytes unpacked; seconds of a processor for it."""

    rows: int
    columns: int
    text: int
    parts: int
    unpacked: int
    seconds: int


async def read(content: bytes, most: Bounds) -> Sheet:
    """The sheet of a file, CSV or XLSX; NotASheet, SheetTooLong, CellsMerged.

    Eight KiB of XLSX can say enough to take six GiB and minutes, so its reader has little of either, and nothing of our settings
    in its environment.
    """
    async with _one_at_once:
        if content.startswith(_ZIP):
            return _told(await _by_reader(content, most))
        return await asyncio.to_thread(parse, content, most)


def parse(content: bytes, most: Bounds) -> Sheet:
    """The same in this process."""
    return whole(_xlsx(content, most) if content.startswith(_ZIP) else of_csv(content), rows=most.rows, columns=most.columns)


def template(titles: Sequence[str], examples: Sequence[str]) -> bytes:
    """An empty XLSX with one row as an example: every cell is text, so that a phone stays eleven digits."""
    from openpyxl import Workbook  # noqa: PLC0415 - see above

    book = Workbook(write_only=False)
    sheet: Any = book.active
    for place, (title, example) in enumerate(zip(titles, examples, strict=True), 1):
        sheet.cell(1, place, title)
        sheet.cell(2, place, example).number_format = "@"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


async def _by_reader(content: bytes, most: Bounds) -> bytes:
    pipe, quiet = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    reader = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "chassis.workbooks", *map(str, astuple(most)), stdin=pipe, stdout=pipe, stderr=quiet,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        said, _ = await asyncio.wait_for(reader.communicate(content), _PATIENCE * most.seconds)
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


def _xlsx(content: bytes, most: Bounds) -> Rows:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _must_be_plain(archive, most)
        from openpyxl import load_workbook  # noqa: PLC0415 - see above

        parser = _parser(load_workbook(io.BytesIO(content), read_only=True, keep_links=False))
        rows = list(_cells(parser, most))
    except Exception as broken:  # noqa: BLE001 - a made-up file breaks the library in any way it likes
        raise (broken if isinstance(broken, Invalid) else NotASheet()) from None
    if parser.merged_cells:
        raise CellsMerged
    return rows


def _must_be_plain(archive: zipfile.ZipFile, most: Bounds) -> None:
    """SheetTooLong of what unpacks to more than a sheet can be, by what is declared: whoever unpacks a part reads no further.

    NotASheet of what no list of ours has: macros, links to other files, embedded things, a document type, or an encoding that
    hides one (OWASP, XML External Entity Prevention).
    """
    parts = archive.infolist()
    if len(parts) > most.parts or sum(part.file_size for part in parts) > most.unpacked:
        raise SheetTooLong
    for part in parts:
        said, name = archive.read(part), part.filename.lower()
        if any(word in name for word in _FOREIGN) or b"<!DOCTYPE" in said or said.startswith(_HIDING) or b"\0" in said[:4]:
            raise NotASheet


def _parser(book: Any) -> Any:
    from openpyxl.worksheet._reader import WorkSheetParser  # noqa: PLC0415 - see above

    sheet = book.worksheets[0]
    return WorkSheetParser(
        sheet._get_source(), sheet._shared_strings, data_only=False, epoch=book.epoch,  # noqa: SLF001 - see above
        date_formats=book._date_formats, timedelta_formats=book._timedelta_formats,  # noqa: SLF001
    )


def _cells(parser: Any, most: Bounds) -> Iterator[tuple[int, list[str]]]:
    """Rows by their number; of two with one number one would pass for the other: NotASheet. SheetTooLong as soon as they are."""
    said, letters, numbers = 0, 0, set[int]()
    for number, cells in parser.parse():
        row: dict[int, str] = {cell["column"]: _text(cell) for cell in cells}
        widest = max((column for column, text in row.items() if text), default=0)
        said, letters = said + bool(widest), letters + sum(map(len, row.values()))
        if widest > most.columns or said > most.rows + 1 or letters > most.text:
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
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def main() -> None:
    """Whoever comes to the bounds is killed, or ends with MemoryError: no sheet is that long."""
    most = Bounds(*map(int, sys.argv[1:]))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (most.seconds, most.seconds))
    try:
        told: object = asdict(parse(sys.stdin.buffer.read(), most))
    except Invalid as refused:
        told = type(refused).__name__
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
