"""A list as a sheet: its columns, its watermark, and cells that no spreadsheet calculates."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis import sheets
from contracts.calendar import CHENGDU

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
TITLES = (
    "编号", "状态", "类别", "地点", "层级", "描述（已脱敏）", "提交时间", "到期时间", "是否超时", "附议", "重办次数", "区域编码",
    "紧急程度",
    "子类别",
)


@dataclass(frozen=True)
class Mark:
    """The watermark: which export, by whom, when, of how many rows, for what."""

    key: str
    who: str
    at: datetime
    rows: int
    purpose: str

    @property
    def line(self) -> str:
        """In one sentence, above the rows and beside each."""
        when = f"{self.at.astimezone(CHENGDU):%Y-%m-%d %H:%M}"
        return f"导出编号 {self.key}｜导出人 {self.who}｜时间 {when}｜共 {self.rows} 条｜用途 {self.purpose}｜请勿外传"


def safe(cell: object) -> str:
    """A cell as text, whatever it begins with, without what cannot be seen or turns the order of what follows."""
    return sheets.safe(_UNSEEN.sub("", str(cell)))


def row(item: Mapping[str, Any]) -> tuple[str, ...]:
    """A report of a list as its cells; nobody's name, phone or id among them."""
    due = item["due"]
    cells = (
        item["number"], item["status_label"], item["category_label"], item["place"], item["level_label"], item["text"],
        _local(item["submitted_at"]), _local(due["at"]) if due else "", "是" if due and due["overdue"] else "否",
        item["supporters"], item["reopen_count"], item["area"],
        item["severity_label"],
        item["subcategory_label"] or "",
    )
    return tuple(map(safe, cells))


def as_csv(mark: Mark, rows: Iterable[tuple[str, ...]]) -> bytes:
    """CSV (RFC 4180) in UTF-8 with a BOM: the watermark, the titles, and a row each that ends with the export's number."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([[mark.line], [*TITLES, "导出编号"], *([*one, mark.key] for one in rows)])
    return out.getvalue().encode("utf-8-sig")


def _local(at: datetime) -> str:
    return f"{at.astimezone(CHENGDU):%Y-%m-%d %H:%M}"
