"""Visits at the FHIR door, as the hospital where they are goes through them."""

from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

from chassis.rights import Actor
from chassis.route import Working
from services.health.actions import fhir_visits as acts
from services.health.api import fhir_body as bodies
from services.health.api.fhir import asking, door, fhir_router
from services.health.api.fhir_slots import written
from services.health.domain.resources import MEDIA_TYPE

router = fhir_router()
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}}
Visiting = Annotated[Actor, Depends(asking("fhir.book", "u", "Encounter"))]
IfMatch = Annotated[str | None, Header(alias="if-match", max_length=128)]


@router.put("/Encounter/{key}", openapi_extra=_BODY)
async def update_fhir_encounter(key: str, actor: Visiting, request: Request, work: Working, match: IfMatch = None) -> Response:
    """A visit at the hospital itself goes on (in-progress), or is over (finished); of all else it says what it is."""
    status = bodies.status_of(bodies.resource(await request.body(), "Encounter"), key)
    return written(request, await acts.change(work, key, status, match, by=actor, door=door(request)))
