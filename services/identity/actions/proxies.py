"""Proxies: given by oneself or recorded by two members of staff, ended by whoever it concerns, or by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, text, update

from chassis.db import Work
from chassis.errors import NotFound
from chassis.rights import Actor, Permission
from services.identity.actions import homes, sessions, ward_consents
from services.identity.domain import proxies as rules
from services.identity.domain.place import Binding
from services.identity.domain.proxies import Proxy
from services.identity.store import queries
from services.identity.store.proxies import proxies

_ours = proxies.c
_SINCE_SIX = text(f"interval '{rules.CHILDHOOD - rules.SMALL} years'")  # a guardian's proxy ends with the fourteenth birthday
_SKEW = timedelta(seconds=30)  # services take a token as long after its end (`chassis.auth`)


@dataclass(frozen=True)
class Wish:
    """Who is to act for whom, for what, until when, on what evidence, and on which binding it rests."""

    principal: UUID
    actor: UUID
    scopes: Sequence[str]
    until: datetime
    evidence: str = "app"
    binding: UUID | None = None
    kind: rules.Kind = "relative"
    number_index: bytes | None = None


@dataclass(frozen=True)
class OfEither(Permission):
    """A proxy is ended by either of the two, or by who may do it in its area."""

    def check(self, thing: Any) -> None:
        if thing.actor_id != self.actor.id:
            super().check(thing)


async def give(work: Work, wish: Wish, *, by: Actor) -> Proxy:
    """By the principal, who is signed in; ProxyThere, ProxyDatesUnfit, InPersonWanted, NotFound of an actor who is nobody."""
    by.scope("proxies.give")
    rooms = await homes.of(work, by.id)
    made = await _made(work, wish, area=rooms[0].area if rooms else "", by=by.id)
    work.announce(made.give(work.now))
    work.session.add(made)
    await work.audit("proxies.give", f"proxy/{made.id}", actor=by.id)
    return made


async def record(work: Work, wish: Wish, *, by: Actor) -> Proxy:
    """The first look: the principal said it before staff of the area where they live."""
    home = await homes.reached(work, wish.principal, by.may("proxies.record"))
    made = await _made(work, wish, area=home.area, by=by.id)
    work.session.add(made)
    await work.audit("proxies.record", f"proxy/{made.id}", actor=by.id, reason=wish.evidence)
    return made


async def confirm(work: Work, key: UUID, *, by: Actor, scopes: set[str], number_index: bytes | None) -> Proxy:
    """The second look, by somebody else: from now on the actor may."""
    seen = await work.seen(Proxy, key, by.may("proxies.record"))
    await taking_turns(work, seen.principal_id, seen.actor_id)
    held = await work.locked(Proxy, key, by.may("proxies.record"))
    try:
        work.announce(held.confirm(by=by.id, scopes=scopes, number_index=number_index, at=work.now))
    except rules.ProxyDiffers:
        await work.audit("proxies.differ", f"proxy/{held.id}", actor=by.id)
        raise
    await _binding(work, held.binding_id, {held.principal_id, held.actor_id})
    if held.kind == "guardian":
        await ward_consents.take_back_own(work, held.principal_id)
    await work.audit("proxies.confirm", f"proxy/{held.id}", actor=by.id)
    return held


async def refuse(work: Work, key: UUID, *, by: Actor) -> Proxy:
    """Nothing comes of it."""
    held = await work.locked(Proxy, key, by.may("proxies.record"))
    held.refuse(by=by.id, at=work.now)
    await work.audit("proxies.refuse", f"proxy/{held.id}", actor=by.id)
    return held


async def end(work: Work, key: UUID, *, by: Actor) -> Proxy:
    """By the principal, the actor, or staff of the area: what was given to act is void within seconds."""
    may = by.may("proxies.end")
    either = OfEither(may.actor, may.action, may.rule)
    await work.taking_turns((await work.seen(Proxy, key, either)).principal_id.bytes)  # before the row, as where it is confirmed
    held = await work.locked(Proxy, key, either)
    _end(work, held, by=by.id)
    await ward_consents.take_back(work, held)
    await work.audit("proxies.end", f"proxy/{held.id}", actor=by.id)
    return held


async def binding_ended(work: Work, binding: UUID) -> None:
    """What rested on it ends with it."""
    await _end_all(work, _ours.binding_id == binding)


async def forget_person(work: Work, person: UUID) -> None:
    """Who is forgotten acts for nobody, and nobody for them; of what was theirs no row stays."""
    await _end_all(work, (_ours.principal_id == person) | (_ours.actor_id == person), forgotten=person)
    await work.session.flush()
    waits = (_ours.actor_id == person) & (_ours.state == "waiting")
    await work.session.execute(delete(proxies).where((_ours.principal_id == person) | waits))


async def tend(work: Work) -> None:
    """What waited too long is over; what is over soon is told; what is over is said to be."""
    late = (_ours.state == "waiting") & (_ours.starts_at <= work.now - rules.WAITS)
    change = update(proxies).where(late).values(state="over", number_index=None, decided_at=work.now)
    await work.session.execute(change)
    await _wards_turns(work, _ours.ends_at <= work.now)
    for one in await _lasting(work, _ours.ends_at <= work.now, others=False):
        work.announce(one.expire())
        await ward_consents.take_back(work, one)
    soon = (_ours.ends_at <= work.now + rules.WARNED) & (_ours.starts_at <= work.now - rules.WARNED)
    for one in await _lasting(work, soon & _ours.warned_at.is_(None), others=False):
        work.announce(one.warn(work.now))
    six = (_ours.kind == "guardian") & (_ours.ends_at - _SINCE_SIX <= work.now) & _ours.six_told_at.is_(None)
    for one in await _lasting(work, six & (_ours.ends_at > work.now), others=False):
        work.announce(one.tell_six(work.now))


async def lives(work: Work, principal: UUID, actor: UUID) -> bool:
    """Whether somebody may act for somebody now."""
    pair = (_ours.principal_id == principal) & (_ours.actor_id == actor)
    found = await work.session.scalar(select(Proxy).where(pair, _ours.state == "confirmed"))
    return found is not None and await until(work, found) is not None


async def until(work: Work, held: Proxy) -> datetime | None:
    """When it ends, by its own date or that of what it rests on; None of what is over."""
    if not held.lives(work.now):
        return None
    if held.binding_id is None:
        return held.ends_at
    binding = await work.session.get_one(Binding, held.binding_id)
    ends = min(held.ends_at, binding.ends_at or held.ends_at)
    return ends if binding.starts_at <= work.now < ends else None


async def taking_turns(work: Work, *people: UUID) -> None:
    """What is entrusted between two is decided one after the other, and NotFound of who was forgotten meanwhile."""
    for one in sorted(people):
        await work.taking_turns(one.bytes)
    for one in people:
        await queries.must_be_somebody(work, one)


async def _made(work: Work, wish: Wish, *, area: str, by: UUID) -> Proxy:
    await taking_turns(work, wish.principal, wish.actor)
    if wish.kind != "guardian":
        await must_be_no_ward(work, wish.principal)
    binding = await _binding(work, wish.binding, {wish.principal, wish.actor})  # before the proxies, as where it is ended
    pair = (_ours.principal_id == wish.principal) & (_ours.actor_id == wish.actor)
    for one in await work.session.scalars(select(Proxy).where(pair, _ours.state.in_(("waiting", "confirmed"))).with_for_update()):
        _must_be_over(work, one)
    await work.session.flush()
    ends = min(wish.until, binding.ends_at or wish.until) if binding is not None else wish.until
    return Proxy(
        work.new_id(), wish.principal, wish.actor, wish.kind, area, sorted(set(wish.scopes)), wish.evidence, wish.binding,
        work.now, ends, by, wish.number_index,
    )


def _must_be_over(work: Work, one: Proxy) -> None:
    """ProxyThere unless its time is over, though nothing has noted that yet."""
    if one.state == "confirmed" and one.ends_at <= work.now:
        work.announce(one.expire())
    elif one.state == "waiting" and one.starts_at <= work.now - rules.WAITS:
        one.decide("over", None, work.now)
    else:
        raise rules.ProxyThere


async def _binding(work: Work, key: UUID | None, whose: set[UUID]) -> Binding | None:
    """What it is to rest on, held so that it does not end meanwhile; BindingUnfit unless it is one of theirs and goes on."""
    if key is None:
        return None
    found = await work.session.get(Binding, key, with_for_update={"read": True}, populate_existing=True)
    is_theirs = found is not None and found.agreed_at is not None and found.person_id in whose
    if found is None or not is_theirs or (found.ends_at is not None and found.ends_at <= work.now):
        raise rules.BindingUnfit
    return found


def _end(work: Work, held: Proxy, *, by: UUID | None) -> None:
    """What was given to act is void: the actor's tokens are, all of them, and their app gets itself new ones."""
    work.announce(held.end(by=by, at=work.now))
    if held.used_at is not None and held.used_at > work.now - rules.TOKEN - _SKEW:
        sessions.void(work, held.actor_id, since=held.used_at)


