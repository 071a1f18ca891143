"""Subscriptions of hospitals' programs: made and ended at the FHIR door, fed by our own events, told by the worker."""

import json
import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.errors import NotFound
from chassis.outgoing import host_of
from chassis.rights import Actor
from services.health.actions import programs
from services.health.domain.hook import (
    CRITERIA,
    MOST,
    Call,
    CriteriaRefused,
    EndpointRefused,
    Hook,
    State,
    TooManyHooks,
    notification,
    signatures,
)
from services.health.domain.program import through
from services.health.domain.resources import MEDIA_TYPE, Resource, subscription
from services.health.domain.search import key_of
from services.health.store import consents
from services.health.store import hooks as kept

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """A call that is this worker's to make."""

    call: UUID
    attempt: int
    endpoint: str
    body: bytes
    headers: dict[str, str]


async def subscribe(work: Work, wanted: Resource, *, by: Actor, leads: bool) -> tuple[Hook, bool]:
    """Tell this address from now on; the one that does already, if there is one. `leads`: to the open internet."""
    hospital = await programs.speaking(work, through(by, "fhir.subscribe", "Subscription", "c"))
    endpoint = _endpoint(wanted)
    if host_of(endpoint) is None or not leads:
        raise EndpointRefused
    await work.taking_turns(hospital.id.bytes)
    there = await kept.at(work, hospital.id, endpoint)
    if there is not None:
        return there, False
    if await kept.count(work, hospital.id) >= MOST:
        raise TooManyHooks
    made = Hook(work.new_id(), hospital.id, by.id, endpoint, work.now)
    work.session.add(made)
    await work.session.flush()
    work.session.add(Call(work.new_id(), made.id, 0, work.now, work.now))
    await work.audit("hospitals.subscribe", f"subscription/{made.id}", actor=by.id, reason=str(hospital.id))
    return made, True


def _endpoint(wanted: Resource) -> str:
    """Where to; CriteriaRefused for what this door does not tell, or not in that way."""
    channel = wanted.get("channel")
    if not isinstance(channel, dict) or channel.get("type") != "rest-hook" or channel.get("header"):
        raise CriteriaRefused
    if wanted.get("criteria") != CRITERIA or channel.get("payload", MEDIA_TYPE) not in {MEDIA_TYPE, "application/json"}:
        raise CriteriaRefused
    endpoint = channel.get("endpoint")
    if not isinstance(endpoint, str):
        raise EndpointRefused
    return endpoint


async def stop(work: Work, key: str, *, by: Actor) -> None:
    """Tell it nothing more; what waits is left."""
    hospital = await programs.speaking(work, through(by, "fhir.subscribe", "Subscription", "d"))
    named = key_of(key)
    hook = None if named is None else await work.session.get(Hook, named, with_for_update=True, populate_existing=True)
    if hook is None or hook.hospital_id != hospital.id or hook.state is State.OFF:
        raise NotFound
    hook.state = State.OFF
    await kept.leave(work, hook.id)
    await work.audit("hospitals.unsubscribe", f"subscription/{hook.id}", actor=by.id, reason=str(hospital.id))


async def hear(work: Work, event: Any) -> None:
    """Something of an appointment changed: each subscription of its hospital is to be told, by the next number of its own."""
    hospital = await kept.hospital_of(work, event.slot_id)
    person = await kept.person_of(work, event.appointment_id)
    if hospital is None or person is None or not await consents.may_tell(work, person):
        return
    for hook in await kept.live_of(work, hospital):
        hook.last += 1
        work.session.add(Call(work.new_id(), hook.id, hook.last, work.now, work.now, event.appointment_id))


async def take(work: Work, *, base: str, blind: Any) -> Taken | None:
    """The next call; what a hospital may be told of no more is nobody's to know (identity study, H02)."""
    while (due := await kept.next_due(work)) is not None:
        hook = await work.session.get_one(Hook, due.hook_id)
        person = None if due.appointment_id is None else await kept.person_of(work, due.appointment_id)
        if hook.state in {State.REQUESTED, State.ACTIVE} and (person is None or await consents.may_tell(work, person)):
            return _taken(work, due, hook, base, blind)
        due.done(at=work.now)
        await work.session.flush()
    return None


def _taken(work: Work, due: Call, hook: Hook, base: str, blind: Any) -> Taken:
    body = json.dumps(notification(hook, due, base), separators=(",", ":")).encode()
    headers = {
        "content-type": MEDIA_TYPE, "x-guohuai-delivery": str(due.id),
        "x-guohuai-signature": signatures(
            [secret(hook.id, blind, number).encode() for number in hook.signing], str(due.id), work.now, body
        ),
    }
    return Taken(due.id, due.take(at=work.now), hook.endpoint, body, headers)


def secret(hook: UUID, blind: Any, number: int = 1) -> str:
    """By which a program knows our calls: worked out from the service's own key, kept nowhere, another for each."""
    made: bytes = blind("hooks.secret", str(hook) if number == 1 else f"{hook}/{number}")
    return made.hex()


async def told(work: Work, call: UUID, *, attempt: int, took: bool) -> None:
    """What came of a call; if another worker has it meanwhile, nothing."""
    found = await work.session.get_one(Call, call)
    hook = await work.session.get_one(Hook, found.hook_id, with_for_update=True, populate_existing=True)
    made = await work.session.get_one(Call, call, with_for_update=True, populate_existing=True)
    if made.done_at is not None or made.tries != attempt:
        return
    if took:
        made.done(at=work.now)
        hook.answered()
        return
    made.put_off(at=work.now)
    if hook.failed(at=work.now):
        await kept.leave(work, hook.id)
        log.error("a subscription is off", extra={"facts": {"subscription": str(hook.id)}})
        await work.audit("hospitals.unreachable", f"subscription/{hook.id}", actor=None, reason=str(hook.hospital_id))


def shown(hook: Hook, blind: Any) -> Resource:
    """A subscription with its secret, as the program that made it is told."""
    return subscription(hook) | {"meta": {"versionId": "1"}} | {
        "extension": [{"url": "urn:guohuai:signing-secret", "valueString": secret(hook.id, blind, hook.secrets)}]
    }
