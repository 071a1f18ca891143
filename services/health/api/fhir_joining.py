"""`Appointment/$join`: into the video room of an appointment, for its doctor at the hospital."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from chassis.rights import Actor
from chassis.route import Working
from services.health.actions import fhir_joining as acts
from services.health.actions.room import PROTOCOL
from services.health.actions.tickets import Given
from services.health.api import fhir_body as bodies
from services.health.api import fhir_said as said
from services.health.api.fhir import asking, door, fhir_router
from services.health.api.tickets import relays
from services.health.domain.resources import MEDIA_TYPE, Resource, moment
from services.health.domain.ticket import Relay

router = fhir_router()
_MAY: dict[str, Any] = {"requestBody": {"required": False, "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}}
Changing = Annotated[Actor, Depends(asking("fhir.book", "u"))]


@router.post("/Appointment/{key}/$join", openapi_extra=_MAY)
async def join_fhir_appointment(key: str, actor: Changing, request: Request, work: Working) -> Response:
    """A ticket for the doctor of the appointment; shown as the second WebSocket subprotocol at `address`, good once."""
    body = await request.body()
    bodies.parameters(body) if body else None
    given = await acts.join(work, key, by=actor, blind=request.app.state.running.settings.keys.blind)
    return said.answered(_parameters(given, relays(request, given), door(request).base.removesuffix("/fhir")))


def _parameters(given: Given, through: list[Relay], origin: str) -> Resource:
    ticket = given.ticket
    made: list[Resource] = [
        {"name": "ticket", "valueString": given.text}, {"name": "protocol", "valueString": PROTOCOL},
        {"name": "address", "valueUrl": f"ws{origin.removeprefix('http')}/api/v1/visits/{ticket.appointment_id}"},
        {"name": "side", "valueCode": ticket.side.value}, {"name": "ends-at", "valueInstant": moment(ticket.ends_at)},
        {"name": "closes-at", "valueInstant": moment(given.closes_at)},
    ]
    for one in through:
        made += [{"name": "ice-url", "valueUri": url} for url in one.urls]
        made += [{"name": "ice-username", "valueString": one.username}, {"name": "ice-credential", "valueString": one.credential}]
    return {"resourceType": "Parameters", "parameter": made}
