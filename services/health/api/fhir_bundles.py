"""Several requests in one: `POST [base]` with a Bundle of type batch or transaction (FHIR R4 3.1.0.11).

Each entry is what it would be by itself: its right, its consent, its `ifMatch` and `ifNoneExist`. A transaction is one of the
database; of a batch each entry is one. Taken are reading, searching, and whatever a single door writes (fhir_bundle_writes.py).
"""

from collections.abc import Iterator
from dataclasses import replace
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
from services.health.actions import fhir_bundles as holding
from services.health.actions import programs
from services.health.api import fhir_body as bodies
from services.health.api import fhir_said as said
from services.health.api.fhir import door, fhir_router
from services.health.api.fhir_asked import wanted
from services.health.api.fhir_bundle_entries import Done, Entry, read, resolved
from services.health.api.fhir_bundle_writes import write_of
from services.health.api.fhir_responses import said as said_of
from services.health.api.fhir_route import refused_as
from services.health.domain.program import SightUsedUp, some_scope, through
from services.health.domain.registering import ENTERED
from services.health.domain.resources import MEDIA_TYPE, Resource
from services.health.domain.search import Asked
from services.health.store.resources import KINDS

router = fhir_router()
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}}
_TURN = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2, "GET": 3}  # in which order a transaction does them (3.1.0.11.2)
_OF_APPOINTMENTS = {("PUT", "Appointment"), ("PATCH", "Appointment"), ("PUT", "Encounter")}  # whose row is the appointment's
_OFFERED = frozenset({"Slot", "Schedule", *ENTERED, "Organization"})


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


async def _transaction(request: Request, work: Work, entries: list[Entry], by: Person) -> list[Resource]:
    """All of it or nothing: the first refusal is the whole one's, and says which entry it was."""
    base = door(request).base
    answers: dict[int, Resource] = {}
    names: dict[str, str] = {}
    await _held(request, work, entries, by)
    for one in sorted(entries, key=lambda one: (_TURN.get(one.method, 0), one.place)):
        try:
            done = await _done(request, work, replace(one, resource=resolved(one.resource, names)), by)
        except Refusal as refused:
            refused.extra["entry"] = one.place
            raise
        if one.is_new and one.name and done.made is not None:
            names[one.name] = f"{one.kind}/{done.made['id']}"
        answers[one.place] = _answer(done, base)
    return [answers[place] for place in sorted(answers)]


async def _held(request: Request, work: Work, entries: list[Entry], by: Person) -> None:
    """What it is about to write, locked before anything is written."""
    base, letters = door(request).base, tuple(_letters(entries))
    new = [one for one in entries if one.is_new and one.kind == "Appointment"]
    replies = [said_of(one.body, base) for one in entries if one.is_new and one.kind == "AppointmentResponse"]
    await holding.hold_all(work, holding.Writes(
        tuple(bodies.appointment(one.resource, base) for one in new), tuple(_conditions(entries)),
        tuple(one.key for one in entries if one.key and (one.method, one.kind) in _OF_APPOINTMENTS),
        answers=tuple(one.appointment for one in replies), letters=letters,
        offers=any(one.kind in _OFFERED for one in entries if one.method != "GET"),
    ), by=by)


def _conditions(entries: list[Entry]) -> Iterator[tuple[str, tuple[Asked, ...]]]:
    for one in entries:
        if one.kind not in KINDS:
            continue
        if one.is_new and one.unless is not None:
            yield one.kind, tuple(bodies.condition(one.unless, one.kind))
        elif one.method == "PUT" and not one.key:
            yield one.kind, tuple(bodies.naming(one.query, one.kind))


def _letters(entries: list[Entry]) -> Iterator[tuple[str, str, str]]:
    """By which rights it is written; MethodNotAllowed of what is not written at all."""
    for one in entries:
        if one.method != "GET" and one.kind in KINDS:
            write = write_of(one)
            if write is None:
                raise MethodNotAllowed(entry=one.place)
            yield from ((write.right, one.kind, letter) for letter in write.letters)


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
        through(by, "fhir.read", one.kind, "r" if one.key else "s")
        return await (_read if one.key else _searched)(request, work, one, by)
    write = write_of(one)
    if write is None:
        raise MethodNotAllowed
    for letter in write.letters:
        through(by, write.right, one.kind, letter)
    made, is_new = await write.act(work, one, by, door(request))
    if made is None:
        return Done(204, None, {})
    here = f"{door(request).base}/{one.kind}/{made['id']}/_history/{made['meta']['versionId']}"
    return Done(201 if is_new else 200, made, _stamps(made) | ({"location": here} if is_new else {}))


async def _read(request: Request, work: Work, one: Entry, by: Person) -> Done:
    made = await reading.read(work, one.kind, one.key, by=by, door=door(request))
    return Done(200, made, _stamps(made))


async def _searched(request: Request, work: Work, one: Entry, by: Person) -> Done:
    given = bodies.pairs(one.query)
    asked = wanted(one.kind, given, is_strict="handling=strict" in request.headers.get("prefer", ""))
    page, here = await reading.search(work, asked.search, asked.includes, by=by, door=door(request)), door(request).base
    cut = replace(page, matches=[asked.cut(made) for made in page.matches])
    return Done(200, said.searchset(f"{here}/{one.kind}", given, cut, here, asked.notes), {})


def _stamps(made: Resource) -> dict[str, str]:
    at = made["meta"].get("lastUpdated")
    return {"etag": f'W/"{made["meta"]["versionId"]}"'} | ({"lastModified": at} if at else {})


def _answer(done: Done, base: str) -> Resource:
    made, response = done.made, {"status": _line(done.status), **done.stamps}
    if made is None:
        return {"response": response}
    named = {"fullUrl": f"{base}/{made['resourceType']}/{made['id']}"} if "id" in made else {}
    return {**named, "resource": made, "response": response}


def _line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"
