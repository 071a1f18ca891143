"""Subscriptions at the FHIR door: made, read as every resource, ended."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from chassis.outgoing import Caller
from chassis.rights import Actor
from chassis.route import Working
from services.health.actions import hooks as acts
from services.health.api import fhir_body as bodies
from services.health.api import fhir_hook_body as wishes
from services.health.api import fhir_said as said
from services.health.api.fhir import asking, door, fhir_router
from services.health.domain.hook import Wanted
from services.health.domain.resources import MEDIA_TYPE

router = fhir_router()
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}}
Making = Annotated[Actor, Depends(asking("fhir.subscribe", "c", "Subscription"))]
Ending = Annotated[Actor, Depends(asking("fhir.subscribe", "d", "Subscription"))]


async def _sent(_: Making, request: Request) -> tuple[Wanted, bool]:
    """What is wanted, and whether its address is one of the open internet: looked up before anything is held."""
    wanted = wishes.wanted(bodies.resource(await request.body(), "Subscription"))
    caller: Caller = getattr(request.app.state, "caller", Caller())
    return wanted, bool(await caller.leads(wanted.endpoint))


@router.post("/Subscription", openapi_extra=_BODY)
async def create_fhir_subscription(
    actor: Making, sent: Annotated[tuple[Wanted, bool], Depends(_sent)], request: Request, work: Working
) -> Response:
    """Be told of what happens of a topic, at an https address; the answer has the secret that calls are signed with."""
    hook, is_new = await acts.subscribe(work, sent[0], by=actor, leads=sent[1])
    made = acts.shown(hook, request.app.state.running.settings.keys.blind, at=work.now)
    return said.answered(made, 201 if is_new else 200, {"location": f"{door(request).base}/Subscription/{hook.id}/_history/1"})


@router.delete("/Subscription/{key}", status_code=204)
async def delete_fhir_subscription(key: str, actor: Ending, work: Working) -> None:
    """Be told nothing more."""
    await acts.stop(work, key, by=actor)
