"""A hospital's program lets the doctor of an appointment into its video room, from the doctor's own screen at the hospital."""

from chassis.db import Work
from chassis.rights import Actor
from services.health.actions import programs
from services.health.actions.fhir_bookings import locked, noted
from services.health.actions.tickets import Given
from services.health.domain.online import Modality
from services.health.domain.program import through
from services.health.domain.slot import Slot
from services.health.domain.ticket import Blind, NotByVideo, Side, Ticket, check_open, closes_at, signed


async def join(work: Work, key: str, *, by: Actor, blind: Blind) -> Given:
    """A ticket for the doctor of the appointment, who is judged as at our own door when it is shown: it gives no office."""
    hospital = await programs.speaking(work, through(by, "fhir.book", "Appointment", "u"))
    seat = await locked(work, key, hospital, by)
    if (await work.session.get_one(Slot, seat.slot_id)).modality is Modality.IN_PERSON:
        raise NotByVideo
    check_open(seat, at=work.now)
    ticket = Ticket(work.new_id(), seat.id, seat.doctor_id, Side.DOCTOR, work.now, program_id=by.id)
    await noted(work, "hospitals.join", f"appointment/{seat.id}", hospital, by)
    return Given(ticket, signed(ticket, blind), closes_at(seat))
