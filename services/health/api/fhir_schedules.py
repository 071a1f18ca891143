"""Schedules at the FHIR door: announced, named, `$stop` (停诊) and `$release` (放号)."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

from chassis.rights import Actor
from chassis.route import Working
from services.health.actions import fhir_schedules as acts
from services.health.api import fhir_body as bodies
from services.health.api import fhir_offers as offers
from services.health.api import fhir_said as said
from services.health.api.fhir import asking, door, fhir_router
from services.health.api.fhir_slots import by_name, written
from services.health.domain.calling_off import Reason
from services.health.domain.offering import Plan, SessionUnfit
from services.health.domain.proposal import BodyUnfit
from services.health.domain.resources import MEDIA_TYPE
from services.health.domain.schedule import Half

router = fhir_router()
_SENT: dict[str, Any] = {"content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
_BODY: dict[str, Any] = {"requestBody": {"required": True, **_SENT}}
Announcing = Annotated[Actor, Depends(asking("fhir.offer", "c", "Schedule"))]
Changing = Annotated[Actor, Depends(asking("fhir.offer", "u", "Schedule"))]
IfMatch = Annotated[str | None, Header(alias="if-match", max_length=128)]


@router.post("/Schedule", openapi_extra=_BODY)
async def create_fhir_schedule(actor: Announcing, request: Request, work: Working) -> Response:
    """A doctor (Practitioner) has a schedule in a department (HealthcareService); 200 with it if they have it already."""
    plan, unless = await _plan(request), bodies.condition(request.headers.get("if-none-exist"), "Schedule")
    return written(request, *await acts.create(work, plan, unless, by=actor, door=door(request)))


@router.put("/Schedule/{key}", openapi_extra=_BODY)
async def update_fhir_schedule(key: str, actor: Changing, request: Request, work: Working, match: IfMatch = None) -> Response:
    """What it is called, whether it offers anything (`active`), and what it sets aside of new times."""
    plan = await _plan(request, key)
    return written(request, await acts.write(work, key, plan, match, by=actor, door=door(request)))


@router.put("/Schedule", openapi_extra=_BODY)
async def update_fhir_schedule_by_name(actor: Changing, request: Request, work: Working, match: IfMatch = None) -> Response:
    """The same of the one that `?identifier=` fits: 201 if none did. Needs scope `c` as well."""
    asked, plan = by_name(request, "Schedule"), await _plan(request)
    return written(request, *await acts.write_by_name(work, asked, plan, match, by=actor, door=door(request)))


@router.post("/Schedule/{key}/$stop", openapi_extra=_BODY)
async def stop_fhir_schedule(key: str, actor: Changing, request: Request, work: Working, match: IfMatch = None) -> Response:
    """A day, or half of it, is called off; who has booked it is told, and a seat is held for them."""
    session, reason = _stopped(bodies.parameters(await request.body()))
    return _counted(await acts.stop(work, key, session, reason, match, by=actor, door=door(request)))


@router.post("/Schedule/{key}/$release", openapi_extra={"requestBody": {"required": False, **_SENT}})
async def release_fhir_schedule(key: str, actor: Changing, request: Request, work: Working, match: IfMatch = None) -> Response:
    """Times of a day, or all, can be booked from now on, or from `at`."""
    body = await request.body()
    day, at = _released(bodies.parameters(body) if body else {})
    return _counted({"times": await acts.release(work, key, day, at, match, by=actor, door=door(request))})


async def _plan(request: Request, key: str | None = None) -> Plan:
    body = bodies.resource(await request.body(), "Schedule")
    if key is not None and body.get("id") != key:
        raise BodyUnfit
    return offers.plan(body, door(request).base)


def _stopped(given: dict[str, list[Any]]) -> tuple[acts.Session, Reason]:
    """The day, half and reason; SessionUnfit."""
    half, reason, day = bodies.text_of(given, "half"), bodies.text_of(given, "reason"), _day(given)
    if day is None or half not in {None, *Half} or reason not in {None, *Reason}:
        raise SessionUnfit
    return (day, None if half is None else Half(half)), Reason(reason or Reason.OTHER)


def _released(given: dict[str, list[Any]]) -> tuple[date | None, datetime | None]:
    at = bodies.text_of(given, "at")
    return _day(given), None if at is None else bodies.instant(at)


def _day(given: dict[str, list[Any]]) -> date | None:
    said_so = bodies.text_of(given, "day")
    try:
        day = None if said_so is None else date.fromisoformat(said_so)
    except ValueError:
        raise SessionUnfit from None
    if day is not None and not bodies.YEARS[0] <= day.year <= bodies.YEARS[1]:
        raise SessionUnfit
    return day


def _counted(counts: dict[str, int]) -> Response:
    made = [{"name": name, "valueInteger": number} for name, number in counts.items()]
    return said.answered({"resourceType": "Parameters", "parameter": made})
