"""The FHIR R4 (4.0.1) door for hospitals' programs: what it is, reading and searching."""

from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response

from chassis.errors import NotFound
from chassis.problems import MethodNotAllowed
from chassis.rights import Actor as Person
from chassis.route import Actor, Working
from chassis.service import PUBLIC
from chassis.service import router as new_router
from services.health.actions import fhir as acts
from services.health.actions.fhir import Door
from services.health.api import fhir_metadata as metadata
from services.health.api import fhir_said as said
from services.health.api.fhir_asked import Wanted, wanted
from services.health.api.fhir_route import FhirRoute
from services.health.domain.program import through
from services.health.domain.resources import MEDIA_TYPE, Resource
from services.health.domain.search import ParameterRefused
from services.health.store.resources import KINDS

BASE = "/fhir"
STATUSES = (200, 201, 304, 400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 428, 429, 503)


def fhir_router() -> APIRouter:
    """A router of this door."""
    made = new_router(BASE, tags=["fhir"])
    made.route_class = FhirRoute
    content = {MEDIA_TYPE: {"schema": {"type": "object"}}}
    made.responses = {status: {"description": "FHIR", "content": content} for status in STATUSES}
    return made


_METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
router, public, rest = fhir_router(), fhir_router(), fhir_router()


def door(request: Request) -> Door:
    """Where it is, and what it allows."""
    settings = request.app.state.running.settings
    return Door(f"{settings.public_origin}{BASE}", settings.fhir_daily)


def asking(right: str, letter: str, kind: str = "Appointment") -> Callable[[Person], Awaitable[Person]]:
    """Who asks, if their scopes say so; ScopeMissing, before anybody reads the body."""

    async def checked(actor: Actor) -> Person:
        through(actor, right, kind, letter)
        return actor

    return checked


@public.get("/metadata", tags=[PUBLIC])
async def get_capability_statement(request: Request) -> Response:
    """What this door can do; for everybody."""
    return said.answered(metadata.capability(door(request).base))


@public.get("/.well-known/smart-configuration", tags=[PUBLIC])
async def get_smart_configuration(request: Request) -> Response:
    """Where a program gets its tokens; JSON, whatever is accepted."""
    made = said.answered(metadata.smart(request.app.state.running.settings.public_origin))
    made.headers["content-type"] = "application/json"
    return made


@router.get("/{kind}")
async def search_fhir(kind: str, actor: Actor, request: Request) -> Response:
    """Search a kind of resource; parameters as the CapabilityStatement lists them."""
    asked = _asked(request, kind, request.query_params.multi_items())
    act = partial(acts.search, asked=asked.search, includes=asked.includes, by=actor, door=door(request))
    return _found(request, asked, await request.app.state.running.database.do(act))


@router.post("/{kind}/_search", openapi_extra={"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {
    "type": "object"}}}}})
async def search_fhir_by_form(kind: str, actor: Actor, request: Request, work: Working) -> Response:
    """The same with the parameters in a form, so that they are in no address."""
    asked = _asked(request, kind, [*request.query_params.multi_items(), *_form(await request.body())])
    return _found(request, asked, await acts.search(work, asked.search, asked.includes, by=actor, door=door(request)))


@router.get("/{kind}/{key}")
async def read_fhir(kind: str, key: str, actor: Actor, request: Request) -> Response:
    """One resource."""
    act = partial(acts.read, kind=kind, key=key, by=actor, door=door(request))
    return said.one(request, await request.app.state.running.database.do(act))


@router.get("/{kind}/{key}/_history/{version}")
async def read_fhir_version(kind: str, key: str, version: str, actor: Actor, request: Request) -> Response:
    """The version there is now; earlier ones are not kept."""
    act = partial(acts.read, kind=kind, key=key, by=actor, door=door(request))
    return said.one(request, _current(await request.app.state.running.database.do(act), version))


@rest.api_route("", methods=_METHODS, include_in_schema=False, tags=[PUBLIC])
@rest.api_route("/{path:path}", methods=_METHODS, include_in_schema=False, tags=[PUBLIC])
async def nothing_of_fhir(request: Request, path: str = "") -> Response:
    """There is nothing here, or it does not take this method."""
    if request.method == "GET" or path.count("/") > 1:
        raise NotFound
    raise MethodNotAllowed


def _asked(request: Request, kind: str, given: list[tuple[str, str]]) -> Wanted:
    """The right is asked first: whoever lacks it is not told what is wrong with a parameter."""
    if kind in KINDS:
        through(request.state.actor, "fhir.read", kind, "s")
    request.state.asked = given
    return wanted(kind, given, is_strict="handling=strict" in request.headers.get("prefer", ""))


def _current(made: Resource, version: str) -> Resource:
    if made["meta"]["versionId"] != version:
        raise NotFound
    return made


def _found(request: Request, asked: Wanted, page: acts.Page) -> Response:
    base = door(request).base
    cut = acts.Page([asked.cut(one) for one in page.matches], page.included, page.next, page.total)
    return said.answered(said.searchset(f"{base}/{asked.kind}", request.state.asked, cut, base, asked.notes))


def _form(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise ParameterRefused(parameter="_search") from None
