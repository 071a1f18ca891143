"""Addresses that are told how reports go on: entered by officers, fed by the steps of reports, told by the worker.

What there is to tell is read from the steps a report took, not from the event that says there is something: events may come
in any order, twice or late, and the steps are one line.
"""

import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.crypto import Keys
from chassis.db import Work
from chassis.directory import area_exists, must_be_fresh
from chassis.errors import NotFound
from chassis.outgoing import host_of
from chassis.pages import Page, Paging
from chassis.rights import Actor
from contracts.area import community_of
from contracts.reports_outside import HookGone, HookSilenced
from services.reports.domain.hook import (
    GONE,
    MOST,
    Delivery,
    Hook,
    HookAddressRefused,
    HookNotAgreed,
    HookOver,
    HooksEnough,
    HookThere,
    Outcome,
    State,
    message,
    secret,
    signature,
    spelled,
)
from services.reports.domain.report import Report
from services.reports.domain.routing import NoSuchArea
from services.reports.store import hooks as store

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """What is to be told of what; whether it leads to the open internet and agrees: asked before anything is held."""

    area: str
    name: str
    endpoint: str
    leads: bool
    agrees: bool
    origin: str
    kinds: list[str] | None = None


@dataclass(frozen=True)
class Taken:
    """A delivery that is this worker's to make."""

    delivery: UUID
    attempt: int
    endpoint: str
    body: bytes
    headers: dict[str, str]


async def enter(work: Work, *, by: Actor, entry: Entry) -> dict[str, Any]:
    """Tell this address from now on; its secret is in the answer.

    HookAddressRefused, HookNotAgreed, HookTooNarrow, NoSuchArea, HookThere, HooksEnough.
    """
    may = by.may("hooks.write")
    made = Hook(work.new_id(), entry.area, entry.name, entry.endpoint, by.id, work.now, kinds=entry.kinds)
    may.check(made)
    await must_be_fresh(work, by)
    _must_agree(entry)
    made.must_be_public()
    if not await area_exists(work, made.area):
        raise NoSuchArea
    await work.taking_turns(work.vault.keys.blind("hooks", community_of(made.area)))
    if await store.at(work, made.area, made.endpoint) is not None:
        raise HookThere
    if await store.count(work, community_of(made.area)) >= MOST:
        raise HooksEnough
    work.session.add(made)
    return await _changed(work, made, by, "entered") | _handed_out(work, made)


def _must_agree(entry: Entry) -> None:
    if host_of(entry.endpoint) is None or not entry.leads:
        raise HookAddressRefused
    if not entry.agrees:
        raise HookNotAgreed(origin=entry.origin)


async def listed(work: Work, *, by: Actor, paging: Paging) -> Page[dict[str, Any]]:
    """Those of where this person may see them, newest first."""
    return await store.HOOKS.page(work, paging, by.scope("hooks.read"))


async def one(work: Work, key: UUID, *, by: Actor) -> dict[str, Any]:
    """One."""
    return _plain(await work.seen(Hook, key, by.may("hooks.read")))


async def replace_secret(work: Work, key: UUID, *, by: Actor, version: int) -> dict[str, Any]:
    """Another secret, for a day beside the one that is named. SecretReplaced, HookOver."""
    hook = await _held(work, key, by)
    hook.replace_secret(version, work.now)
    return await _changed(work, hook, by, "secret replaced") | _handed_out(work, hook)


async def begin_again(work: Work, key: UUID, *, by: Actor) -> dict[str, Any]:
    """It is told again, and what was left meanwhile as well. HookGoesOn, HookOver."""
    hook = await _held(work, key, by)
    hook.begin_again()
    await store.take_up(work, hook.id)
    return await _changed(work, hook, by, "begun again")


async def end(work: Work, key: UUID, *, by: Actor) -> dict[str, Any]:
    """It is told nothing any more. HookOver."""
    hook = await _held(work, key, by)
    hook.end()
    await store.leave(work, hook.id)
    return await _changed(work, hook, by, "ended")


async def deliveries(work: Work, key: UUID, *, by: Actor, paging: Paging, asked: dict[str, Any]) -> Page[dict[str, Any]]:
    """What it was told, newest first."""
    hook = await work.seen(Hook, key, by.may("hooks.read"))
    return await store.DELIVERIES.page(work, paging, hook=hook.id, **asked)


