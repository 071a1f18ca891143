"""Sheets of residents, rooms and staff: their columns, what a cell may say, and what is told of one that says something else.

Nothing here keeps or repeats what stood in a cell: a problem has a row, a column of ours and a sentence.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple
from unicodedata import bidirectional, category

from chassis import sheets
from chassis.sheets import FORMULA, Problem, Remark, Sheet, Unfit
from contracts.area import Role, contains, is_path
from services.identity.domain.registration import normal_name
from services.identity.domain.sign_in import NotAPhone, normal_phone

Kind = Literal["residents", "rooms", "staff"]
MOST_ROWS = 10_000
MOST_COLUMNS = 32
LONGEST = 256  # characters of a cell


_CONTROLS = {"Cc", "Cs", "Zl", "Zp"}  # Unicode: controls, halves of letters, ends of lines and paragraphs
_TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}  # UAX 9: what follows is shown in another order


SAID: Mapping[str, Remark] = {
    "empty": Remark("未填写", "请填写该单元格"),
    "formula": Remark("单元格是公式，或以 = + - @ 开头", "请改为直接填写的文字"),
    "too-long": Remark("内容过长", "请缩短到 256 个字符以内"),
    "control": Remark("含有换行等不可见的控制字符", "请删除后重新填写"),
    "not-a-name": Remark("姓名须为 2 至 64 个字符，并含有文字", "请填写证件上的姓名"),
    "not-a-title": Remark("名称须为 1 至 64 个字符", "请填写名称"),
    "no-title": Remark("有内容写在没有表头的列中", "请删除多余的内容，或移到对应的列"),
    "not-a-phone": Remark("手机号不正确", "请填写 11 位手机号码，并把单元格设为文本格式"),
    "not-an-area": Remark("区域编码不正确", "请从区域列表复制完整编码"),
    "elsewhere": Remark("不在本次导入的区域内", "请只填写您负责区域内的编码"),
    "not-a-kind": Remark("不是可选的类型", "请按模板说明填写"),
    "not-a-role": Remark("该岗位不能批量授予", "请按模板填写岗位；管理员、审计员须逐一授予"),
    "not-a-date": Remark("日期不正确", "请按 2026-01-31 的格式填写"),
    "upside-down": Remark("截止日期早于起始日期", "请核对两个日期"),
    "helper-dates": Remark("护工须填写截止日期，且不超过一年", "请填写一年以内的截止日期"),
    "over": Remark("截止日期已过", "请删除该行，或核对日期"),
    "twice": Remark("与前面的行重复", "请只保留一行"),
    "two-names": Remark("同一手机号在表中对应不同姓名", "请核对手机号与姓名"),
    "no-parent": Remark("上级区域不存在", "请先登记上级区域，或写在该行之前"),
    "another-kind": Remark("该编码已登记为其他类型", "请核对编码与类型"),
    "closed": Remark("该编码已停用，不能再次使用", "请使用新的编码"),
    "not-there": Remark("没有这个区域", "请先导入房屋"),
    "not-a-room": Remark("该编码不是房屋", "请填写具体房屋的编码"),
    "name-differs": Remark("手机号与姓名不一致", "请与本人核对；导入不会更改他人的姓名"),
    "same-name": Remark("该房屋已有同名人员，手机号不同或未登记", "请核对是否同一人；导入不会更改他人的手机号"),
    "which": Remark("该房屋有多名同名人员，无法分辨", "请补充手机号"),
    "other-rights": Remark("您没有权限办理该行", "请由该区域的管理员导入"),
}


def _name(said: str) -> str:
    if not 2 <= len(said) <= 64 or not any(letter.isalpha() for letter in said) or not normal_name(said):  # noqa: PLR2004
        raise Unfit("not-a-name")
    return said


def _title(said: str) -> str:
    if len(said) > 64:  # noqa: PLR2004 - as areas have names
        raise Unfit("not-a-title")
    return said


def _phone(said: str) -> str:
    try:
        return normal_phone(said)
    except NotAPhone:
        raise Unfit("not-a-phone") from None


def _area(said: str) -> str:
    if not is_path(said):
        raise Unfit("not-an-area")
    return said


def _day(said: str) -> str:
    """2026-01-31, 2026/1/31, 2026.1.31 or 2026年1月31日, as ISO 8601 writes it."""
    plain = said.removesuffix("日").translate(str.maketrans("年月/.", "----"))
    try:
        year, month, day = (int(one) for one in plain.split("-") if one.isascii() and one.isdigit())
        return date(year, month, day).isoformat()
    except ValueError:
        raise Unfit("not-a-date") from None


def _one_of(words: Mapping[str, str], word: str) -> Callable[[str], str]:
    def chosen(said: str) -> str:
        if said not in words:
            raise Unfit(word)
        return words[said]

    return chosen


BELONGS = {"业主": "owner", "租户": "tenant", "家属": "family", "护工": "helper"}
PLACES = {"院落": "courtyard", "楼栋": "building", "单元": "unit", "房屋": "room"}
# what a sheet may grant: who serves. Who governs (admin, auditor) or is no person (device, partner) is granted one by one
SERVES: dict[str, str] = {
    "网格员": Role.GRID_WORKER, "院落长": Role.COURTYARD_LEAD, "社区工作人员": Role.COMMUNITY_OFFICER, "医生": Role.DOCTOR,
    "健康小屋工作人员": Role.HUT_STAFF, "门卫": Role.GUARD, "物业": Role.PROPERTY,
}


@dataclass(frozen=True)
class Column:
    """A column: its title, the field it fills, what its cells may say, and whether they must."""

    title: str
    field: str
    read: Callable[[str], str]
    is_wanted: bool = True
    example: str = ""


COLUMNS: Mapping[Kind, tuple[Column, ...]] = {
    "residents": (
        Column("姓名", "name", _name, example="李淑芬"),
        Column("手机号", "phone", _phone, is_wanted=False, example="13800138000"),
        Column("房屋编码", "area", _area, example="510104.clx.guohuai.g03.dgy1.b03.u2.r0201"),
        Column("与房屋关系", "kind", _one_of(BELONGS, "not-a-kind"), example="业主"),
        Column("起始日期", "since", _day, is_wanted=False), Column("截止日期", "until", _day, is_wanted=False),
    ),
    "rooms": (
        Column("区域编码", "area", _area, example="510104.clx.guohuai.g03.dgy1.b03.u2.r0201"),
        Column("类型", "kind", _one_of(PLACES, "not-a-kind"), example="房屋"), Column("名称", "name", _title, example="2-0201"),
    ),
    "staff": (
        Column("姓名", "name", _name, example="王建国"), Column("手机号", "phone", _phone, example="13800138000"),
        Column("岗位", "role", _one_of(SERVES, "not-a-role"), example="网格员"),
        Column("区域编码", "area", _area, example="510104.clx.guohuai.g03"),
    ),
}
WHOLE_ROW = "整行"


class Row(NamedTuple):
    """A row that can be read: its number in the file, and what its fields say; of those left empty nothing."""

    number: int
    said: Mapping[str, str]


def placed(kind: Kind, titles: Sequence[str]) -> dict[str, int]:
    """Field → where its column stands; ColumnsUnfit if a wanted one is missing, or one is there twice or unknown."""
    columns = {column.title: column for column in COLUMNS[kind]}
    where = sheets.placed(titles, {title: column.is_wanted for title, column in columns.items()})
    return {columns[title].field: place for title, place in where.items()}


def read(kind: Kind, area: str, sheet: Sheet) -> tuple[list[Row], list[Problem]]:
    """The rows that say what rows of this kind may say, in this area; and what is wrong with the others."""
    where = placed(kind, sheet.titles)
    rows, problems = [], []
    for number, cells in sheet.rows:
        said, wrong = _cells(kind, where, cells)
        said_twice = wrong or list(_together(area, said))
        problems += [Problem(number, _title_of(kind, field), word) for field, word in said_twice]
        if not said_twice:
            rows.append(Row(number, said))
    repeated = list(_repeated(kind, rows))
    numbers = {one.row for one in repeated}
    return [row for row in rows if row.number not in numbers], [*problems, *repeated]


def _cells(kind: Kind, where: Mapping[str, int], cells: Sequence[str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    said: dict[str, str] = {}
    wrong: list[tuple[str, str]] = []
    for column in COLUMNS[kind]:
        place = where.get(column.field, len(cells))
        try:
            value = _cell(column, cells[place] if place < len(cells) else "")
        except Unfit as unfit:
            wrong.append((column.field, str(unfit)))
        else:
            said |= {column.field: value} if value else {}
    if any(cell for place, cell in enumerate(cells) if place not in where.values()):
        wrong.append(("", "no-title"))  # it stands below no title: nobody knows what it says
    return said, wrong


def _cell(column: Column, cell: str) -> str:
    text = cell.strip(" \u3000\u00a0")
    if not text and column.is_wanted:
        raise Unfit("empty")
    if len(text) > LONGEST:
        raise Unfit("too-long")
    if text.startswith(FORMULA) and not (column.field == "phone" and text.startswith(("+", "＋"))):
        raise Unfit("formula")
    if any(category(letter) in _CONTROLS or bidirectional(letter) in _TURNS for letter in text):
        raise Unfit("control")
    return column.read(text) if text else ""


def _together(area: str, said: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with cells that are each well written."""
    if not contains(area, said["area"]):
        yield "area", "elsewhere"
    if "since" in said and "until" in said and said["until"] < said["since"]:
        yield "until", "upside-down"


def _repeated(kind: Kind, rows: Sequence[Row]) -> Iterator[Problem]:
    """Rows that say the same thing twice, or of one phone two names."""
    seen: set[tuple[str, ...]] = set()
    names: dict[str, str] = {}
    for number, said in rows:
        mine = _key(kind, said)
        if mine in seen:
            yield Problem(number, WHOLE_ROW, "twice")
        seen.add(mine)
        name = normal_name(said["name"])
        if "phone" in said and names.setdefault(said["phone"], name) != name:
            yield Problem(number, _title_of(kind, "phone"), "two-names")


def _key(kind: Kind, said: Mapping[str, str]) -> tuple[str, ...]:
    """What a row is about: of a resident the room and the name, for some have no phone."""
    if kind == "staff":
        return said["phone"], said["role"], said["area"]
    return (said["area"],) if kind == "rooms" else (said["area"], normal_name(said["name"]))


def _title_of(kind: Kind, field: str) -> str:
    return next((column.title for column in COLUMNS[kind] if column.field == field), WHOLE_ROW)
