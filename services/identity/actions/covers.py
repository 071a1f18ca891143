"""Covers: for some days somebody serves in another's place, in the same role."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from chassis.db import Work
from chassis.rights import Actor
from contracts.identity import CoverArranged
from services.identity.actions import granting
from services.identity.domain.granting import CoverThere, must_be_coverable
from services.identity.domain.place import Assignment
from services.identity.store.tables import assignments

Reason = Literal["leave", "training", "vacancy", "other-duty"]  # none that says how somebody is: who lives there may read it


async def arrange(
    work: Work, covered_id: UUID, *, by: Actor, person: UUID, starts_at: datetime, ends_at: datetime, reason: Reason
) -> Assignment:
    """Whose place it is, or an admin, lets somebody serve in it; both are told, and it ends by itself.

    NotFound outside the area, NotATime, CoverNotPossible, CoverThere, and BeyondOnesOwn of what an admin does not hold.
    """
    covered = await work.locked(Assignment, covered_id, by.may("assignments.cover"))
    own = await granting.held(work, person)
    name = next((held.display_name for held in own), "")
    made = Assignment(
        work.new_id(), person, covered.role, covered.area, covered.unit_id, f"{name}（代班）", by.id, starts_at, ends_at,
        "cover", reason, covered.id,
    )
    must_be_coverable(covered, own, made, at=work.now)
    if by.id != covered.person_id:
        await granting.must_be_theirs_to_give(work, by.id, [made])
    await _must_be_free(work, made)
    work.session.add(made)
    await work.audit("assignments.cover", f"person/{person}", actor=by.id, reason=f"{reason} {covered.role} {covered.area}")
    work.announce(made.changed())
    work.announce(CoverArranged(
        area=made.area, recipients=(person, covered.person_id), assignment_id=made.id, person_id=person,
        covered_id=covered.person_id, starts_at=starts_at, ends_at=ends_at,
    ))
    return made


async def _must_be_free(work: Work, made: Assignment) -> None:
    """One at a time; the row of whose place it is is held."""
    begins, ends = assignments.c.starts_at, assignments.c.ends_at
    overlaps = (begins < made.ends_at) & (ends > made.starts_at) & (begins < ends)  # what was ended before it began is no time
    asked = select(assignments.c.id).where(assignments.c.covers_id == made.covers_id, overlaps).limit(1)
    if await work.session.scalar(asked) is not None:
        raise CoverThere


async def end_what_rests_on(work: Work, ended: Assignment, *, by: UUID) -> None:
    """With an office its covers end, and what is lent to its person: nobody lends, and nobody is lent, who serves no more."""
    rests = assignments.c.covers_id == ended.id
    if ended.basis == "granted":
        rests |= (assignments.c.person_id == ended.person_id) & (assignments.c.basis != "granted")
    asked = select(Assignment).where(rests, assignments.c.is_ended.is_(False), assignments.c.ends_at > work.now).with_for_update()
    for one in await work.session.scalars(asked):
        work.announce(one.end(at=work.now))
        await work.audit("assignments.end", f"assignment/{one.id}", actor=by, reason=f"rests on assignment/{ended.id}")
