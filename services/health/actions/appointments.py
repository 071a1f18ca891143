"""Taking a seat with the doctor, and giving it back.

Locks are taken in one order: the person, what they give up, the slot (of several, by id), its room (likewise), holds by id.
Whoever waits does so in the database and is answered: nobody is turned away because somebody else was busy.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chassis.db import Work
from chassis.errors import NotFound
from chassis.rights import Actor, Permission
from services.health.actions import asks, breaches, consents, online, seen
from services.health.domain.appointment import Appointment, check_beside, held
from services.health.domain.ask import Kind
from services.health.domain.entitlement import NotAResidentHere
from services.health.domain.hospital import RoomTaken
from services.health.domain.online import ANYHOW, Asked
from services.health.domain.slot import SeatsSetAside, Slot, SlotTaken, slot_key
from services.health.domain.team import AnyOf, TeamTaken
from services.health.store import policies, queries


async def hold(work: Work, wanted: UUID | AnyOf, *, by: Actor, kind: str | None = None) -> Appointment:
    """Keep a seat for five minutes, in place of what the person held before."""
    await work.taking_turns(by.id.bytes)
    made = await _found(work, wanted, Asked(kind, acting=by.acting), by=by)
    await breaches.must_be_free(work, by.id, made.area)
    work.session.add(made)
    return made


async def book(work: Work, wanted: UUID | AnyOf, *, by: Actor, kind: str | None = None) -> Appointment:
    """Take a seat; of many who ask at once, as many get one as there are."""
    return await _booked(work, await hold(work, wanted, by=by, kind=kind), by=by)


async def _found(work: Work, wanted: UUID | AnyOf, asked: Asked, *, by: Actor) -> Appointment:
    """A seat in the slot that is named, or with whichever doctor of a team; nobody is refused while one is free."""
    may = by.may("health.book")
    if isinstance(wanted, AnyOf):
        return await _at_once(work, wanted, asked, may) or await _in_turn(work, wanted, asked, may)
    return await _seat(work, wanted, asked, may)


async def _at_once(work: Work, wish: AnyOf, asked: Asked, may: Permission) -> Appointment | None:
    """A seat in a slot nobody else is about; none if somebody is about each, or was faster."""
    try:
        async with work.session.begin_nested():  # a slot that was held in vain is let go: who waits below holds nothing
            await work.session.connection()  # only now is the savepoint set, which prepared statements pass by
            key = await queries.free_of_team(work, wish, may.actor)
            return None if key is None else await _seat(work, key, asked, may)
    except (SlotTaken, SeatsSetAside, RoomTaken):
        return None


async def _in_turn(work: Work, wish: AnyOf, asked: Asked, may: Permission) -> Appointment:
    """What is seen to be free while all slots of the team are held is free."""
    if not await queries.hold_team(work, wish, may.actor):
        raise NotFound
    key = await queries.free_of_team(work, wish, may.actor)
    if key is None:
        raise TeamTaken
    return await _seat(work, key, asked, may)


async def _seat(work: Work, slot_id: UUID, asked: Asked, may: Permission) -> Appointment:
    seen_first = await work.seen(Slot, slot_id, may)
    others = await queries.occupied_by_others(work, slot_id, may.actor.id)
    if len(others) >= seen_first.capacity:  # most of a crowd is answered here, and waits behind nobody
        seen_first.seat(others, at=work.now, entitled=True)
    return await seated(work, await work.locked(Slot, slot_id, may), may.actor.id, asked)


async def seated(work: Work, slot: Slot, person: UUID, asked: Asked = ANYHOW, *, gives_back: bool = True) -> Appointment:
    """A seat in a slot that is locked, for a person who takes turns with themselves: every rule of selling stands here.

    What they hold anywhere is given back for it, unless they are to keep it.
    SlotTaken, SeatsSetAside, RoomTaken and the rest; and what `online.judged` refuses.
    """
    await queries.hold_room(work, slot.room_id)
    await queries.let_go(work, slot, person if gives_back else None)
    entitled = slot.sets_aside(at=work.now) > 0 and await queries.entitled(work, person, slot.area)
    seat = slot.seat(await queries.occupied(work, slot.id), at=work.now, entitled=entitled)
    check_beside(await queries.live_of(work, person), slot)
    if slot.room_id is not None and await queries.room_is_busy(work, slot.id):
        raise RoomTaken
    kind = await online.judged(work, slot, person, asked)
    hospital = None if slot.department_id is None else await queries.connected(work, slot.department_id)
    made = held(slot, key=work.new_id(), seat=seat, by=person, at=work.now, hospital=hospital)
    made.visit_kind = kind
    made.under(await policies.in_force(work, slot.area, slot.department_id))
    return made


async def confirm(work: Work, hold_id: UUID, *, by: Actor, kind: str | None = None) -> Appointment:
    """Book the seat that is held; an offer lasts long enough that its time may have been closed meanwhile."""
    may = by.may("holds.use")
    held_in = (await work.seen(Appointment, hold_id, may)).slot_id
    slot = await work.session.get_one(Slot, held_in, with_for_update=True, populate_existing=True)  # before the hold, as all
    seat = await work.locked(Appointment, hold_id, may)
    slot.check_open()
    if seat.offered_for is None:  # what is offered instead of a visit that was called off is theirs all the same
        await breaches.must_be_free(work, seat.person_id, seat.area)
    seat.visit_kind = await online.judged(work, slot, seat.person_id, Asked(kind, seat.visit_kind, by.acting))
    return await _booked(work, seat, by=by)


async def book_for(work: Work, slot_id: UUID, person: UUID, *, by: Actor, kind: str | None = None) -> Appointment:
    """The hut books for a resident who is there or calls, by the same rules; also for whom may not by themselves."""
    may = by.may("appointments.book_for")
    await work.taking_turns(person.bytes)
    slot = await work.locked(Slot, slot_id, may)
    if not await queries.lives_in(work, person, slot.area):
        raise NotAResidentHere
    if person == by.id:  # of the staff as well nobody books for themselves what they may not
        await breaches.must_be_free(work, person, slot.area)
    made = await seated(work, slot, person, Asked(kind, at_the_hut=person != by.id))
    work.session.add(made)
    return await _booked(work, made, by=by)


async def _booked(work: Work, seat: Appointment, *, by: Actor) -> Appointment:
    await consents.must_be_given(work, seat)
    work.announce(seat.confirm(at=work.now))
    seat.acting_id = by.acting
    await asks.ask(work, seat, Kind.BOOK)
    await work.audit("health.book", f"appointment/{seat.id}", actor=by.id)
    return seat


async def release(work: Work, hold_id: UUID, *, by: Actor) -> None:
    """Give back what was held."""
    seat = await work.locked(Appointment, hold_id, by.may("holds.use"))
    seat.release(at=work.now)


async def cancel(work: Work, appointment_id: UUID, *, by: Actor) -> Appointment:
    """Give a seat back; the hut's staff may for a person."""
    return await give_up(work, await work.locked(Appointment, appointment_id, by.may("appointments.cancel")), by=by)


