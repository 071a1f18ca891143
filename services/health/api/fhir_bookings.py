"""Booking at the FHIR door: `$find`, `$hold`, `$book` (IHE ITI Scheduling, ITI-115 to 117), create, update and patch."""

from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

from chassis.rights import Actor
from chassis.route import Working
from services.health.actions import fhir_bookings as acts
from services.health.actions import fhir_finding as finding
from services.health.api import fhir_body as bodies
from services.health.api import fhir_said as said
from services.health.api.fhir import asking, door, fhir_router
from services.health.domain.resources import HELD_UNTIL, MEDIA_TYPE, Resource

router = fhir_router()
_SENT = {"schema": {"type": "object"}}
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {MEDIA_TYPE: _SENT}}}
_STEPS: dict[str, Any] = {"application/json-patch+json": {"schema": {"type": "array"}}}
_PATCH: dict[str, Any] = {"requestBody": {"required": True, "content": _STEPS}}
Finding = Annotated[Actor, Depends(asking("fhir.read", "s"))]
Making = Annotated[Actor, Depends(asking("fhir.book", "c"))]
Changing = Annotated[Actor, Depends(asking("fhir.book", "u"))]
IfMatch = Annotated[str | None, Header(alias="if-match", max_length=128)]


@router.post("/Appointment/$find", openapi_extra=_BODY)
async def find_appointments(actor: Finding, request: Request, work: Working) -> Response:
    """Times that can be booked, as proposed appointments, each with an id to hold or book it by (ITI-115)."""
    asked = finding.wanted(bodies.parameters(await request.body()), door(request).base)
    return _bundle(request, await finding.find(work, asked, by=actor, door=door(request)))


@router.post("/Appointment/$hold", openapi_extra=_BODY)
async def hold_appointment(actor: Making, request: Request, work: Working) -> Response:
    """Keep a time for five minutes (ITI-116); what the person held before is given back."""
    wish = bodies.wish(bodies.parameters(await request.body()), door(request).base)
    return _bundle(request, [await acts.hold(work, wish, by=actor, door=door(request))])


@router.post("/Appointment/$book", openapi_extra=_BODY)
async def book_fhir_appointment(actor: Making, request: Request, work: Working) -> Response:
    """Book what is held, or a time; or give back, with `status` cancelled in the resource (ITI-117)."""
    wish = bodies.wish(bodies.parameters(await request.body()), door(request).base)
    return _bundle(request, [await acts.book(work, wish, by=actor, door=door(request))])


@router.post("/Appointment", openapi_extra=_BODY)
async def create_fhir_appointment(actor: Making, request: Request, work: Working) -> Response:
    """Book a time; with `If-None-Exist`, unless it is there already. 201, or 200 with the one that was there."""
    wish = bodies.appointment(bodies.resource(await request.body(), "Appointment"), door(request).base)
    unless = bodies.condition(request.headers.get("if-none-exist"))
    return _written(request, *await acts.create(work, wish, unless, by=actor, door=door(request)))


@router.put("/Appointment/{key}", openapi_extra=_BODY)
async def update_fhir_appointment(key: str, actor: Changing, request: Request, work: Working, match: IfMatch = None) -> Response:
    """Give an appointment back: the resource as it was read, with `status` cancelled."""
    body = bodies.resource(await request.body(), "Appointment")
    status, lies = bodies.status_of(body, key), bodies.lies(body, door(request).base)
    return _written(request, await acts.change(work, key, status, match, by=actor, door=door(request), lies=lies))


@router.patch("/Appointment/{key}", openapi_extra=_PATCH)
async def patch_fhir_appointment(key: str, actor: Changing, request: Request, work: Working, match: IfMatch = None) -> Response:
    """The same as a JSON Patch of `/status`."""
    status = bodies.patched(await request.body())
    return _written(request, await acts.change(work, key, status, match, by=actor, door=door(request)))


def _bundle(request: Request, made: list[Resource]) -> Response:
    """The form of IHE: a searchset, with an outcome that says until when something is held."""
    base = door(request).base
    entries = [{"fullUrl": f"{base}/Appointment/{one['id']}", "resource": one, "search": {"mode": "match"}} for one in made]
    until = [ext["valueInstant"] for one in made for ext in one.get("extension", ()) if ext["url"] == HELD_UNTIL]
    entries += [{"resource": said.note("informational", f"占号保留至 {one}"), "search": {"mode": "outcome"}} for one in until]
    link = [{"relation": "self", "url": f"{base}{request.url.path.removeprefix('/fhir')}"}]
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", "total": len(made), "link": link}
    return said.answered(bundle | ({"entry": entries} if entries else {}))


def _written(request: Request, made: Resource, is_new: bool = False) -> Response:  # noqa: FBT001, FBT002 - as `create` answers
    """What was written, as `Prefer` wants it (section 3.1.0.1.9)."""
    prefers = request.headers.get("prefer", "")
    stamps = said.stamps(made)
    if is_new:
        version = f"{door(request).base}/Appointment/{made['id']}/_history/{made['meta']['versionId']}"
        stamps |= {"location": version}
    status = 201 if is_new else 200
    if "return=minimal" in prefers:
        return Response(None, status, stamps | {"cache-control": "no-store"})
    if "return=OperationOutcome" in prefers:
        return said.answered(said.note("informational", "已办理"), status, stamps)
    return said.answered(made, status, stamps)


