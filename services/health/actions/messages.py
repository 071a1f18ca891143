"""A hospital's message becomes a row before it is acknowledged; what it says is made so afterwards, once (message_effects.py).

The sender is known by its certificate before any of this (clients/mllp.py). What is refused changes nothing.
"""

import hashlib
from uuid import UUID

from chassis.db import Work
from contracts.calendar import CHENGDU
from services.health.actions.asks import known_as
from services.health.domain.appointment import Appointment
from services.health.domain.hospital import Hospital
from services.health.domain.message import AHEAD, DAILY, GONE, PLACED, Fault, Message, Outcome, Told, Trigger, Wanted
from services.health.store import messages as store
from services.health.store import programs


async def keep(work: Work, told: Told, *, system: str) -> Fault | None:
    """Keep what a hospital's system said, once; or why not. None is a promise: it is applied whatever dies meanwhile."""
    hospital = await store.hospital_of(work, system)
    if hospital is None:
        return Fault.UNKNOWN
    there = await store.there(work, hospital.id, told.control)
    if there is not None:
        return _again(there, told)
    if await store.count(work, hospital.id, work.now.astimezone(CHENGDU).date()) >= DAILY:
        return Fault.NOT_NOW
    return await _kept(work, hospital, told)


async def _kept(work: Work, hospital: Hospital, told: Told) -> Fault | None:
    seat = await store.seat_of(work, hospital.id, told.ours, told.ref)
    fault = await _fault(work, hospital, told, seat)
    if fault is not None and not (fault is Fault.UNKNOWN and told.trigger in GONE and told.ours is None):
        return fault
    made = _message(work, hospital, told, seat)
    if fault is not None:
        made.settle(Outcome.UNKNOWN, at=work.now)  # a booking of that name that was said before, and comes later, is gone
    if await store.keep(work, made):
        await work.audit("hospitals.told", f"message/{made.id}", actor=None, reason=str(hospital.id))
        return fault
    there = await store.there(work, hospital.id, told.control)  # a twin was faster
    return Fault.NOT_NOW if there is None else _again(there, told)


def _again(there: Message, told: Told) -> Fault | None:
    """A control id names one message for ever: repeated it is answered as it was, and another under its name is none."""
    if there.digest != digest(told):
        return Fault.DUPLICATE
    return Fault.UNKNOWN if there.outcome is Outcome.UNKNOWN else None


def digest(told: Told | Wanted) -> bytes:
    """Of all that was read in a message, and of nothing else that may stand in it."""
    return hashlib.sha256(repr(told).encode()).digest()


def _message(work: Work, hospital: Hospital, told: Told, seat: Appointment | None) -> Message:
    return Message(
        work.new_id(), hospital.area, hospital.id, told.control, digest(told), told.trigger, told.said_at, work.now, work.now,
        seat.id if seat is not None else None, told.ref, told.patient, told.slot, told.starts_at, told.ends_at,
    )


async def _fault(work: Work, hospital: Hospital, told: Told, seat: Appointment | None) -> Fault | None:
    if told.said_at > work.now + AHEAD:
        return Fault.WRONG
    if told.trigger in PLACED and None in {told.ref, told.starts_at, told.ends_at}:
        return Fault.MISSING
    if seat is None:
        return await _fault_of_unknown(work, hospital, told)
    return Fault.NOT_NOW if told.trigger is Trigger.MISSED and work.now < seat.starts_at else None


async def _fault_of_unknown(work: Work, hospital: Hospital, told: Told) -> Fault | None:
    """Of what is none of ours only a booking of their own is taken, and what is said of one that is about to be recorded."""
    if told.ours is not None:
        return Fault.UNKNOWN
    if told.trigger is not Trigger.NEW:
        return None if told.ref is not None and await store.is_coming(work, hospital.id, told.ref) else Fault.UNKNOWN
    if told.slot is None or told.patient is None:
        return Fault.MISSING
    slot = await store.slot_of(work, hospital.id, told.slot)
    if slot is None or await person(work, hospital, told.patient) is None:
        return Fault.UNKNOWN
    return None if (slot.starts_at, slot.ends_at) == (told.starts_at, told.ends_at) else Fault.WRONG


async def person(work: Work, hospital: Hospital, name: UUID) -> UUID | None:
    """Whom the hospital means by a name that we gave it, over this wire or at the FHIR door; nobody it may not be told of."""
    row = await programs.person_of(work, hospital.id, name)
    if row is not None:
        return row.person_id if row.given else None
    told_of = await store.told_of(work, hospital.id)
    return next((one for one in told_of if known_as(work.vault.keys, hospital, one) == name), None)
