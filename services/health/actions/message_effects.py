"""What a hospital told us is made so: by the steps and remedies that its answers and reconciliation have, each message once.

Of a seat that is theirs the hospital's word holds; of one that is ours it does not, and people hear of it. Locks: the message,
the person, the appointment, what is asked about it; then a slot.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from chassis.db import Work
from chassis.errors import Conflict
from chassis.process import Running
from services.health.actions import appointments, breaches, divergences
from services.health.actions.messages import person
from services.health.actions.reconciliations import agreed, answered, diverges
from services.health.domain.appointment import Appointment
from services.health.domain.ask import Ask, Kind, Theirs, Word
from services.health.domain.hospital import Hospital
from services.health.domain.machine import FIRM, State
from services.health.domain.message import GONE, Message, Outcome, Trigger
from services.health.domain.reconciliation import Finding, Remedy, Verdict
from services.health.domain.slot import Slot
from services.health.store import asking
from services.health.store import messages as store

_WAITED_FOR = frozenset({State.SUBMITTED, State.UNKNOWN})

log = logging.getLogger(__name__)


async def apply_all(running: Running) -> None:
    """A job: all that waits, one after the other; any number of workers may."""
    while await apply_one(running):
        pass


async def apply_one(running: Running) -> bool:
    """The next message; false if none is due. One that breaks something is tried later, and costs only itself."""
    taken: list[UUID] = []
    try:
        await running.database.do(partial(_apply, taken=taken))
    except Exception as broken:  # noqa: BLE001 - whatever one message breaks, the next one is applied
        log.error("a hospital's message broke something", extra={"facts": {"why": type(broken).__name__}})  # noqa: TRY400 - it may quote them
        await running.database.do(partial(_put_off, taken=taken))
    return bool(taken)


async def _apply(work: Work, *, taken: list[UUID]) -> None:
    one = await store.next_due(work)
    if one is None:
        return
    taken.append(one.id)
    seat, asked = await _held(work, one)
    if any(ask.leased_until is not None and ask.leased_until > work.now for ask in asked):
        one.due_at = max(ask.leased_until for ask in asked if ask.leased_until is not None)  # its answer is on its way
        return
    if await store.is_overtaken(work, one):
        one.settle(Outcome.OVERTAKEN, at=work.now)
        return
    outcome = await (_recorded(work, one) if seat is None else _EFFECTS[one.trigger](work, seat, one))
    one.settle(outcome, at=work.now)
    await work.audit("hospitals.obey", f"message/{one.id}", actor=None, reason=outcome)


async def _put_off(work: Work, *, taken: list[UUID]) -> None:
    for key in taken:
        one = await store.waiting(work, key)
        if one is not None:
            one.put_off(at=work.now)


async def _held(work: Work, one: Message) -> tuple[Appointment | None, list[Ask]]:
    """What the message is about, and what the hospital has yet to answer of it, held in the order of all."""
    found = await store.seat_of(work, one.hospital_id, one.appointment_id, one.external_ref)
    if found is None:
        return None, []
    await work.taking_turns(found.person_id.bytes)
    seat = await work.session.get_one(Appointment, found.id, with_for_update=True, populate_existing=True)
    one.appointment_id = seat.id
    return seat, [*await asking.waiting_of(work, seat.id)]


async def _gone(work: Work, seat: Appointment, _: Message) -> Outcome:
    """They keep it no more (S15, S17)."""
    if seat.state not in FIRM or seat.state is State.NOSHOW:
        return Outcome.NOTHING
    if seat.state is State.CANCELLING:
        work.announce(seat.told("let_go", at=work.now))
        await answered(work, seat, Kind.CANCEL, Word.YES)
        return Outcome.DONE
    if not seat.theirs or not (seat.state in _WAITED_FOR or (seat.state is State.BOOKED and work.now < seat.starts_at)):
        return await _peoples(work, seat, Verdict.OURS_ONLY)
    work.announce(seat.told("refuse" if seat.state in _WAITED_FOR else "revoke", at=work.now))
    await answered(work, seat, Kind.BOOK, Word.NO)
    await asking.close(work, seat.slot_id)
    return Outcome.DONE


async def _placed(work: Work, seat: Appointment, one: Message) -> Outcome:
    """They keep it, then (S12 of what we asked for, S13, S14)."""
    if seat.state not in {*_WAITED_FOR, State.BOOKED}:
        return Outcome.NOTHING
    theirs = _theirs(one, seat)
    if (theirs.starts_at, theirs.ends_at) == _seconds(seat):
        was = seat.state
        await agreed(work, seat, theirs)
        return Outcome.NOTHING if seat.state is was else Outcome.DONE
    if seat.theirs and seat.state is State.BOOKED and await _moved(work, seat, one):
        return Outcome.DONE
    await diverges(work, one.hospital_id, seat, Finding(Verdict.DIFFER, seat.id, theirs))
    return Outcome.DONE if seat.state in {State.DISPLACED, State.REJECTED} else Outcome.PEOPLE


async def _moved(work: Work, seat: Appointment, one: Message) -> bool:
    """It is at another time of theirs that we know, if every rule of selling lets the person have that."""
    found = await store.slot_of(work, one.hospital_id, one.their_slot) if one.their_slot is not None else None
    if found is None or (found.starts_at, found.ends_at) != (one.starts_at, one.ends_at):
        return False
    before = seat.slot_id
    try:
        async with work.session.begin_nested():
            await work.session.connection()  # only now is the savepoint set, which prepared statements pass by
            seat.state = State.CANCELLED  # so that it is in the way of the new one no more
            await work.session.flush()
            to = await _taken(work, found.id, seat.person_id)
            seat.state = State.BOOKED
            event = seat.move(to, one.external_ref or str(seat.id), at=work.now)
            await work.session.flush()
    except Conflict:
        await work.session.refresh(seat)
        return False
    work.announce(event)
    await asking.close(work, before)
    return True


async def _taken(work: Work, key: UUID, whose: UUID) -> Appointment:
    """A seat in a time of theirs that they say is this person's: that they sell it to nobody else is why it is closed."""
    slot = await work.session.get_one(Slot, key, with_for_update=True, populate_existing=True)
    was, slot.closed = slot.closed, False
    made = await appointments.seated(work, slot, whose, gives_back=False)
    slot.closed = was
    return made


