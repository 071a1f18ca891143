"""The history of an appointment at the FHIR door: every version since there was a number, and each by itself."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode

from fastapi import Request, Response

from chassis.rights import Actor as Person
from chassis.route import Actor
from services.health.actions import fhir_history as acts
from services.health.actions.fhir_history import History, Window
from services.health.api import fhir_said as said
from services.health.api.fhir import door, fhir_router
from services.health.domain.program import through
from services.health.domain.resources import Resource
from services.health.domain.search import ParameterRefused, ParameterUnknown, span

router = fhir_router()
_MOST = 100
_SAID_ELSEWHERE = frozenset({"_format", "_pretty"})


@router.get("/Appointment/{key}/_history")
async def read_fhir_history(key: str, actor: Actor, request: Request) -> Response:
    """All it said, newest first: `_count`, `_since` (an instant), and `next` for what is older."""
    act = partial(acts.history, key=key, asked=_window(request, actor), by=actor, door=door(request))
    found = await request.app.state.running.database.do(act)
    return said.answered(_bundle(request, f"{door(request).base}/Appointment/{key}", found))


@router.get("/Appointment/{key}/_history/{version}")
async def read_fhir_appointment_version(key: str, version: str, actor: Actor, request: Request) -> Response:
    """One version of an appointment, as it was."""
    act = partial(acts.version, key=key, number=version, by=actor, door=door(request))
    return said.one(request, await request.app.state.running.database.do(act))


def _window(request: Request, actor: Person) -> Window:
    """The right is asked first; ParameterRefused, ParameterUnknown."""
    through(actor, "fhir.read", "Appointment", "r")
    asked = Window()
    for name, value in request.query_params.multi_items():
        if name in _READ:
            asked = _READ[name](asked, value)
        elif name not in _SAID_ELSEWHERE and "handling=strict" in request.headers.get("prefer", ""):
            raise ParameterUnknown(parameter=name[:64])
    return asked


def _number(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit():
        raise ParameterRefused(parameter=name)
    return int(value[:9])


def _counted(asked: Window, value: str) -> Window:
    return replace(asked, limit=min(_number("_count", value), _MOST))


def _older(asked: Window, value: str) -> Window:
    return replace(asked, below=_number("_cursor", value))


def _since(asked: Window, value: str) -> Window:
    if not value[:1].isdigit():  # an instant has no prefix
        raise ParameterRefused(parameter="_since")
    return replace(asked, since=span("_since", value).since)


_READ: dict[str, Callable[[Window, str], Window]] = {"_count": _counted, "_cursor": _older, "_since": _since}


def _bundle(request: Request, address: str, found: History) -> Resource:
    """A Bundle of type history (R4, 3.1.0.12): of each version what made it so."""
    asked = request.query_params.multi_items()
    here = f"{address}/_history"
    links = [{"relation": "self", "url": f"{here}?{urlencode(asked)}" if asked else here}]
    if found.next is not None:
        again = [(name, value) for name, value in asked if name != "_cursor"]
        links.append({"relation": "next", "url": f"{here}?{urlencode([*again, ('_cursor', found.next)])}"})
    bundle: Resource = {"resourceType": "Bundle", "type": "history", "total": found.total, "link": links}
    entries = [_entry(address, one) for one in found.versions]
    return bundle | ({"entry": entries} if entries else {})


def _entry(address: str, made: Resource) -> Resource:
    is_first = made["meta"]["versionId"] == "1"
    method, url = ("POST", "Appointment") if is_first else ("PUT", f"Appointment/{made['id']}")
    response = {"status": "201" if is_first else "200", "etag": f'W/"{made["meta"]["versionId"]}"'}
    return {
        "fullUrl": address, "resource": made, "request": {"method": method, "url": url},
        "response": response | {"lastModified": made["meta"]["lastUpdated"]},
    }
