"""The rows of a 号源表, read cell by cell. What a cell says is repeated to nobody who asks what is wrong with it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from chassis.sheets import FORMULA, SPACES, Problem, Remark, Sheet, Unfit, beside, placed, written
from contracts.calendar import CHENGDU
from services.health.domain.online import Modality

LONGEST = 64  # characters of a cell
MOST_SEATS = 200
MOST_ROWS, MOST_COLUMNS = 2000, 20  # a file has 256 KiB besides, as every body
WHOLE_ROW = "整行"


SAID: Mapping[str, Remark] = {
    "empty": Remark("未填写", "请填写该单元格"),
    "formula": Remark("单元格是公式，或以 = + - @ 开头", "请改为直接填写的文字"),
    "too-long": Remark("内容过长", "请缩短到 64 个字符以内"),
    "not-a-day": Remark("日期不正确", "请按 2026-12-01 的格式填写"),
    "not-a-time": Remark("时间不正确", "请按 09:00 的格式填写成都时间"),
    "not-a-moment": Remark("日期时间不正确", "请按 2026-12-01 07:00 的格式填写成都时间"),
    "not-a-number": Remark("号数不正确", "请填写整数：号数 1 至 200，预留号数 0 至 200"),
    "not-a-way": Remark("就诊方式不正确", "请填写 面诊、小屋视频 或 居家视频"),
    "not-an-id": Remark("医生编号不正确", "请从医生列表复制完整编号，或改填医生姓名"),
    "no-title": Remark("有内容写在没有表头的列中", "请删除多余的内容，或移到对应的列"),
    "no-doctor": Remark("未写明医生", "请填写医生编号或医生姓名"),
    "not-a-doctor-here": Remark("没有这位医生，或不在本医院服务的区域出诊", "请核对医生；新医生须先由社区登记任职"),
    "which-doctor": Remark("有多位同名医生，无法分辨", "请补充医生编号"),
    "another-doctor": Remark("医生编号与姓名不是同一位医生", "请核对编号与姓名，或只填写其中一项"),
    "no-department": Remark("本医院没有这个科室", "请核对科室名称；新科室须先登记"),
    "no-room": Remark("健康小屋没有这个诊间", "请核对诊间名称，或留空"),
    "upside-down": Remark("结束时间不晚于开始时间", "请核对两个时间；号源不能跨过午夜"),
    "past": Remark("该时段已开始或已过", "请删除该行，或核对日期"),
    "far": Remark("该时段在一年以后", "请核对日期"),
    "set-aside": Remark("预留号数或预留截止不正确", "预留号数不能超过号数，有预留时须写明截止，截止不晚于开始时间"),
    "opens-late": Remark("放号时间不早于就诊开始时间", "请核对放号时间"),
    "twice": Remark("与前面的行是同一医生的同一开始时间", "请只保留一行"),
    "overlaps-row": Remark("与前面的行是同一医生的重叠时间", "请核对两行的起止时间"),
    "doctor-elsewhere": Remark("该医生在此时间已有其他号源", "请核对时间，或先取消原有的号源"),
    "not-yours": Remark("该医生此时的号源不属于本医院", "请与社区核对"),
    "closed": Remark("该时段已停诊，不能更改", "请先恢复该时段，再导入更改"),
    "below-booked": Remark("号数少于已约出的号", "号数不能小于已约出的最大序号"),
    "booked": Remark("该时段已有人预约，只能增加号数或调整放号、预留", "请先停诊该时段，再另行放号"),
}


@dataclass(frozen=True)
class Line:
    """A row as it can be read: whose time it is, by id or name, and what is offered in it; moments have their zone."""

    number: int
    department: str
    starts_at: datetime
    ends_at: datetime
    doctor: UUID | None = None
    name: str = ""
    capacity: int = 1
    modality: Modality = Modality.IN_PERSON
    room: str = ""
    opens_at: datetime | None = None
    set_aside: int = 0
    set_aside_until: datetime | None = None


@dataclass(frozen=True)
class Column:
    """A column: its title, what its cells may say, whether they must, and an example."""

    title: str
    read: Callable[[str], Any]
    is_wanted: bool
    example: str


def _plain(said: str) -> str:
    return said


def _doctor(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        raise Unfit("not-an-id") from None


def _day(said: str) -> date:
    """2026-12-01, 2026/12/1, 2026.12.1 or 2026年12月1日."""
    plain = said.removesuffix("日").translate(str.maketrans("年月/.", "----"))
    found = re.fullmatch(r"(2[01]\d\d)-(\d{1,2})-(\d{1,2})", plain, re.ASCII)  # of other years nobody plans
    try:
        return date(*map(int, found.groups())) if found else _no("not-a-day")
    except ValueError:
        raise Unfit("not-a-day") from None


def _time(said: str) -> time:
    """09:00, 9:00 or 9:00:00, with the colon of either writing."""
    found = re.fullmatch(r"(\d{1,2}):(\d\d)(?::00)?", said.replace("：", ":"), re.ASCII)
    try:
        return time(int(found[1]), int(found[2])) if found else _no("not-a-time")
    except ValueError:
        raise Unfit("not-a-time") from None


def _moment(said: str) -> datetime:
    day, _, clock = said.partition(" ")
    try:
        return datetime.combine(_day(day), _time(clock.strip()), CHENGDU)
    except Unfit:
        raise Unfit("not-a-moment") from None


def _number(least: int) -> Callable[[str], int]:
    def read(said: str) -> int:
        if not re.fullmatch(r"\d{1,3}", said, re.ASCII) or not least <= int(said) <= MOST_SEATS:
            raise Unfit("not-a-number")
        return int(said)

    return read


def _way(said: str) -> Modality:
    return _WAYS[said] if said in _WAYS else _no("not-a-way")


def _no(word: str) -> Any:
    raise Unfit(word)


_WAYS = {"面诊": Modality.IN_PERSON, "小屋视频": Modality.VIDEO_HUT, "居家视频": Modality.VIDEO_HOME}
COLUMNS: Mapping[str, Column] = {
    "doctor": Column("医生编号", _doctor, False, ""),
    "name": Column("医生姓名", _plain, False, "王医生"),
    "department": Column("科室", _plain, True, "全科医学科"),
    "day": Column("日期", _day, True, "2026-12-01"),
    "begins": Column("开始", _time, True, "09:00"),
    "ends": Column("结束", _time, True, "09:20"),
    "capacity": Column("号数", _number(1), False, "1"),
    "modality": Column("就诊方式", _way, False, "面诊"),
    "room": Column("诊间", _plain, False, ""),
    "opens_at": Column("放号时间", _moment, False, "2026-11-30 07:00"),
    "set_aside": Column("预留号数", _number(0), False, ""),
    "set_aside_until": Column("预留截止", _moment, False, ""),
    "serial": Column("序号", _plain, False, "1"),  # of the row in their system: seats are numbered here
}


def read(sheet: Sheet) -> tuple[list[Line], list[Problem]]:
    """The rows that say what rows may say, and what is wrong with the others; ColumnsUnfit."""
    where = _where(sheet.titles)
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, cells in sheet.rows:
        said, wrong = _row(where, cells)
        wrong = wrong or list(_together(said))
        problems += [Problem(number, title, word) for title, word in wrong]
        lines += [] if wrong else [_line(number, said)]
    return lines, problems


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
    if len(text) > LONGEST:
        raise Unfit("too-long")
    if text.startswith(FORMULA):
        raise Unfit("formula")
    return {name: column.read(text)}


def _together(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with cells that are each well written."""
    starts = datetime.combine(said["day"], said["begins"], CHENGDU)
    aside, until, opens = said.get("set_aside", 0), said.get("set_aside_until"), said.get("opens_at")
    if "doctor" not in said and "name" not in said:
        yield WHOLE_ROW, "no-doctor"
    if said["ends"] <= said["begins"]:
        yield COLUMNS["ends"].title, "upside-down"
    if aside > said.get("capacity", 1) or (aside > 0) != (until is not None) or (until is not None and until > starts):
        yield COLUMNS["set_aside"].title, "set-aside"
    if opens is not None and opens >= starts:
        yield COLUMNS["opens_at"].title, "opens-late"


def _line(number: int, said: Mapping[str, Any]) -> Line:
    day = said["day"]
    more = {name: value for name, value in said.items() if name not in {"day", "begins", "ends", "serial"}}
    starts, ends = (datetime.combine(day, said[name], CHENGDU) for name in ("begins", "ends"))
    return Line(number, starts_at=starts, ends_at=ends, **more)


def report(sheet: Sheet, problems: Iterable[Problem]) -> str:
    """The file's own rows with what is wrong in each, as CSV no cell of which is calculated when a spreadsheet opens it."""
    return beside(sheet, problems, SAID)


def template() -> str:
    """An empty sheet with one row as an example."""
    return written([[column.title for column in COLUMNS.values()], [column.example for column in COLUMNS.values()]])
