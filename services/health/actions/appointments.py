"""Booking a time with the doctor."""

from datetime import datetime
from uuid import UUID

from chassis.db import Work
from chassis.rights import Actor
from services.health.domain.appointment import Appointment, Slot


async def book(work: Work, slot_id: UUID, *, by: Actor) -> Appointment:
    """Take a slot; of many who ask at once, one gets it."""
    slot = await work.locked(Slot, slot_id, by.may("health.book"))
    made, said = slot.book(work.new_id(), by=by.id, at=work.now)
    work.session.add(made)
    await work.audit("health.book", f"appointment/{made.id}", actor=by.id)
    work.announce(said)
    return made


async def publish(work: Work, *, slot_id: UUID, area: str, doctor: UUID, starts_at: datetime, ends_at: datetime) -> None:
    """Offer a stretch of a doctor's time; offering it twice offers it once."""
    if await work.session.get(Slot, slot_id) is None:
        work.session.add(Slot(slot_id, area, doctor, starts_at, ends_at))