async def _end_all(work: Work, which: ColumnElement[bool], *, forgotten: UUID | None = None) -> None:
    await _wards_turns(work, which)
    for one in await _lasting(work, which & (_ours.ends_at > work.now)):
        _end(work, one, by=None)
        if one.principal_id != forgotten:
            await ward_consents.take_back(work, one)


async def _wards_turns(work: Work, which: ColumnElement[bool]) -> None:
    """Children whose consents go with it, before the rows are held: as where one is confirmed."""
    wards = select(_ours.principal_id).where(which, _ours.state == "confirmed", _ours.kind == "guardian").distinct()
    for one in sorted(await work.session.scalars(wards)):
        await work.taking_turns(one.bytes)


async def _lasting(work: Work, which: ColumnElement[bool], *, others: bool = True) -> Sequence[Proxy]:
    """Held; of those that somebody else holds, who comes again soon need not wait for them."""
    asked = select(Proxy).where(which, _ours.state == "confirmed").order_by(_ours.id).with_for_update(skip_locked=not others)
    return (await work.session.scalars(asked.execution_options(populate_existing=True))).all()


async def of_person(work: Work, person: UUID) -> list[dict[str, Any]]:
    """For the export: who may act for them and for whom they may."""
    asked = select(proxies).where((_ours.principal_id == person) | (_ours.actor_id == person)).order_by(_ours.id)
    return [
        {
            "principal_id": str(row.principal_id), "actor_id": str(row.actor_id), "kind": row.kind, "scopes": row.scopes,
            "starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat(), "state": row.state,
        }
        for row in await work.session.execute(asked)
    ]


async def must_be_no_ward(work: Work, person: UUID) -> None:
    """GuardianActs of a child for whom a guardian acts."""
    ward = (_ours.principal_id == person) & (_ours.kind == "guardian") & (_ours.ends_at > work.now)
    if await work.session.scalar(select(_ours.id).where(ward, _ours.state.in_(("waiting", "confirmed"))).limit(1)) is not None:
        raise rules.GuardianActs


async def of_actor(work: Work, key: UUID, actor: UUID) -> Proxy:
    """One that is used, held until its token is given; NotFound of anybody else's."""
    held = await work.session.get(Proxy, key, with_for_update=True, populate_existing=True)
    if held is None or held.actor_id != actor:
        raise NotFound
    return held
