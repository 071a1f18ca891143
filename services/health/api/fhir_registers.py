"""A hospital's own directory at the FHIR door, written by the hospital: three ways in for each kind, made of one table."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

from chassis.rights import Actor
from chassis.route import Working
from services.health.actions import fhir_registers as acts
from services.health.api import fhir_body as bodies
from services.health.api.fhir import asking, door, fhir_router
from services.health.api.fhir_entries import entry
from services.health.api.fhir_slots import by_name, written
from services.health.domain.proposal import BodyUnfit
from services.health.domain.registering import ENTERED, Entry
from services.health.domain.resources import MEDIA_TYPE

router = fhir_router()
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}}
IfMatch = Annotated[str | None, Header(alias="if-match", max_length=128)]
Endpoint = Callable[..., Awaitable[Response]]


async def sent(request: Request, kind: str, key: str | None = None) -> Entry:
    """What the body says; BodyUnfit where it is another than the address says."""
    body = bodies.resource(await request.body(), kind)
    if key is not None and body.get("id") != key:
        raise BodyUnfit
    return entry(body, kind, door(request).base)


def _entering(kind: str) -> Endpoint:
    asked = Depends(asking("fhir.register", "c", kind))

    async def create(request: Request, work: Working, actor: Actor = asked) -> Response:
        """Enter one of the hospital's own; with `If-None-Exist`, unless it is there. 201, or 200 with the one that was there."""
        said, unless = await sent(request, kind), bodies.condition(request.headers.get("if-none-exist"), kind)
        return written(request, *await acts.create(work, said, unless, by=actor, door=door(request)))

    return create


def _changing(kind: str) -> Endpoint:
    asked = Depends(asking("fhir.register", "u", kind))

    async def change(key: str, request: Request, work: Working, match: IfMatch = None, actor: Actor = asked) -> Response:
        """What it is from now on; `active` false closes it: nothing new is offered there, and what is booked stays."""
        said = await sent(request, kind, key)
        return written(request, await acts.write(work, key, said, match, by=actor, door=door(request)))

    return change


def _naming(kind: str) -> Endpoint:
    asked = Depends(asking("fhir.register", "u", kind))

    async def change(request: Request, work: Working, match: IfMatch = None, actor: Actor = asked) -> Response:
        """The same of the one that `?identifier=` fits: 201 if none did, 412 if several do. Needs scope `c` as well."""
        conditions, said = by_name(request, kind), await sent(request, kind)
        return written(request, *await acts.write_by_name(work, conditions, said, match, by=actor, door=door(request)))

    return change


for _kind, _word in ENTERED.items():
    router.add_api_route(f"/{_kind}", _entering(_kind), methods=["POST"], name=f"create_fhir_{_word}", openapi_extra=_BODY)
    router.add_api_route(f"/{_kind}", _naming(_kind), methods=["PUT"], name=f"update_fhir_{_word}_by_name", openapi_extra=_BODY)
for _kind, _word in (*ENTERED.items(), ("Organization", "organization")):
    router.add_api_route(
        f"/{_kind}/{{key}}", _changing(_kind), methods=["PUT"], name=f"update_fhir_{_word}", openapi_extra=_BODY,
    )
