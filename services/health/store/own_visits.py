"""Which visits are at a hospital itself: in a place of its own, or with a doctor of its own."""

from uuid import UUID

from sqlalchemy import or_, select

from chassis.db import Work
from services.health.store.registers import doctors
from services.health.store.tables import appointments, rooms


async def is_there(work: Work, appointment: UUID, hospital: UUID) -> bool:
    """Whether it is."""
    place = select(rooms.c.id).where(rooms.c.id == appointments.c.room_id, rooms.c.hospital_id == hospital).exists()
    whose = select(doctors.c.id).where(doctors.c.id == appointments.c.doctor_id, doctors.c.hospital_id == hospital).exists()
    asked = select(appointments.c.id).where(appointments.c.id == appointment, or_(place, whose))
    return await work.session.scalar(asked) is not None
