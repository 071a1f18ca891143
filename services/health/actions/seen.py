"""Who serves at the hut and looks at an appointment or a note leaves a trace: audited each time, once a day in the register.

A request that reads announces nothing, so the worker tells people of what was audited, some seconds later.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.audit import audit
from chassis.db import Work
from chassis.process import Running
from chassis.rights import Actor
from contracts.calendar import CHENGDU
from contracts.health import RecordShown
from services.health.domain.appointment import Appointment
from services.health.store.retirements import retirements
from services.health.store.shown import shown_until
from services.health.store.tables import appointments

_ACT, _BATCH = "appointments.read", 200
_ACTS = frozenset({_ACT, "visit_notes.read"})  # of what each is about an appointment
_SETTLED = timedelta(seconds=3)  # rows of the audit come to be seen in another order than they were numbered


async def by_staff(work: Work, seat: Appointment, by: Actor) -> None:
    """Audited, but of their own."""
    if by.id != seat.person_id:
        await work.audit(_ACT, f"appointment/{seat.id}", actor=by.id)


async def tell(running: Running) -> None:
    """A job: say whose data was looked at, once a day for each who looked; of what was de-identified there is nobody to tell."""
    while await running.database.do(tell_some):
        pass


async def tell_some(work: Work) -> int:
    """How many rows of the audit were gone through; two workers take turns, and what comes twice is one line of the register."""
    await work.session.execute(insert(shown_until).values(id=1, pos=0).on_conflict_do_nothing())
    until = await work.session.scalar(select(shown_until.c.pos).with_for_update(skip_locked=True))
    if until is None:
        return 0
    new = (audit.c.pos > until) & (audit.c.at < work.now - _SETTLED)
    asked = select(audit.c.pos, audit.c.at, audit.c.actor_id, audit.c.action, audit.c.subject).where(new)
    rows = (await work.session.execute(asked.order_by(audit.c.pos).limit(_BATCH))).all()
    looks = [row for row in rows if row.action in _ACTS]
    whose = await _whose(work, {UUID(row.subject.partition("/")[2]) for row in looks})
    for event in {event.access_id: event for event in _said(looks, whose)}.values():
        work.announce(event)
    if rows:
        await work.session.execute(update(shown_until).values(pos=rows[-1].pos))
    return len(rows)


def _said(looks: list[Any], whose: dict[UUID, UUID]) -> list[RecordShown]:
    """The same for all looks of one person at one thing on one day, in Chengdu."""
    found = []
    for row in looks:
        thing = UUID(row.subject.partition("/")[2])
        if thing in whose:
            day, act = row.at.astimezone(CHENGDU).date(), "" if row.action == _ACT else f"/{row.action}"
            access = uuid5(thing, f"{row.actor_id}/{day}{act}")
            found.append(RecordShown(access_id=access, person_id=whose[thing], actor_id=row.actor_id, act=row.action))
    return found


async def _whose(work: Work, things: set[UUID]) -> dict[UUID, UUID]:
    retired = exists().where(retirements.c.appointment_id == appointments.c.id)
    asked = select(appointments.c.id, appointments.c.person_id).where(appointments.c.id.in_(things), ~retired)
    rows = await work.session.execute(asked)
    return {row.id: row.person_id for row in rows}
