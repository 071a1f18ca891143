"""What may be handed on: what one holds, in one's area, for no longer than one's own; never to oneself, never what is lent."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from chassis.errors import Conflict, Forbidden, Invalid
from contracts.area import Role, community_of, contains
from services.identity.domain.place import Assignment

LONGEST_COVER, LONGEST_OFFICE = timedelta(days=31), timedelta(days=36_525)
_CLOCKS_DIFFER = timedelta(minutes=1)
# an admin's office is to staff an area, so it holds every role of it to give; no other office hands on more than itself
MANDATE = {Role.ADMIN: frozenset(Role)}
COVERABLE = frozenset(Role) - {Role.ADMIN, Role.AUDITOR, Role.DEVICE, Role.RESIDENT, Role.PARTNER}


class BeyondOnesOwn(Forbidden):
    """One grants what one holds oneself, in one's own area, for no longer than one's own office, and nothing to oneself."""

    zh = "授予的角色、区域或期限超出了您本人的任职，或是授予本人"


class NotATime(Invalid):
    """An end lies after the beginning and is still to come; a cover is for 31 days at most."""

    zh = "起止时间不正确：结束须晚于开始且尚未过去，代班最长31天"


class CoverNotPossible(Conflict):
    """A cover is for somebody who serves, by another who serves in the same role in the community, both for as long."""

    zh = "无法代班：双方须在同一社区担任同一角色，且任职期限覆盖整个代班时间"


class CoverThere(Conflict):
    """One at a time stands in for somebody."""

    zh = "该时段已安排代班"


def lasts(held: Assignment, at: datetime, until: datetime | None) -> bool:
    """Whether somebody serves at a moment and goes on until another; None is for ever."""
    return held.starts_at <= at and (held.ends_at is None or (held.ends_at > at and until is not None and until <= held.ends_at))


def must_be_ones_own(mine: Iterable[Assignment], made: Assignment, *, by: UUID, at: datetime) -> None:
    """BeyondOnesOwn, unless one office of the giver, itself granted and not lent, holds all of it (study 4.5)."""
    holds = (
        held.basis == "granted" and Role(made.role) in MANDATE.get(Role(held.role), frozenset())
        and contains(held.area, made.area) and lasts(held, at, made.ends_at)
        for held in mine
    )
    if made.person_id == by or not any(holds):
        raise BeyondOnesOwn


def must_be_a_time(starts_at: datetime, ends_at: datetime | None, *, at: datetime) -> None:
    """NotATime; also of what is further off than anybody serves, which no calendar adds a day to."""
    if ends_at is not None and not max(starts_at, at) < ends_at < at + LONGEST_OFFICE:
        raise NotATime


def must_be_coverable(covered: Assignment, own: Iterable[Assignment], made: Assignment, *, at: datetime) -> None:
    """CoverNotPossible, NotATime; `own` is what the one who stands in holds."""
    until = made.ends_at
    must_be_a_time(made.starts_at, until, at=at)
    if until is None or made.starts_at < at - _CLOCKS_DIFFER or until > made.starts_at + LONGEST_COVER:
        raise NotATime
    serves = (
        held.basis == "granted" and held.role == covered.role and lasts(held, at, until)
        and community_of(held.area) == community_of(covered.area)
        for held in own
    )
    is_good = covered.basis == "granted" and Role(covered.role) in COVERABLE and lasts(covered, at, until)
    if not is_good or made.person_id == covered.person_id or not any(serves):
        raise CoverNotPossible
