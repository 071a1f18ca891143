"""A time with the doctor, and who took it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import Conflict
from contracts.health import AppointmentBooked


class SlotTaken(Conflict):
    """A slot is booked once."""

    zh = "该时段已被预约，请选择其他时间"


class SlotOver(Conflict):
    """A slot is booked before it begins."""

    zh = "该时段已开始或已过"


@dataclass(eq=False)
class Slot:
    """A stretch of a doctor's time in the hut of an area."""

    id: UUID
    area: str
    doctor_id: UUID
    starts_at: datetime
    ends_at: datetime
    taken: bool = False

    def book(self, appointment_id: UUID, *, by: UUID, at: datetime) -> "tuple[Appointment, AppointmentBooked]":
        """Take the slot for a person."""
        if self.taken:
            raise SlotTaken
        if self.starts_at <= at:
            raise SlotOver
        self.taken = True
        made = Appointment(appointment_id, self.id, self.area, by, at)
        said = AppointmentBooked(
            area=self.area, recipients=(by,), appointment_id=appointment_id, slot_id=self.id, starts_at=self.starts_at
        )
        return made, said


@dataclass(eq=False)
class Appointment:
    """A person's time with the doctor."""

    id: UUID
    slot_id: UUID
    area: str
    person_id: UUID
    booked_at: datetime

    @property
    def owner_id(self) -> UUID:
        """An appointment belongs to its patient."""
        return self.person_id
