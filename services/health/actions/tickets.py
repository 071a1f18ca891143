"""Tickets for the video room of an appointment: given to whom it concerns, redeemed once, void as soon as the appointment is.

Nothing of a ticket is kept until it is redeemed; what it says is judged anew then, and again and again while its holder is in the
room: the appointment, its time, the person's access, their office, their consent.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chassis.db import Work
from chassis.directory import Directory
from chassis.process import Running
from chassis.rights import Actor, Permission
from services.health.actions import consents
from services.health.domain.appointment import Appointment
from services.health.domain.machine import CheckInOver, State
from services.health.domain.online import VisitKind
from services.health.domain.ticket import (
    Blind,
    Present,
    Side,
    Ticket,
    TicketRefused,
    TicketUsed,
    check_open,
    closes_at,
    side_of,
    signed,
)
from services.health.store import consents as agreements
from services.health.store import hooks, programs, registers, tickets


@dataclass(frozen=True)
class Given:
    """What whoever may enter is given: a text to show, and until when the room is open."""

    ticket: Ticket
    text: str
    closes_at: datetime


@dataclass(frozen=True)
class Entry:
    """Somebody is in the room: until when it is open, and who is there, by their tickets."""

    ticket: Ticket
    closes_at: datetime
    here: dict[Side, Present]


async def give(work: Work, appointment_id: UUID, *, by: Actor, blind: Blind) -> Given:
    """A ticket for whom it concerns: the patient or their proxy, the doctor of the appointment, the hut's staff."""
    seat, side = await _reached(work, appointment_id, by.may("visits.attend"))
    ticket = Ticket(work.new_id(), seat.id, by.id, side, work.now, by.acting)
    await work.audit("health.ticket", f"appointment/{seat.id}", actor=by.id)
    return Given(ticket, signed(ticket, blind), closes_at(seat))


async def _reached(work: Work, appointment_id: UUID, right: Permission) -> tuple[Appointment, Side]:
    """The appointment, held, if its room is open and this is somebody who may be in it, and as whom."""
    seat, by = await work.locked(Appointment, appointment_id, right), right.actor
    side = side_of(seat, by.id, [(one.role, one.area) for one in by.assignments])
    check_open(seat, at=work.now)
    await consents.must_be_given(work, seat)
    return seat, side


async def _right(work: Work, ticket: Ticket, by: Actor) -> Permission:
    """By what the holder of a ticket reaches its appointment: their own part in it; TicketRefused.

    A doctor whom a hospital entered itself has no office here. What stands for it is that hospital's word, given by the program
    that asked for the ticket; as whom they may be in the room the appointment says, as for everybody.
    """
    own = None if ticket.program_id is None else await registers.own_doctor(work, ticket.person_id)
    if ticket.program_id is None or own is None:
        return by.may("visits.attend")
    hospital = await programs.spoken_for(work, ticket.program_id)
    if own.closed_at is not None or hospital is None or hospital.id != own.hospital_id:
        raise TicketRefused
    return by.may("fhir.book")


async def holder(directory: Directory, ticket: Ticket) -> Actor:
    """Whose ticket it is, as they are now; TicketRefused if their access was withdrawn since, or that of who acts for them.

    A proxy acts for a person, never for an office of theirs.
    """
    actor, *void = await directory.actor(ticket.person_id)
    if ticket.acting_id is not None:
        actor = replace(actor, assignments=(), acting=ticket.acting_id)
        void.append((await directory.actor(ticket.acting_id))[1])
    if any(moment is not None and ticket.issued_at < moment for moment in void):
        raise TicketRefused
    return actor


async def redeem(work: Work, ticket: Ticket, *, by: Actor) -> Entry:
    """Whoever holds the ticket is in the room, in the place of whom was there on their side. Of many who show it, one is."""
    seat, side = await _reached(work, ticket.appointment_id, await _right(work, ticket, by))
    if side is not ticket.side:
        raise TicketRefused
    await _check_program(work, ticket, seat)
    if not await tickets.take(work, ticket):
        raise TicketUsed
    here = await tickets.here(work, seat.id)
    if {Side.PATIENT, Side.DOCTOR} <= here.keys():
        seat.visit_kind = seat.visit_kind or VisitKind.CONSULTATION.value  # what is held by video proves no visit in person
        _begin(work, seat)
    if by.acting is not None:
        await work.audit("proxies.act", f"person/{by.id}", actor=by.acting, reason="visits.attend")
    await work.audit("health.join", f"appointment/{seat.id}", actor=by.id, reason=side)
    return Entry(ticket, closes_at(seat), _others(here, side))


async def _check_program(work: Work, ticket: Ticket, seat: Appointment) -> None:
    """TicketRefused if a hospital's program asked for it that speaks for that hospital, or is told of its patient, no more."""
    if ticket.program_id is None:
        return
    hospital = await programs.spoken_for(work, ticket.program_id)
    speaks = hospital is not None and hospital.id == await hooks.hospital_of(work, seat.slot_id)
    if not speaks or not await agreements.may_tell(work, seat.person_id):
        raise TicketRefused


def _begin(work: Work, seat: Appointment) -> None:
    """Patient and doctor see each other: who was not checked in is there, and is called."""
    if seat.state is State.BOOKED:
        try:
            work.announce(seat.check_in(at=work.now))
        except CheckInOver:  # they talk on; that the visit was is the hut's to say
            return
    if seat.state is State.ARRIVED:
        work.announce(seat.call(at=work.now))


def _others(here: dict[Side, Present], mine: Side) -> dict[Side, Present]:
    return {side: one for side, one in here.items() if side is not mine}


async def look_again(work: Work, ticket: Ticket, *, by: Actor) -> dict[Side, Present] | None:
    """Who else is there, for whom came by this ticket; refused as at the door; none if somebody else is in their place."""
    seat = await work.seen(Appointment, ticket.appointment_id, await _right(work, ticket, by))
    side_of(seat, by.id, [(one.role, one.area) for one in by.assignments])
    await _check_program(work, ticket, seat)
    check_open(seat, at=work.now)
    await consents.must_be_given(work, seat)
    stays = await tickets.stays(work, ticket.id)
    return _others(await tickets.here(work, seat.id), ticket.side) if stays else None


async def leave(work: Work, ticket: Ticket) -> None:
    """They are there no more; whoever was taken for gone before leaves once."""
    if await tickets.leave(work, ticket.id):
        await work.audit("health.leave", f"appointment/{ticket.appointment_id}", actor=ticket.person_id, reason=ticket.side)


async def end(work: Work, ticket: Ticket, *, by: Actor) -> None:
    """The doctor ends the visit: one that had begun was."""
    seat, side = await _reached(work, ticket.appointment_id, await _right(work, ticket, by))
    if side is not Side.DOCTOR:
        raise TicketRefused
    if seat.state is State.IN_VISIT:
        work.announce(seat.fulfil(at=work.now))
    await work.audit("health.end", f"appointment/{seat.id}", actor=by.id)


async def miss(work: Work) -> list[tuple[UUID, Side, UUID]]:
    """Who is gone though nobody said so, as when a process died: room, side, ticket; each is found once."""
    return await tickets.miss(work)


async def forget(running: Running) -> None:
    """A job: what was redeemed for rooms that are closed for long."""
    await running.database.do(tickets.forget)
