"""What a FHIR search says besides its parameters: page, order, includes, elements; and what is passed over or refused.

FHIR R4 (4.0.1): section 3.1.1, "Search"; handling of unknown parameters, 3.1.1.4.1 and the header `Prefer` (3.1.0.1.9).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from services.health.api.fhir_said import note
from services.health.domain.resources import Resource
from services.health.domain.search import MOST as MOST_PARAMETERS
from services.health.domain.search import Asked, ParameterRefused, ParameterUnknown, asked
from services.health.store.resources import KINDS
from services.health.store.searching import Search

MOST = 100
_COUNT = 20
_ALWAYS = frozenset({"id", "meta", "resourceType"})
_MANDATORY = frozenset({"status", "schedule", "start", "end", "participant", "actor"})  # an answer stays valid without the rest
_SAID_ELSEWHERE = frozenset({"_format", "_pretty"})
_SORTS = {"Slot": ("start", "-start", "_id"), "Appointment": ("date", "-date", "_id"), "AuditEvent": ("date", "-date", "_id"),
          "Provenance": ("recorded", "-recorded", "_id")}


@dataclass
class Wanted:
    """A search as it was asked: what is looked for, what comes with it, and what is answered of it."""

    kind: str
    params: list[Asked] = field(default_factory=list)
    limit: int = _COUNT
    cursor: str | None = None
    sort: str = "_id"
    includes: list[tuple[str, str]] = field(default_factory=list)
    referring: list[str] = field(default_factory=list)
    total: str = "estimate"
    elements: frozenset[str] = frozenset()
    unknown: list[str] = field(default_factory=list)

    @property
    def search(self) -> Search:
        """For the store."""
        return Search(self.kind, tuple(self.params), self.limit, self.cursor, self.sort, self.total, tuple(self.referring))

    @property
    def notes(self) -> list[Resource]:
        """What was passed over (lenient handling)."""
        return [note("not-supported", f"未识别的检索参数已忽略：{name}"[:200]) for name in self.unknown[:20]]

    def cut(self, made: Resource) -> Resource:
        """Only the elements that were asked for, marked as such; what FHIR demands stays."""
        if not self.elements:
            return made
        kept = {name: value for name, value in made.items() if name in self.elements | _ALWAYS | _MANDATORY}
        tag = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
        return kept | {"meta": {**made["meta"], "tag": [tag]}}


def wanted(kind: str, given: list[tuple[str, str]], *, is_strict: bool) -> Wanted:
    """Read it; ParameterRefused, and ParameterUnknown where `Prefer: handling=strict` was said."""
    made = Wanted(kind)
    if len(given) > MOST_PARAMETERS:
        raise ParameterRefused(parameter="_count")
    known = KINDS[kind].params if kind in KINDS else {}
    for name, value in given:
        bare = name.partition(":")[0]
        if bare in _CONTROLS:
            _CONTROLS[bare](made, value)
        elif bare in known or bare == "_id":
            made.params += [asked(name, value)] if value else []
        elif bare not in _SAID_ELSEWHERE:
            made.unknown.append(bare)
    return _handled(made, is_strict=is_strict)


def _handled(made: Wanted, *, is_strict: bool) -> Wanted:
    if is_strict and made.unknown:
        raise ParameterUnknown(parameter=made.unknown[0][:64])
    return made


def _count(made: Wanted, value: str) -> None:
    if not value.isascii() or not value.isdigit():
        raise ParameterRefused(parameter="_count")
    made.limit = 0 if made.limit == 0 else min(int(value[:6]), MOST)


def _after(made: Wanted, value: str) -> None:
    made.cursor = value[:256]


def _sorted(made: Wanted, value: str) -> None:
    if value not in _SORTS.get(made.kind, ("_id",)):
        raise ParameterRefused(parameter="_sort")
    made.sort = value


def _summed(made: Wanted, value: str) -> None:
    if value not in {"count", "false"}:
        raise ParameterRefused(parameter="_summary")
    made.limit = 0 if value == "count" else made.limit


def _included(made: Wanted, value: str) -> None:
    kind, _, name = value.partition(":")
    name = name.partition(":")[0]
    if kind not in KINDS or name not in KINDS[kind].includes:
        raise ParameterRefused(parameter="_include")
    made.includes.append((kind, name))


def _referring(made: Wanted, value: str) -> None:
    if made.kind not in KINDS or value not in KINDS[made.kind].refer_to_it:
        raise ParameterRefused(parameter="_revinclude")
    made.referring.append(value)


def _totalled(made: Wanted, value: str) -> None:
    if value not in {"none", "estimate", "accurate"}:
        raise ParameterRefused(parameter="_total")
    made.total = value


def _elemented(made: Wanted, value: str) -> None:
    made.elements = frozenset(value.split(","))


_CONTROLS: dict[str, Callable[[Wanted, str], None]] = {
    "_count": _count, "_cursor": _after, "_sort": _sorted, "_summary": _summed, "_include": _included, "_elements": _elemented,
    "_revinclude": _referring, "_total": _totalled,
}
RESULTS = tuple(sorted({*_CONTROLS, "_format"} - {"_cursor"}))
