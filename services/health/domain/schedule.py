"""A doctor's weekly hours, and the slots they make."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.errors import Conflict, Invalid
from contracts.calendar import CHENGDU, is_holiday
from services.health.domain.online import Modality
from services.health.domain.slot import Slot, slot_key

AHEAD = timedelta(days=28)  # so far hours are laid out; the widest booking window of the hospitals studied but one
_NOON = time(12)


class NotADoctorHere(Invalid):
    """Hours are those of a doctor who serves the hut's area."""

    zh = "该人员不是此区域的医生"


class NoHours(Invalid):
    """Hours end after they begin, and at least one visit fits; the last day is not before the first."""

    zh = "出诊时间不正确，请检查起止时间、每号时长和起止日期"


class SetAsideUnfit(Invalid):
    """No more seats are set aside than there are, and it is said when they flow back: before the hours begin."""

    zh = "预留号数或放开时间不正确：预留不能超过号数，并须在出诊开始前放开"


class DoctorElsewhere(Conflict):
    """A doctor's hours do not overlap others of the same doctor."""

    zh = "该医生在此时间已有其他出诊安排"


class Half(StrEnum):
    """One half of a day in the hut; a visit belongs to the half it begins in."""

    MORNING = "morning"  # 上午
    AFTERNOON = "afternoon"  # 下午，十二点起

    @classmethod
    def of(cls, moment: time) -> "Half":
        """The half a time of the day lies in."""
        return cls.MORNING if moment < _NOON else cls.AFTERNOON


@dataclass(eq=False)
class Schedule:
    """Hours on some weekdays (1 is Monday, ISO 8601), cut into visits of so many minutes with so many seats each.

    With `opens_days` and `opens_at` seats are given out so many days before, at that time of the day (放号).
    The first `set_aside` seats of each visit are for those who are entitled, until `back_days` before at `back_at`.
    """

    id: UUID
    area: str
    doctor_id: UUID
    weekdays: list[int]
    begins: time
    ends: time
    minutes: int
    capacity: int
    first_day: date
    last_day: date | None = None
    opens_days: int | None = None
    opens_at: time | None = None
    on_holidays: bool = False
    set_aside: int = 0
    back_days: int | None = None
    back_at: time | None = None
    department_id: UUID | None = None
    room_id: UUID | None = None
    modality: Modality = Modality.IN_PERSON

    def check(self) -> None:
        """NoHours if nothing can come of it; SetAsideUnfit if seats are set aside for nobody or for ever."""
        day = date(2000, 1, 1)
        span = datetime.combine(day, self.ends) - datetime.combine(day, self.begins)
        if span < timedelta(minutes=self.minutes) or (self.last_day is not None and self.last_day < self.first_day):
            raise NoHours
        back = self.back_days is not None and self.back_at is not None and (self.back_days > 0 or self.back_at <= self.begins)
        if self.set_aside > self.capacity or back != (self.set_aside > 0):
            raise SetAsideUnfit

    def overlaps(self, other: "Schedule") -> bool:
        """Whether there is a day on which both would have the doctor at once."""
        first = max(self.first_day, other.first_day)
        last = min(self.last_day or date.max, other.last_day or date.max)
        shared = set(self.weekdays) & set(other.weekdays)
        days = (first + timedelta(days=n) for n in range(min(7, (last - first).days + 1)))
        return self.begins < other.ends and other.begins < self.ends and any(day.isoweekday() in shared for day in days)

    def works(self, day: date, exception: bool | None = None) -> bool:  # noqa: FBT001 - the half day's own word, if there is one
        """Whether there are hours on a day; an exception says so for half a day alone."""
        if day < self.first_day or (self.last_day is not None and day > self.last_day):
            return False
        if exception is not None:
            return exception
        return day.isoweekday() in self.weekdays and (self.on_holidays or not is_holiday(day))

    def slots(self, days: Iterable[date], exceptions: Mapping[tuple[date, Half], bool]) -> Iterator[Slot]:
        """The slots of these days; asked again, the same."""
        length = timedelta(minutes=self.minutes)
        for day in days:
            start, end = datetime.combine(day, self.begins, CHENGDU), datetime.combine(day, self.ends, CHENGDU)
            while start + length <= end:
                if self.works(day, exceptions.get((day, Half.of(start.time())))):
                    yield self._slot(day, start)
                start += length

    def _slot(self, day: date, start: datetime) -> Slot:
        return Slot(
            slot_key(self.doctor_id, start), self.area, self.doctor_id, start, start + timedelta(minutes=self.minutes),
            self.capacity, before(day, self.opens_days, self.opens_at), self.id,
            set_aside=self.set_aside, set_aside_until=before(day, self.back_days, self.back_at),
            department_id=self.department_id, room_id=self.room_id, modality=self.modality,
        )


def before(day: date, days: int | None, at: time | None) -> datetime | None:
    """So many days before a day, at a time of the day."""
    return None if days is None or at is None else datetime.combine(day - timedelta(days=days), at, CHENGDU)
