"""Who has a second factor and shows it anew, and who must have one: what is refused them, and how they come by one."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from joserfc.util import urlsafe_b64decode, urlsafe_b64encode
from sqlalchemy import bindparam, select

from chassis import crypto
from chassis.db import Work
from chassis.prepared import Prepared
from contracts.area import Role
from services.identity.domain.policy import ADMIN_LIFE, ENROL_LIFE, Held, Policy, SecondFactorKept, SecondFactorRequired
from services.identity.domain.rights import ALWAYS_STEP_UP, STEP_UP
from services.identity.domain.second_factor import (
    ONE_FACTOR,
    InsufficientUserAuthentication,
    Proved,
    SecondFactorRefused,
    SecondFactorThere,
)
from services.identity.store import queries
from services.identity.store.periods import holds
from services.identity.store.tables import assignments

_SERVES = Prepared(select(assignments.c.role, assignments.c.starts_at).where(
    assignments.c.person_id == bindparam("person"), holds(assignments.c, bindparam("now")),
))
_ENROL = crypto.Place("second_factors", "challenge", "enrolment")


async def due(work: Work, policy: Policy, person: UUID) -> datetime | None:
    """From when on they must have one, as they serve now."""
    if not policy.roles:
        return None
    return policy.due([Held(row.role, row.starts_at) for row in await work.rows(_SERVES, person=person, now=work.now)])


async def is_due(work: Work, policy: Policy, person: UUID) -> bool:
    """Whether their time without one is over."""
    since = await due(work, policy, person)
    return since is not None and since <= work.now


async def must_be_met(work: Work, policy: Policy, person: UUID, method: str) -> None:
    """SecondFactorRequired of who has shown a first proof, has no second factor, and must have one by now."""
    if not await is_due(work, policy, person):
        return
    if method != "pwd":  # a phone number, which may be somebody else's by now, takes no factor over for staff
        raise SecondFactorRequired
    said = {"person": str(person), "until": (work.now + ENROL_LIFE).isoformat()}
    challenge = urlsafe_b64encode(crypto.seal(work.vault.keys.kek, _ENROL, json.dumps(said).encode())).decode()
    raise SecondFactorRequired(challenge=challenge, expires_in=int(ENROL_LIFE.total_seconds()))


async def enrolling(work: Work, challenge: str) -> UUID:
    """Who takes their first factor over by this challenge; SecondFactorThere once they have one, so that it does so once."""
    try:
        said = json.loads(crypto.unseal(work.vault.keys.kek, _ENROL, urlsafe_b64decode(challenge.encode())))
    except (crypto.Unreadable, ValueError):
        raise SecondFactorRefused from None
    person = UUID(said["person"])
    if datetime.fromisoformat(said["until"]) <= work.now:
        raise SecondFactorRefused
    await work.taking_turns(person.bytes)
    if await queries.is_guarded(work, person):
        raise SecondFactorThere
    return person


async def must_still_be_met(work: Work, policy: Policy, person: UUID) -> None:
    """SecondFactorKept, after one was removed, of who has none now and must have one."""
    if not await queries.is_guarded(work, person) and await is_due(work, policy, person):
        raise SecondFactorKept


async def outgrown(work: Work, policy: Policy, person: UUID, proved: Proved | None) -> bool:
    """Whether a session is over whose person must have two factors by now: it began with one, or they have no second any more.

    One of who administers is over when they showed who they are too long ago, however often it is used.
    """
    if (proved is None or proved.at <= work.now - ADMIN_LIFE) and await _administers(work, person):
        return True
    if not await is_due(work, policy, person):
        return False
    return proved is None or proved.level == ONE_FACTOR or not await queries.is_guarded(work, person)


async def _administers(work: Work, person: UUID) -> bool:
    serves = holds(assignments.c, work.now) & (assignments.c.person_id == person) & (assignments.c.role == str(Role.ADMIN))
    return await work.session.scalar(select(assignments.c.id).where(serves).limit(1)) is not None


async def must_be_fresh(work: Work, policy: Policy, person: UUID, action: str, said: dict[str, Any]) -> None:
    """InsufficientUserAuthentication of who has or must have a second factor and did not show it lately, as their token says.

    For acts that always want one also of who has none (RFC 9470).
    """
    if action in ALWAYS_STEP_UP or await queries.is_guarded(work, person) or await is_due(work, policy, person):
        _must_say_so(work, action, said)


async def must_be_fresh_by_now(work: Work, person: UUID, action: str, said: dict[str, Any]) -> None:
    """The same where something ends that may have begun before its person had a second factor; they take turns already."""
    if await queries.is_guarded(work, person):
        _must_say_so(work, action, said)


def _must_say_so(work: Work, action: str, said: dict[str, Any]) -> None:
    within, proved = STEP_UP[action], Proved.read(said)
    if proved is None:
        raise InsufficientUserAuthentication(within)
    proved.must_be_fresh(within, work.now)
