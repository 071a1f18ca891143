"""Hospitals whose doctors come to the hut, their departments, and the rooms of the hut."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.errors import Conflict, Invalid


class Adapter(StrEnum):
    """How a hospital's own system is reached."""

    NONE = "none"  # 无接口，号源由社区排班
    FHIR = "fhir"  # HL7 FHIR R4
    HL7V2 = "hl7v2"  # HL7 v2 SIU
    SOAP = "soap"  # SOAP 1.1 网络服务（contracts/soap/booking.wsdl）
    CSV = "csv"  # 号源表导入


class Pool(StrEnum):
    """Whose the seats are. Where they are ours, hours are laid down here; the hospital's own are read in from its system."""

    OURS = "ours"  # 号源归社区
    THEIRS = "theirs"  # 号源归医院
    SHARED = "shared"  # 双方按比例


class HospitalUnfit(Invalid):
    """What is the hospital's needs a way to reach it, and a shared pool says how much of it is ours."""

    zh = "号源归属与接口方式不相符：归医院或共享的号源须有接口，共享的须写明社区份额"


class SystemUnknown(Invalid):
    """A hospital is connected by the name of a system that operators have set up, over the wire of its adapter."""

    zh = "没有接入这个医院系统，或它与接口方式不相符"


class NotInTheDirectory(Invalid):
    """What is entered lies in an area of the tree, and its organisation is a hospital that the directory knows."""

    zh = "目录中没有此区域，或没有此医院单位"


class EnteredAlready(Conflict):
    """Two things of a kind in one place have two names."""

    zh = "同名的医院、科室或诊间已经登记"


class PoolNotOurs(Conflict):
    """Hours are laid down here only where the seats are ours."""

    zh = "该医院的号源不归社区管理，不能在此排班"


class DepartmentNotHere(Invalid):
    """The department belongs to a hospital that serves the whole area of the hours."""

    zh = "该科室不属于服务此区域的医院"


class RoomNotHere(Invalid):
    """The room lies in the area of the hours."""

    zh = "该诊间不在此区域"


class RoomTaken(Conflict):
    """A room is in one visit at once, whichever doctors offer theirs in it."""

    zh = "健康小屋的该诊间在此时间已有其他就诊，请选择其他时间"


_WIRES = {Adapter.FHIR: ("http://", "https://"), Adapter.HL7V2: ("mllp://",), Adapter.SOAP: ("soap+http://", "soap+https://")}


@dataclass(eq=False)
class Hospital:
    """An organisation for the area it serves; `share` is the percentage of a shared pool that is ours."""

    id: UUID
    area: str
    name: str
    adapter: Adapter = Adapter.NONE
    pool: Pool = Pool.OURS
    share: int | None = None
    unit_id: UUID | None = None
    system: str | None = None  # by which of the connected systems it is asked

    def check(self, systems: Mapping[str, str]) -> None:
        """HospitalUnfit if its pool is reached in no way, or shared without a share; SystemUnknown if `systems` lacks its own."""
        unreachable = self.pool is not Pool.OURS and self.adapter is Adapter.NONE
        if unreachable or (self.pool is Pool.SHARED) != (self.share is not None):
            raise HospitalUnfit
        if self.system is not None and not systems.get(self.system, "").startswith(_WIRES.get(self.adapter, ("?",))):
            raise SystemUnknown


@dataclass(eq=False)
class Department:
    """A part of a hospital (科室)."""

    id: UUID
    area: str
    hospital_id: UUID
    name: str
    closed_at: datetime | None = None  # since when nothing new is offered in it
    by_hospital: bool = False  # its own program entered it


@dataclass(eq=False)
class Room:
    """A room or booth of the hut (诊间); or a place of a hospital's own, where its visits are."""

    id: UUID
    area: str
    name: str
    hospital_id: UUID | None = None
    closed_at: datetime | None = None  # since when nothing new is offered in it


def shares(place: int, share: int | None) -> bool:
    """Whether what stands at this place of a row is ours, of which so many percent are; all of it without a share."""
    return share is None or (place + 1) * share // 100 > place * share // 100
