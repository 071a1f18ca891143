"""HL7's own examples of R4 go in at the door, and come out equal but for what the tables below say, field by field."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders.doors import Doors
from builders.fhir import Hospital, accepted, hospital, issue
from builders.house import entered
from builders.receiver import NAME, receiving
from builders.world import DOCTOR, RESIDENT

from contracts.calendar import CHENGDU
from services.health.api.fhir_metadata import capability
from services.health.domain.resources import moment
from tests.foreign import test_stock_clients as stock

pytestmark = [pytest.mark.proof, pytest.mark.timeout(300)]
node = stock.node
Resource = dict[str, Any]
EXAMPLES = stock.HERE / "node_modules" / "hl7.fhir.r4.examples"
MADE = [one for one in capability("")["rest"][0]["resource"] if {"code": "create"} in one["interaction"]]


@dataclass(frozen=True)
class Ours:
    """What an example has to name, for nothing of theirs is here."""

    slot: str
    patient: str
    address: str
    begins: datetime  # of a time that nobody has
    schedule: str
    actors: tuple[str, str]  # a doctor, and a department that has no schedule yet
    appointment: str


@dataclass(frozen=True)
class Placed:
    """How an example of a kind is said here, and what of it comes out otherwise, each for its reason."""

    place: Callable[[Resource, Ours], Resource]
    refused: set[tuple[int, str]]  # as it stands, with the ids and wishes of theirs
    differs: dict[str, str]
    added: dict[str, str]
    hidden: frozenset[str] = field(default_factory=frozenset)  # said once, to who makes it


def _appointment(said: Resource, ours: Ours) -> Resource:
    """Its patient and its slot are ours."""
    whom = [
        {**one, "actor": {"reference": f"Patient/{ours.patient}"}} for one in said["participant"]
        if one.get("actor", {}).get("reference", "").startswith("Patient/")
    ]
    return {**said, "participant": whom, "slot": [{"reference": f"Slot/{ours.slot}"}]}


def _subscription(said: Resource, ours: Ours) -> Resource:
    """Appointments are what is told, at an address of ours, without a header, for calls are signed; until a moment to come."""
    channel = {name: value for name, value in said["channel"].items() if name != "header"}
    end = {"end": moment(ours.begins)} if "end" in said else {}
    return {**said, "criteria": "Appointment?", "channel": {**channel, "endpoint": ours.address}} | end


def _schedule(said: Resource, ours: Ours) -> Resource:
    """A doctor in a department, and not a place."""
    return {**said, "actor": [{"reference": one} for one in ours.actors]}


def _slot(said: Resource, ours: Ours) -> Resource:
    """A time to come of a schedule of ours; that it is booked is said by booking it."""
    moments = {"start": moment(ours.begins), "end": moment(ours.begins + timedelta(minutes=15))}
    status = {} if said["status"] == "busy-unavailable" else {"status": "free"}
    return {**said, **moments, **status, "schedule": {"reference": f"Schedule/{ours.schedule}"}}


def _named(said: Resource, ours: Ours) -> Resource:
    """What it is called is its own: the examples bear one number twice, and some numbers are of nobody's system."""
    return {**said, "identifier": [
        {"system": one.get("system", "urn:east:code"), "value": f"{one['value']}-{ours.slot[:13]}"} for one in said["identifier"]
    ]} if "identifier" in said else said


def _practitioner(said: Resource, ours: Ours) -> Resource:
    """A doctor of the hospital's own."""
    return _named(said, ours)


def _place(said: Resource, ours: Ours) -> Resource:
    """A place of the hospital's own, open or closed, with a name that no other has."""
    placed = {name: value for name, value in said.items() if name != "managingOrganization"}
    status = "active" if said["status"] == "active" else "inactive"
    return _named({**placed, "status": status, "name": f"{said['name']} {ours.begins.hour}"}, ours)


def _department(said: Resource, ours: Ours) -> Resource:
    """A department of the hospital's own."""
    return _named({name: value for name, value in said.items() if name != "providedBy"}, ours)


def _role(said: Resource, ours: Ours) -> Resource:
    """A doctor in a department of the hospital."""
    doctor, department = ours.actors
    placed = {name: value for name, value in said.items() if name != "organization"}
    return _named({
        **placed, "practitioner": {"reference": doctor}, "healthcareService": [{"reference": department}],
    }, ours)


def _answer(said: Resource, ours: Ours) -> Resource:
    """About an appointment of ours, by its doctor."""
    about = {"appointment": {"reference": f"Appointment/{ours.appointment}"}, "actor": {"reference": ours.actors[0]}}
    return _named({**said, **about}, ours)


