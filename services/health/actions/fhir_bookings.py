"""What a hospital's program books, holds and gives back: by the same acts as everybody, for a patient whom it knows.

A program never books past a rule of selling: `appointments.book`, `hold`, `confirm` and `give_up` are what our own doors call.
"""

from collections.abc import Sequence
from uuid import UUID, uuid5

from chassis.db import Work
from chassis.errors import NotFound
from chassis.prepared import Row
from chassis.rights import Actor
from services.health.actions import appointments, programs
from services.health.actions.fhir import ConsentWithdrawn, Door, known, shown
from services.health.domain.appointment import Appointment
from services.health.domain.machine import FHIR, State
from services.health.domain.program import through
from services.health.domain.proposal import (
    ANYWHERE,
    Lies,
    NameGiven,
    OnlyCancelling,
    SeveralMatch,
    TimeUnknown,
    VersionStale,
    VersionWanted,
    Wish,
    parts,
)
from services.health.domain.resources import Resource, rendered
from services.health.domain.search import Asked, key_of
from services.health.store import given_names, searching
from services.health.store import programs as kept
from services.health.store.searching import Search
from services.health.store.withdrawn import was_withdrawn

_ACTS = frozenset({"health.book", "holds.use", "appointments.move"})


async def hold(work: Work, wish: Wish, *, by: Actor, door: Door) -> Resource:
    """Keep a time for five minutes (ITI-116)."""
    hospital = await programs.speaking(work, through(by, "fhir.book", "Appointment", "c"))
    slot, patient = await _meant(work, wish, hospital, by)
    made = await appointments.hold(work, slot, by=patient, kind=wish.kind)
    made.acting_id = by.id
    await noted(work, "hospitals.hold", f"appointment/{made.id}", hospital, by)
    return await seen_by(work, made, hospital, by=by, door=door)


async def book(work: Work, wish: Wish, *, by: Actor, door: Door) -> Resource:
    """Book what is held, or a time (ITI-117); or give back, where that is the status that is wished."""
    hospital = await programs.speaking(work, through(by, "fhir.book", "Appointment", "c"))
    if wish.existing is not None and FHIR[State.CANCELLED] == wish.status:
        return await _cancelled(work, wish.existing, hospital, by=by, door=door)
    if wish.existing is not None:
        row = await there(work, str(wish.existing), hospital, by)
        made = await appointments.confirm(work, wish.existing, by=await patient_of(work, row.person_id, by), kind=wish.kind)
    else:
        slot, patient = await _meant(work, wish, hospital, by)
        made = await appointments.book(work, slot, by=patient, kind=wish.kind)
    return await _named(work, made, wish, hospital, by=by, door=door)


async def create(work: Work, wish: Wish, unless: Sequence[Asked], *, by: Actor, door: Door) -> tuple[Resource, bool]:
    """Book a time, unless an appointment fits the condition already (FHIR R4, 3.1.0.8.1); it, and whether it is new."""
    hospital = await programs.speaking(work, through(by, "fhir.book", "Appointment", "c"))
    if unless:
        await work.taking_turns(uuid5(hospital.id, repr(unless)).bytes)  # twins wait here, and find what the first one made
        bound = {"hospital": hospital.id, "program": by.id, "now": work.now}
        await kept.name_patients(work, hospital.id)
        found = await searching.page(work, Search("Appointment", tuple(unless), limit=2), door.base, **bound)
        if len(found.rows) > 1:
            raise SeveralMatch
        if found.rows:
            await shown(work, "Appointment", found.rows, hospital, by=by, door=door)
            return rendered("Appointment", found.rows[0]), False
    slot, patient = await _meant(work, wish, hospital, by)
    made = await appointments.book(work, slot, by=patient, kind=wish.kind)
    return await _named(work, made, wish, hospital, by=by, door=door), True


async def change(
    work: Work, appointment_id: str, status: str | None, match: str | None, *, by: Actor, door: Door, lies: Lies = ANYWHERE,
) -> Resource:
    """Give an appointment back; VersionWanted, VersionStale, OnlyCancelling. What is said as it stands changes nothing."""
    hospital = await programs.speaking(work, through(by, "fhir.book", "Appointment", "u"))
    seat = await locked(work, appointment_id, hospital, by)
    now = rendered("Appointment", await there(work, appointment_id, hospital, by))
    if match is None:
        raise VersionWanted
    check_version(now, match)
    if not lies.fits(now):
        raise OnlyCancelling
    if status == now["status"]:
        return now
    if status != FHIR[State.CANCELLED]:
        raise OnlyCancelling
    return await given_back(work, seat, hospital, by=by, door=door)


