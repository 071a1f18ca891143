"""What was verified of people: recorded by staff who saw it, revoked by staff, over by its day, told to its person."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select

from chassis.db import Work
from chassis.errors import NotFound
from chassis.rights import Actor, Permission
from services.identity.actions import homes, wards
from services.identity.domain import facts as rules
from services.identity.domain.facts import Fact, Held, Level, Sight, Why
from services.identity.store import queries
from services.identity.store.facts import facts
from services.identity.store.real_name import duplicates, numbers, real_name_checks
from services.identity.store.tables import contacts

_ours = facts.c
_SHOWN = 100  # of a person, the newest


async def record(work: Work, person: UUID, *, by: Actor, seen: Sight) -> Fact:
    """A member of staff saw it, of somebody who lives in their area.

    NotFound outside the area and of who was forgotten, NotAboutOneself, PapersUnfit, FactUnfit, FactThere.
    """
    permission = by.may("facts.record")
    await homes.reached(work, person, permission)
    made = seen.fact(work.new_id(), person, by=by.id, at=work.now)
    await keep(work, made)
    await work.audit("facts.record", f"person/{person}", actor=by.id, reason=f"{made.kind} {made.evidence}")
    return made


async def keep(work: Work, made: Fact) -> None:
    """It is so from now on; FactThere, where the same holds already."""
    await work.taking_turns(made.person_id.bytes)  # they may be forgotten at the same moment
    await queries.must_be_somebody(work, made.person_id)
    for same in await _standing(work, made):
        if not same.is_over(work.now):
            raise rules.FactThere
        await _over(work, same)
    work.session.add(made)
    await work.session.flush()
    work.announce(made.changed("added", await levels(work, made.person_id)))


async def revoke(work: Work, key: UUID, *, by: Actor, why: Why) -> Fact:
    """It is so no more, says staff of the area where its person lives; a number that was compared for it is free again."""
    permission = by.may("facts.record")
    person = await work.session.scalar(select(_ours.person_id).where(_ours.id == key))
    if person is None:
        raise NotFound
    await homes.reached(work, person, permission)
    await work.taking_turns(person.bytes)
    held = await work.session.get(Fact, key, with_for_update=True, populate_existing=True)
    if held is None:  # its person was forgotten meanwhile
        raise NotFound
    held.revoke(by=by.id, why=why, at=work.now)
    if held.kind == "real-name":
        await work.session.execute(delete(numbers).where(numbers.c.person_id == person))
    await work.session.flush()
    await work.audit("facts.revoke", f"person/{person}", actor=by.id, reason=f"{held.kind} {why}")
    work.announce(held.changed("revoked", await levels(work, person)))
    return held


async def seen(work: Work, person: UUID, permission: Permission) -> list[Fact]:
    """Staff of the area look at what was verified of somebody who lives there, the newest first; an id of before leads there."""
    person = await queries.leads(work, person)
    await homes.reached(work, person, permission)
    return list(await of(work, person))


async def of(work: Work, person: UUID) -> Sequence[Fact]:
    """All of it, also what is over, the newest first; whose guardian they are is read from the guardianships."""
    asked = select(Fact).where(_ours.person_id == person).order_by(_ours.checked_at.desc(), _ours.id).limit(_SHOWN)
    found = [*(await work.session.scalars(asked)).all(), *await wards.as_facts(work, person)]
    return sorted(found, key=lambda one: one.checked_at, reverse=True)[:_SHOWN]


async def levels(work: Work, person: UUID) -> list[Level]:
    """Whose needs they meet."""
    return rules.levels(await held(work, person))


async def held(work: Work, person: UUID) -> set[Held]:
    """The kinds of what holds: their phone is read where they sign in by it, their household where they are bound."""
    now: Any = _ours.ended_at.is_(None) & or_(_ours.expires_at.is_(None), _ours.expires_at > work.now)
    found: set[Held] = set(await work.session.scalars(select(_ours.kind).where(_ours.person_id == person, now)))
    if await queries.has(work, person, "phone"):
        found.add("phone")
    if await homes.of(work, person):
        found.add("household")
    found |= {one.kind for one in await wards.as_facts(work, person) if one.ended_at is None}
    return found


async def told(work: Work, person: UUID) -> dict[str, Any]:
    """What somebody sees of what was verified of them."""
    there = await held(work, person)
    verified_at = await work.session.scalar(
        select(contacts.c.verified_at).where(contacts.c.person_id == person, contacts.c.kind == "phone")
    )
    return {
        "level": rules.level(there), "levels": rules.levels(there), "phone_verified_at": verified_at,
        "facts": await of(work, person),
    }


async def end_by_the_clock(work: Work) -> None:
    """What was good until a day that is over: noted, and told to its person."""
    passed = _ours.ended_at.is_(None) & (_ours.expires_at <= work.now)
    for one in await work.session.scalars(select(Fact).where(passed).limit(200).with_for_update(skip_locked=True)):
        await _over(work, one)


async def export(work: Work, person: UUID) -> list[dict[str, Any]]:
    """All of it, for its person."""
    return [
        {"kind": one.kind, "evidence": one.evidence, "checked_at": one.checked_at.isoformat(), "provider": one.provider,
         "ended": one.ended_at.isoformat() if one.ended_at else None}
        for one in await of(work, person)
    ]


async def forget_person(work: Work, person: UUID) -> None:
    """Nothing was verified of somebody who was forgotten, no number leads to them, and they are nobody's child."""
    await work.session.execute(delete(numbers).where(numbers.c.person_id == person))
    await work.session.execute(delete(real_name_checks).where(real_name_checks.c.person_id == person))
    of_two = (duplicates.c.person_id == person) | (duplicates.c.other_id == person)
    await work.session.execute(delete(duplicates).where(of_two))
    await work.session.execute(delete(facts).where((_ours.person_id == person) | (_ours.child_id == person)))


async def _standing(work: Work, made: Fact) -> list[Fact]:
    """The same that was not ended yet, whether or not its day is over."""
    same = (_ours.person_id == made.person_id) & (_ours.kind == made.kind) & _ours.ended_at.is_(None)
    return list(await work.session.scalars(select(Fact).where(same).with_for_update()))


async def _over(work: Work, one: Fact) -> None:
    one.expire()
    await work.session.flush()
    work.announce(one.changed("over", await levels(work, one.person_id)))


async def let_go(work: Work, one: Fact) -> None:
    """It is over before its day: what it rested on is."""
    one.expires_at = work.now
    await _over(work, one)
