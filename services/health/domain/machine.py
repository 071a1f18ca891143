"""The states of an appointment as one table; refusals, what is allowed instead, the diagram and the tests come from it.

Study: handbook health, section 6.2. `arrived` and `checked_in` of the study are one state here: who has checked in is there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chassis.errors import Conflict
from contracts import health as said
from contracts.event import Event


class State(StrEnum):
    """Where an appointment stands."""

    HELD = "held"  # 占号，到 held_until 为止
    SUBMITTED = "submitted"  # 已提交医院
    UNKNOWN = "unknown"  # 医院确认中：医院没有答复，号仍为其保留
    BOOKED = "booked"  # 已预约
    ARRIVED = "arrived"  # 已报到，候诊
    IN_VISIT = "in_visit"  # 就诊中
    FULFILLED = "fulfilled"  # 已就诊
    NOSHOW = "noshow"  # 未到诊
    CANCELLING = "cancelling"  # 取消确认中：医院答复前，号仍占用
    REJECTED = "rejected"  # 医院未接受
    CANCELLED = "cancelled"  # 已取消
    DISPLACED = "displaced"  # 医院未能保留
    EXPIRED = "expired"  # 占号已失效


CHECK_IN = timedelta(hours=1)  # so long before the visit one may check in
GRACE = timedelta(minutes=10)  # so long after its end nobody has missed it yet
CAME = (State.ARRIVED, State.IN_VISIT, State.FULFILLED)
# whose seat is somebody's until something is done; a visit that was, and one that was missed, used it up
FIRM = (State.SUBMITTED, State.UNKNOWN, State.BOOKED, State.CANCELLING, *CAME, State.NOSHOW)
FHIR = {  # Appointment.status of FHIR R4 (4.0.1, value set appointmentstatus); while it is in_visit its Encounter is in-progress
    State.HELD: "pending", State.SUBMITTED: "pending", State.UNKNOWN: "pending", State.BOOKED: "booked", State.ARRIVED: "arrived",
    State.IN_VISIT: "checked-in", State.FULFILLED: "fulfilled", State.NOSHOW: "noshow", State.CANCELLING: "booked",
    State.REJECTED: "cancelled", State.CANCELLED: "cancelled", State.DISPLACED: "cancelled", State.EXPIRED: "cancelled",
}

ENCOUNTER = {State.ARRIVED: "arrived", State.IN_VISIT: "in-progress", State.FULFILLED: "finished"}  # value set encounter-status


class By(StrEnum):
    """Who brings a step about."""

    PERSON = "person"  # the patient, or the hut for them
    HUT = "hut"  # its doctor, or its staff
    HOSPITAL = "hospital"  # its word, or its silence
    CLOCK = "clock"


class NotAtThisStep(Conflict):
    """The appointment does not stand where this act begins; `allowed` says what can be done now."""

    zh = "预约当前的进度不能进行该操作"


class HoldOver(Conflict):
    """A hold is good until `held_until` and for one booking: five minutes, of an offer a day at most."""

    zh = "占号已失效，请重新选择时间"


class NotBooked(Conflict):
    """Only what is booked, or asked for, can be given back; only what is booked is moved."""

    zh = "该预约尚未确认、已取消或已失效"


class VisitBegun(Conflict):
    """What has begun is neither given back nor moved."""

    zh = "就诊时间已到，不能取消或改约"


class HospitalsSeat(Conflict):
    """A seat that is a hospital's is given back and taken anew, not moved: two hospitals' words cannot be one transaction."""

    zh = "该号源归医院，不能直接改约，请先取消，再重新预约"


class CheckInNotOpen(Conflict):
    """One checks in from an hour before the visit."""

    zh = "就诊开始前一小时内才能报到"


class CheckInOver(Conflict):
    """One checks in before the visit's time is over."""

    zh = "就诊时段已结束，不能报到"


@dataclass(frozen=True)
class Guard:
    """What must be so besides the state, in a few words, and the refusal if it is not."""

    says: str
    refusal: type[Conflict]
    holds: Callable[[Any, datetime], bool]


@dataclass(frozen=True)
class Step:
    """One row of the table: an act, where it begins and leads, who brings it about, what it makes known, what must be so."""

    action: str
    begins: frozenset[State]
    leads: State
    by: By
    event: type[Event] | None = None
    refusal: type[Conflict] = NotAtThisStep
    guards: tuple[Guard, ...] = ()

    @property
    def label(self) -> str:
        """The act as the diagram writes it, with its guards."""
        return f"{self.action} [{', '.join(guard.says for guard in self.guards)}]" if self.guards else self.action


