"""What is open to everybody, as SMART Scheduling Links 1.0.0 has it published: a manifest, and a file of lines for each kind.

A time is here while a seat of it can be booked in person by anybody, now. Nobody is in it: no patient, and of a doctor
neither the name nor the id, for whoever follows the link and signs in reads both.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from contracts.calendar import CHENGDU
from services.health.domain.resources import CAPACITY, ROOM, SPECIALTY, SYSTEMS, Resource, moment, reference

DAYS = 14  # from today on
MOST = 20_000  # times, the nearest first: what is made each minute has a bound
MANIFEST = "$bulk-publish"
EVERY = timedelta(seconds=60)
DEEP_LINKS = (  # of 1.0.0, and of the drafts before it, which its clients read still
    "http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/booking-deep-link",
    "http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link",
)


@dataclass(frozen=True)
class File:
    """A file of lines: its name, the kind of each line, whose provinces it is about, and what it says."""

    name: str
    kind: str
    states: tuple[str, ...]
    body: str

    @property
    def etag(self) -> str:
        """Names what it says."""
        return etag(self.body)


def etag(body: str) -> str:
    """The same content has the same."""
    return sha256(body.encode()).hexdigest()[:32]


def files(rows: Sequence[Any], page: str) -> list[File]:
    """All of them: what times are open, and the schedules, roles, departments and places that these name."""
    by_day: dict[date, list[Any]] = {}
    for row in rows:
        by_day.setdefault(row.starts_at.astimezone(CHENGDU).date(), []).append(row)
    places = [*(_hospital(row) for row in rows), *(_place(row) for row in rows if row.room_id)]
    about = (
        ("Location", places), ("HealthcareService", [_service(row) for row in rows]),
        ("PractitionerRole", [_role(row) for row in rows]), ("Schedule", [_schedule(row) for row in rows]),
    )
    made = [File(f"{kind.lower()}.ndjson", kind, _states(rows), _lines(lines)) for kind, lines in about]
    return made + [
        File(f"slot-{day}.ndjson", "Slot", _states(found), _lines(_slot(row, page) for row in found))
        for day, found in sorted(by_day.items())
    ]


def manifest(made: Iterable[File], base: str, *, at: datetime) -> str:
    """Where a client begins."""
    output = [
        {"type": one.kind, "url": f"{base}/published/{one.name}", "extension": {"state": list(one.states)}} for one in made
    ]
    said = {"transactionTime": moment(at), "request": f"{base}/{MANIFEST}", "output": output, "error": []}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _states(rows: Iterable[Any]) -> tuple[str, ...]:
    """Provinces by their code (GB/T 2260), which is how a district's begins."""
    return tuple(sorted({f"{row.area[:2]}0000" for row in rows}))


def _lines(resources: Iterable[Resource]) -> str:
    """Each once, by id, so that the same things always read the same; times stay in their order."""
    once = {one["id"]: one for one in resources}
    kept = once.values() if any("start" in one for one in once.values()) else (once[key] for key in sorted(once))
    return "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in kept)


def _specialty(row: Any) -> list[Resource]:
    coding = {"system": SPECIALTY, "code": str(row.department_id), "display": row.department}
    return [{"coding": [coding], "text": row.department}]


def _named(kind: str, key: Any, of: str = "", **more: Any) -> Resource:
    identifier = {"system": SYSTEMS[of or kind], "value": str(key)}
    return {"resourceType": kind, "id": str(key), "identifier": [identifier], **more}


def _hospital(row: Any) -> Resource:
    return _named("Location", row.hospital_id, "Organization", status="active", name=row.hospital)


def _place(row: Any) -> Resource:
    part = reference("Location", row.hospital_id)
    return _named("Location", row.room_id, status="active", name=f"{row.hospital} {row.room}", partOf=part)


def _service(row: Any) -> Resource:
    at = [reference("Location", row.hospital_id)]
    by = {"display": row.hospital}
    return _named("HealthcareService", row.department_id, active=True, name=row.department, providedBy=by, location=at,
                  specialty=_specialty(row))


def _role(row: Any) -> Resource:
    return _named(
        "PractitionerRole", row.pair_id, active=True, organization={"display": row.hospital},
        healthcareService=[reference("HealthcareService", row.department_id, row.department)],
        location=[reference("Location", row.hospital_id)], specialty=_specialty(row),
    )


def _schedule(row: Any) -> Resource:
    actors = [reference("PractitionerRole", row.pair_id), reference("HealthcareService", row.department_id),
              reference("Location", row.hospital_id)]
    return _named("Schedule", row.pair_id, active=True, serviceType=_specialty(row), specialty=_specialty(row), actor=actors)


def _slot(row: Any, page: str) -> Resource:
    links = [{"url": one, "valueUrl": f"{page}?slot={row.id}"} for one in DEEP_LINKS] if page else []
    place = [{"url": ROOM, "valueReference": reference("Location", row.room_id)}] if row.room_id else []
    return {
        "resourceType": "Slot", "id": str(row.id), "extension": [{"url": CAPACITY, "valueInteger": row.free}, *place, *links],
        "schedule": reference("Schedule", row.pair_id), "status": "free", "start": moment(row.starts_at),
        "end": moment(row.ends_at),
    }
