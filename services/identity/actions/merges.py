"""Two are merged by two members of staff who serve where both live, told to the person, and can be split for thirty days."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from chassis.db import Work
from chassis.errors import Forbidden, NotFound
from chassis.rights import Actor, NotAllowedHere
from services.identity.actions import granting, merging, requirement
from services.identity.domain import merge as rules
from services.identity.domain.merge import Known, Merge
from services.identity.domain.place import Assignment
from services.identity.domain.policy import Policy
from services.identity.store import merges as store
from services.identity.store import queries
from services.identity.store.periods import goes_on
from services.identity.store.reach import DOOR
from services.identity.store.tables import assignments


@dataclass(frozen=True)
class Asked:
    """Who asks, what their token says they showed, and who must show what here."""

    by: Actor
    claims: dict[str, Any]
    policy: Policy


@dataclass(frozen=True)
class _Seen:
    """Two, as they are now: who stays, who leads there, and what would move."""

    survivor: Known
    source: Known
    moves: dict[str, Any]


async def propose(work: Work, asked: Asked, pair: tuple[UUID, UUID], *, reason: str) -> Merge:
    """The first look. NotFound outside the area where both live, NotOnesOwnMerge, MergeUnfit, MergeThere, MergeOfOne.

    InsufficientUserAuthentication of who did not show a second factor lately.
    """
    area = await _reached(work, asked, pair)
    if len(set(pair)) == 1:
        raise rules.MergeOfOne
    await _taking_turns(work, pair)
    await _must_be_free(work, pair)
    seen = await _seen(work, pair)
    made = Merge(work.new_id(), seen.survivor.id, seen.source.id, area, reason, asked.by.id, work.now, seen.moves)
    work.session.add(made)
    await work.session.flush()
    await work.audit("merges.propose", f"merge/{made.id}", actor=asked.by.id, reason=reason)
    return made


async def shown(work: Work, key: UUID, *, by: Actor) -> Merge:
    """For whoever is to look: who stays, who leads there, and what moves."""
    return await work.seen(Merge, key, by.may("people.merge"))


async def confirm(work: Work, key: UUID, asked: Asked, *, whom: tuple[UUID, UUID]) -> Merge:
    """The second look, by somebody else: they are one, in this transaction here, and as the word spreads everywhere.

    MergeUnfit if something stands against it by now; MergeDiffers, MergeDecided, NotByTheSame, NotOnesOwnMerge.
    """
    pair, held = await _held(work, key, asked)
    held.must_not_be(asked.by.id)
    held.must_be("waiting", since=held.proposed_at, at=work.now)
    seen = await _seen(work, pair)
    now = seen.moves if (seen.survivor.id, seen.source.id) == pair else {}  # who stays is another by now: nothing noted holds
    try:
        said = held.confirm(by=asked.by.id, whom=whom, now=now, at=work.now)
    except rules.MergeDiffers:
        await work.audit("merges.differ", f"merge/{held.id}", actor=asked.by.id)
        raise
    async with work.seeing(DOOR):  # one of them lives nowhere from here on
        await merging.join(work, held, said)
    work.announce(said)
    for person in pair:
        await work.audit("merges.confirm", f"person/{person}", actor=asked.by.id, reason=held.reason)
    return held


async def refuse(work: Work, key: UUID, *, by: Actor) -> Merge:
    """They are two; whoever proposed it may say so as well."""
    held = await work.locked(Merge, key, by.may("people.merge"))
    held.refuse(by=by.id, at=work.now)
    await work.audit("merges.refuse", f"merge/{held.id}", actor=by.id)
    return held


async def split(work: Work, key: UUID, asked: Asked, *, reason: str) -> Merge:
    """They are two after all. SplitTooLate, MergeDecided, NotOnesOwnMerge; NotFound of who was forgotten meanwhile."""
    pair, held = await _held(work, key, asked)
    said = held.split(by=asked.by.id, reason=reason, at=work.now)
    if await store.forgotten(work, pair):
        raise NotFound
    async with work.seeing(DOOR):
        await merging.part(work, held, said)
    work.announce(said)
    for person in pair:
        await work.audit("merges.split", f"person/{person}", actor=asked.by.id, reason=reason)
    return held


async def forget(work: Work) -> None:
    """What waited too long for its second look is over."""
    late = (store.merges.c.state == "waiting") & (store.merges.c.proposed_at <= work.now - rules.WAITS)
    await work.session.execute(update(store.merges).where(late).values(state="over", noted=None, decided_at=work.now))


async def _held(work: Work, key: UUID, asked: Asked) -> tuple[tuple[UUID, UUID], Merge]:
    """One that is decided now: its two take turns first, as everything that is done to people does."""
    permission = asked.by.may("people.merge")
    seen = await work.seen(Merge, key, permission)
    pair = (seen.survivor_id, seen.source_id)
    await _may(work, asked, pair, seen.area)
    await _taking_turns(work, pair)
    return pair, await work.locked(Merge, key, permission)


async def _reached(work: Work, asked: Asked, pair: tuple[UUID, UUID]) -> str:
    """The smallest area where both live or serve, if the actor serves in all of it; NotFound elsewhere.

    Of who is nowhere it is where the other one is, if one number of papers was shown for both.
    """
    permission = asked.by.may("people.merge")
    found = [await store.places(work, person) for person in pair]
    area = rules.smallest([place for places in found for place in places])
    if area is None or (not all(found) and not await store.suspected(work, *pair)):
        raise NotFound
    permission.check(_Spot(area))
    await _may(work, asked, pair, area)
    return area


@dataclass(frozen=True)
class _Spot:
    """A place, for the question who may."""

    area: str


async def _may(work: Work, asked: Asked, pair: tuple[UUID, UUID], area: str) -> None:
    """They still serve there by identity's own rows, and are neither; whoever serves is merged by who could grant that office."""
    permission = asked.by.may("people.merge")
    if asked.by.id in pair:
        raise rules.NotOnesOwnMerge
    await granting.must_still_serve(work, permission, area)
    lasting = assignments.c.person_id.in_(pair) & goes_on(assignments.c, work.now)
    for one in await work.session.scalars(select(Assignment).where(lasting)):
        try:
            asked.by.may("assignments.grant").check(one)
        except (NotFound, Forbidden):
            raise NotAllowedHere(action="people.merge") from None
    await requirement.must_be_fresh(work, asked.policy, asked.by.id, "people.merge", asked.claims)


