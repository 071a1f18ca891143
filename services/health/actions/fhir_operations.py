"""What a hospital's program does to an appointment that is there: give it back, move it, check its patient in.

By the same acts as our own doors. A move is one transaction: both change hands, or nothing does.
"""

from chassis.crypto import Keys
from chassis.db import Work
from chassis.prepared import Row
from chassis.rights import Actor
from services.health.actions import appointments, programs
from services.health.actions.fhir import Door
from services.health.actions.fhir_bookings import check_version, given_back, locked, noted, patient_of, seen_by, their_time, there
from services.health.domain.appointment import Appointment
from services.health.domain.arrival import check_place
from services.health.domain.machine import FHIR, State
from services.health.domain.program import through
from services.health.domain.proposal import Wish
from services.health.domain.resources import Resource, rendered


async def cancel(work: Work, key: str, match: str | None, *, by: Actor, door: Door) -> Resource:
    """It is given back; one that is already stays as it is. VersionStale where a version is named."""
    hospital, seat = await _held(work, key, match, by)
    if FHIR[seat.state] == FHIR[State.CANCELLED]:
        return await seen_by(work, seat, hospital, by=by, door=door)
    return await given_back(work, seat, hospital, by=by, door=door)


async def reschedule(work: Work, key: str, to: Wish, match: str | None, *, by: Actor, door: Door) -> Resource:
    """Another time of the hospital's instead; answers the appointment that holds now, which has another id.

    It is the hospital's act, so it is never counted as late.
    """
    through(by, "fhir.book", "Appointment", "c")
    hospital = await programs.speaking(work, through(by, "fhir.book", "Appointment", "u"))
    slot = await their_time(work, to, hospital)
    row = await there(work, key, hospital, by)
    await work.taking_turns(row.person_id.bytes)  # before what they give up, as at every other door
    _, seat = await _held(work, key, match, by)
    made = await appointments.move(work, seat, slot, by=await patient_of(work, seat.person_id, by), kind=to.kind)
    await noted(work, "hospitals.move", f"appointment/{made.id}", hospital, by)
    return await seen_by(work, made, hospital, by=by, door=door)


async def check_in(work: Work, key: str, code: str | None, match: str | None, *, by: Actor, door: Door, keys: Keys) -> Resource:
    """Its patient is there, as the code on the screen of the room says: by itself a program knows of nobody where they are."""
    hospital, seat = await _held(work, key, match, by)
    told = seat.check_in(at=work.now)
    check_place(seat.room_id, code, keys.blind, at=work.now)
    work.announce(told)
    await work.audit("health.check_in", f"appointment/{seat.id}", actor=by.id)
    return await seen_by(work, seat, hospital, by=by, door=door)


async def _held(work: Work, key: str, match: str | None, by: Actor) -> tuple[Row, Appointment]:
    hospital = await programs.speaking(work, through(by, "fhir.book", "Appointment", "u"))
    seat = await locked(work, key, hospital, by)
    check_version(rendered("Appointment", await there(work, key, hospital, by)), match)
    return hospital, seat
