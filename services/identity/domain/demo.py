"""The people and places of the demo: 国槐社区 and a smaller neighbour, 锦绣社区. Nobody in it is real."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from contracts.area import Role

PASSWORD = "guohuai-demo"  # noqa: S105 - of accounts that exist only in the demo
DISTRICT, SUBDISTRICT = "510104", "510104.clx"
GUOHUAI, JINXIU = "510104.clx.guohuai", "510104.clx.jinxiu"


@dataclass(frozen=True)
class Courtyard:
    """A courtyard: its path, its name, and how large it is."""

    path: str
    name: str
    buildings: int
    floors: int


COURTYARDS = (
    Courtyard(f"{GUOHUAI}.g03.dgy1", "大观苑一期", 4, 3),
    Courtyard(f"{GUOHUAI}.g03.dgy2", "大观苑二期", 3, 2),
    Courtyard(f"{GUOHUAI}.g01.hxy", "槐香苑", 3, 2),
    Courtyard(f"{GUOHUAI}.g02.ljy", "林景苑", 2, 2),
    Courtyard(f"{JINXIU}.g01.jxy", "锦绣苑", 2, 2),
)

_TREE = (
    (DISTRICT, "district", "成都市锦江区"), (SUBDISTRICT, "subdistrict", "成龙路街道"),
    (GUOHUAI, "community", "国槐社区"), (JINXIU, "community", "锦绣社区"),
    (f"{GUOHUAI}.g01", "grid", "第一网格"), (f"{GUOHUAI}.g02", "grid", "第二网格"), (f"{GUOHUAI}.g03", "grid", "第三网格"),
    (f"{JINXIU}.g01", "grid", "第一网格"),
)


@dataclass(frozen=True)
class Staff:
    """A member of staff and where they serve."""

    login: str
    name: str
    role: Role
    area: str
    unit: str | None = None  # by its name


STAFF = (
    Staff("grid", "网格员 王芳", Role.GRID_WORKER, f"{GUOHUAI}.g03"),
    Staff("grid1", "网格员 陈静", Role.GRID_WORKER, f"{GUOHUAI}.g01"),
    Staff("grid2", "网格员 周敏", Role.GRID_WORKER, f"{GUOHUAI}.g02"),
    Staff("lead", "院落长 刘建国", Role.COURTYARD_LEAD, f"{GUOHUAI}.g03.dgy1"),
    Staff("officer", "社区干部 赵磊", Role.COMMUNITY_OFFICER, GUOHUAI),
    Staff("subdistrict", "街道干部 孙丽", Role.SUBDISTRICT_OFFICER, SUBDISTRICT),
    Staff("doctor", "家庭医生 何医生", Role.DOCTOR, GUOHUAI, "国槐家庭医生团队"),
    Staff("hut", "健康小屋 吴护士", Role.HUT_STAFF, GUOHUAI),
    Staff("guard", "门岗 张师傅", Role.GUARD, f"{GUOHUAI}.g03.dgy1"),
    Staff("admin", "管理员", Role.ADMIN, DISTRICT),
    Staff("grid-neighbour", "网格员 郑爽", Role.GRID_WORKER, f"{JINXIU}.g01"),
    Staff("officer-neighbour", "社区干部 冯涛", Role.COMMUNITY_OFFICER, JINXIU),
)

UNITS = (
    (GUOHUAI, "property", "国槐物业服务中心", [GUOHUAI]),
    (SUBDISTRICT, "urban_management", "成龙路街道城管中队", [SUBDISTRICT]),
    (GUOHUAI, "doctor_team", "国槐家庭医生团队", [GUOHUAI]),
    (JINXIU, "property", "锦绣物业服务中心", [JINXIU]),
)

@dataclass(frozen=True)
class Program:
    """A program that asks for tokens; a hospital's key is made from its name, because it guards nothing but the demo."""

    name: str
    title: str
    kind: str
    life: str
    grants: tuple[str, ...]
    scopes: tuple[str, ...]
    path: str = ""  # where codes are sent, on our own origin

    @property
    def secret(self) -> int:
        """The private number of its key on P-256."""
        return int.from_bytes(hashlib.sha256(f"guohuai demo client {self.name}".encode()).digest()) >> 1


PROGRAMS = (
    Program("dashboard", "网格工作台", "public", "screen", ("authorization_code", "refresh_token"), ("openid", "profile", "api"),
            "/staff/callback"),
    Program("hospital", "合作医院", "confidential", "program", ("client_credentials",),
            ("system/Appointment.crus", "system/Slot.rs", "system/Schedule.rs")),
)

_SURNAMES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = ("秀英", "建华", "桂兰", "志强", "玉梅", "小明", "晓燕", "德福", "丽娟", "国强")
RESIDENTS = 28


@dataclass(frozen=True)
class Resident:
    """A resident, their phone and their room."""

    id: UUID
    name: str
    phone: str
    room: str


def stable(name: str) -> UUID:
    """The same id at every seeding, in the form of a random one."""
    return UUID(bytes=hashlib.sha256(f"guohuai demo {name}".encode()).digest()[:16], version=4)


def places() -> Iterator[tuple[str, str, str]]:
    """Path, kind and name of every area, parents first."""
    yield from _TREE
    for yard in COURTYARDS:
        yield yard.path, "courtyard", yard.name
        for building in range(1, yard.buildings + 1):
            yield from _building(f"{yard.path}.b{building:02d}", building, yard.floors)


def _building(path: str, number: int, floors: int) -> Iterator[tuple[str, str, str]]:
    yield path, "building", f"{number}栋"
    for unit in (1, 2):
        yield f"{path}.u{unit}", "unit", f"{unit}单元"
        for floor in range(1, floors + 1):
            yield f"{path}.u{unit}.r{floor:02d}01", "room", f"{floor}01室"


def residents() -> list[Resident]:
    """The residents, one a room; the first lives in 大观苑一期 3栋2单元, the last ones with the neighbour."""
    rooms = [path for path, kind, _ in places() if kind == "room"]
    first = f"{GUOHUAI}.g03.dgy1.b03.u2.r0201"
    here = [room for room in rooms if room.startswith(GUOHUAI) and room != first][:: 2][: RESIDENTS - 7]
    there = [room for room in rooms if room.startswith(JINXIU)][:6]
    return [
        Resident(stable(f"resident {n}"), _SURNAMES[n % 20] + _GIVEN[n * 3 % 10], f"138000{n:05d}", room)
        for n, room in enumerate([first, *here, *there], start=1)
    ]