_FRESH = Guard("while it is held", HoldOver, lambda seat, at: seat.held_until is not None and at < seat.held_until)
_BEFORE = Guard("before the visit", VisitBegun, lambda seat, at: at < seat.starts_at)
_OURS = Guard("our seat", HospitalsSeat, lambda seat, _: not seat.theirs)
_THEIRS = Guard("their seat", NotAtThisStep, lambda seat, _: seat.theirs)
_NEAR = Guard("from an hour before", CheckInNotOpen, lambda seat, at: seat.starts_at - CHECK_IN <= at)
_LASTS = Guard("before its end", CheckInOver, lambda seat, at: at < seat.ends_at)
_MISSED = Guard("ten minutes after its end", NotAtThisStep, lambda seat, at: seat.ends_at + GRACE <= at)
_BEGUN = Guard("from its beginning", NotAtThisStep, lambda seat, at: seat.starts_at <= at)
_HELD, _BOOKED = frozenset({State.HELD}), frozenset({State.BOOKED})
_SUBMITTED = frozenset({State.SUBMITTED})
_ASKED = _SUBMITTED | {State.UNKNOWN}
_ARRIVED, _IN_VISIT = frozenset({State.ARRIVED}), frozenset({State.IN_VISIT})
_PERSON, _HUT, _HOSPITAL = By.PERSON, By.HUT, By.HOSPITAL
STEPS: dict[str, Step] = {
    step.action: step
    for step in (
        Step("confirm", _HELD, State.BOOKED, _PERSON, said.AppointmentBooked, HoldOver, (_FRESH, _OURS)),
        Step("take_over", _HELD, State.BOOKED, _PERSON, said.AppointmentRescheduled, HoldOver, (_FRESH, _OURS)),
        Step("submit", _HELD, State.SUBMITTED, _PERSON, said.AppointmentSubmitted, HoldOver, (_FRESH, _THEIRS)),
        Step("offer", _HELD, State.HELD, _HUT, said.SeatOffered, HoldOver, (_FRESH, _OURS)),
        Step("release", _HELD, State.EXPIRED, _PERSON),
        Step("lapse", _HELD, State.EXPIRED, By.CLOCK),
        Step("accept", _ASKED, State.BOOKED, _HOSPITAL, said.AppointmentBooked, guards=(_THEIRS,)),
        Step("refuse", _ASKED, State.REJECTED, _HOSPITAL, said.AppointmentRejected, guards=(_THEIRS,)),
        Step("fall_silent", _SUBMITTED, State.UNKNOWN, _HOSPITAL, said.AppointmentUnanswered, guards=(_THEIRS,)),
        Step("cancel", _BOOKED, State.CANCELLED, _PERSON, said.AppointmentCancelled, NotBooked, (_BEFORE, _OURS)),
        Step("leave", _BOOKED, State.CANCELLED, _PERSON, None, NotBooked, (_BEFORE, _OURS)),
        Step("withdraw", _BOOKED | _ASKED, State.CANCELLING, _PERSON, said.AppointmentWithdrawn, NotBooked, (_BEFORE, _THEIRS)),
        Step("let_go", frozenset({State.CANCELLING}), State.CANCELLED, _HOSPITAL, said.AppointmentCancelled),
        Step("keep", frozenset({State.CANCELLING}), State.BOOKED, _HOSPITAL, said.AppointmentKept),
        Step("check_in", _BOOKED, State.ARRIVED, _PERSON, said.AppointmentArrived, guards=(_NEAR, _LASTS, _OURS)),
        Step("call", _ARRIVED, State.IN_VISIT, _HUT, said.AppointmentCalled),
        Step("fulfil", _IN_VISIT, State.FULFILLED, _HUT, said.AppointmentFulfilled),
        Step("call_off", _BOOKED | _ARRIVED, State.CANCELLED, _HUT, said.AppointmentCalledOff, guards=(_OURS,)),
        Step("miss", _BOOKED, State.NOSHOW, By.CLOCK, said.AppointmentMissed, guards=(_MISSED, _OURS)),
        Step("displace", _BOOKED, State.DISPLACED, _HOSPITAL, said.AppointmentDisplaced, guards=(_THEIRS,)),
        Step("record", _HELD, State.BOOKED, _HOSPITAL, said.AppointmentBooked, guards=(_THEIRS,)),
        Step("revoke", _BOOKED, State.CANCELLED, _HOSPITAL, said.AppointmentCancelled, guards=(_BEFORE, _THEIRS)),
        Step("move", _BOOKED, State.BOOKED, _HOSPITAL, said.AppointmentRescheduled, guards=(_BEFORE, _THEIRS)),
        Step("miss_there", _BOOKED, State.NOSHOW, _HOSPITAL, said.AppointmentMissed, guards=(_BEGUN, _THEIRS)),
    )
}


def allowed(state: State) -> list[str]:
    """What the person can do where the appointment stands."""
    return [step.action for step in STEPS.values() if state in step.begins and step.by is By.PERSON]


def step_from(action: str, seat: Any, *, at: datetime) -> Step:
    """The row of the table that the seat may take now, or its refusal with what is allowed instead."""
    step = STEPS[action]
    if seat.state not in step.begins:
        raise step.refusal(current=seat.state, allowed=allowed(seat.state))
    for guard in step.guards:
        if not guard.holds(seat, at):
            raise guard.refusal(current=seat.state, allowed=allowed(seat.state))
    return step


def diagram() -> Iterator[str]:
    """The table as a Mermaid state diagram, for the documents."""
    yield "stateDiagram-v2"
    yield "    [*] --> held: hold"
    for step in STEPS.values():
        for begin in sorted(step.begins):
            yield f"    {begin} --> {step.leads}: {step.label}"
    for end in (State.FULFILLED, State.NOSHOW, State.REJECTED, State.CANCELLED, State.DISPLACED, State.EXPIRED):
        yield f"    {end} --> [*]"
