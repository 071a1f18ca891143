"""The note of a visit: its doctor writes, its patient reads; each look of the doctor's is in the patient's register."""

from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.errors import NotFound
from chassis.process import Running
from chassis.rights import Actor
from contracts.retention import end
from services.health.domain.appointment import Appointment
from services.health.domain.note import check_open
from services.health.store import notes

READ = "visit_notes.read"


async def write(work: Work, appointment_id: UUID, text: str, *, by: Actor) -> dict[str, Any]:
    """Another version; what was written before stays."""
    seat = await work.locked(Appointment, appointment_id, by.may("visit_notes.write"))
    _check_care(seat, by.id)
    count = await notes.versions(work, seat.id)
    check_open(seat, count, at=work.now)
    made = await notes.add(work, seat, count + 1, text, by=by.id)
    await work.audit("visit_notes.write", f"appointment/{seat.id}", actor=by.id, reason=f"version {count + 1}")
    return made


async def shown(work: Work, appointment_id: UUID, *, by: Actor) -> list[dict[str, Any]]:
    """Every version, for the patient, and for the doctor whose visit it was."""
    seat = await work.seen(Appointment, appointment_id, by.may("visit_notes.read"))
    if by.id != seat.person_id:
        _check_care(seat, by.id)
        await work.audit(READ, f"appointment/{seat.id}", actor=by.id)
    return await notes.of_visit(work, seat.id)


def _check_care(seat: Appointment, doctor: UUID) -> None:
    """A doctor cares for whom they see (PIPL art. 28: what the purpose needs): for all others there is nothing here."""
    if seat.doctor_id != doctor:
        raise NotFound


async def forget(running: Running) -> None:
    """A job: notes whose time is over."""
    await end(running.database.do, notes.CLASS, notes.forget)