async def replay(work: Work, key: UUID, delivery: UUID, *, by: Actor) -> dict[str, Any]:
    """Tell it once more, under the same id. DeliveryWaits; HookOver of what is told nothing now."""
    hook = await _held(work, key, by)
    found = await store.held(work, delivery)
    if found is None or found.hook_id != hook.id:
        raise NotFound
    if hook.state != State.ACTIVE:
        raise HookOver
    found.again(work.now)
    await work.audit("hooks.write", f"hooks/{hook.id}", actor=by.id, reason="told again")
    await work.session.flush()
    return _plain(found)


async def hear(work: Work, report_id: UUID) -> None:
    """Something happened to a report: whatever of it each address was not told, it is to be told."""
    await work.taking_turns(report_id.bytes)
    report = await work.session.get(Report, report_id)
    if report is None or report.parent_id is not None:  # it was retired meanwhile; of a part nobody outside is told
        return
    for hook in await store.that_hear(work, report.area):
        for step in await store.untold(work, hook, report.id):
            said: Any = step
            told = message(report, said)
            work.session.add(Delivery(
                work.new_id(), hook.id, report.id, said.seq, told["type"], told, made_at=work.now, due_at=work.now,
            ))


async def take(work: Work) -> Taken | None:
    """The next delivery; what is for an address that is told nothing now is left."""
    while (due := await store.next_due(work)) is not None:
        hook = await work.session.get_one(Hook, due.hook_id)
        if hook.state == State.ACTIVE:
            return _taken(work, due, hook)
        due.done(Outcome.LEFT, work.now)
        await work.session.flush()
    return None


def _taken(work: Work, due: Delivery, hook: Hook) -> Taken:
    body, seconds = spelled(due.said), int(work.now.timestamp())
    signed = [
        signature(_key(work.vault.keys, hook.id, version), str(due.id), seconds, body) for version in hook.versions(work.now)
    ]
    headers = {
        "content-type": "application/json", "webhook-id": str(due.id), "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signed),
    }
    return Taken(due.id, due.take(work.now), hook.endpoint, body, headers)


async def told(work: Work, *, taken: Taken, took: bool, status: int | None) -> None:
    """What came of a delivery; if another worker has it meanwhile, nothing."""
    there = await work.session.get(Delivery, taken.delivery)
    if there is None:
        return
    hook = await work.session.get_one(Hook, there.hook_id, with_for_update=True, populate_existing=True)
    made = await store.held(work, taken.delivery)
    if made is None or made.done_at is not None or made.tries != taken.attempt:
        return
    made.hear(took=took, status=status, at=work.now)
    if took:
        hook.failing_since = None
    elif status == GONE and hook.state != State.ENDED:
        await _gone(work, hook)
    elif hook.failed(work.now):
        await _silenced(work, hook)


async def _gone(work: Work, hook: Hook) -> None:
    hook.end()
    await work.session.flush()
    await store.leave(work, hook.id)
    await work.audit("hooks.write", f"hooks/{hook.id}", actor=None, reason="gone")
    work.announce(HookGone(area=hook.area, hook_id=hook.id))


async def _silenced(work: Work, hook: Hook) -> None:
    await work.session.flush()
    await store.leave(work, hook.id)
    log.error("a hook is silenced", extra={"facts": {"hook": str(hook.id)}})
    await work.audit("hooks.write", f"hooks/{hook.id}", actor=None, reason="silenced")
    work.announce(HookSilenced(area=hook.area, hook_id=hook.id))


async def _held(work: Work, key: UUID, by: Actor) -> Hook:
    hook = await work.locked(Hook, key, by.may("hooks.write"))
    await must_be_fresh(work, by)
    return hook


async def _changed(work: Work, hook: Hook, by: Actor, how: str) -> dict[str, Any]:
    await work.session.flush()
    await work.audit("hooks.write", f"hooks/{hook.id}", actor=by.id, reason=how)
    return _plain(hook)


def _plain(entity: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(entity).items() if not name.startswith("_")}


def _handed_out(work: Work, hook: Hook) -> dict[str, str]:
    return {"secret": secret(_key(work.vault.keys, hook.id, hook.version))}


def _key(keys: Keys, hook: UUID, version: int) -> bytes:
    """Worked out from the service's own key, kept nowhere, another for each hook and version."""
    return keys.blind("hooks.secret", f"{hook}.{version}")
