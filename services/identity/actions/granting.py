"""What the giver of a right holds, as it is by now in identity's own rows: not in the copy, which is seconds old."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from chassis.db import Work
from chassis.errors import NotFound
from chassis.rights import Permission
from contracts.area import contains
from services.identity.domain.granting import BeyondOnesOwn, must_be_ones_own
from services.identity.domain.place import Assignment
from services.identity.store.periods import goes_on
from services.identity.store.tables import assignments


async def held(work: Work, person: UUID) -> list[Assignment]:
    """What somebody holds; nobody ends it until this transaction is over, so nothing is given by who holds it no more."""
    lasting = goes_on(assignments.c, work.now)
    asked = select(Assignment).where(assignments.c.person_id == person, lasting).order_by(assignments.c.id)
    return list(await work.session.scalars(asked.with_for_update(read=True), execution_options={"populate_existing": True}))


async def must_be_theirs_to_give(work: Work, by: UUID, made: list[Assignment]) -> None:
    """BeyondOnesOwn if any of it is not; asked wherever an assignment comes to be: by hand, by a sheet, by a cover."""
    mine = await held(work, by) if made else []
    for one in made:
        must_be_ones_own(mine, one, by=by, at=work.now)


async def must_still_serve(work: Work, permission: Permission, place: str) -> None:
    """NotFound of who was let by the copy of the directory, and by identity's own rows holds no such office any more.

    For acts that must not outlive an office by the seconds a copy is behind, or by the hours of a dead worker.
    """
    mine = await held(work, permission.actor.id)
    if not any(one.role in permission.rule.roles and contains(one.area, place) and one.starts_at <= work.now for one in mine):
        raise NotFound


async def beyond(work: Work) -> list[Assignment]:
    """What is in effect, was granted by somebody, and was not theirs to grant when it began: a restored or a written row.

    An office that was ended later counts as if it went on, for what was given in good right stays.
    """
    lasting = goes_on(assignments.c, work.now)
    given = (assignments.c.basis == "granted") & assignments.c.granted_by.is_not(None) & lasting
    made = list(await work.session.scalars(select(Assignment).where(given).order_by(assignments.c.id)))
    givers = {one.granted_by for one in made if one.granted_by is not None}
    offices = list(await work.session.scalars(select(Assignment).where(assignments.c.person_id.in_(givers))))
    return [one for one in made if not _was_theirs(one, offices)]


def _was_theirs(made: Assignment, offices: list[Assignment]) -> bool:
    held_then = [
        replace(one, ends_at=None) if one.is_ended and one.ends_at is not None and one.ends_at > made.starts_at else one
        for one in offices if one.person_id == made.granted_by
    ]
    try:
        must_be_ones_own(held_then, made, by=made.granted_by or made.person_id, at=made.starts_at)
    except BeyondOnesOwn:
        return False
    return True
