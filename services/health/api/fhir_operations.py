"""Operations on an appointment: `$cancel`, `$reschedule`, `$check-in`; what each is stands in its OperationDefinition."""

from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

from chassis.errors import NotFound
from chassis.rights import Actor
from chassis.route import Working
from chassis.service import PUBLIC
from services.health.actions import fhir_operations as acts
from services.health.api import fhir_body as bodies
from services.health.api import fhir_said as said
from services.health.api.fhir import asking, door, fhir_router
from services.health.api.fhir_metadata import DEFINED, definition
from services.health.api.fhir_offering import OFFERING, offering
from services.health.domain.resources import MEDIA_TYPE, Resource

router = fhir_router()
_SENT: dict[str, Any] = {"content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
_BODY: dict[str, Any] = {"requestBody": {"required": True, **_SENT}}
_MAY: dict[str, Any] = {"requestBody": {"required": False, **_SENT}}
Changing = Annotated[Actor, Depends(asking("fhir.book", "u"))]
IfMatch = Annotated[str | None, Header(alias="if-match", max_length=128)]


@router.post("/Appointment/{key}/$cancel", openapi_extra=_MAY)
async def cancel_fhir_appointment(key: str, actor: Changing, request: Request, work: Working, match: IfMatch = None) -> Response:
    """Give it back. `If-Match` is obeyed where it is said."""
    body = await request.body()
    bodies.parameters(body) if body else None
    return _answered(await acts.cancel(work, key, match, by=actor, door=door(request)))


@router.post("/Appointment/{key}/$reschedule", openapi_extra=_BODY)
async def reschedule_fhir_appointment(
    key: str, actor: Changing, request: Request, work: Working, match: IfMatch = None,
) -> Response:
    """Another time instead, in one transaction: `slot`, or `appointment-reference` of a proposal. Needs scope `c` as well."""
    to = bodies.other_time(bodies.parameters(await request.body()), door(request).base)
    return _answered(await acts.reschedule(work, key, to, match, by=actor, door=door(request)))


@router.post("/Appointment/{key}/$check-in", openapi_extra=_BODY)
async def check_in_fhir_appointment(
    key: str, actor: Changing, request: Request, work: Working, match: IfMatch = None,
) -> Response:
    """The patient is there: `code` is what the screen of the room shows."""
    code = bodies.text_of(bodies.parameters(await request.body()), "code")
    keys = request.app.state.running.settings.keys
    return _answered(await acts.check_in(work, key, code, match, by=actor, door=door(request), keys=keys))


@router.get("/OperationDefinition/{key}", tags=[PUBLIC])
async def get_operation_definition(key: str, request: Request) -> Response:
    """What an operation of this door takes and answers; for everybody, as the CapabilityStatement is."""
    if key not in DEFINED.keys() | OFFERING.keys():
        raise NotFound
    return said.answered((definition if key in DEFINED else offering)(key, door(request).base))


def _answered(made: Resource) -> Response:
    return said.answered(made, headers=said.stamps(made))
