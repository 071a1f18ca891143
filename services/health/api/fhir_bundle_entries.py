"""One request of a Bundle, what comes of it, and how a bundle is read (FHIR R4, 3.1.0.11)."""

import re
from dataclasses import dataclass
from typing import Any

from services.health.api import fhir_body as bodies
from services.health.domain.proposal import BodyUnfit
from services.health.domain.resources import Resource

MOST = 30
DEEPEST = 64  # levels of a resource; an Appointment has six
_URN = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Entry:
    """One request of a bundle."""

    place: int
    method: str
    kind: str
    key: str = ""
    query: str = ""
    resource: Any = None
    match: str | None = None
    unless: str | None = None
    name: str = ""  # fullUrl: what others in the bundle call what it makes

    @property
    def is_new(self) -> bool:
        """Whether something is to be made."""
        return self.method == "POST" and bool(self.kind) and not self.key

    @property
    def body(self) -> Resource:
        """The resource that it writes; BodyUnfit of another kind, or of another id than the address has."""
        said = self.resource
        is_it = isinstance(said, dict) and said.get("resourceType") == self.kind
        if not is_it or (self.key and said.get("id") != self.key):
            raise BodyUnfit
        made: Resource = said
        return made


@dataclass(frozen=True)
class Done:
    """What came of one; nothing is left of what was deleted."""

    status: int
    made: Resource | None
    stamps: dict[str, str]


def read(body: bytes, base: str) -> tuple[str, list[Entry]]:
    """Its type and entries; BodyUnfit."""
    bundle = bodies.resource(body, "Bundle")
    entries = bundle.get("entry", [])
    if bundle.get("type") not in {"batch", "transaction"} or not isinstance(entries, list) or not 0 < len(entries) <= MOST:
        raise BodyUnfit
    made = [_entry(place, one, base) for place, one in enumerate(entries)]
    changed = [(one.kind, one.key or one.query) for one in made if one.method in {"PUT", "PATCH", "DELETE"}]
    named = [one.name for one in made if one.name]
    if len(set(changed)) < len(changed) or len(set(named)) < len(named):
        raise BodyUnfit  # nothing is written twice in one bundle
    return bundle["type"], made


def _entry(place: int, one: Any, base: str) -> Entry:
    asked = one.get("request") if isinstance(one, dict) else None
    if not isinstance(asked, dict):
        raise BodyUnfit(entry=place)
    method, url, match, unless, name = (
        _text(source, field, place) for source, field in (
            (asked, "method"), (asked, "url"), (asked, "ifMatch"), (asked, "ifNoneExist"), (one, "fullUrl"),
        )
    )
    path, _, query = (url or "").removeprefix(f"{base}/").partition("?")
    kind, _, key = path.partition("/")
    return Entry(place, method or "", kind, key, query, one.get("resource"), match, unless, name or "")


def _text(source: Resource, field: str, place: int) -> str | None:
    value = source.get(field)
    if value is not None and not (isinstance(value, str) and len(value) <= 2048):  # noqa: PLR2004 - as long as an address is
        raise BodyUnfit(entry=place)
    return value


def resolved(resource: Any, names: dict[str, str], depth: int = 0) -> Any:
    """References to what another entry makes, by the id that it has now; BodyUnfit for one that nothing here makes."""
    if depth > DEEPEST:
        raise BodyUnfit
    if isinstance(resource, list):
        return [resolved(one, names, depth + 1) for one in resource]
    if not isinstance(resource, dict):
        return resource
    made = {name: resolved(value, names, depth + 1) for name, value in resource.items()}
    meant = made.get("reference")
    if isinstance(meant, str) and _URN.fullmatch(meant):
        if meant not in names:
            raise BodyUnfit
        made["reference"] = names[meant]
    return made
