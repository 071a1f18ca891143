"""Somebody lost their second factor: an admin of their area, or an operator, takes all of it away, and signs them out."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import delete, select, true

from chassis.db import Work
from chassis.errors import NotFound
from chassis.rights import Actor, Permission
from contracts.identity import FactorChanged
from services.identity.actions import granting, requirement, sessions
from services.identity.domain.policy import Policy
from services.identity.domain.second_factor import NotOnesOwn, SecondFactorMissing
from services.identity.store import queries
from services.identity.store.agreement import agreed
from services.identity.store.periods import goes_on
from services.identity.store.tables import assignments, bindings, passkeys, people, recovery_codes, second_factors

Reason = Literal["lost", "broken", "stolen", "locked-out"]  # a word, no sentence: people write names into sentences


@dataclass(frozen=True)
class _There:
    """A person, where they serve or live."""

    owner_id: UUID
    area: str


async def take_away(
    work: Work, person: UUID, *, by: Actor, claims: dict[str, Any], policy: Policy, reason: Reason
) -> None:
    """An admin does it whose area holds every place where the person serves (of who serves nowhere: lives).

    NotFound outside it, NotOnesOwn of oneself, InsufficientUserAuthentication of who did not show a second factor lately,
    SecondFactorMissing where there is none.
    """
    await must_answer_for(work, person, by.may("people.recover"))
    if person == by.id:
        raise NotOnesOwn
    await requirement.must_be_fresh(work, policy, by.id, "people.recover", claims)
    await _taken(work, person, by=by.id, reason=reason)


async def take_away_by_command(work: Work, login: str, *, reason: Reason) -> UUID:
    """An operator does it, for whom there is nobody else; NotFound of a login nobody has."""
    person: UUID | None = await work.session.scalar(select(people.c.id).where(people.c.login == login))
    if person is None:
        raise NotFound
    await _taken(work, person, by=None, reason=reason)
    return person


async def must_answer_for(work: Work, person: UUID, permission: Permission) -> None:
    """NotFound, unless the permission reaches every place where the person serves (of who serves nowhere: lives)."""
    places = await _places(work, person)
    if not places:
        raise NotFound
    for place in places:
        permission.check(_There(person, place))
        if person != permission.actor.id:
            await granting.must_still_serve(work, permission, place)


async def _places(work: Work, person: UUID) -> list[str]:
    for held, is_so in ((assignments.c, true()), (bindings.c, agreed(bindings.c))):
        theirs = select(held.area).where(held.person_id == person, goes_on(held, work.now), is_so)
        found = list(await work.session.scalars(theirs))
        if found:
            return found
    return []


async def _taken(work: Work, person: UUID, *, by: UUID | None, reason: Reason) -> None:
    await work.taking_turns(person.bytes)
    if not await queries.is_guarded(work, person):
        raise SecondFactorMissing
    for kept in (second_factors, passkeys, recovery_codes):
        await work.session.execute(delete(kept).where(kept.c.person_id == person))
    await work.audit("second-factor.take-away", f"person/{person}", actor=by, reason=reason)
    await sessions.revoke(work, person, by=by)
    work.announce(FactorChanged(person_id=person, factor="all", change="taken-away", recipients=(person,)))