async def _missed(work: Work, seat: Appointment, _: Message) -> Outcome:
    """Their patient did not come (S26); of a seat that is ours the hut knows."""
    if seat.state is State.NOSHOW:
        return Outcome.NOTHING
    if not seat.theirs or seat.state is not State.BOOKED or work.now < seat.starts_at:
        return await _peoples(work, seat, Verdict.DIFFER)
    work.announce(seat.told("miss_there", at=work.now))
    await breaches.missed(work, seat)
    return Outcome.DONE


async def _recorded(work: Work, one: Message) -> Outcome:
    """A booking of theirs, for somebody they know by a name of ours, in a time of theirs that we know."""
    hospital = await work.session.get_one(Hospital, one.hospital_id)
    slot = await store.slot_of(work, hospital.id, one.their_slot or "")
    whose = await person(work, hospital, one.known_as) if one.known_as is not None else None
    if one.trigger is not Trigger.NEW or slot is None or whose is None:
        return Outcome.NOTHING  # it was to be recorded and was not, or consent was taken back meanwhile
    when = slot.starts_at, slot.ends_at  # what is rolled back is known no more
    await work.taking_turns(whose.bytes)
    made = await _made(work, slot.id, whose)
    if made is None:
        theirs = Theirs(one.external_ref or "", None, *when)
        await divergences.keep(work, hospital.id, Finding(Verdict.THEIRS_ONLY, None, theirs), None, Remedy.PEOPLE)
        return Outcome.PEOPLE
    made.hospital_id = hospital.id
    work.announce(made.record(one.external_ref or str(made.id), at=work.now))
    work.session.add(made)
    await work.session.flush()
    one.appointment_id = made.id
    return Outcome.RECORDED


async def _made(work: Work, slot: UUID, whose: UUID) -> Appointment | None:
    try:
        async with work.session.begin_nested():
            await work.session.connection()  # the same
            return await _taken(work, slot, whose)
    except Conflict:
        return None


async def _peoples(work: Work, seat: Appointment, verdict: Verdict) -> Outcome:
    there = None if verdict is Verdict.OURS_ONLY else _theirs(None, seat)
    if seat.hospital_id is not None:
        await divergences.keep(work, seat.hospital_id, Finding(verdict, seat.id, there), seat, Remedy.PEOPLE)
    return Outcome.PEOPLE


def _theirs(one: Message | None, seat: Appointment) -> Theirs:
    """What they keep, to the second: as the message says, or as we have it where it does not."""
    begins, ends = _seconds(seat)
    said = (one.external_ref, one.starts_at, one.ends_at) if one is not None else (None, None, None)
    return Theirs(said[0] or seat.external_ref or str(seat.id), seat.id, said[1] or begins, said[2] or ends)


def _seconds(seat: Appointment) -> tuple[datetime, datetime]:
    return seat.starts_at.replace(microsecond=0), seat.ends_at.replace(microsecond=0)


_EFFECTS: dict[Trigger, Callable[[Work, Appointment, Message], Awaitable[Outcome]]] = {
    **dict.fromkeys(GONE, _gone), Trigger.MISSED: _missed,
    Trigger.NEW: _placed, Trigger.MOVED: _placed, Trigger.CHANGED: _placed,
}
