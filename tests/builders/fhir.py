"""A hospital's program at the FHIR door: admitted for a hospital with a department whose times are offered."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from builders.doors import Doors, token
from builders.house import entered, lie
from builders.hut import ask, book, offer
from builders.world import OFFICER, Person
from fhir.resources.R4B import get_fhir_model_class

KINDS = (
    "Organization", "Location", "HealthcareService", "Practitioner", "PractitionerRole", "Schedule", "Slot", "Appointment",
    "Patient", "Subscription", "Encounter", "Consent", "CareTeam", "Contract", "AuditEvent",
    "RelatedPerson", "AppointmentResponse", "Task", "Communication", "Provenance",
)
ALL = " ".join(f"system/{kind}.cruds" for kind in KINDS)
MEDIA = "application/fhir+json"


@dataclass(frozen=True)
class Hospital:
    """A hospital with one department, and a program that speaks for it."""

    doors: Doors
    id: str
    department: str
    program: Person = field(default_factory=Person)

    def client(self, scope: str | None = ALL, **headers: str) -> httpx.AsyncClient:
        """The program's connection."""
        held = token(self.program.id, self.doors.issuer, client_id="east-his", scope=scope)
        transport = httpx.ASGITransport(self.doors.app, raise_app_exceptions=False)
        said = {"authorization": f"Bearer {held}", "accept": MEDIA, **headers}
        return httpx.AsyncClient(transport=transport, base_url=self.doors.issuer, headers=said)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """A GET below the base."""
        async with self.client() as client:
            return await client.get(f"/fhir/{path}", params=params)

    async def found(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """What a search matches."""
        answer = await self.get(path, **params)
        assert answer.status_code == 200, answer.text
        return [one["resource"] for one in answer.json().get("entry", ()) if one["search"]["mode"] == "match"]

    async def offer(self, begins: timedelta = timedelta(days=1), **more: Any) -> str:
        """A time of the department; its id."""
        slot = await offer(self.doors, begins, **more)
        await lie(self.doors, slot, department_id=self.department)
        return slot

    async def booked(self, person: Person, slot: str | None = None) -> str:
        """A resident books at our own door; the appointment's id."""
        answer = await book(self.doors, person, slot or await self.offer())
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def patient(self, person: Person) -> str:
        """By which name the hospital knows the person."""
        await self.get("Patient")
        asked = "select id from patients where person_id = :person and hospital_id = :hospital"
        rows = await self.doors.rows(asked, person=person.id, hospital=UUID(self.id))
        return str(rows[0].id)


async def hospital(doors: Doors, name: str = "东郊医院") -> Hospital:
    """It is entered, has a department, and its program is admitted."""
    key = await entered(doors, "hospitals", name=name)
    made = Hospital(doors, key, await entered(doors, "departments", hospital_id=key, name=f"{name}心内科"))
    answer = await ask(doors, OFFICER, f"hospitals/{key}/admission", {"program_id": str(made.program.id)})
    assert answer.status_code == 200, answer.text
    return made


def issue(answer: httpx.Response) -> tuple[int, str]:
    """Status and the name of the problem, of an answer that must be an OperationOutcome (or a Bundle of just one)."""
    said = answer.json()
    if said["resourceType"] == "Bundle":
        (entry,) = said["entry"]
        said = entry["resource"]
    assert said["resourceType"] == "OperationOutcome", said
    (one,) = said["issue"]
    assert answer.headers["content-type"] == f"{MEDIA}; charset=utf-8"
    return answer.status_code, one["details"]["coding"][0]["code"]


def accepted(made: dict[str, Any]) -> bool:
    """Whether HL7's model of its kind takes a resource, and all in it."""
    get_fhir_model_class(made["resourceType"]).model_validate_json(json.dumps(made))
    return all(accepted(one["resource"]) for one in made.get("entry", ()) if "resource" in one)


def fresh() -> str:
    """An id that nothing has."""
    return str(uuid4())
