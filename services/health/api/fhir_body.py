"""What programs send to the FHIR door, read for what matters here; what does not have FHIR's form is refused, never guessed.

IHE's form names an appointment by `appointment-reference` or sends it as `appointment-resource`; Medplum's sends it as
`appointment`, with its slot contained. Both are read.
"""

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from services.health.domain.offering import TimeUnfit
from services.health.domain.online import VisitKind
from services.health.domain.proposal import BodyUnfit, Lies, Wish
from services.health.domain.resources import SYSTEMS, VISIT_KIND, Resource
from services.health.domain.search import Asked, ParameterRefused, asked, reference, span
from services.health.store.resources import KINDS

_RESOURCES = ("appointment-resource", "appointment")
_NAME = re.compile(r"[\x21-\x7e]{1,64}")
_SYSTEM = re.compile(r"[\x21-\x7e]{1,128}")
YEARS = (2000, 2199)
_PATHS = ("/status", "/cancelationReason")


def resource(body: bytes, kind: str) -> Resource:
    """A resource of this kind; BodyUnfit."""
    said = _json(body)
    if not isinstance(said, dict) or said.get("resourceType") != kind:
        raise BodyUnfit
    return said


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise BodyUnfit from None


def parameters(body: bytes) -> dict[str, list[Any]]:
    """The values of a Parameters resource by their names: a resource, or whatever `value[x]` says."""
    found: dict[str, list[Any]] = {}
    for one in many(resource(body, "Parameters"), "parameter"):
        name = one.get("name")
        if not isinstance(name, str):
            raise BodyUnfit
        value = next((said for key, said in one.items() if key == "resource" or key.startswith("value")), None)
        found.setdefault(name, []).append(value)
    return found


def wish(given: dict[str, list[Any]], base: str) -> Wish:
    """What the parameters of `$hold` or `$book` want; what is said beside a resource goes before what is in it."""
    made = next((appointment(given[name][0], base) for name in _RESOURCES if name in given), Wish())
    key = _key(given, "appointment-reference", "Appointment", base)
    patient = _key(given, "patient-reference", "Patient", base) or _id_of(given.get("patient-resource"))
    more = {"appointment": key or made.appointment, "patient": patient or made.patient}
    return Wish(**{**vars(made), **more})


def other_time(given: dict[str, list[Any]], base: str) -> Wish:
    """The time that an appointment is moved to."""
    proposal = _key(given, "appointment-reference", "Appointment", base)
    return Wish(appointment=proposal, slot=_key(given, "slot", "Slot", base))


def text_of(given: dict[str, list[Any]], name: str) -> str | None:
    """A parameter that is a text; None if there is none."""
    return _text(next(iter(given.get(name, [])), None))


def appointment(said: Any, base: str) -> Wish:
    """An Appointment as somebody wishes it."""
    if not isinstance(said, dict) or said.get("resourceType") != "Appointment":
        raise BodyUnfit
    slot = _slot(said, base)
    actors = [one.get("actor") for one in many(said, "participant")]
    patients = [key for one in actors if (key := referred(one, "Patient", base)) is not None]
    if len(set(patients)) > 1:
        raise BodyUnfit
    return Wish(
        appointment=_text(said.get("id")), patient=patients[0] if patients else None,
        status=_text(said.get("status")) or "proposed", kind=_visit_kind(said), names=tuple(names(said)), **slot,
    )


def status_of(said: Resource, key: str) -> str | None:
    """The status of an appointment that is written anew; BodyUnfit of one that is another (section 3.1.0.4)."""
    if said.get("id") != key:
        raise BodyUnfit
    return _text(said.get("status"))


def lies(said: Resource, base: str) -> Lies:
    """When it is and in which time, as it is written anew; BodyUnfit of times that are none."""
    begins, ends = (None if said.get(name) is None else instant(said[name]) for name in ("start", "end"))
    slots = frozenset(referred(one, "Slot", base) or "" for one in many(said, "slot")) if "slot" in said else None
    return Lies(begins, ends, slots)


def pairs(query: str) -> list[tuple[str, str]]:
    """The parameters of an address."""
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise ParameterRefused(parameter="_search") from None


