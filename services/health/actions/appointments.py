"""Taking a seat with the doctor, and giving it back.

Locks are taken in one order, person, slot, appointments by id; whoever waits does so in the database and is answered: nobody is
turned away because somebody else was busy.
"""

from datetime import datetime
from uuid import UUID

from chassis.db import Work
from chassis.rights import Actor
from services.health.domain.appointment import Appointment, check_beside, taken
from services.health.domain.slot import Slot, slot_key
from services.health.store import queries


async def hold(work: Work, slot_id: UUID, *, by: Actor) -> Appointment:
    """Keep a seat for five minutes, in place of what the person held before."""
    await queries.taking_turns(work, by.id)
    slot = await work.locked(Slot, slot_id, by.may("health.book"))
    await queries.let_go(work, slot.id, by.id)
    seat = slot.seat(await queries.occupied(work, slot.id), at=work.now)
    check_beside(await queries.live_of(work, by.id), slot)
    made = taken(slot, key=work.new_id(), seat=seat, by=by.id, at=work.now)
    work.session.add(made)
    await work.session.flush()
    return made


async def book(work: Work, slot_id: UUID, *, by: Actor) -> Appointment:
    """Take a seat; of many who ask at once, as many get one as there are."""
    made = await hold(work, slot_id, by=by)
    return await _booked(work, made, by=by)


async def confirm(work: Work, hold_id: UUID, *, by: Actor) -> Appointment:
    """Book the seat that is held."""
    held = await work.locked(Appointment, hold_id, by.may("holds.use"))
    return await _booked(work, held, by=by)


async def _booked(work: Work, held: Appointment, *, by: Actor) -> Appointment:
    work.announce(held.confirm(at=work.now))
    await work.audit("health.book", f"appointment/{held.id}", actor=by.id)
    return held


async def release(work: Work, hold_id: UUID, *, by: Actor) -> None:
    """Give back what was held."""
    held = await work.locked(Appointment, hold_id, by.may("holds.use"))
    held.release()


async def cancel(work: Work, appointment_id: UUID, *, by: Actor) -> Appointment:
    """Give a seat back; the hut's staff may for a person."""
    kept = await work.locked(Appointment, appointment_id, by.may("appointments.cancel"))
    work.announce(kept.cancel(by=by.id, at=work.now))
    await work.audit("health.cancel", f"appointment/{kept.id}", actor=by.id)
    return kept


async def reschedule(work: Work, appointment_id: UUID, *, by: Actor, to: UUID) -> Appointment:
    """Move to another slot: the new seat and the old one change hands together, or nothing does."""
    await queries.taking_turns(work, by.id)
    slot = await work.locked(Slot, to, by.may("health.book"))
    await queries.let_go(work, slot.id, by.id)
    kept = await work.locked(Appointment, appointment_id, by.may("appointments.move"))
    kept.leave(at=work.now)
    seat = slot.seat(await queries.occupied(work, slot.id), at=work.now)
    check_beside([one for one in await queries.live_of(work, by.id) if one.id != kept.id], slot)
    made = taken(slot, key=work.new_id(), seat=seat, by=by.id, at=work.now)
    work.announce(made.take_over(kept.id, at=work.now))
    await work.session.flush()  # the old seat is free before the new one is taken: they may be the same day's
    work.session.add(made)
    await work.audit("health.move", f"appointment/{made.id}", actor=by.id)
    return made


async def look(work: Work, appointment_id: UUID, *, by: Actor) -> Appointment:
    """One appointment."""
    return await work.seen(Appointment, appointment_id, by.may("appointments.read"))


async def publish(
    work: Work, *, area: str, doctor: UUID, starts_at: datetime, ends_at: datetime, capacity: int = 1,
    opens_at: datetime | None = None,
) -> UUID:
    """Offer a stretch of a doctor's time; offering it twice offers it once."""
    earlier = await queries.offered(work, doctor, starts_at)
    if earlier is not None:
        return earlier
    made = Slot(slot_key(doctor, starts_at), area, doctor, starts_at, ends_at, capacity, opens_at)
    work.session.add(made)
    await work.session.flush()
    return made.id