async def _taking_turns(work: Work, pair: tuple[UUID, UUID]) -> None:
    for person in sorted(pair):
        await work.taking_turns(person.bytes)


async def _seen(work: Work, pair: tuple[UUID, UUID]) -> _Seen:
    """MergeUnfit, with all that stands against it; NotFound of who was forgotten."""
    async with work.seeing(DOOR):  # who is suspected to be another may live nowhere
        await store.hold(work, pair)
        one, other = [await store.known(work, person) for person in sorted(pair)]
        survivor, source = rules.stays(one, other)
        found = [*rules.against(survivor, source), *await store.against(work, pair)]
        if found:
            raise rules.MergeUnfit(against=sorted(found))
        for person in pair:
            await queries.must_be_somebody(work, person)
        return _Seen(survivor, source, await store.preview(work, survivor.id, source.id))


async def _must_be_free(work: Work, pair: tuple[UUID, UUID]) -> None:
    """MergeThere, unless what waits for these two waited too long."""
    same = store.merges.c.survivor_id.in_(pair) & store.merges.c.source_id.in_(pair) & (store.merges.c.state == "waiting")
    for one in await work.session.scalars(select(Merge).where(same).with_for_update()):
        if work.now - one.proposed_at < rules.WAITS:
            raise rules.MergeThere
        one.decide("over", None, work.now)
    await work.session.flush()
