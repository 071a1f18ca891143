"""What a hospital's program can be told of, each by its canonical address (Subscriptions R5 Backport 1.1), and of what events."""

from collections.abc import Iterable
from enum import StrEnum

from contracts import health, health_contracts
from contracts.event import Event

_CANONICAL = "urn:guohuai:topic:"
CRITERIA = "Appointment?"  # as R4 without the backport says what is now the topic of all changes of appointments
_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
HEARTBEAT, CONTENT = f"{_BACKPORT}backport-heartbeat-period", f"{_BACKPORT}backport-payload-content"
LISTED = f"{_BACKPORT}capabilitystatement-subscriptiontopic-canonical"
SHORTEST, RAREST = 60, 86_400  # seconds between two signs of life


class Topic(StrEnum):
    """One a subscription."""

    CHANGED = "appointment-changed"
    BOOKED = "appointment-booked"
    RESCHEDULED = "appointment-rescheduled"
    CANCELLED = "appointment-cancelled"
    CHECKED_IN = "appointment-checked-in"
    MISSED = "appointment-noshow"
    FINISHED = "visit-finished"
    CONTRACT = "contract-changed"
    SLOT = "slot-changed"
    STOPPED = "schedule-stopped"

    @property
    def canonical(self) -> str:
        """By which it is subscribed to."""
        return f"{_CANONICAL}{self.value}"

    @property
    def focus(self) -> str:
        """Of which kind the resource is that is named."""
        return _FOCUS.get(self, "Appointment")

    @property
    def is_personal(self) -> bool:
        """Whether somebody is behind it, who must let hospitals be told."""
        return self not in {Topic.SLOT, Topic.STOPPED}


_FOCUS = {Topic.FINISHED: "Encounter", Topic.CONTRACT: "Contract", Topic.SLOT: "Slot", Topic.STOPPED: "Schedule"}
_ALSO: dict[type[Event], Topic] = {  # beside Topic.CHANGED
    health.AppointmentBooked: Topic.BOOKED, health.AppointmentRescheduled: Topic.RESCHEDULED,
    health.AppointmentCancelled: Topic.CANCELLED, health.AppointmentCalledOff: Topic.CANCELLED,
    health.AppointmentRejected: Topic.CANCELLED, health.AppointmentDisplaced: Topic.CANCELLED,
    health.AppointmentArrived: Topic.CHECKED_IN, health.AppointmentMissed: Topic.MISSED,
    health.AppointmentFulfilled: Topic.FINISHED,
}


def topics_of(event: Event) -> Iterable[Topic]:
    """Of what topics an event of ours is one."""
    if isinstance(event, health_contracts.ContractSigned | health_contracts.ContractEnded):
        return (Topic.CONTRACT,)
    also = _ALSO.get(type(event))
    return (Topic.CHANGED,) if also is None else (Topic.CHANGED, also)


def meant(criteria: object) -> Topic | None:
    """Which topic a `criteria` names."""
    if criteria == CRITERIA:
        return Topic.CHANGED
    return next((one for one in Topic if one.canonical == criteria), None)