def _visit_kind(said: Resource) -> str | None:
    """What a visit by video is, if the appointment's type says so in our words; other words are not ours to judge."""
    concept = said.get("appointmentType", {})
    if not isinstance(concept, dict):
        raise BodyUnfit
    kind = next((one.get("code") for one in many(concept, "coding") if one.get("system") == VISIT_KIND), None)
    if kind is not None and kind not in list(VisitKind):
        raise BodyUnfit
    return kind


def _slot(said: Resource, base: str) -> dict[str, str | None]:
    """A slot that is there, or one that is contained, by its schedule and beginning."""
    contained = {f"#{one.get('id')}": one for one in many(said, "contained") if one.get("resourceType") == "Slot"}
    named = [_text(one.get("reference")) or "" for one in many(said, "slot")]
    whole = next((contained[one] for one in named if one in contained), next(iter(contained.values()), None))
    if whole is not None:
        schedule = whole.get("schedule")
        return {"schedule": referred(schedule, "Schedule", base), "starts_at": _text(whole.get("start"))}
    return {"slot": next((key for one in many(said, "slot") if (key := referred(one, "Slot", base)) is not None), None)}


def names(said: Resource) -> Iterable[tuple[str, str]]:
    """Identifiers that are not of our own systems."""
    for one in many(said, "identifier"):
        system, value = one.get("system"), one.get("value")
        if not isinstance(system, str) or not isinstance(value, str):
            raise BodyUnfit
        if system in SYSTEMS.values():
            continue
        if not _SYSTEM.fullmatch(system) or not _NAME.fullmatch(value) or system.startswith("urn:guohuai:"):
            raise BodyUnfit
        yield system, value


def instant(said: Any) -> datetime:
    """A FHIR instant, to the millisecond as it is read again; BodyUnfit, or TimeUnfit of a year that nobody plans for."""
    try:
        at = span("", _text(said) or "").since if "T" in (_text(said) or "") else None
    except ParameterRefused:
        at = None
    if at is None:
        raise BodyUnfit
    if not YEARS[0] <= at.year <= YEARS[1]:
        raise TimeUnfit
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def many(said: Resource, name: str) -> list[Resource]:
    """A list of objects, empty if it is not there; BodyUnfit."""
    found = said.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BodyUnfit
    return found


def _text(said: Any) -> str | None:
    return said if isinstance(said, str) else None


def referred(said: Any, kind: str, base: str) -> str | None:
    """The id that a reference to this kind names, by address or by an identifier of ours."""
    if not isinstance(said, dict):
        return None
    by_name = said.get("identifier")
    if isinstance(by_name, dict) and by_name.get("system") == SYSTEMS[kind]:
        return _text(by_name.get("value"))
    whom = reference(_text(said.get("reference")) or "", base)
    return whom.key if whom.kind == kind else None


def _key(given: dict[str, list[Any]], name: str, kind: str, base: str) -> str | None:
    """A parameter that is a reference, or the text of one."""
    said = next(iter(given.get(name, [])), None)
    return referred(said if isinstance(said, dict) else {"reference": said}, kind, base)


def _id_of(said: list[Any] | None) -> str | None:
    return _text(said[0].get("id")) if said and isinstance(said[0], dict) else None


def condition(header: str | None, kind: str = "Appointment") -> list[Asked]:
    """What `If-None-Exist` says: a search for this kind; ParameterRefused for what this door does not search by."""
    found = [asked(name, value) for name, value in parse_qsl(header or "", keep_blank_values=True)]
    unknown = [one.name for one in found if one.name not in {*KINDS[kind].params, "_id"}]
    if unknown or (header is not None and not found):
        raise ParameterRefused(parameter="If-None-Exist")
    return found


def naming(query: str, kind: str) -> list[Asked]:
    """The condition of an update: by identifier alone; ParameterRefused."""
    asked = condition(query, kind)
    if [one.name for one in asked] != ["identifier"]:
        raise ParameterRefused(parameter="identifier")
    return asked


def patched(body: bytes) -> str | None:
    """The status that a JSON Patch (RFC 6902) leads to; it may say why besides, and nothing else."""
    said = _json(body)
    if not isinstance(said, list) or not said:
        raise BodyUnfit
    for one in said:
        if not isinstance(one, dict) or one.get("op") not in {"replace", "add"} or one.get("path") not in _PATHS:
            raise BodyUnfit
    return next((_text(one.get("value")) for one in said if one["path"] == "/status"), None)
