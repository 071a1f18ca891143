"""Merges, how they map onto the domain, and what is asked of two who may be one."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry

from chassis.crypto import forgotten_people
from chassis.db import Work
from chassis.directory import reached
from chassis.errors import NotFound
from chassis.pages import Listing
from chassis.privacy import moved
from chassis.tables import AreaPath
from services.identity.domain.erasure import OPEN
from services.identity.domain.merge import Against, Known, Merge
from services.identity.store.agreement import agreed
from services.identity.store.facts import facts
from services.identity.store.periods import goes_on, holds
from services.identity.store.phones import phone_additions
from services.identity.store.privacy import erasures, exports
from services.identity.store.proxies import proxies
from services.identity.store.real_name import duplicates, numbers, real_name_checks
from services.identity.store.tables import assignments, authorization_codes, bindings, contacts, metadata, people, registrations

_moment = DateTime(timezone=True)

merges = Table(
    "merges", metadata,
    Column("id", Uuid, primary_key=True),
    Column("survivor_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("source_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("area", AreaPath, nullable=False, comment="the smallest where both live or serve"),
    Column("reason", Text, CheckConstraint(
        "reason in ('same-papers', 'same-phone', 'said-so', 'registered-twice')", name="reason"
    ), nullable=False),
    Column("proposed_by", Uuid, nullable=False),
    Column("proposed_at", _moment, nullable=False),
    Column("noted", JSONB(none_as_null=True), comment="what would move, as the first saw it; while it waits"),
    Column("state", Text, CheckConstraint(
        "state in ('waiting', 'merged', 'refused', 'over', 'split')", name="state"
    ), nullable=False),
    Column("decided_by", Uuid),
    Column("decided_at", _moment),
    Column("differed", Integer, CheckConstraint("differed between 0 and 5", name="differed"), nullable=False,
           server_default=text("0"), comment="second looks that said otherwise"),
    Column("kept", JSONB(none_as_null=True), comment="of what a split brings back: keys, never values"),
    Column("until", _moment, comment="when it can be split no more"),
    Column("split_by", Uuid),
    Column("split_at", _moment),
    Column("split_reason", Text, CheckConstraint("split_reason in ('two-people', 'mistaken', 'asked')", name="split_reason")),
    CheckConstraint("survivor_id <> source_id", name="two"),
    CheckConstraint("proposed_by not in (survivor_id, source_id)", name="not_oneself"),
    CheckConstraint("(state = 'waiting') = (noted is not null) and (state = 'waiting') = (decided_at is null)", name="decided"),
    CheckConstraint(
        "state not in ('merged', 'split') or (until is not null and decided_by is not null"
        " and decided_by not in (proposed_by, survivor_id, source_id))", name="two_looks"
    ),
    CheckConstraint(
        "(state = 'split') = (split_at is not null) and (split_at is null) = (split_by is null)"
        " and (split_at is null) = (split_reason is null) and (split_at is null or split_at < until)", name="split"
    ),
    CheckConstraint("split_by not in (survivor_id, source_id)", name="split_by_another"),
    Index("ix_merges_area_gist", "area", postgresql_using="gist"),
    Index("uq_merges_source", "source_id", unique=True, postgresql_where=text("state = 'merged'")),
    Index("uq_merges_waiting", text("least(survivor_id, source_id)"), text("greatest(survivor_id, source_id)"), unique=True,
          postgresql_where=text("state = 'waiting'")),
)

registry(metadata=metadata).map_imperatively(Merge, merges)

MERGES = Listing(select(merges).where(reached(merges.c.area)), merges.c.id, state=merges.c.state == bindparam("state"))


async def hold(work: Work, pair: tuple[UUID, UUID]) -> None:
    """Nobody signs in as either until this is over: a token wants its person's row, and what leads to one is held before it."""
    for table in (authorization_codes, contacts):
        mine = select(table.c.person_id).where(table.c.person_id.in_(pair)).order_by(*table.primary_key).with_for_update()
        await work.session.execute(mine)
    await work.session.execute(select(people.c.id).where(people.c.id.in_(pair)).order_by(people.c.id).with_for_update())


async def forgotten(work: Work, pair: tuple[UUID, UUID]) -> bool:
    """Whether either was forgotten meanwhile."""
    gone = select(forgotten_people.c.person_id).where(forgotten_people.c.person_id.in_(pair)).limit(1)
    return await work.session.scalar(gone) is not None


async def known(work: Work, person: UUID) -> Known:
    """What decides about somebody who is held; NotFound of nobody."""
    row = (await work.session.execute(select(people.c.created_at, people.c.login).where(people.c.id == person))).first()
    if row is None:
        raise NotFound
    serving = select(assignments.c.id).where(assignments.c.person_id == person, goes_on(assignments.c, work.now)).limit(1)
    living = select(bindings.c.id).where(bindings.c.person_id == person, holds(bindings.c, work.now), agreed(bindings.c)).limit(1)
    absorbing = select(moved.c.merge_id).where(moved.c.survivor_id == person, moved.c.split_at.is_(None)).limit(1)
    kept = select(numbers.c.document, numbers.c.number_index).where(numbers.c.person_id == person)
    return Known(
        person, row.created_at, serves=await work.session.scalar(serving) is not None, has_login=row.login is not None,
        absorbed=await work.session.scalar(absorbing) is not None, is_home=await work.session.scalar(living) is not None,
        numbers=frozenset((one.document, bytes(one.number_index)) for one in await work.session.execute(kept)),
    )


