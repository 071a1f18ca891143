"""A hospital's program lets the doctor of an appointment into its video room, from the doctor's own screen at the hospital.

A doctor of the community is judged by their office when the ticket is shown. Of one whom the hospital entered itself nobody here
knows more than its word: they are let in while it calls them active, and only by the program that speaks for it.
"""

from chassis.db import Work
from chassis.directory import serving
from chassis.prepared import Row
from chassis.rights import Actor
from contracts.area import Role
from services.health.actions import programs
from services.health.actions.fhir_bookings import locked, noted
from services.health.actions.tickets import Given
from services.health.domain.appointment import Appointment
from services.health.domain.online import Modality
from services.health.domain.program import through
from services.health.domain.slot import Slot
from services.health.domain.ticket import Blind, DoctorNotAtWork, NotByVideo, Side, Ticket, check_open, closes_at, signed
from services.health.store import registers


async def join(work: Work, key: str, *, by: Actor, blind: Blind) -> Given:
    """A ticket for the doctor of the appointment, who is judged anew when it is shown: it gives no office."""
    hospital = await programs.speaking(work, through(by, "fhir.book", "Appointment", "u"))
    seat = await locked(work, key, hospital, by)
    if (await work.session.get_one(Slot, seat.slot_id)).modality is Modality.IN_PERSON:
        raise NotByVideo
    check_open(seat, at=work.now)
    if not await _is_at_work(work, seat, hospital):
        raise DoctorNotAtWork
    ticket = Ticket(work.new_id(), seat.id, seat.doctor_id, Side.DOCTOR, work.now, program_id=by.id)
    await noted(work, "hospitals.join", f"appointment/{seat.id}", hospital, by)
    return Given(ticket, signed(ticket, blind), closes_at(seat))


async def _is_at_work(work: Work, seat: Appointment, hospital: Row) -> bool:
    """Whether its ticket would let the doctor in: none is given out that ends at the door."""
    own = await registers.own_doctor(work, seat.doctor_id)
    if own is not None:
        return own.hospital_id == hospital.id and own.closed_at is None
    return seat.doctor_id in await serving(work, Role.DOCTOR, seat.area)
