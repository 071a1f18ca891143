"""A person's seat in a slot: held for a few minutes, booked, given back; each step as the table in `machine.py` says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.errors import Conflict
from contracts.event import Event
from contracts.health import AppointmentReminded
from services.health.domain.calling_off import Reason
from services.health.domain.machine import State, step_from
from services.health.domain.policy import Policy, promised
from services.health.domain.reminder import Ahead
from services.health.domain.slot import Slot

HOLD = timedelta(minutes=5)
DEPARTMENTS_A_DAY = 3  # the hospitals' own booking rules (handbook health, section 7: limits a person)


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
    hospital_id: UUID | None = None  # whom it concerns besides us
    theirs: bool = False  # the seat is the hospital's: only its word makes it the person's, or nobody's
    external_ref: str | None = None  # what the hospital calls it
    given_back_by: UUID | None = None
    arrived_at: datetime | None = None
    called_at: datetime | None = None
    ended_at: datetime | None = None  # of the visit itself
    called_off: str | None = None  # a word of Reason
    offered_for: UUID | None = None  # the one that was called off, instead of which this is held
    acting_id: UUID | None = None  # who took the person's last step for them, by proxy
    changed_at: datetime | None = None  # the last step
    waited_id: UUID | None = None  # the place in line because of which this is held
    cancel_until: datetime | None = None  # until when it is given back for nothing; none: always
    policy_id: UUID | None = None  # by which policy; none is the default
    reminder_seen_at: datetime | None = None
    visit_kind: str | None = None  # a word of VisitKind, of a visit by video; none is in person
    version: int = 1  # counted by the database itself (store/versions.py)

    @property
    def owner_id(self) -> UUID:
        """An appointment belongs to its patient."""
        return self.person_id

    def confirm(self, *, at: datetime) -> Event:
        """The hold becomes a booking; if the seat is a hospital's, a question to it."""
        told = self._told("submit" if self.theirs else "confirm", at)
        self._book(at)
        return told

    def take_over(self, earlier: UUID, *, at: datetime) -> Event:
        """This seat is the person's instead of an earlier one."""
        told = self._told("take_over", at, earlier_id=earlier)
        self._book(at)
        return told

    def _book(self, at: datetime) -> None:
        self.booked_at = at
        if self.cancel_until is not None:
            self.cancel_until = promised(self.cancel_until, self.starts_at, at=at)

    def under(self, policy: Policy) -> None:
        """What giving it back late will cost is what holds now, whatever is laid down later."""
        self.cancel_until, self.policy_id = policy.deadline(self.starts_at), policy.id if policy.version else None

    def release(self, *, at: datetime) -> None:
        """The hold is given back; one that is over already is over."""
        if self.state is State.HELD:
            self._step("release", at)

    def cancel(self, *, by: UUID, at: datetime) -> Event:
        """The seat is given back; a hospital's is nobody's once the hospital says so."""
        told = self._told("withdraw" if self.theirs else "cancel", at, by_patient=by == self.person_id)
        self.given_back_by = by
        return told

    def check_in(self, *, at: datetime) -> Event:
        """The person is there."""
        told = self._told("check_in", at)
        self.arrived_at = at
        return told

    def call(self, *, at: datetime) -> Event:
        """The person is called in, and the visit begins."""
        told = self._told("call", at)
        self.called_at = at
        return told

    def fulfil(self, *, at: datetime) -> Event:
        """The visit is over."""
        told = self._told("fulfil", at)
        self.ended_at = at
        return told

    def miss(self, *, at: datetime) -> Event:
        """Nobody checked in, and its time is over."""
        return self._told("miss", at)

    def call_off(self, reason: Reason, *, at: datetime) -> Event:
        """The doctor is not there after all (停诊): the seat is the person's no more, and whoever had come has not."""
        told = self._told("call_off", at, reason=reason.value)
        self.called_off, self.arrived_at = reason.value, None
        return told

    def remind(self, ahead: Ahead) -> Event:
        """Its person hears that it is near; nothing of it changes."""
        return AppointmentReminded(
            area=self.area, recipients=(self.person_id,), appointment_id=self.id, slot_id=self.slot_id,
            starts_at=self.starts_at, ahead=ahead.value,
        )

    def offer(self, *, at: datetime) -> Event:
        """The person hears that this is held for them, and until when."""
        return self._told("offer", at, until=self.held_until, waited=self.waited_id is not None)

    def leave(self, *, at: datetime) -> None:
        """The seat is the person's no more, for another one."""
        self._step("leave", at)

    def accept(self, ref: str, *, at: datetime) -> Event:
        """The hospital says yes, and what it calls the appointment."""
        told = self._told("accept", at, theirs=self.theirs)
        self.external_ref = ref
        return told

    def record(self, ref: str, *, at: datetime) -> Event:
        """The hospital has booked it itself, and what it calls it."""
        told = self._told("record", at, theirs=True)
        self.external_ref, self.held_until = ref, None
        self._book(at)
        return told

    def move(self, to: "Appointment", ref: str, *, at: datetime) -> Event:
        """The hospital has moved it: it is where and when the other one is, which is nobody's."""
        event = self._step("move", at)
        for name in ("slot_id", "doctor_id", "day", "starts_at", "ends_at", "seat", "department_id", "room_id"):
            setattr(self, name, getattr(to, name))
        self.external_ref, self.reminder_seen_at, self.policy_id = ref, None, to.policy_id
        self.cancel_until = None if to.cancel_until is None else promised(to.cancel_until, self.starts_at, at=at)
        return self._said(event, earlier_id=self.id, by_hospital=True)

    def told(self, action: str, *, at: datetime) -> Event:
        """What else the hospital makes so: refuse, fall_silent, let_go, keep, displace, revoke, miss_there."""
        more = {"by_patient": self.given_back_by == self.person_id, "theirs": self.theirs} if action == "let_go" else {}
        by_them = {"by_patient": False, "theirs": self.theirs, "by_hospital": True} if action == "revoke" else {}
        return self._told(action, at, **more, **by_them)

    def _told(self, action: str, at: datetime, **more: Any) -> Event:
        """Go where the table leads; what that makes known."""
        return self._said(self._step(action, at), **more)

    def _said(self, made: Callable[..., Event] | None, **more: Any) -> Event:
        if made is None:
            raise TypeError(self.state)
        return made(
            area=self.area, recipients=(self.person_id,), appointment_id=self.id, slot_id=self.slot_id,
            starts_at=self.starts_at, **more,
        )

    def _step(self, action: str, at: datetime) -> Callable[..., Event] | None:
        step = step_from(action, self, at=at)
        self.state, self.changed_at = step.leads, at
        return step.event


def held(slot: Slot, *, key: UUID, seat: int, by: UUID, at: datetime, hospital: UUID | None = None) -> Appointment:
    """A seat is a person's: held until it is confirmed. `hospital` is whose system has to know of it."""
    return Appointment(
        key, slot.id, slot.area, slot.doctor_id, by, slot.day, slot.starts_at, slot.ends_at, seat, State.HELD, at, at + HOLD,
        department_id=slot.department_id, room_id=slot.room_id, hospital_id=hospital, theirs=slot.their_ref is not None,
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