async def places(work: Work, person: UUID) -> list[str]:
    """Where they live and serve."""
    living = select(bindings.c.area).where(bindings.c.person_id == person, holds(bindings.c, work.now), agreed(bindings.c))
    serving = select(assignments.c.area).where(assignments.c.person_id == person, goes_on(assignments.c, work.now))
    return [*await work.session.scalars(living), *await work.session.scalars(serving)]


async def suspected(work: Work, one: UUID, other: UUID) -> bool:
    """Whether one number of papers was shown for both."""
    pair = duplicates.c.person_id.in_((one, other)) & duplicates.c.other_id.in_((one, other))
    return await work.session.scalar(select(duplicates.c.id).where(pair)) is not None


def _among(pair: tuple[UUID, UUID]) -> dict[Against, Any]:
    """What stands against two, as questions of rows. A guardian acts for who has no way in: never for whoever signs in by now."""
    either = pair
    of = proxies.c
    return {
        "merged": exists().where(moved.c.source_id.in_(either), moved.c.split_at.is_(None)),
        "acting": or_(
            exists().where(of.principal_id.in_(either), of.actor_id.in_(either), of.state.in_(("waiting", "confirmed"))),
            exists().where(facts.c.person_id.in_(either), facts.c.child_id.in_(either)),
        ),
        "ward": exists().where(of.principal_id.in_(either), of.kind == "guardian", of.state.in_(("waiting", "confirmed"))) & or_(
            exists().where(contacts.c.person_id.in_(either)),
            exists().where(people.c.id.in_(either), people.c.login.is_not(None)),
        ),
        "vouched": or_(*(exists().where(whose.in_(either), by.in_(either), whose != by) for whose, by in _VOUCHED)),
        "under-way": or_(  # which of these is the person's own business
            exists().where(erasures.c.person_id.in_(either), erasures.c.state.in_(OPEN)),
            exists().where(exports.c.person_id.in_(either), exports.c.state.in_(("gathering", "ready"))),
            exists().where(real_name_checks.c.person_id.in_(either), real_name_checks.c.state == "asked"),
            exists().where(phone_additions.c.person_id.in_(either), phone_additions.c.state.in_(("asked", "agreed"))),
            exists().where(or_(of.principal_id.in_(either), of.actor_id.in_(either)), of.state == "waiting"),
        ),
    }


_VOUCHED = (  # whose it is, and who said so: who vouched for another is not that other
    *((facts.c.person_id, by) for by in (facts.c.checked_by, facts.c.ended_by)),
    *((facts.c.child_id, by) for by in (facts.c.checked_by, facts.c.ended_by)), (proxies.c.principal_id, proxies.c.given_by),
    (assignments.c.person_id, assignments.c.granted_by),
    (bindings.c.person_id, bindings.c.approved_by), (phone_additions.c.person_id, phone_additions.c.asked_by),
    (registrations.c.person_id, registrations.c.registered_by), (registrations.c.person_id, registrations.c.decided_by),
    (phone_additions.c.person_id, phone_additions.c.decided_by), (proxies.c.principal_id, proxies.c.decided_by),
    (proxies.c.actor_id, proxies.c.decided_by), (proxies.c.actor_id, proxies.c.given_by),
    (proxies.c.principal_id, proxies.c.ended_by), (proxies.c.actor_id, proxies.c.ended_by),
)


async def against(work: Work, pair: tuple[UUID, UUID]) -> list[Against]:
    """What stands against two by what is between them, or under way of either."""
    asked = _among(pair)
    row = (await work.session.execute(select(*(which.label(word) for word, which in asked.items())))).one()
    return [word for word, is_so in zip(asked, row, strict=True) if is_so]


async def preview(work: Work, survivor: UUID, source: UUID) -> dict[str, Any]:
    """What would move, as words and counts; nothing in the clear."""
    led_by = select(contacts.c.person_id, contacts.c.kind).where(contacts.c.person_id.in_((survivor, source)))
    found = [(row.person_id, row.kind) for row in await work.session.execute(led_by)]
    counted = {
        "bindings": bindings.c.person_id == source, "facts": facts.c.person_id == source,
        "proxies": (proxies.c.principal_id == source) | (proxies.c.actor_id == source),
    }
    asked = select(*(select(func.count()).where(which).scalar_subquery().label(name) for name, which in counted.items()))
    told = dict((await work.session.execute(asked)).one()._mapping)  # noqa: SLF001 - its public name
    ways = {kind: "stays" if (survivor, kind) in found else "moves" for person, kind in found if person == source}
    return {**told, **{kind: ways.get(kind, "none") for kind in ("phone", "wechat")}}
