"""What was done under an emergency: what its person did meanwhile, as identity audited it and as other services said."""

from typing import Any
from uuid import UUID

from sqlalchemy import literal, null, select

from chassis.audit import audit
from chassis.db import Work
from chassis.rights import Actor
from services.identity.domain.emergency import Emergency
from services.identity.store.accesses import accesses

_SHOWN = 200


async def of(work: Work, key: UUID, *, by: Actor) -> list[dict[str, Any]]:
    """For whoever reviews it, oldest first: act, thing and time; whose data other services showed is said by the person's id.

    Of the rows of identity those of its person between its beginning and its end are marked by that alone.
    """
    held = await work.seen(Emergency, key, by.may("emergencies.read"))
    ours = select(
        audit.c.at, literal("identity").label("service"), audit.c.action.label("act"), audit.c.subject, audit.c.reason,
    ).where(audit.c.actor_id == held.person_id, audit.c.at >= held.taken_at, audit.c.at < held.ends_at)
    theirs = select(
        accesses.c.at, accesses.c.service, accesses.c.act, (literal("person/") + accesses.c.person_id.cast(audit.c.subject.type)),
        null(),
    ).where(accesses.c.actor_id == held.person_id, accesses.c.at >= held.taken_at, accesses.c.at < held.ends_at)
    both = ours.union_all(theirs).subquery()
    found = await work.session.execute(select(both).order_by(both.c.at).limit(_SHOWN))
    await work.audit("emergencies.read", f"emergency/{key}", actor=by.id)
    return [dict(row._mapping) for row in found.all()]  # noqa: SLF001 - its public name