TAKEN = 201, "as it stands"
_FREE = "why somebody comes, and what is said of them, is kept nowhere here"
_WHOSE = "is the department's, whatever is said"
_SLOTS = "is the slot's, whatever is said"
_MORE = "of a doctor, place or department its name is kept, and what it is called"
PLACED = {
    "Appointment": Placed(
        _appointment, {(422, "time-unknown")},
        {
            "id": "ids are ours", "text": _FREE, "description": _FREE, "comment": _FREE, "reasonCode": _FREE,
            "reasonReference": _FREE, "basedOn": _FREE, "supportingInformation": _FREE, "serviceCategory": "there is one",
            "serviceType": _SLOTS, "specialty": _SLOTS, "start": _SLOTS, "end": _SLOTS, "requestedPeriod": "a slot has its time",
            "status": "a POST books: `proposed` is no wish to wait", "appointmentType": "walk-in and follow-up are not our words",
            "priority": "nobody goes before another", "created": "when it was booked here",
            "participant": "the patient, and whoever the slot names, who have accepted",
        },
        {
            "meta": "its version", "identifier": "our own, beside theirs", "serviceType": _SLOTS, "start": _SLOTS, "end": _SLOTS,
            "minutesDuration": _SLOTS, "created": "when it was booked here",
        },
    ),
    "Subscription": Placed(
        _subscription, {(422, "criteria-refused")},
        {
            "id": "ids are ours", "text": _FREE, "contact": "nobody is called by phone",
            "channel": "it says besides that ids alone are told", "reason": "there is one",
            "status": "it is asked for, until the handshake", "error": "there is none yet",
        },
        {"meta": "its version", "extension": "the secret, said once"}, frozenset({"extension"}),
    ),
    "Schedule": Placed(
        _schedule, {(400, "body-unfit")},
        {
            "id": "ids are ours", "text": _FREE, "comment": _FREE, "serviceCategory": "there is one", "serviceType": _WHOSE,
            "specialty": _WHOSE, "actor": "beside them their role, and each by its name",
            "planningHorizon": "of the times there are", "identifier": "of theirs system and value; ours beside it",
        },
        {"meta": "its version"},
    ),
    "Slot": Placed(
        _slot, {(422, "booking-state-ours"), (422, "schedule-unknown")},
        {
            "id": "ids are ours", "text": _FREE, "comment": _FREE, "serviceCategory": "there is one", "serviceType": _WHOSE,
            "specialty": _WHOSE, "appointmentType": "walk-in is not our word", "overbooked": "seats are numbered",
        },
        {
            "meta": "its version", "identifier": "our own, beside theirs", "extension": "seats and kind", "serviceType": _WHOSE,
            "specialty": _WHOSE,
        },
    ),
    "Practitioner": Placed(
        _practitioner, {TAKEN, (409, "identifier-given")},
        {
            "id": "ids are ours", "name": "one text", **dict.fromkeys((
                "text", "address", "birthDate", "gender", "telecom", "qualification", "communication", "photo",
            ), _MORE),
        },
        {"meta": "its version", "identifier": "our own, beside theirs", "active": "it is, where nothing is said"},
    ),
    "Location": Placed(
        _place, {TAKEN, (403, "owned-elsewhere"), (400, "body-unfit")},
        {
            "id": "ids are ours", "mode": "each is one", **dict.fromkeys((
                "text", "address", "alias", "description", "endpoint", "physicalType", "position", "telecom", "type",
                "operationalStatus", "partOf",
            ), _MORE),
        },
        {"meta": "its version", "identifier": "our own, beside theirs", "managingOrganization": "the hospital that writes"},
    ),
    "HealthcareService": Placed(
        _department, {(403, "owned-elsewhere")},
        {
            "id": "ids are ours", "type": "is the department, in our words", "specialty": "is the department, in our words",
            **dict.fromkeys((
                "appointmentRequired", "availabilityExceptions", "availableTime", "category", "characteristic", "comment",
                "contained", "coverageArea", "eligibility", "endpoint", "extraDetails", "location", "notAvailable", "program",
                "referralMethod", "serviceProvisionCode", "telecom", "text",
            ), _MORE),
        },
        {"meta": "its version", "providedBy": "the hospital that writes"},
    ),
    "PractitionerRole": Placed(
        _role, {(403, "owned-elsewhere")},
        {
            "id": "ids are ours", "specialty": _WHOSE, "practitioner": "by their name", "healthcareService": "by its name",
            **dict.fromkeys((
                "availabilityExceptions", "availableTime", "code", "endpoint", "location", "notAvailable", "period", "telecom",
                "text",
            ), _MORE),
        },
        {"meta": "its version", "organization": "the hospital that writes"},
    ),
    "AppointmentResponse": Placed(
        _answer, {(422, "actor-not-in-it"), (422, "appointment-unknown")},
        {
            "id": "ids are ours", "text": _FREE, "comment": _FREE, "start": "is the appointment's", "end": "is the appointment's",
            "participantType": "whoever it is",
        },
        {"meta": "its version", "identifier": "our own, beside theirs"},
    ),
}


