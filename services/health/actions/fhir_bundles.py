"""A transaction of a hospital's program: all that it writes is one transaction of the database, and its locks have one order.

FHIR R4 (4.0.1) 3.1.0.11.2. What two bundles name in different orders is held in the same one, so that neither waits for the
other for ever: conditions, people, appointments, times, rooms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from chassis.db import Work
from chassis.errors import NotFound
from chassis.prepared import Row
from chassis.rights import Actor
from services.health.actions import programs
from services.health.actions.fhir import known
from services.health.actions.fhir_bookings import name_of, their_time, there
from services.health.actions.fhir_registers import register_turn
from services.health.domain.appointment import Appointment
from services.health.domain.program import through
from services.health.domain.proposal import Wish
from services.health.domain.search import Asked
from services.health.domain.slot import Slot
from services.health.store import queries, slot_sheets


@dataclass(frozen=True)
class Writes:
    """What a transaction is about to make and to change."""

    wishes: tuple[Wish, ...] = ()
    conditions: tuple[tuple[str, tuple[Asked, ...]], ...] = ()  # each of a kind
    keys: tuple[str, ...] = ()  # of appointments, or of their visits
    answers: tuple[str, ...] = ()  # appointments that are answered about; one that is not there is refused when it is answered
    letters: tuple[tuple[str, str, str], ...] = ()  # rights, kinds and letters that all of it needs
    offers: bool = False  # whether anything of the hospital's own times and directory is written


async def hold_all(work: Work, writes: Writes, *, by: Actor) -> None:
    """Everything that is named, in the order of all; refused as the write itself would be, before anything is written."""
    if not writes.letters:
        return
    *_, permission = [through(by, right, kind, letter) for right, kind, letter in writes.letters]
    hospital = await programs.speaking(work, permission)
    for turn in sorted({turn_of(hospital.id, kind, asked) for kind, asked in writes.conditions if asked}):
        await work.taking_turns(turn)
    if writes.offers:
        await _hold_offers(work, hospital)
    seats = [await there(work, key, hospital, by) for key in sorted(set(writes.keys))]
    seats += [row for key in sorted(set(writes.answers)) for row in await _about(work, key, hospital, by)]
    people = [await known(work, hospital.id, name_of(one)) for one in writes.wishes]
    for person in sorted({one.person_id.bytes for one in [*seats, *people]}):
        await work.taking_turns(person)
    for key in sorted({one.id for one in seats}):
        await work.session.get_one(Appointment, key, with_for_update=True, populate_existing=True)
    await _hold_times(work, writes.wishes, hospital)


async def _hold_offers(work: Work, hospital: Row) -> None:
    """The turn of the hospital's directory, and of all doctors whose times may be written."""
    await work.taking_turns(register_turn(hospital.id))
    known_ones = await slot_sheets.known(work, hospital.id, hospital.area)
    for doctor in sorted(known_ones.doctors):
        await work.taking_turns(doctor.bytes)


async def _about(work: Work, key: str, hospital: Row, by: Actor) -> list[Row]:
    try:
        return [await there(work, key, hospital, by)]
    except NotFound:
        return []


async def _hold_times(work: Work, wishes: Sequence[Wish], hospital: Row) -> None:
    keys: list[UUID] = [await their_time(work, one, hospital) for one in wishes]
    held = [await work.session.get_one(Slot, key, with_for_update=True, populate_existing=True) for key in sorted(set(keys))]
    for room in sorted({one.room_id for one in held if one.room_id is not None}):
        await queries.hold_room(work, room)


def turn_of(hospital: UUID, kind: str, unless: Sequence[Asked]) -> bytes:
    """Whose turn a condition is: twins wait there, and find what the first one made."""
    return uuid5(hospital, ("" if kind == "Appointment" else kind) + repr([*unless])).bytes
