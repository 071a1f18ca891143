"""`$find`: times of a hospital that anybody can book now, as proposals (IHE ITI Scheduling, ITI-115)."""

from typing import Any

from chassis.db import Work
from chassis.rights import Actor
from services.health.actions import programs
from services.health.actions.fhir import Door, known
from services.health.actions.fhir_bookings import noted
from services.health.domain.program import through
from services.health.domain.proposal import BodyUnfit, key
from services.health.domain.resources import Resource, moment, proposal
from services.health.domain.search import Asked, asked, reference, span
from services.health.store import searching
from services.health.store.searching import Search

_MOST = 100
_REFERS = {"practitioner": "schedule.actor", "location-reference": "location"}  # parameter: what slots are searched by
Given = dict[str, list[Any]]


def wanted(given: Given, base: str) -> tuple[list[Asked], str | None]:
    """What slots are looked for, and for which patient; start and end are mandatory (ITI-115)."""
    bounds = [_text(given, edge) for edge in ("start", "end")]
    if None in bounds:
        raise BodyUnfit
    made = [asked("status", "free"), asked("start", f"ge{bounds[0]}"), asked("start", f"lt{_until(bounds[1] or '')}")]
    made += [Asked("specialty", "", (code,)) for code in _codes(given.get("specialty", []))]
    made += [asked(name, said) for parameter, name in _REFERS.items() if (said := _text(given, parameter)) is not None]
    patient = _text(given, "patient-reference")
    return made, None if patient is None else reference(patient, base).key


def _until(end: str) -> str:
    """`end` belongs to the stretch, as a day does."""
    return moment(span("end", end).until).replace("Z", "+00:00")


def _text(given: Given, name: str) -> str | None:
    said = next(iter(given.get(name, [])), None)
    said = said.get("reference") if isinstance(said, dict) else said
    return said if isinstance(said, str) else None


def _codes(said: list[Any]) -> list[str]:
    """Of concepts and codings the code, or the text; a text as it is."""
    found = []
    for one in said:
        coding = next(iter(one.get("coding") or []), one) if isinstance(one, dict) else {"code": one}
        code = coding.get("code") or coding.get("text") if isinstance(coding, dict) else None
        if not isinstance(code, str):
            raise BodyUnfit
        found.append(code)
    return found


async def find(work: Work, looked_for: tuple[list[Asked], str | None], *, by: Actor, door: Door) -> list[Resource]:
    """The soonest hundred; PatientUnknown, ConsentWithdrawn for a patient who cannot be booked for."""
    hospital = await programs.speaking(work, through(by, "fhir.read", "Appointment", "s"))
    conditions, named = looked_for
    patient = None if named is None else (await known(work, hospital.id, named)).id
    search = Search("Slot", tuple(conditions), _MOST, sort="start")
    found = await searching.page(work, search, door.base, hospital=hospital.id, now=work.now)
    whom = None if patient is None else str(patient)
    await noted(work, "hospitals.find", f"hospital/{hospital.id}" if whom is None else f"patient/{whom}", hospital, by)
    return [proposal(row, key(row.id, patient), whom) for row in found.rows]
