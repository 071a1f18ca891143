"""Several requests in one: `POST [base]` with a Bundle of type batch or transaction (FHIR R4 3.1.0.11).

Each entry is what it would be by itself: its right, its consent, its `ifMatch` and `ifNoneExist`. A transaction is one of the
database; of a batch each entry is one. Taken are reading, searching, and creating and updating an Appointment.
"""

import re
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from chassis.db import Work
from chassis.errors import Refusal
from chassis.problems import MethodNotAllowed
from chassis.rights import Actor as Person
from chassis.route import Actor, Working
from services.health.actions import fhir as reading
from services.health.actions import fhir_bookings as acts
from services.health.actions import fhir_bundles as holding
from services.health.actions import programs
from services.health.api import fhir_body as bodies
from services.health.api import fhir_said as said
from services.health.api.fhir import door, fhir_router
from services.health.api.fhir_asked import wanted
from services.health.api.fhir_route import refused_as
from services.health.domain.program import SightUsedUp, some_scope, through
from services.health.domain.proposal import BodyUnfit
from services.health.domain.resources import MEDIA_TYPE, Resource
from services.health.store.resources import KINDS

MOST = 30
DEEPEST = 64  # levels of a resource; an Appointment has six
router = fhir_router()
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}}
_URN = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TURN = {"POST": 0, "PUT": 1, "GET": 2}  # in which order a transaction does them (section 3.1.0.11.2)


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
        """Whether an appointment is to be made."""
        return (self.method, self.kind, self.key) == ("POST", "Appointment", "")

    @property
    def is_change(self) -> bool:
        """Whether one is to be changed."""
        return self.method == "PUT" and self.kind == "Appointment" and bool(self.key)


@dataclass(frozen=True)
class Done:
    """What came of one."""

    status: int
    made: Resource
    stamps: dict[str, str]


async def _program(actor: Actor) -> Person:
    """Who asks, if it is a hospital's program at all; which scope an entry needs is asked of each."""
    some_scope(actor)
    return actor


Asking = Annotated[Person, Depends(_program)]


@router.post("", openapi_extra=_BODY)
async def process_fhir_bundle(actor: Asking, request: Request, work: Working) -> Response:
    """Do all entries, or of a batch each by itself; what one may not do alone one may not do here."""
    kind, entries = read(await request.body(), door(request).base)
    answers = await (_transaction if kind == "transaction" else _batch)(request, work, entries, actor)
    return said.answered({"resourceType": "Bundle", "type": f"{kind}-response", "entry": answers})


def read(body: bytes, base: str) -> tuple[str, list[Entry]]:
    """Its type and entries; BodyUnfit."""
    bundle = bodies.resource(body, "Bundle")
    entries = bundle.get("entry", [])
    if bundle.get("type") not in {"batch", "transaction"} or not isinstance(entries, list) or not 0 < len(entries) <= MOST:
        raise BodyUnfit
    made = [_entry(place, one, base) for place, one in enumerate(entries)]
    changed = [one.key for one in made if one.is_change]
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


async def _transaction(request: Request, work: Work, entries: list[Entry], by: Person) -> list[Resource]:
    """All of it or nothing: the first refusal is the whole one's, and says which entry it was."""
    base = door(request).base
    answers: dict[int, Resource] = {}
    names: dict[str, str] = {}
    await _held(request, work, entries, by)
    for one in sorted(entries, key=lambda one: (_TURN.get(one.method, 0), one.place)):
        try:
            done = await _done(request, work, replace(one, resource=_resolved(one.resource, names)), by)
        except Refusal as refused:
            refused.extra["entry"] = one.place
            raise
        if one.is_new and one.name:
            names[one.name] = f"Appointment/{done.made['id']}"
        answers[one.place] = _answer(done, base)
    return [answers[place] for place in sorted(answers)]


async def _held(request: Request, work: Work, entries: list[Entry], by: Person) -> None:
    """What it is about to write, locked before anything is written."""
    new, changed, base = [one for one in entries if one.is_new], [one for one in entries if one.is_change], door(request).base
    await holding.hold_all(work, holding.Writes(
        tuple(bodies.appointment(one.resource, base) for one in new),
        tuple(tuple(bodies.condition(one.unless)) for one in new), tuple(one.key for one in changed),
    ), by=by)


