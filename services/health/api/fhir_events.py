"""Operations on a subscription: `$status`, `$events` (Subscriptions R5 Backport 1.1), `$renew-secret`, `$end-older-secret`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from chassis.rights import Actor
from chassis.route import Actor as Asking
from chassis.route import Working
from services.health.actions import hook_events as acts
from services.health.actions import hooks
from services.health.api import fhir_said as said
from services.health.api.fhir import asking, door, fhir_router
from services.health.domain.hook import Call, Hook, status_of
from services.health.domain.resources import Resource, moment
from services.health.domain.search import ParameterRefused

router = fhir_router()
Changing = Annotated[Actor, Depends(asking("fhir.subscribe", "u", "Subscription"))]
_CONTENTS = frozenset({"empty", "id-only"})


@router.get("/Subscription/{key}/$status")
async def get_fhir_subscription_status(key: str, actor: Asking, request: Request, work: Working) -> Response:
    """Where it stands, and how many events there were."""
    return said.answered(_found(await acts.status(work, key, by=actor), work.now, door(request).base))


@router.get("/Subscription/{key}/$events")
async def get_fhir_subscription_events(key: str, actor: Asking, request: Request, work: Working) -> Response:
    """What happened from `eventsSinceNumber` to `eventsUntilNumber`, a hundred at most, told already or not: ids alone."""
    hook, calls = await acts.events(work, key, *_numbers(request), by=actor)
    return said.answered(_history(hook, calls, work.now, door(request).base))


@router.post("/Subscription/{key}/$renew-secret")
async def renew_fhir_subscription_secret(key: str, actor: Changing, request: Request, work: Working) -> Response:
    """Another secret, which the answer has; both sign until the older one is ended."""
    hook = await acts.renew(work, key, by=actor)
    return said.answered(hooks.shown(hook, request.app.state.running.settings.keys.blind, at=work.now))


@router.post("/Subscription/{key}/$end-older-secret", status_code=204)
async def end_fhir_subscription_secret(key: str, actor: Changing, work: Working) -> None:
    """The newer secret alone signs from now on."""
    await acts.end_older(work, key, by=actor)


def _numbers(request: Request) -> tuple[int, int]:
    """From which event to which; ParameterRefused, also of a content that is more than ids."""
    if request.query_params.get("content", "id-only") not in _CONTENTS:
        raise ParameterRefused(parameter="content")
    return _number(request, "eventsSinceNumber", 1), _number(request, "eventsUntilNumber", acts.LAST)


def _number(request: Request, name: str, otherwise: int) -> int:
    text = request.query_params.get(name, str(otherwise))
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > acts.LAST:  # noqa: PLR2004 - digits of the last
        raise ParameterRefused(parameter=name)
    return int(text)


def _found(hook: Hook, at: datetime, base: str) -> Resource:
    status = status_of(hook, hook.stands(at), "query-status", [], base)
    entry = {"fullUrl": f"urn:uuid:{hook.id}", "resource": status, "search": {"mode": "match"}}
    return {"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": [entry]}


def _history(hook: Hook, calls: Iterable[Call], at: datetime, base: str) -> Resource:
    status = status_of(hook, hook.stands(at), "query-event", calls, base)
    request: dict[str, Any] = {"method": "GET", "url": f"{base}/Subscription/{hook.id}/$events"}
    entry = {"fullUrl": f"urn:uuid:{hook.id}", "resource": status, "request": request, "response": {"status": "200"}}
    return {"resourceType": "Bundle", "type": "history", "timestamp": moment(at), "entry": [entry]}
