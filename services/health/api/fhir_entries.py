"""What programs send of their hospital's directory, read for what matters here; another form is refused, never guessed."""

from typing import Any

from services.health.api.fhir_body import many, names, referred
from services.health.domain.proposal import BodyUnfit
from services.health.domain.registering import Entry, human
from services.health.domain.resources import Resource

_OWNERS = {"HealthcareService": "providedBy", "Location": "managingOrganization", "PractitionerRole": "organization"}


def entry(said: Resource, kind: str, base: str) -> Entry:
    """One of the hospital's own; BodyUnfit."""
    doctor, department = _role(said, base) if kind == "PractitionerRole" else ("", "")
    return Entry(
        kind, _name(said, kind), _active(said, kind), tuple(names(said)), _owner(said, kind, base), doctor, department,
    )


def _name(said: Resource, kind: str) -> str:
    name: Any = said.get("name", "")
    if kind == "Practitioner":
        listed = many(said, "name")
        return human(listed[0]) if listed else ""
    if not isinstance(name, str):
        raise BodyUnfit
    return name


def _active(said: Resource, kind: str) -> bool:
    """Of a place `status` says it: a bed that is suspended is none of ours."""
    if kind == "Location":
        if said.get("status", "active") not in ("active", "inactive"):
            raise BodyUnfit
        return bool(said.get("status", "active") == "active")
    if not isinstance(said.get("active", True), bool):
        raise BodyUnfit
    return bool(said.get("active", True))


def _owner(said: Resource, kind: str, base: str) -> str | None:
    """Whose it says it is; where it says nothing, it is the hospital's that writes."""
    owner = said.get(_OWNERS.get(kind, ""))
    return None if owner is None else referred(owner, "Organization", base) or ""


def _role(said: Resource, base: str) -> tuple[str, str]:
    """The doctor, and the one department."""
    doctor = referred(said.get("practitioner"), "Practitioner", base)
    departments = {referred(one, "HealthcareService", base) for one in many(said, "healthcareService")}
    if doctor is None or len(departments) != 1 or None in departments:
        raise BodyUnfit
    return doctor, departments.pop() or ""
