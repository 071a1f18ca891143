"""Sheets as Excel writes them, and as somebody makes them who means harm."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from openpyxl import Workbook

from services.identity.domain.sheet import COLUMNS, Kind

PART = "xl/worksheets/sheet1.xml"


def titles(kind: Kind) -> list[str]:
    """What stands in its first row."""
    return [column.title for column in COLUMNS[kind]]


def csv_of(kind: Kind, *rows: Sequence[str], encoding: str = "utf-8") -> bytes:
    """A sheet as CSV."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([titles(kind), *rows])
    return out.getvalue().encode(encoding)


def xlsx_of(kind: Kind, *rows: Sequence[Any], touch: Callable[[Any], object] = lambda _: None) -> bytes:
    """The same as XLSX; `touch` does something more to the worksheet."""
    book = Workbook()
    sheet: Any = book.active
    for row in [titles(kind), *rows]:
        sheet.append(list(row))
    touch(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_parts(content: bytes, **parts: bytes | Callable[[bytes], bytes]) -> bytes:
    """An XLSX some of whose parts are others; named by the end of their names, without `.xml`."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            key = name.rpartition("/")[2].removesuffix(".xml")
            other = parts.get(key, old.read(name))
            new.writestr(name, other(old.read(name)) if callable(other) else other)
    return out.getvalue()


def shared(content: bytes, text: str) -> bytes:
    """The same with one text among the shared ones, as Excel itself writes all of them."""
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    listed = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
    out = io.BytesIO(with_parts(content, **{
        "[Content_Types]": replaced(b"</Types>", listed),
        "sheet1": replaced(f't="inlineStr"><is><t>{text}</t></is>'.encode(), b't="s"><v>0</v>'),
    }))
    with zipfile.ZipFile(out, "a") as archive:
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{space}" count="1"><si><t>{text}</t></si></sst>')
    return out.getvalue()


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """A part with something else in it."""

    def part(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, 1)

    return part


def cells(rows: Iterable[tuple[int, Sequence[str]]]) -> list[list[str]]:
    """What the rows say."""
    return [list(one) for _, one in rows]


def greedy(megabytes: int) -> bytes:
    """A few KiB that say very many cells: 80 times as much memory as they unpack to."""
    row = b"<row>" + b"<c/>" * (megabytes << 18) + b"</row></sheetData>"
    return with_parts(xlsx_of("residents", ["x"] * 6), sheet1=replaced(b"</sheetData>", row))


def slow() -> bytes:
    """A few KiB that say a million formats: minutes of a processor."""
    return with_parts(xlsx_of("residents", ["x"] * 6), styles=replaced(b"</cellXfs>", b"<xf/>" * 1_000_000 + b"</cellXfs>"))