def examples(kind: str) -> list[Resource]:
    """All of a kind, in one order."""
    return [json.loads(one.read_text()) for one in sorted(Path(EXAMPLES).glob(f"{kind}-*.json"))]


def differing(said: Resource, made: Resource) -> set[str]:
    """The fields that came out otherwise; of identifiers ours may stand beside theirs."""
    beside = {"identifier"} if all(one in made.get("identifier", ()) for one in said.get("identifier", ())) else set()
    return {name for name, value in said.items() if made.get(name) != value} - beside


@pytest.fixture
async def east(health_doors: Doors, tmp_path: Path) -> AsyncIterator[Hospital]:
    async with receiving(tmp_path) as his:
        health_doors.app.state.caller = his.caller()
        yield await hospital(health_doors)
        del health_doors.app.state.caller


async def ours(east: Hospital, size: int) -> list[Ours]:
    """So many times of the hospital and addresses, and somebody whom it knows."""
    await east.booked(RESIDENT)
    name = await east.patient(RESIDENT)
    slots = [await east.offer(timedelta(days=n + 2)) for n in range(size)]
    departments = [await entered(east.doors, "departments", hospital_id=east.id, name=f"科室{n}") for n in range(size)]
    planned = await schedule(east)
    appointments = [await east.booked(RESIDENT, await east.offer(timedelta(days=n + 40))) for n in range(min(size, 2))]
    begins = datetime.now(CHENGDU).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=20)
    return [
        Ours(slot, name, f"https://{NAME}/{n}", begins + timedelta(hours=n), planned,
             (f"Practitioner/{DOCTOR.id}", f"HealthcareService/{departments[n]}"), appointments[n % len(appointments)])
        for n, slot in enumerate(slots)
    ]


async def schedule(east: Hospital) -> str:
    """One that is there."""
    said = {"resourceType": "Schedule", "actor": [
        {"reference": f"Practitioner/{DOCTOR.id}"}, {"reference": f"HealthcareService/{east.department}"},
    ]}
    async with east.client() as client:
        return str((await client.post("/fhir/Schedule", json=said)).json()["id"])


async def written(east: Hospital, kind: str, said: Resource) -> Resource:
    """It goes in, and is read as it was answered."""
    placed = PLACED[kind]
    async with east.client() as client:
        answer = await client.post(f"/fhir/{kind}", json=said)
        assert answer.status_code == 201, answer.text
        made: Resource = answer.json()
        there = await client.get(f"/fhir/{kind}/{made['id']}")
    shown = {name: value for name, value in made.items() if name not in placed.hidden}
    assert {**there.json(), "meta": None} == {**shown, "meta": None}
    assert accepted(made)
    return made


@pytest.mark.parametrize("stated", MADE, ids=lambda one: one["type"])
async def test_examples_come_out_equal_but_for_what_is_said_here(east: Hospital, node: str, stated: Resource) -> None:
    kind = stated["type"]
    assert kind in PLACED, f"{kind} is made at the door now: say in PLACED how its examples are said here"
    placed, given = PLACED[kind], examples(kind)
    assert given, f"{node}: HL7 has no example of {kind}"
    refused, differs, added = set(), set(), set()
    for one, mine in zip(given, await ours(east, len(given)), strict=True):
        async with east.client() as client:
            raw = await client.post(f"/fhir/{kind}", json=one)
            refused.add(TAKEN if raw.status_code == 201 else issue(raw))
        said = placed.place(one, mine)
        made = await written(east, kind, said)
        differs |= differing(said, made)
        added |= set(made) - set(said)
        if {"code": "update"} in stated["interaction"]:
            await goes_in_again(east, kind, made)
    assert refused == placed.refused
    assert differs == set(placed.differs), "every reason stands for a field, and every field has one"
    assert added == set(placed.added)


async def goes_in_again(east: Hospital, kind: str, made: Resource) -> None:
    """What came out goes in as it is, and changes nothing."""
    match = {"if-match": f'W/"{made["meta"]["versionId"]}"'}
    async with east.client() as client:
        answer = await client.put(f"/fhir/{kind}/{made['id']}", json=made, headers=match)
    assert (answer.status_code, answer.json()) == (200, made)
