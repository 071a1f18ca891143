"""What the health hut tells the others."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from contracts.area import Role
from contracts.event import Audience, Event
from contracts.part import _PartSettled, _RecordShown

_WHOM = Audience(staff=frozenset({Role.DOCTOR, Role.HUT_STAFF}), people=True)


class _OfAppointment(Event):
    """Whose it is travels only as a recipient id."""

    aggregate: ClassVar[str] = "appointment"
    audience: ClassVar[Audience] = _WHOM
    appointment_id: UUID
    slot_id: UUID
    starts_at: datetime


class AppointmentBooked(_OfAppointment):
    """A seat was taken: with the family doctor, or a hospital's own (`theirs`), to which the hospital has said yes."""

    topic: ClassVar[str] = "health.appointment_booked.v1"
    theirs: bool = False


class AppointmentCancelled(_OfAppointment):
    """A seat was given back, by the patient or by the hut; a hospital's own (`theirs`) once the hospital has said so.

    `by_hospital`: nobody here gave it back, the hospital itself cancelled it.
    """

    topic: ClassVar[str] = "health.appointment_cancelled.v1"
    by_patient: bool
    theirs: bool = False
    by_hospital: bool = False


class AppointmentRescheduled(_OfAppointment):
    """A seat was given back for another one, which is the appointment now.

    `by_hospital`: the hospital moved a seat of its own; the appointment is the same one (`earlier_id` is itself).
    """

    topic: ClassVar[str] = "health.appointment_rescheduled.v1"
    earlier_id: UUID
    by_hospital: bool = False


class AppointmentSubmitted(_OfAppointment):
    """A hospital is asked for a seat that is its own."""

    topic: ClassVar[str] = "health.appointment_submitted.v1"


class AppointmentUnanswered(_OfAppointment):
    """The hospital did not answer: whether it keeps the appointment is not known yet. Said once of an appointment."""

    topic: ClassVar[str] = "health.appointment_unanswered.v1"


class AppointmentRejected(_OfAppointment):
    """The hospital said no; the seat is nobody's."""

    topic: ClassVar[str] = "health.appointment_rejected.v1"


class AppointmentWithdrawn(_OfAppointment):
    """A seat that is a hospital's is to be given back; it is once the hospital says so."""

    topic: ClassVar[str] = "health.appointment_withdrawn.v1"
    by_patient: bool


class AppointmentKept(_OfAppointment):
    """The hospital does not take back the seat: it stays the person's."""

    topic: ClassVar[str] = "health.appointment_kept.v1"


class AppointmentArrived(_OfAppointment):
    """The person has checked in at the hut, or was checked in there."""

    topic: ClassVar[str] = "health.appointment_arrived.v1"


class AppointmentCalled(_OfAppointment):
    """The person is called in: the visit begins."""

    topic: ClassVar[str] = "health.appointment_called.v1"


class AppointmentFulfilled(_OfAppointment):
    """The visit was, and is over."""

    topic: ClassVar[str] = "health.appointment_fulfilled.v1"


class AppointmentCalledOff(_OfAppointment):
    """The doctor is not there after all (停诊); why, in a word of the list."""

    topic: ClassVar[str] = "health.appointment_called_off.v1"
    reason: str


class SeatOffered(_OfAppointment):
    """A seat is held for the person until this moment: instead of one that was called off, or because they waited for it."""

    topic: ClassVar[str] = "health.seat_offered.v1"
    until: datetime
    waited: bool = False


class AppointmentMissed(_OfAppointment):
    """Nobody checked in until some minutes after the visit's time."""

    topic: ClassVar[str] = "health.appointment_missed.v1"


class AppointmentReminded(_OfAppointment):
    """Its person is reminded of it: `ahead` is how long before."""

    topic: ClassVar[str] = "health.appointment_reminded.v1"
    ahead: Literal["day", "hour"]


class BreachCounted(Event):
    """A seat was lost to everybody: its person did not come (`missed`), or gave it back late (`late`); what it costs."""

    topic: ClassVar[str] = "health.breach_counted.v1"
    aggregate: ClassVar[str] = "breach"
    audience: ClassVar[Audience] = Audience(people=True)
    breach_id: UUID
    appointment_id: UUID
    starts_at: datetime
    cause: str
    points: int


class BreachAppealed(Event):
    """Its person holds that it is none; somebody else is to decide."""

    topic: ClassVar[str] = "health.breach_appealed.v1"
    aggregate: ClassVar[str] = "breach"
    audience: ClassVar[Audience] = Audience(staff=frozenset({Role.HUT_STAFF, Role.COMMUNITY_OFFICER}), people=True)
    breach_id: UUID


class BreachDecided(Event):
    """An appeal was decided, in a word of the list; by `stands` it counts."""

    topic: ClassVar[str] = "health.breach_decided.v1"
    aggregate: ClassVar[str] = "breach"
    audience: ClassVar[Audience] = Audience(people=True)
    breach_id: UUID
    finding: str


class SanctionBegun(Event):
    """A person books nothing by themselves until this moment; the hut's staff does for them."""

    topic: ClassVar[str] = "health.sanction_begun.v1"
    aggregate: ClassVar[str] = "sanction"
    audience: ClassVar[Audience] = Audience(people=True)
    sanction_id: UUID
    until: datetime


class SanctionLifted(Event):
    """What it rested on was found not to be so: the person books by themselves again."""

    topic: ClassVar[str] = "health.sanction_lifted.v1"
    aggregate: ClassVar[str] = "sanction"
    audience: ClassVar[Audience] = Audience(people=True)
    sanction_id: UUID


class AppointmentDisplaced(_OfAppointment):
    """The hospital did not keep what it had said yes to; the person needs another seat."""

    topic: ClassVar[str] = "health.appointment_displaced.v1"


class SubscriptionSilenced(Event):
    """A hospital's system took nothing for a day, and is told nothing more of what it subscribed to."""

    topic: ClassVar[str] = "health.subscription_silenced.v1"
    aggregate: ClassVar[str] = "hospital"
    audience: ClassVar[Audience] = Audience(staff=frozenset({Role.COMMUNITY_OFFICER}))
    hospital_id: UUID
    subscription_id: UUID


class PartSettled(_PartSettled):
    """What health did of what was asked of every service about one person."""

    topic: ClassVar[str] = "health.part_settled.v1"


class RecordShown(_RecordShown):
    """A hospital was told of a person's appointment, or who serves at the hut looked at it."""

    topic: ClassVar[str] = "health.record_shown.v1"
