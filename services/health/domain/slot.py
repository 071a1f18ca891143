"""A stretch of a doctor's time with its seats (号); whoever takes one gets its number (序号)."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from chassis.errors import Conflict
from contracts.calendar import CHENGDU
from services.health.domain.online import Modality


class SlotTaken(Conflict):
    """A slot has so many seats, and each is one person's."""

    zh = "该时段已约满，请选择其他时间"


class SlotOver(Conflict):
    """A slot is booked before it begins."""

    zh = "该时段已开始或已过"


class SlotClosed(Conflict):
    """The doctor is not there at that time after all (停诊)."""

    zh = "该时段已停诊，请选择其他时间"


class NotOpenYet(Conflict):
    """The seats of a slot are given out from `opens_at` on (放号)."""

    zh = "该时段尚未放号"


class SeatsSetAside(Conflict):
    """The seats that are left are set aside until `set_aside_until` for residents of 65 and over and those with a contract."""

    zh = "余号为65岁及以上老人和家庭医生签约居民预留，到期未约出的将向所有人放开"


def slot_key(doctor: UUID, starts_at: datetime) -> UUID:
    """Always the same for a doctor and a beginning; keys stand in the order of time (UUID version 8, RFC 9562 section 5.8)."""
    milliseconds = int(starts_at.timestamp() * 1000)
    rest = uuid5(doctor, starts_at.isoformat()).int & ~(0xFFFFFFFFFFFF << 80 | 0xF << 76)
    return UUID(int=milliseconds << 80 | 8 << 76 | rest)


@dataclass(eq=False)
class Slot:
    """A stretch of a doctor's time in the hut of an area."""

    id: UUID
    area: str
    doctor_id: UUID
    starts_at: datetime
    ends_at: datetime
    capacity: int = 1
    opens_at: datetime | None = None
    schedule_id: UUID | None = None
    closed: bool = False
    set_aside: int = 0  # the first so many seats, until `set_aside_until`
    set_aside_until: datetime | None = None
    department_id: UUID | None = None
    room_id: UUID | None = None
    their_ref: str | None = None  # what the hospital calls it, if the slot is a hospital's
    called_off: str | None = None  # 停诊: a word of Reason, and since when
    called_off_at: datetime | None = None
    modality: Modality = Modality.IN_PERSON

    def sets_aside(self, *, at: datetime) -> int:
        """How many of its first seats are not everybody's yet. That they flow back is a comparison, no job's work."""
        return self.set_aside if self.set_aside_until is not None and at < self.set_aside_until else 0

    def seat(self, occupied: AbstractSet[int], *, at: datetime, entitled: bool = False) -> int:
        """The lowest number that is free for the person, from 1; who is not entitled waits for what is set aside."""
        self._check_offered(at)
        aside = self.sets_aside(at=at)
        for number in range(1 if entitled else aside + 1, self.capacity + 1):
            if number not in occupied:
                return number
        if self.set_aside_until is not None and not occupied >= set(range(1, aside + 1)):
            raise SeatsSetAside(set_aside_until=self.set_aside_until.isoformat())
        raise SlotTaken

    def check_open(self) -> None:
        """SlotClosed if the doctor is not there after all."""
        if self.closed:
            raise SlotClosed

    def _check_offered(self, at: datetime) -> None:
        if self.starts_at <= at:
            raise SlotOver
        self.check_open()
        if self.opens_at is not None and at < self.opens_at:
            raise NotOpenYet(opens_at=self.opens_at.isoformat())

    @property
    def day(self) -> date:
        """The day it lies on, as people in the hut count days."""
        return self.starts_at.astimezone(CHENGDU).date()
