"""The visit itself: who is there, who is called, who was, and who did not come."""

from functools import partial
from uuid import UUID

from chassis.db import Work
from chassis.errors import Conflict
from chassis.process import Running
from chassis.rights import Actor
from services.health.actions import breaches
from services.health.domain.appointment import Appointment
from services.health.domain.arrival import Blind, Place, RoomCode, check_place, room_code, token
from services.health.domain.hospital import Room
from services.health.domain.machine import NotAtThisStep, State, allowed
from services.health.store import visits


async def show_code(work: Work, room_id: UUID, *, by: Actor, blind: Blind) -> RoomCode:
    """What the screen of a room shows to those who are there."""
    room = await work.seen(Room, room_id, by.may("rooms.show_code"))
    return room_code(room.id, blind, at=work.now)


async def check_in(work: Work, appointment_id: UUID, code: str | None, *, by: Actor, blind: Blind) -> Appointment:
    """Somebody is there: for themselves by the code of the room, else the hut says so."""
    seat = await work.locked(Appointment, appointment_id, by.may("appointments.check_in"))
    told = seat.check_in(at=work.now)
    if by.id == seat.person_id:
        check_place(seat.room_id, code, blind, at=work.now)
    work.announce(told)
    await work.audit("health.check_in", f"appointment/{seat.id}", actor=by.id)
    return seat


async def call(work: Work, appointment_id: UUID, *, by: Actor) -> Appointment:
    """Whoever is there is called in."""
    seat = await work.locked(Appointment, appointment_id, by.may("appointments.see"))
    work.announce(seat.call(at=work.now))
    await work.audit("health.call", f"appointment/{seat.id}", actor=by.id)
    return seat


async def fulfil(work: Work, appointment_id: UUID, *, by: Actor) -> Appointment:
    """The visit is over."""
    seat = await work.locked(Appointment, appointment_id, by.may("appointments.see"))
    work.announce(seat.fulfil(at=work.now))
    await work.audit("health.fulfil", f"appointment/{seat.id}", actor=by.id)
    return seat


async def place(work: Work, appointment_id: UUID, *, by: Actor) -> Place:
    """Where somebody who is there stands in the queue of their doctor."""
    seat = await work.seen(Appointment, appointment_id, by.may("appointments.read"))
    if seat.state is not State.ARRIVED:
        raise NotAtThisStep(current=seat.state, allowed=allowed(seat.state))
    return Place(token(seat.starts_at, seat.seat), await visits.before(work, seat))


async def miss_all(running: Running) -> None:
    """Who has not come is said not to have come, each by itself; any number of workers may."""
    async with running.database.reading() as work:
        due = await visits.missed(work)
    for key in due:
        await running.database.do(partial(_miss, key=key))


async def _miss(work: Work, *, key: UUID) -> None:
    seat = await visits.awaited(work, key)
    if seat is None:
        return
    try:
        work.announce(seat.miss(at=work.now))
    except Conflict:  # the clock of whoever looked was ahead: the next time
        return
    await breaches.missed(work, seat)
    await work.audit("health.miss", f"appointment/{seat.id}", actor=None)
