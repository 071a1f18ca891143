"""What a hospital's system asks of us over HL7 v2 (SRM): done at once by the acts of everybody, each request once.

Its times are those of its own departments; it asks for whom it knows and may be told of. No rule of selling is passed by:
`appointments.book`, `move` and `give_up` are what our own doors call. Turns: the message's, the name's, then as in
`appointments`.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid5

from chassis.db import Work
from chassis.rights import Actor
from contracts.calendar import CHENGDU
from services.health.actions import appointments, consents
from services.health.actions.fhir_bookings import patient_of
from services.health.actions.messages import digest, person
from services.health.domain.appointment import Appointment
from services.health.domain.hospital import Hospital
from services.health.domain.machine import State
from services.health.domain.message import AHEAD, DAILY, Fault, Message, NotWanted, Outcome, Trigger, Wanted
from services.health.domain.rights import RIGHTS
from services.health.store import messages as store


async def grant(work: Work, wanted: Wanted, *, system: str) -> Appointment:
    """The appointment that was asked for, moved or given back, as it stands now; NotWanted, and whatever its acts refuse."""
    hospital = await store.hospital_of(work, system)
    if hospital is None:
        raise NotWanted(Fault.UNKNOWN)
    if wanted.said_at > work.now + AHEAD:
        raise NotWanted(Fault.WRONG)
    await work.taking_turns(uuid5(hospital.id, wanted.control).bytes)  # twins wait here, and find what the first one did
    earlier = await store.there(work, hospital.id, wanted.control)
    if earlier is not None:
        return await _again(work, earlier, wanted)
    if await store.count(work, hospital.id, work.now.astimezone(CHENGDU).date()) >= DAILY:
        raise NotWanted(Fault.NOT_NOW)
    seat = await _DOES[wanted.trigger](work, wanted, hospital)
    await work.session.flush()
    kept = Message(
        work.new_id(), hospital.area, hospital.id, wanted.control, digest(wanted), wanted.trigger, wanted.said_at, work.now,
        work.now, seat.id, wanted.ref,
    )
    kept.settle(Outcome.DONE, at=work.now)
    await store.keep(work, kept)
    await work.audit("hospitals.asked", f"message/{kept.id}", actor=None, reason=str(hospital.id))
    return seat


async def _again(work: Work, earlier: Message, wanted: Wanted) -> Appointment:
    """A control id names one request for ever: repeated it is answered by what stands now, and another under its name is none."""
    if earlier.digest != digest(wanted) or earlier.appointment_id is None:
        raise NotWanted(Fault.DUPLICATE)
    return await work.session.get_one(Appointment, earlier.appointment_id)


async def _book(work: Work, wanted: Wanted, hospital: Hospital) -> Appointment:
    await work.taking_turns(uuid5(hospital.id, f"appointment {wanted.ref}").bytes)
    if wanted.ref is None or await store.is_named(work, hospital.id, wanted.ref):
        raise NotWanted(Fault.DUPLICATE)
    whose = None if wanted.patient is None else await person(work, hospital, wanted.patient)
    if whose is None:
        raise NotWanted(Fault.UNKNOWN)
    made = await appointments.book(work, await _time(work, wanted, hospital), by=await patient_of(work, whose, _asking(hospital)))
    made.external_ref = wanted.ref
    return made


async def _move(work: Work, wanted: Wanted, hospital: Hospital) -> Appointment:
    """The other seat is another appointment, which the hospital's name is for from now on."""
    seat = await _theirs(work, wanted, hospital)
    to = await _time(work, wanted, hospital)
    if to == seat.slot_id:
        return seat
    name = wanted.ref or seat.external_ref
    if name is not None and name != seat.external_ref and await store.is_named(work, hospital.id, name):
        raise NotWanted(Fault.DUPLICATE)
    seat.external_ref = None
    made = await appointments.move(work, seat, to, by=await patient_of(work, seat.person_id, _asking(hospital)))
    made.external_ref = name
    return made


async def _cancel(work: Work, wanted: Wanted, hospital: Hospital) -> Appointment:
    """What is given back already stays so."""
    seat = await _theirs(work, wanted, hospital)
    if seat.state in {State.CANCELLED, State.CANCELLING}:
        return seat
    return await appointments.give_up(work, seat, by=_asking(hospital))


async def _theirs(work: Work, wanted: Wanted, hospital: Hospital) -> Appointment:
    """The appointment that is meant, locked after its person's turn; of nobody they may not be told of."""
    found = await store.seat_of(work, hospital.id, wanted.ours, wanted.ref)
    if found is None:
        raise NotWanted(Fault.UNKNOWN)
    if found.theirs:  # of their own book they tell us (SIU)
        raise NotWanted(Fault.WRONG)
    await consents.must_be_given(work, found)
    await work.taking_turns(found.person_id.bytes)
    return await work.session.get_one(Appointment, found.id, with_for_update=True, populate_existing=True)


async def _time(work: Work, wanted: Wanted, hospital: Hospital) -> UUID:
    found = await store.time_of(work, hospital.id, wanted)
    if found is None:
        raise NotWanted(Fault.UNKNOWN)
    return found


def _asking(hospital: Hospital) -> Actor:
    """A hospital's system has no program's id: it is the hospital."""
    return Actor(hospital.id, rights=RIGHTS)


_DOES: dict[Trigger, Callable[[Work, Wanted, Hospital], Awaitable[Appointment]]] = {
    Trigger.WANTED: _book, Trigger.MOVE_WANTED: _move, Trigger.CANCEL_WANTED: _cancel,
}
