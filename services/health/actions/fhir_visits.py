"""A visit at the hospital itself, as its program goes through it: by the steps that staff take for visits in the hut."""

from chassis.db import Work
from chassis.errors import NotFound
from chassis.prepared import Row
from chassis.rights import Actor
from services.health.actions import programs
from services.health.actions.fhir import Door, shown
from services.health.actions.fhir_bookings import locked
from services.health.actions.fhir_slots import check_read
from services.health.domain.appointment import Appointment
from services.health.domain.program import through
from services.health.domain.proposal import VersionWanted
from services.health.domain.resources import Resource, rendered
from services.health.domain.visiting import NEXT, OnlyVisiting, VisitElsewhere
from services.health.store import own_visits, searching

_KIND = "Encounter"


async def change(work: Work, key: str, status: str | None, match: str | None, *, by: Actor, door: Door) -> Resource:
    """It goes on, or is over; VersionWanted, VersionStale, VisitElsewhere, OnlyVisiting. As it stands it changes nothing."""
    hospital = await programs.speaking(work, through(by, "fhir.book", _KIND, "u"))
    seat = await locked(work, key, hospital, by)
    row = await _row(work, seat, hospital, by)
    now = rendered(_KIND, row)
    if match is None:
        raise VersionWanted("缺少 If-Match 请求头")
    check_read(now, match)
    if not await own_visits.is_there(work, seat.id, hospital.id):
        raise VisitElsewhere
    if status != now["status"]:
        await _step(work, seat, status, by)
        row = await _row(work, seat, hospital, by)
    await shown(work, _KIND, [row], hospital, by=by, door=door)
    return rendered(_KIND, row)


async def _step(work: Work, seat: Appointment, status: str | None, by: Actor) -> None:
    if status not in NEXT:
        raise OnlyVisiting
    work.announce(seat.call(at=work.now) if NEXT[status] == "call" else seat.fulfil(at=work.now))
    seat.acting_id = by.id
    await work.audit(f"health.{NEXT[status]}", f"appointment/{seat.id}", actor=by.id)
    await work.session.flush()


async def _row(work: Work, seat: Appointment, hospital: Row, by: Actor) -> Row:
    """As the program sees it, while it is held."""
    found = await searching.of(work, _KIND, [str(seat.id)], hospital=hospital.id, program=by.id, now=work.now)
    if not found:
        raise NotFound
    row: Row = found[0]
    return row
