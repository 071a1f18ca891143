"""A person's seat in a slot: held for a few minutes, booked, given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.errors import Conflict
from contracts.health import AppointmentBooked, AppointmentCancelled, AppointmentRescheduled
from services.health.domain.slot import Slot

HOLD = timedelta(minutes=5)
DEPARTMENTS_A_DAY = 3  # the hospitals' own booking rules (handbook health, section 7: limits a person)


class State(StrEnum):
    """Where an appointment stands."""

    HELD = "held"  # 占号，到 held_until 为止
    BOOKED = "booked"  # 已预约
    CANCELLED = "cancelled"  # 已取消
    EXPIRED = "expired"  # 占号已失效


class OnePerDoctorAndDay(Conflict):
    """A person has one seat a day with a doctor."""

    zh = "您当天已预约该医生，每人每天只能预约同一医生一次"


class AnotherAtThatTime(Conflict):
    """Nobody is in two visits at once."""

    zh = "您在该时间段已有其他预约"


class OnePerDepartmentAndDay(Conflict):
    """A person has one seat a day in a department."""

    zh = "您当天已预约该科室，每人每天同一科室只能预约一次"


class ThreeDepartmentsADay(Conflict):
    """A person has seats in at most three departments a day."""

    zh = "您当天已预约三个科室，每人每天最多预约三个科室"


class HoldOver(Conflict):
    """A hold is good for five minutes and one booking."""

    zh = "占号已失效，请重新选择时间"


class NotBooked(Conflict):
    """Only what is booked can be given back or moved."""

    zh = "该预约已取消或已失效"


class VisitBegun(Conflict):
    """What has begun is neither given back nor moved."""

    zh = "就诊时间已到，不能取消或改约"


@dataclass(eq=False)
class Appointment:
    """A person's seat; where and when it is stands with it, so that the database itself refuses two at once."""

    id: UUID
    slot_id: UUID
    area: str
    doctor_id: UUID
    person_id: UUID
    day: date
    starts_at: datetime
    ends_at: datetime
    seat: int
    state: State
    booked_at: datetime
    held_until: datetime | None = None
    department_id: UUID | None = None
    room_id: UUID | None = None

    @property
    def owner_id(self) -> UUID:
        """An appointment belongs to its patient."""
        return self.person_id

    def confirm(self, *, at: datetime) -> AppointmentBooked:
        """The hold becomes a booking."""
        if self.state is not State.HELD or self.held_until is None or self.held_until <= at:
            raise HoldOver
        self.state, self.booked_at = State.BOOKED, at
        return AppointmentBooked(**self._facts(), slot_id=self.slot_id)

    def release(self) -> None:
        """The hold is given back; one that is over already is over."""
        if self.state is State.HELD:
            self.state = State.EXPIRED

    def cancel(self, *, by: UUID, at: datetime) -> AppointmentCancelled:
        """The seat is given back."""
        self.leave(at=at)
        return AppointmentCancelled(**self._facts(), slot_id=self.slot_id, by_patient=by == self.person_id)

    def take_over(self, earlier: UUID, *, at: datetime) -> AppointmentRescheduled:
        """This seat is the person's instead of an earlier one."""
        self.confirm(at=at)
        return AppointmentRescheduled(**self._facts(), slot_id=self.slot_id, earlier_id=earlier)

    def leave(self, *, at: datetime) -> None:
        """The seat is the person's no more."""
        if self.state is not State.BOOKED:
            raise NotBooked(current=self.state)
        if self.starts_at <= at:
            raise VisitBegun
        self.state = State.CANCELLED

    def _facts(self) -> dict[str, Any]:
        return {"area": self.area, "recipients": (self.person_id,), "appointment_id": self.id, "starts_at": self.starts_at}


def held(slot: Slot, *, key: UUID, seat: int, by: UUID, at: datetime) -> Appointment:
    """A seat is a person's: held until it is confirmed."""
    return Appointment(
        key, slot.id, slot.area, slot.doctor_id, by, slot.day, slot.starts_at, slot.ends_at, seat, State.HELD, at, at + HOLD,
        department_id=slot.department_id, room_id=slot.room_id,
    )


def check_beside(others: Sequence[Any], slot: Slot) -> None:
    """What a person has already leaves room for this slot; `others` are their live appointments."""
    for other in others:
        if other.doctor_id == slot.doctor_id and other.day == slot.day:
            raise OnePerDoctorAndDay(appointment_id=str(other.id))
        if other.starts_at < slot.ends_at and slot.starts_at < other.ends_at:
            raise AnotherAtThatTime(appointment_id=str(other.id))
    if slot.department_id is not None:
        _check_departments([other for other in others if other.day == slot.day and other.department_id is not None], slot)


def _check_departments(that_day: Sequence[Any], slot: Slot) -> None:
    for other in that_day:
        if other.department_id == slot.department_id:
            raise OnePerDepartmentAndDay(appointment_id=str(other.id))
    if len(that_day) >= DEPARTMENTS_A_DAY:
        raise ThreeDepartmentsADay
