"""Emergencies: taking a role for half an hour, ending it before, and another admin's review.

The role is an assignment like any other that ends by itself: every service obeys it, and its end, by the directory it has.
"""

from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select

from chassis.db import Work
from chassis.directory import area_exists
from chassis.errors import NotFound
from chassis.rights import Actor
from contracts.area import Role, contains
from contracts.identity import EmergencyReason
from services.identity.actions import granting, requirement
from services.identity.domain.emergency import LIFE, TAKEABLE, Emergency, NotTakeable, ReviewAwaited, ReviewerNotFree, RoleHeld
from services.identity.domain.explanation import Spot
from services.identity.domain.place import Assignment, NoSuchParent
from services.identity.domain.policy import Policy
from services.identity.store.emergencies import emergencies
from services.identity.store.queries import is_there

_ACT = "emergencies.take"


async def take(
    work: Work, *, by: Actor, claims: dict[str, Any], policy: Policy, role: Role, area: str, reason: EmergencyReason,
    concerns: UUID | None,
) -> Emergency:
    """From now on they serve in the role, for half an hour or as long as their own office lasts.

    NotFound outside their area, NotTakeable, RoleHeld, ReviewAwaited, InsufficientUserAuthentication.
    """
    permission = by.may(_ACT)
    permission.check(Spot(area))
    await requirement.must_be_fresh(work, policy, by.id, _ACT, claims)
    if role not in TAKEABLE:
        raise NotTakeable
    await work.taking_turns(by.id.bytes)
    await _must_be_reviewed(work, by.id)
    office = await _office(work, by, role, area)
    await _must_be_there(work, area, concerns)
    ends_at = min(work.now + LIFE, office.ends_at or work.now + LIFE)
    taken = Assignment(
        work.new_id(), by.id, role, area, None, f"{office.display_name}（紧急授权）", by.id, work.now, ends_at, "emergency",
        reason,
    )
    made = Emergency(work.new_id(), by.id, taken.id, role, area, reason, concerns, work.now, ends_at)
    work.session.add(taken)
    await work.session.flush()
    work.session.add(made)
    await work.audit(_ACT, f"emergency/{made.id}", actor=by.id, reason=f"{reason} {role} {area}")
    work.announce(taken.changed())
    work.announce(made.begun())
    return made


async def end(work: Work, key: UUID, *, by: Actor) -> Emergency:
    """Who took it, or an admin of the area, ends it before its time."""
    reads = by.may("emergencies.read")
    held = await work.locked(Emergency, key, reads)
    if held.person_id != by.id:
        by.may("emergencies.review").check(held)
    held.end(at=work.now)
    taken = await work.session.get_one(Assignment, held.assignment_id, with_for_update=True)
    if taken.ends_at is None or taken.ends_at > work.now:
        work.announce(taken.end(at=work.now))
    await work.audit("emergencies.end", f"emergency/{key}", actor=by.id)
    return held


async def review(work: Work, key: UUID, *, by: Actor, finding: Literal["justified", "unjustified"]) -> Emergency:
    """Another admin looked at what was done; from now on its person may take another one."""
    held = await work.locked(Emergency, key, by.may("emergencies.review"))
    if by.id != held.person_id:
        await _must_be_independent(work, by, held)
    work.announce(held.review(by=by.id, finding=finding, at=work.now))
    await work.audit("emergencies.review", f"emergency/{key}", actor=by.id, reason=finding)
    return held


async def tell_one(work: Work) -> bool:
    """Say of one that is over that it is; whether there was any."""
    over = (emergencies.c.told_at.is_(None)) & (emergencies.c.ends_at <= work.now)
    asked = select(Emergency).where(over).order_by(emergencies.c.ends_at).limit(1).with_for_update(skip_locked=True)
    found = await work.session.scalar(asked)
    if found is not None:
        work.announce(found.told(at=work.now))
    return found is not None


async def _must_be_independent(work: Work, by: Actor, held: Emergency) -> None:
    """ReviewerNotFree of an admin whom the reviewed one made, or who was none yet when it began."""
    offices = await granting.held(work, by.id)
    if not any(
        one.role in by.rights["emergencies.review"].roles and contains(one.area, held.area)
        and one.starts_at <= held.taken_at and one.granted_by != held.person_id for one in offices
    ):
        raise ReviewerNotFree


async def _must_be_reviewed(work: Work, person: UUID) -> None:
    asked = select(emergencies.c.id).where(emergencies.c.person_id == person, emergencies.c.reviewed_at.is_(None))
    if await work.session.scalar(asked) is not None:
        raise ReviewAwaited


async def _office(work: Work, by: Actor, role: Role, area: str) -> Assignment:
    """By which office of their own, as it is by now, they take it; RoleHeld of who serves so already, NotFound without one."""
    mine = [one for one in await granting.held(work, by.id) if contains(one.area, area) and one.starts_at <= work.now]
    if any(one.role == role for one in mine):
        raise RoleHeld
    own = [one for one in mine if one.basis == "granted" and one.role in by.rights[_ACT].roles]
    if not own:
        raise NotFound
    return max(own, key=lambda one: (one.ends_at is None, one.ends_at and one.ends_at.timestamp()))


async def _must_be_there(work: Work, area: str, concerns: UUID | None) -> None:
    if not await area_exists(work, area):
        raise NoSuchParent
    if concerns is not None and not await is_there(work, concerns):
        raise NotFound("没有这个人")