def _resolved(resource: Any, names: dict[str, str], depth: int = 0) -> Any:
    """References to what another entry makes, by the id that it has now; BodyUnfit for one that nothing here makes."""
    if depth > DEEPEST:
        raise BodyUnfit
    if isinstance(resource, list):
        return [_resolved(one, names, depth + 1) for one in resource]
    if not isinstance(resource, dict):
        return resource
    made = {name: _resolved(value, names, depth + 1) for name, value in resource.items()}
    meant = made.get("reference")
    if isinstance(meant, str) and _URN.fullmatch(meant):
        if meant not in names:
            raise BodyUnfit
        made["reference"] = names[meant]
    return made


async def _batch(request: Request, work: Work, entries: list[Entry], by: Person) -> list[Resource]:
    """Each in a transaction of its own, whatever became of the others; this one's connection is given back meanwhile."""
    await work.release()
    return [await _alone(request, one, by) for one in entries]


async def _alone(request: Request, one: Entry, by: Person) -> Resource:
    running = request.app.state.running
    try:
        done: Done = await running.database.do(lambda work: _done(request, work, one, by))
    except Exception as broken:  # noqa: BLE001 - whatever broke, it is this entry's
        if isinstance(broken, SightUsedUp):
            await running.database.do(partial(programs.alarm, program=by.id))
        status, outcome = await refused_as(request, broken)
        return {"response": {"status": _line(status), "outcome": outcome}}
    return _answer(done, door(request).base)


async def _done(request: Request, work: Work, one: Entry, by: Person) -> Done:
    """What the entry would be by itself; its right is asked first."""
    if one.kind not in KINDS:
        raise reading.KindUnknown
    if one.method == "GET":
        return await (_read if one.key else _searched)(request, work, one, by)
    if not one.is_new and not one.is_change:
        raise MethodNotAllowed
    through(by, "fhir.book", one.kind, "c" if one.is_new else "u")
    return await (_created if one.is_new else _changed)(request, work, one, by)


async def _read(request: Request, work: Work, one: Entry, by: Person) -> Done:
    made = await reading.read(work, one.kind, one.key, by=by, door=door(request))
    return Done(200, made, _stamps(made))


async def _searched(request: Request, work: Work, one: Entry, by: Person) -> Done:
    through(by, "fhir.read", one.kind, "s")
    given = bodies.pairs(one.query)
    asked = wanted(one.kind, given, is_strict="handling=strict" in request.headers.get("prefer", ""))
    page, here = await reading.search(work, asked.search, asked.includes, by=by, door=door(request)), door(request).base
    cut = replace(page, matches=[asked.cut(made) for made in page.matches])
    return Done(200, said.searchset(f"{here}/{one.kind}", given, cut, here, asked.notes), {})


async def _created(request: Request, work: Work, one: Entry, by: Person) -> Done:
    here = door(request)
    wish, unless = bodies.appointment(one.resource, here.base), bodies.condition(one.unless)
    made, is_new = await acts.create(work, wish, unless, by=by, door=here)
    place = {"location": f"{here.base}/Appointment/{made['id']}/_history/{made['meta']['versionId']}"} if is_new else {}
    return Done(201 if is_new else 200, made, _stamps(made) | place)


async def _changed(request: Request, work: Work, one: Entry, by: Person) -> Done:
    bodies.appointment(one.resource, door(request).base)
    made = await acts.change(work, one.key, bodies.status_of(one.resource, one.key), one.match, by=by, door=door(request))
    return Done(200, made, _stamps(made))


def _stamps(made: Resource) -> dict[str, str]:
    at = made["meta"].get("lastUpdated")
    return {"etag": f'W/"{made["meta"]["versionId"]}"'} | ({"lastModified": at} if at else {})


def _answer(done: Done, base: str) -> Resource:
    made, response = done.made, {"status": _line(done.status), **done.stamps}
    named = {"fullUrl": f"{base}/{made['resourceType']}/{made['id']}"} if "id" in made else {}
    return {**named, "resource": made, "response": response}


def _line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"
