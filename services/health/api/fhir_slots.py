"""Times at the FHIR door, written by the hospital whose they are: offered, changed, closed and opened."""

from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

from chassis.rights import Actor
from chassis.route import Working
from services.health.actions import fhir_slots as acts
from services.health.api import fhir_body as bodies
from services.health.api import fhir_offers as offers
from services.health.api import fhir_said as said
from services.health.api.fhir import asking, door, fhir_router
from services.health.domain.offering import Offer
from services.health.domain.proposal import BodyUnfit
from services.health.domain.resources import MEDIA_TYPE, Resource
from services.health.domain.search import Asked

router = fhir_router()
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}}
Offering = Annotated[Actor, Depends(asking("fhir.offer", "c", "Slot"))]
Changing = Annotated[Actor, Depends(asking("fhir.offer", "u", "Slot"))]
IfMatch = Annotated[str | None, Header(alias="if-match", max_length=128)]


@router.post("/Slot", openapi_extra=_BODY)
async def create_fhir_slot(actor: Offering, request: Request, work: Working) -> Response:
    """Offer a time; with `If-None-Exist`, unless it is there already. 201, or 200 with the one that was there."""
    offer, unless = await sent(request), bodies.condition(request.headers.get("if-none-exist"), "Slot")
    return written(request, *await acts.create(work, offer, unless, by=actor, door=door(request)))


@router.put("/Slot/{key}", openapi_extra=_BODY)
async def update_fhir_slot(key: str, actor: Changing, request: Request, work: Working, match: IfMatch = None) -> Response:
    """What a time is from now on; `status` closes it (busy-unavailable) or opens it, and never says whether it is booked."""
    offer = await sent(request, key)
    return written(request, await acts.write(work, key, offer, match, by=actor, door=door(request)))


@router.put("/Slot", openapi_extra=_BODY)
async def update_fhir_slot_by_name(actor: Changing, request: Request, work: Working, match: IfMatch = None) -> Response:
    """The same of the one that `?identifier=` fits: 201 if none did, 412 if several do. Needs scope `c` as well."""
    asked, offer = by_name(request, "Slot"), await sent(request)
    return written(request, *await acts.write_by_name(work, asked, offer, match, by=actor, door=door(request)))


async def sent(request: Request, key: str | None = None) -> Offer:
    """The Slot of the body; BodyUnfit where it is another than the address says."""
    body = bodies.resource(await request.body(), "Slot")
    if key is not None and body.get("id") != key:
        raise BodyUnfit
    return offers.offer(body, door(request).base)


def by_name(request: Request, kind: str) -> list[Asked]:
    """The condition of an update: by identifier alone; ParameterRefused."""
    return bodies.naming(request.url.query, kind)


def written(request: Request, made: Resource, is_new: bool = False) -> Response:  # noqa: FBT001, FBT002 - as `create` answers
    """What was written, as `Prefer` wants it (section 3.1.0.1.9)."""
    stamps = said.stamps(made)
    if is_new:
        place = f"{door(request).base}/{made['resourceType']}/{made['id']}"
        stamps |= {"location": f"{place}/_history/{made['meta']['versionId']}"}
    status = 201 if is_new else 200
    if "return=minimal" in request.headers.get("prefer", ""):
        return Response(None, status, stamps | {"cache-control": "no-store"})
    return said.answered(made, status, stamps)
