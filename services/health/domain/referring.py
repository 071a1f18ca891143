"""What a resource refers to, wherever it says so."""

from typing import Any

from services.health.domain.resources import Resource

_REFERRING = (
    "schedule", "actor", "providedBy", "practitioner", "organization", "healthcareService", "slot", "subject", "appointment",
    "patient", "focus", "for", "about",
)


def references(made: Resource) -> list[tuple[str, str, str]]:
    """What a resource refers to: by which element, of which kind, which one."""
    found = [(name, one) for name in _REFERRING for one in _listed(made.get(name))]
    found += [("actor", one.get("actor") or one.get("individual") or one["member"]) for one in made.get("participant", ())]
    return [(name, *one["reference"].split("/", 1)) for name, one in found]


def _listed(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [] if said is None else [said]
