"""A hospital's times as its own program writes them at the FHIR door: what may be said of one, and what it is refused for."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import md5
from uuid import UUID

from chassis.errors import Conflict, Invalid, Refusal
from services.health.domain.online import Modality
from services.health.domain.schedule import DoctorElsewhere, SetAsideUnfit
from services.health.domain.slot import SlotClosed, SlotOver

LONGEST = timedelta(hours=12)
WRITTEN = frozenset({"free", "busy", "busy-unavailable"})


class TimeUnfit(Invalid):
    """A time ends after it begins, at most twelve hours later, begins within a year, and is released before it begins."""

    zh = "号源时间不正确：结束须晚于开始且不超过十二小时，须在一年以内，放号须早于开始"


class ScheduleUnknown(Invalid):
    """A time lies in a schedule of the hospital: a doctor who serves its area, in a department of its own."""

    zh = "没有这个排班：须是本医院的科室，和在本医院服务区域出诊的医生"


class BookingStateOurs(Invalid):
    """Whether a time is booked is not written: `free` and `busy-unavailable` open and close it, `busy` stands where it stood."""

    zh = "号源是否约满由平台记录，不能写入；只能开放（free）或停诊（busy-unavailable）"


class SlotFixed(Invalid):
    """A time is its doctor's from its beginning on: another beginning, doctor or department is another time."""

    zh = "号源的医生、科室和开始时间不能更改，请停诊后另行放号"


class ScheduleFixed(Invalid):
    """A schedule is a doctor's in a department: another doctor or department has another one."""

    zh = "排班的医生和科室不能更改；停诊请用 $stop"


class SessionUnfit(Invalid):
    """`$stop` and `$release` name a day by `day` (a date); a half of it by `half`, a reason by a word of the list."""

    zh = "请写明日期（day）；上午或下午、停诊原因须用规定的代码"


class BelowBooked(Conflict):
    """There are never fewer seats than the highest number that is somebody's."""

    zh = "号数不能少于已约出的最大序号"


class BookedAsItIs(Conflict):
    """What somebody has booked ends, lies and is held as they booked it."""

    zh = "该时段已有人预约，只能增加号数或调整放号时间"


class OfferNameGiven(Conflict):
    """An identifier that a hospital gave one of its times or schedules is that one's."""

    zh = "该业务编号已用于本医院的另一个号源或排班"


REFUSED: dict[str, type[Refusal]] = {  # by the word of a plan
    "past": SlotOver, "far": TimeUnfit, "doctor-elsewhere": DoctorElsewhere, "not-yours": DoctorElsewhere, "closed": SlotClosed,
    "below-booked": BelowBooked, "booked": BookedAsItIs,
}


@dataclass(frozen=True)
class Aside:
    """How many of a time's first seats are set aside by the rule of its schedule, and when they flow back."""

    seats: int
    days: int | None = None  # before the time's day
    at: time | None = None

    def check(self) -> None:
        """SetAsideUnfit of seats for ever, or of none until something."""
        if ((self.seats > 0), (self.seats > 0)) != (self.days is not None, self.at is not None):
            raise SetAsideUnfit


@dataclass(frozen=True)
class Plan:
    """A schedule as it is wished: whose, what it is called, whether it offers anything, and what it sets aside of new times.

    Of what it does not say it is as it was.
    """

    doctor: str
    department: str
    names: tuple[tuple[str, str], ...] = ()
    is_active: bool | None = None
    aside: Aside | None = None


@dataclass(frozen=True)
class Offer:
    """A time as it is wished: in which schedule, from when to when, and how."""

    schedule: str
    starts_at: datetime
    ends_at: datetime
    status: str
    capacity: int = 1
    opens_at: datetime | None = None
    modality: Modality = Modality.IN_PERSON
    room: str | None = None
    names: tuple[tuple[str, str], ...] = ()
    set_aside: int | None = None  # nothing is said of it
    set_aside_until: datetime | None = None
    stops: bool = False  # it says that it is closed, and not just that it cannot be booked now

    def check(self) -> None:
        """TimeUnfit of what is no time, SetAsideUnfit; whether it is over, or too far, is looked at beside what is there."""
        aside, until = self.set_aside or 0, self.set_aside_until
        if aside > self.capacity or (aside > 0) != (until is not None) or (until is not None and until > self.starts_at):
            raise SetAsideUnfit
        is_late = self.opens_at is not None and self.opens_at >= self.starts_at
        if not timedelta() < self.ends_at - self.starts_at <= LONGEST or is_late:
            raise TimeUnfit

    def closes(self, now: str, *, is_closed: bool) -> bool:
        """Whether it is closed from now on, where it reads `now`; BookingStateOurs.

        What is said as it was read changes nothing: a time that is not released yet reads busy-unavailable, and is not closed
        but by who says so besides (`stops`).
        """
        if self.stops and self.status == "busy-unavailable":
            return True
        if self.status == now:
            return is_closed
        if self.status == "busy" or (now == "busy" and self.status == "free"):
            raise BookingStateOurs
        return self.status == "busy-unavailable"


def pair_key(department: UUID, doctor: UUID) -> UUID:
    """What a doctor in a department is called at the FHIR door, as `store/resources.py` reckons it."""
    return UUID(md5(f"{department}{doctor}".encode(), usedforsecurity=False).hexdigest())
