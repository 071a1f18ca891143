"""Search parameters that are ours and not R4's, as SearchParameters (FHIR R4, 5.7), for everybody."""

from fastapi import Request, Response

from chassis.errors import NotFound
from chassis.service import PUBLIC
from services.health.api import fhir_said as said
from services.health.api.fhir import door, fhir_router
from services.health.api.fhir_own import OWN, parameter

router = fhir_router()


@router.get("/SearchParameter/{key}", tags=[PUBLIC])
async def get_search_parameter(key: str, request: Request) -> Response:
    """One of those that the CapabilityStatement names by an address of ours."""
    if key not in OWN:
        raise NotFound
    return said.answered(parameter(key, door(request).base))
