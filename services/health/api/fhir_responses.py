"""Answers at the FHIR door: a doctor or a place of the hospital accepts an appointment, declines it, or does not know yet."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from chassis.rights import Actor
from chassis.route import Working
from services.health.actions import fhir_responses as acts
from services.health.api import fhir_body as bodies
from services.health.api.fhir import asking, door, fhir_router
from services.health.api.fhir_slots import written
from services.health.domain import answering
from services.health.domain.answering import ActorNotInIt, Reply, ReplyUnfit
from services.health.domain.resources import MEDIA_TYPE, Resource
from services.health.store.responses import KIND

router = fhir_router()
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}}
Answering = Annotated[Actor, Depends(asking("fhir.book", "c", KIND))]


@router.post(f"/{KIND}", openapi_extra=_BODY)
async def create_fhir_appointment_response(actor: Answering, request: Request, work: Working) -> Response:
    """Answer once for a doctor or place; with `If-None-Exist`, unless it is there. What it comes to is the booking's to say."""
    reply = said(bodies.resource(await request.body(), KIND), door(request).base)
    unless = bodies.condition(request.headers.get("if-none-exist"), KIND)
    return written(request, *await acts.create(work, reply, unless, by=actor, door=door(request)))


def said(body: Resource, base: str) -> answering.Response:
    """An answer; ReplyUnfit, ActorNotInIt of what is neither doctor nor place."""
    word = body.get("participantStatus")
    if not isinstance(word, str) or word not in list(Reply):
        raise ReplyUnfit
    meant = [(kind, key) for kind in ("Practitioner", "Location") if (key := bodies.referred(body.get("actor"), kind, base))]
    if not meant:
        raise ActorNotInIt
    about = bodies.referred(body.get("appointment"), "Appointment", base) or ""
    return answering.Response(about, meant[0], Reply(word), tuple(bodies.names(body)))
