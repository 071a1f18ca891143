"""Which search parameters are ours: what they look at stands nowhere but here."""

from services.health.domain.resources import Resource

_PUBLISHED = "2026-11-27"
OWN: dict[str, tuple[str, str, str, str]] = {  # by id: kind, name, type, what it finds
    "slot-location": ("Slot", "location", "reference", "Times that lie in this room: of the extension urn:guohuai:room."),
    "slot-schedule-actor": (
        "Slot", "schedule.actor", "reference", "Times in a schedule of this doctor, role or department: R4's chain, by name.",
    ),
    "provenance-date": ("Provenance", "date", "date", "The same as `recorded`: when the version came to be."),
}


def definition_of(kind: str, name: str, base: str) -> Resource:
    """Where it is defined, if it is ours."""
    found = next((key for key, said in OWN.items() if said[:2] == (kind, name)), None)
    return {"definition": f"{base}/SearchParameter/{found}"} if found else {}


def parameter(key: str, base: str) -> Resource:
    """One of them."""
    kind, name, form, says = OWN[key]
    return {
        "resourceType": "SearchParameter", "id": key, "url": f"{base}/SearchParameter/{key}", "version": _PUBLISHED,
        "name": "".join(part.capitalize() for part in key.split("-")), "status": "active", "date": _PUBLISHED,
        "publisher": "智惠国槐", "description": says, "code": name, "base": [kind], "type": form,
    }
