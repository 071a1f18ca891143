"""What an entry of a Bundle may write, by kind: the acts of the single doors, each by its own right."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from chassis.db import Work
from chassis.rights import Actor
from services.health.actions import fhir_bookings as bookings
from services.health.actions import fhir_registers as registers
from services.health.actions import fhir_responses as responses
from services.health.actions import fhir_schedules as schedules
from services.health.actions import fhir_slots as slots
from services.health.actions import fhir_visits as visits
from services.health.actions import hooks
from services.health.actions.fhir import Door
from services.health.api import fhir_body as bodies
from services.health.api import fhir_offers as offers
from services.health.api.fhir_bundle_entries import Entry
from services.health.api.fhir_entries import entry
from services.health.api.fhir_responses import said
from services.health.domain.proposal import BodyUnfit
from services.health.domain.registering import ENTERED
from services.health.domain.resources import Resource

PATCHING = "application/json-patch+json"
Made = tuple[Resource | None, bool]  # and whether it is new
Act = Callable[[Work, Entry, Actor, Door], Awaitable[Made]]


class Write(NamedTuple):
    """By which right and letters an entry is written, and how."""

    right: str
    letters: str
    act: Act


async def _book(work: Work, one: Entry, by: Actor, here: Door) -> Made:
    wish, unless = bodies.appointment(one.resource, here.base), bodies.condition(one.unless)
    return await bookings.create(work, wish, unless, by=by, door=here)


async def _give_back(work: Work, one: Entry, by: Actor, here: Door) -> Made:
    bodies.appointment(one.resource, here.base)
    status, lies = bodies.status_of(one.resource, one.key), bodies.lies(one.resource, here.base)
    return await bookings.change(work, one.key, status, one.match, by=by, door=here, lies=lies), False


async def _patch(work: Work, one: Entry, by: Actor, here: Door) -> Made:
    return await bookings.change(work, one.key, bodies.patched(patch_of(one.resource)), one.match, by=by, door=here), False


def patch_of(said: Any) -> bytes:
    """A JSON Patch as a Binary carries it (R4, 3.1.0.11.1); BodyUnfit."""
    is_one = isinstance(said, dict) and said.get("resourceType") == "Binary" and said.get("contentType") == PATCHING
    if not is_one or not isinstance(said.get("data"), str):
        raise BodyUnfit
    try:
        return base64.b64decode(said["data"], validate=True)
    except (ValueError, binascii.Error):
        raise BodyUnfit from None


async def _answer(work: Work, one: Entry, by: Actor, here: Door) -> Made:
    unless = bodies.condition(one.unless, one.kind)
    return await responses.create(work, said(one.body, here.base), unless, by=by, door=here)


async def _visit(work: Work, one: Entry, by: Actor, here: Door) -> Made:
    return await visits.change(work, one.key, bodies.status_of(one.body, one.key), one.match, by=by, door=here), False


async def _end(work: Work, one: Entry, by: Actor, _: Door) -> Made:
    await hooks.stop(work, one.key, by=by)
    return None, False


def _writes(right: str, acts: Any, reading: Callable[[Entry, str], Any]) -> tuple[Write, Write, Write]:
    """The three ways in of what a hospital writes of its own: make, change by id, change by its own name."""

    async def make(work: Work, one: Entry, by: Actor, here: Door) -> Made:
        made: Made = await acts.create(work, reading(one, here.base), bodies.condition(one.unless, one.kind), by=by, door=here)
        return made

    async def change(work: Work, one: Entry, by: Actor, here: Door) -> Made:
        return await acts.write(work, one.key, reading(one, here.base), one.match, by=by, door=here), False

    async def by_name(work: Work, one: Entry, by: Actor, here: Door) -> Made:
        asked = bodies.naming(one.query, one.kind)
        made: Made = await acts.write_by_name(work, asked, reading(one, here.base), one.match, by=by, door=here)
        return made

    return Write(right, "c", make), Write(right, "u", change), Write(right, "uc", by_name)


_OWN = {
    "Slot": _writes("fhir.offer", slots, lambda one, base: offers.offer(one.body, base)),
    "Schedule": _writes("fhir.offer", schedules, lambda one, base: offers.plan(one.body, base)),
    **{kind: _writes("fhir.register", registers, lambda one, base: entry(one.body, one.kind, base))
       for kind in (*ENTERED, "Organization")},
}
_WAYS = ("POST", "PUT", "PUT?")  # the last of them by a condition
WRITES: dict[tuple[str, str], Write] = {
    **{(way, kind): write for kind, three in _OWN.items() for way, write in zip(_WAYS, three, strict=True)},
    ("POST", "Appointment"): Write("fhir.book", "c", _book), ("PUT", "Appointment"): Write("fhir.book", "u", _give_back),
    ("PATCH", "Appointment"): Write("fhir.book", "u", _patch), ("POST", "AppointmentResponse"): Write("fhir.book", "c", _answer),
    ("PUT", "Encounter"): Write("fhir.book", "u", _visit), ("DELETE", "Subscription"): Write("fhir.subscribe", "d", _end),
}
for _way in ("POST", "PUT?"):
    del WRITES[_way, "Organization"]  # hospitals are entered by the community


def write_of(one: Entry) -> Write | None:
    """How this one is written; None if it is not."""
    way = f"{one.method}?" if one.method == "PUT" and not one.key and one.query else one.method
    is_whole = bool(one.key) is (way in {"PUT", "PATCH", "DELETE"})
    return WRITES.get((way, one.kind)) if is_whole else None
