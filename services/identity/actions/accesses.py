"""The register of accesses: what others did with a person's data, from identity's audit and from what services say."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, null, select
from sqlalchemy.dialects.postgresql import insert

from chassis.audit import audit
from chassis.db import Work
from chassis.privacy import sources
from contracts.part import _RecordShown
from services.identity.domain.phones import masked
from services.identity.store.accesses import accesses
from services.identity.store.periods import holds
from services.identity.store.tables import assignments, units

_SHOWN = 100  # the newest


async def keep(work: Work, event: _RecordShown, service: str) -> None:
    """What another service says: once, whatever comes twice."""
    at = work.received.time if work.received else work.now
    row = {"id": event.access_id, "person_id": event.person_id, "service": service, "actor_id": event.actor_id, "at": at}
    said = insert(accesses).values(**row, shown_to=event.shown_to, act=event.act)
    await work.session.execute(said.on_conflict_do_nothing())


async def of(work: Work, person: UUID) -> list[dict[str, Any]]:
    """The newest hundred: who (role, unit, masked name as they served then), what, when, and why if it was said.

    Also of whom was merged into them: the audit keeps its words.
    """
    they = [person, *await sources(work, person)]
    ours = select(
        audit.c.at, literal("identity").label("service"), audit.c.actor_id, null().label("shown_to"),
        audit.c.action.label("act"), audit.c.reason,
    ).where(audit.c.subject.in_([f"person/{one}" for one in they]), audit.c.actor_id.is_not(None), audit.c.actor_id.not_in(they))
    theirs = select(
        accesses.c.at, accesses.c.service, accesses.c.actor_id, accesses.c.shown_to, accesses.c.act, null().label("reason"),
    ).where(accesses.c.person_id == person, func.coalesce(accesses.c.actor_id != person, True))
    both = ours.union_all(theirs).subquery()
    found = await work.session.execute(select(both).order_by(both.c.at.desc()).limit(_SHOWN))
    return [{**row._mapping, "who": await _who(work, row.actor_id, row.at)} for row in found.all()]  # noqa: SLF001


async def _who(work: Work, actor: UUID | None, at: datetime) -> dict[str, Any] | None:
    """As what they served at the time; None of who served nowhere."""
    served = holds(assignments.c, at)
    asked = select(assignments.c.role, units.c.name.label("unit"), assignments.c.display_name).outerjoin(
        units, units.c.id == assignments.c.unit_id
    ).where(assignments.c.person_id == actor, served).order_by(assignments.c.id).limit(1)
    row = (await work.session.execute(asked)).first() if actor is not None else None
    return None if row is None else {"role": row.role, "unit": row.unit, "name": masked(row.display_name)}