def check_version(now: Resource, match: str | None) -> None:
    """VersionStale unless it is the version that was read; whoever names none takes what there is.

    A star is true of whatever there is (RFC 9110 section 13.1.1), so it says nothing of what was read: VersionWanted.
    """
    if match is not None and match.strip() == "*":
        raise VersionWanted("If-Match 须写明读取时的版本，不能写 *")
    if match is not None and match.strip().removeprefix("W/").strip('"') != now["meta"]["versionId"]:
        raise VersionStale


async def _cancelled(work: Work, key: UUID, hospital: Row, *, by: Actor, door: Door) -> Resource:
    through(by, "fhir.book", "Appointment", "u")
    seat = await locked(work, str(key), hospital, by)
    if FHIR[seat.state] == FHIR[State.CANCELLED]:
        return rendered("Appointment", await there(work, str(key), hospital, by))
    return await given_back(work, seat, hospital, by=by, door=door)


async def given_back(work: Work, seat: Appointment, hospital: Row, *, by: Actor, door: Door) -> Resource:
    """One that is locked is given back, or let go if it was held."""
    if seat.state is State.HELD:
        seat.release(at=work.now)
        await noted(work, "hospitals.release", f"appointment/{seat.id}", hospital, by)
    else:
        await appointments.give_up(work, seat, by=by)
    return await seen_by(work, seat, hospital, by=by, door=door)


async def locked(work: Work, key: str, hospital: Row, by: Actor) -> Appointment:
    """Locked, if the program sees it; what it then sees is what stays so."""
    row = await there(work, key, hospital, by)
    return await work.session.get_one(Appointment, row.id, with_for_update=True, populate_existing=True)


async def there(work: Work, key: str, hospital: Row, by: Actor) -> Row:
    """The appointment as the program sees it; NotFound, ConsentWithdrawn."""
    await kept.name_patients(work, hospital.id)
    found = await searching.of(work, "Appointment", [key], hospital=hospital.id, program=by.id, now=work.now)
    if not found:
        raise ConsentWithdrawn if await was_withdrawn(work, "Appointment", key, hospital.id) else NotFound
    row: Row = found[0]
    return row


async def _meant(work: Work, wish: Wish, hospital: Row, by: Actor) -> tuple[UUID, Actor]:
    """The slot, which is the hospital's, and whoever it is for, whom it knows; TimeUnknown, PatientUnknown, ConsentWithdrawn."""
    slot = await their_time(work, wish, hospital)
    return slot, await patient_of(work, (await known(work, hospital.id, name_of(wish))).person_id, by)


def name_of(wish: Wish) -> str:
    """The patient that is meant, by the name the hospital knows: of the proposal, else as it was said."""
    said = parts(wish.appointment or "")
    return str(said[1]) if said is not None and said[1] is not None else wish.patient or ""


async def their_time(work: Work, wish: Wish, hospital: Row) -> UUID:
    """The slot that is meant, which is the hospital's; TimeUnknown."""
    said = parts(wish.appointment or "")
    slot = said[0] if said is not None else await _slot(work, wish, hospital)
    if slot is None or not await searching.of(work, "Slot", [str(slot)], hospital=hospital.id, now=work.now):
        raise TimeUnknown
    return slot


async def _slot(work: Work, wish: Wish, hospital: Row) -> UUID | None:
    if wish.slot is not None or wish.schedule is None or wish.starts_at is None:
        return key_of(wish.slot or "")
    asked = Asked("schedule", "", (wish.schedule,)), Asked("start", "", (wish.starts_at,))
    found = await searching.page(work, Search("Slot", asked, limit=1), "", hospital=hospital.id, now=work.now)
    return found.rows[0].id if found.rows else None


async def patient_of(work: Work, person: UUID, by: Actor) -> Actor:
    """Whoever a program acts for: their homes say what they may book, and nothing else of theirs is the program's."""
    return Actor(person, (), tuple(await kept.homes_of(work, person)), by.rights, _ACTS, acting=by.id)


async def _named(work: Work, made: Appointment, wish: Wish, hospital: Row, *, by: Actor, door: Door) -> Resource:
    await work.session.flush()
    if not await given_names.give(work, hospital.id, made.id, wish.names):
        raise NameGiven
    await noted(work, "hospitals.book", f"appointment/{made.id}", hospital, by)
    return await seen_by(work, made, hospital, by=by, door=door)


async def noted(work: Work, act: str, subject: str, hospital: Row, by: Actor) -> None:
    """That the program did it stands in the audit, beside what our own doors say of the patient (domain/audited.py)."""
    await work.audit(act, subject, actor=by.id, reason=str(hospital.id))


async def seen_by(work: Work, made: Appointment, hospital: Row, *, by: Actor, door: Door) -> Resource:
    """As the program sees it now."""
    await work.session.flush()
    row = await there(work, str(made.id), hospital, by)
    await shown(work, "Appointment", [row], hospital, by=by, door=door)
    return rendered("Appointment", row)