async def give_up(work: Work, kept: Appointment, *, by: Actor) -> Appointment:
    """The same of one that is locked, by whoever was found to be allowed to."""
    work.announce(kept.cancel(by=by.id, at=work.now))
    kept.acting_id = by.acting
    await breaches.given_back(work, kept, by)
    await asks.ask(work, kept, Kind.CANCEL)
    await work.audit("health.cancel", f"appointment/{kept.id}", actor=by.id)
    return kept


async def reschedule(
    work: Work, appointment_id: UUID, *, by: Actor, to: UUID | AnyOf, kind: str | None = None,
) -> Appointment:
    """Move to another slot: the new seat and the old one change hands together, or nothing does."""
    await work.taking_turns(by.id.bytes)
    earlier = await work.locked(Appointment, appointment_id, by.may("appointments.move"))
    made = await move(work, earlier, to, by=by, kind=kind)
    await breaches.given_back(work, earlier, by)
    return made


async def move(
    work: Work, earlier: Appointment, to: UUID | AnyOf, *, by: Actor, kind: str | None = None
) -> Appointment:
    """The same of one that is locked, for its person, whose turn it is; that it is late is for the caller to count."""
    earlier.leave(at=work.now)
    await work.session.flush()  # so that it is in the way of the new one no more
    asked = Asked(kind, earlier.visit_kind, by.acting)
    made = await _found(work, replace(to, leaving=earlier.slot_id) if isinstance(to, AnyOf) else to, asked, by=by)
    await consents.must_be_given(work, made)
    work.announce(made.take_over(earlier.id, at=work.now))
    made.acting_id = by.acting
    work.session.add(made)
    await asks.ask(work, earlier, Kind.CANCEL)
    await asks.ask(work, made, Kind.BOOK)
    await work.audit("health.move", f"appointment/{made.id}", actor=by.id)
    return made


async def look(work: Work, appointment_id: UUID, *, by: Actor) -> Appointment:
    """One appointment."""
    seat = await work.seen(Appointment, appointment_id, by.may("appointments.read"))
    await seen.by_staff(work, seat, by)
    return seat


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
