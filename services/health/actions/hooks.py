"""Subscriptions of hospitals' programs: made and ended at the FHIR door, fed by our own events, told by the worker."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.errors import NotFound
from chassis.outgoing import host_of
from chassis.rights import Actor
from contracts.health import SubscriptionSilenced
from services.health.actions import programs
from services.health.domain.hook import (
    MOST,
    Call,
    EndpointRefused,
    Hook,
    PeriodRefused,
    State,
    TooManyHooks,
    Wanted,
    notification,
    signatures,
)
from services.health.domain.hospital import Hospital
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


async def subscribe(work: Work, wanted: Wanted, *, by: Actor, leads: bool) -> tuple[Hook, bool]:
    """Tell this address from now on; the one that does already, if there is one. `leads`: to the open internet."""
    through(by, "fhir.read", wanted.topic.focus, "r")
    hospital = await programs.speaking(work, through(by, "fhir.subscribe", "Subscription", "c"))
    _check(wanted, work.now, leads=leads)
    await work.taking_turns(hospital.id.bytes)
    await kept.end_over(work, hospital.id)
    there = await kept.at(work, hospital.id, wanted.endpoint, wanted.topic)
    if there is not None:
        return there, False
    if await kept.count(work, hospital.id, wanted.topic) >= MOST:
        raise TooManyHooks
    made = Hook(work.new_id(), hospital.id, by.id, wanted.endpoint, work.now, topic=wanted.topic.value)
    made.heartbeat, made.ends_at = wanted.heartbeat, wanted.ends_at
    work.session.add(made)
    await work.session.flush()
    work.session.add(Call(work.new_id(), made.id, 0, work.now, work.now))
    await work.audit("hospitals.subscribe", f"subscription/{made.id}", actor=by.id, reason=str(hospital.id))
    return made, True


def _check(wanted: Wanted, now: datetime, *, leads: bool) -> None:
    """EndpointRefused, PeriodRefused."""
    if host_of(wanted.endpoint) is None or not leads:
        raise EndpointRefused
    if wanted.ends_at is not None and wanted.ends_at <= now:
        raise PeriodRefused


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


async def take(work: Work, *, base: str, blind: Any) -> Taken | None:
    """The next call; what a hospital may be told of no more is nobody's to know (identity study, H02)."""
    while (due := await kept.next_due(work)) is not None:
        hook = await work.session.get_one(Hook, due.hook_id)
        if hook.is_told(work.now) and await _may(work, hook, due):
            return _taken(work, due, hook, base, blind)
        due.done(at=work.now)
        await work.session.flush()
    return None


async def _may(work: Work, hook: Hook, due: Call) -> bool:
    """Whether nobody is behind what is told, or somebody who lets hospitals be told."""
    if due.focus is None or not hook.about.is_personal:
        return True
    person = await kept.person_of(work, due.appointment_id) if due.appointment_id else None
    person = await kept.owner_of(work, due.contract_id) if due.contract_id else person
    return person is not None and await consents.may_tell(work, person)


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
        hook.answered(at=work.now)
        await _forget(work, made)
        return
    made.put_off(at=work.now)
    if hook.failed(at=work.now):
        await kept.leave(work, hook.id)
        await _silenced(work, hook)


async def _forget(work: Work, made: Call) -> None:
    """A sign of life is nothing to ask for later."""
    if made.beats:
        await work.session.delete(made)


async def _silenced(work: Work, hook: Hook) -> None:
    """Operators read it in the log, officers of the hospital's community in their inbox, and it stays in the audit."""
    log.error("a subscription is off", extra={"facts": {"subscription": str(hook.id)}})
    await work.audit("hospitals.unreachable", f"subscription/{hook.id}", actor=None, reason=str(hook.hospital_id))
    hospital = await work.session.get_one(Hospital, hook.hospital_id)
    work.announce(SubscriptionSilenced(area=hospital.area, hospital_id=hospital.id, subscription_id=hook.id))


def shown(hook: Hook, blind: Any, *, at: datetime) -> Resource:
    """A subscription with its secret, as the program that made it is told."""
    made = subscription(SimpleNamespace(**vars(hook), status=hook.stands(at).value))
    return made | {"meta": {"versionId": "1"}} | {
        "extension": [{"url": "urn:guohuai:signing-secret", "valueString": secret(hook.id, blind, hook.secrets)}]
    }
