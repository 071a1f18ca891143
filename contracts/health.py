"""What the health hut tells the others."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from contracts.area import Role
from contracts.event import Audience, Event

_WHOM = Audience(staff=frozenset({Role.DOCTOR, Role.HUT_STAFF}), people=True)


class AppointmentBooked(Event):
    """A seat with the family doctor was taken; who by travels only as a recipient id."""

    topic: ClassVar[str] = "health.appointment_booked.v1"
    aggregate: ClassVar[str] = "appointment"
    audience: ClassVar[Audience] = _WHOM
    appointment_id: UUID
    slot_id: UUID
    starts_at: datetime


class AppointmentCancelled(Event):
    """A seat was given back, by the patient or by the hut."""

    topic: ClassVar[str] = "health.appointment_cancelled.v1"
    aggregate: ClassVar[str] = "appointment"
    audience: ClassVar[Audience] = _WHOM
    appointment_id: UUID
    slot_id: UUID
    starts_at: datetime
    by_patient: bool


class AppointmentRescheduled(Event):
    """A seat was given back for another one, which is the appointment now."""

    topic: ClassVar[str] = "health.appointment_rescheduled.v1"
    aggregate: ClassVar[str] = "appointment"
    audience: ClassVar[Audience] = _WHOM
    appointment_id: UUID
    slot_id: UUID
    starts_at: datetime
    earlier_id: UUID
