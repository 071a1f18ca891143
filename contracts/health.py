"""What the health hut tells the others."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from contracts.area import Role
from contracts.event import Audience, Event


class AppointmentBooked(Event):
    """A slot with the family doctor was taken; who by travels only as a recipient id."""

    topic: ClassVar[str] = "health.appointment_booked.v1"
    aggregate: ClassVar[str] = "appointment"
    audience: ClassVar[Audience] = Audience(staff=frozenset({Role.DOCTOR, Role.HUT_STAFF}), people=True)
    appointment_id: UUID
    slot_id: UUID
    starts_at: datetime
