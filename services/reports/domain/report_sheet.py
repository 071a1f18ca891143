"""报事表: what was written on paper or heard on rounds, as rows that staff hand in. What a cell says is repeated to nobody."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID, uuid5

from chassis.errors import Invalid
from chassis.sheets import FORMULA, SPACES, Problem, Remark, Sheet, Unfit, placed
from contracts.area import is_path
from services.reports.domain.coordinates import Point
from services.reports.domain.open311 import SERVICES
from services.reports.domain.severity import NAMES, Severity

MOST_ROWS, MOST_COLUMNS = 200, 16  # all of it is one transaction, and whoever files meanwhile waits for its number
LONGEST_TEXT, _LONGEST = 2000, 256
WHOLE_ROW = "整行"


class ReportSheetUnfit(Invalid):
    """A sheet is filed as a whole: where a row cannot be, nothing is. `problems` says row by row why, and the remedy."""

    zh = "表格中有不能导入的行，未导入任何内容，请按提示修改后重新导入"


SAID: Mapping[str, Remark] = {
    "empty": Remark("未填写", "请填写该单元格"),
    "formula": Remark("单元格是公式，或以 = + - @ 开头", "请改为直接填写的文字"),
    "too-long": Remark("内容过长", "描述不超过 2000 字，其他单元格不超过 256 字"),
    "no-title": Remark("有内容写在没有表头的列中", "请删除多余的内容，或移到对应的列"),
    "no-category": Remark("没有这个类别", f"请填写其中之一：{'、'.join(one.name for one in SERVICES.values())}"),
    "not-a-path": Remark("区域编码不正确", "请从地点列表复制完整编码，如 510104.clx.guohuai.g03"),
    "no-area": Remark("没有这个区域", "请核对区域编码"),
    "elsewhere": Remark("该区域不在您负责的范围内", "请交由负责该区域的同事导入"),
    "not-a-degree": Remark("经纬度不正确", "请填写度数，如经度 104.12345、纬度 30.61234；不知道时两格都留空"),
    "half-a-point": Remark("经度与纬度只填写了一项", "请两格都填写，或都留空"),
    "no-severity": Remark("没有这个紧急程度", f"请填写其中之一：{'、'.join(NAMES.values())}；留空按类别确定"),
    "not-a-datum": Remark("坐标系不正确", "请填写 GCJ-02（国内地图）或 WGS-84（GPS），留空为 GCJ-02"),
    "point-elsewhere": Remark("该坐标远离社区的所有网格", "请核对经纬度和坐标系"),
    "twice": Remark("与前面的行是同一原编号", "请只保留一行，或更正编号"),
}


@dataclass(frozen=True)
class Line:
    """A row as it can be filed; `key` is what the paper is called, and names the report for ever."""

    number: int
    key: str
    category: str
    text: str
    area: str
    point: Point | None = None
    severity: Severity | None = None

    def client_token(self, person: UUID) -> UUID:
        """The draft that this person's paper is: handed in twice, it is one report."""
        return uuid5(person, f"sheet/{self.key}")


@dataclass(frozen=True)
class Column:
    """A column: its title, what its cells may say, whether they must, how long they may be, and an example."""

    title: str
    read: Callable[[str], Any]
    is_wanted: bool
    example: str
    longest: int = _LONGEST


@dataclass(frozen=True)
class Rows:
    """The rows that say what rows may say, and what is wrong with the others."""

    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def _plain(said: str) -> str:
    return said


def _category(said: str) -> str:
    named = {one.name: one.code for one in SERVICES.values()} | {code: code for code in SERVICES}
    return named[said] if said in named else _no("no-category")


def _area(said: str) -> str:
    return said if is_path(said) else _no("not-a-path")


def _degrees(most: int) -> Callable[[str], float]:
    def read(said: str) -> float:
        if not re.fullmatch(r"-?\d{1,3}(\.\d{1,12})?", said, re.ASCII) or abs(float(said)) > most:
            raise Unfit("not-a-degree")
        return float(said)

    return read


def _datum(said: str) -> Literal["gcj02", "wgs84"]:
    known: dict[str, Literal["gcj02", "wgs84"]] = {"gcj02": "gcj02", "wgs84": "wgs84"}
    plain = said.lower().replace("-", "")
    return known[plain] if plain in known else _no("not-a-datum")


def _severity(said: str) -> Severity:
    named = {called: severity for severity, called in NAMES.items()} | {severity.value: severity for severity in Severity}
    return named[said] if said in named else _no("no-severity")


def _no(word: str) -> Any:
    raise Unfit(word)


COLUMNS: Mapping[str, Column] = {
    "key": Column("原编号", _plain, True, "巡查-2026-001"),
    "category": Column("类别", _category, True, "楼道照明"),
    "text": Column("描述", _plain, True, "3栋2单元楼道灯不亮", LONGEST_TEXT),
    "area": Column("区域编码", _area, True, "510104.clx.guohuai.g03"),
    "lng": Column("经度", _degrees(180), False, ""),
    "lat": Column("纬度", _degrees(90), False, ""),
    "crs": Column("坐标系", _datum, False, ""),
    "severity": Column("紧急程度", _severity, False, ""),
}


def read(sheet: Sheet) -> Rows:
    """Every row looked at, cell by cell; ColumnsUnfit."""
    where, found, seen = _where(sheet.titles), Rows(), set[str]()
    for number, cells in sheet.rows:
        said, wrong = _row(where, cells)
        wrong = wrong or list(_together(said, seen))
        seen.add(said.get("key", ""))
        found.problems.extend(Problem(number, title, word) for title, word in wrong)
        if not wrong:
            found.lines.append(_line(number, said))
    return found


def _where(titles: Sequence[str]) -> dict[str, int]:
    stands = placed(titles, {column.title: column.is_wanted for column in COLUMNS.values()})
    return {name: stands[column.title] for name, column in COLUMNS.items() if column.title in stands}


def _row(where: Mapping[str, int], cells: Sequence[str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    said: dict[str, Any] = {}
    astray = any(cell.strip(SPACES) for place, cell in enumerate(cells) if place not in where.values())
    wrong = [(WHOLE_ROW, "no-title")] if astray else []
    for name, column in COLUMNS.items():
        place = where.get(name, len(cells))
        try:
            said |= _cell(name, column, cells[place].strip(SPACES) if place < len(cells) else "")
        except Unfit as unfit:
            wrong.append((column.title, str(unfit)))
    return said, wrong


def _cell(name: str, column: Column, text: str) -> dict[str, Any]:
    if not text:
        return _no("empty") if column.is_wanted else {}
    if len(text) > column.longest:
        raise Unfit("too-long")
    if text.startswith(FORMULA) and name not in {"lat", "lng"}:  # what is south or west begins with a sign, and is a number
        raise Unfit("formula")
    return {name: column.read(text)}


def _together(said: Mapping[str, Any], seen: set[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with cells that are each well written."""
    if ("lat" in said) != ("lng" in said):
        yield COLUMNS["lng"].title, "half-a-point"
    if said["key"] in seen:
        yield COLUMNS["key"].title, "twice"


def _line(number: int, said: Mapping[str, Any]) -> Line:
    point = Point(said["lat"], said["lng"], said.get("crs", "gcj02")) if "lat" in said else None
    return Line(number, said["key"], said["category"], said["text"], said["area"], point, said.get("severity"))
