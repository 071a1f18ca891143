"""Who serves at a place and reads a person's report leaves a trace: audited each time, in its person's register once a day.

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
from contracts.area import contains
from contracts.calendar import CHENGDU
from contracts.reports import RecordShown
from services.reports.domain.report import Report
from services.reports.store.retirements import retirements
from services.reports.store.shown import shown_until
from services.reports.store.tables import reports

_ACT, _BATCH = "reports.read", 200
_SETTLED = timedelta(seconds=3)  # rows of the audit come to be seen in another order than they were numbered
_LENT = timedelta(minutes=30)  # an emergency lasts no longer, and no office is as short (identity, `domain/emergency.py`)


async def by_staff(work: Work, report: Report, by: Actor) -> None:
    """Audited, but of their own."""
    if by.id != report.reporter_id:
        await work.audit(_ACT, f"report/{report.id}", actor=by.id, reason="emergency" if _is_lent(by, report) else None)


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
    looks = [row for row in rows if row.action == _ACT]
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
            access = uuid5(thing, f"{row.actor_id}/{row.at.astimezone(CHENGDU).date()}")
            found.append(RecordShown(access_id=access, person_id=whose[thing], actor_id=row.actor_id, act=_ACT))
    return found


async def _whose(work: Work, things: set[UUID]) -> dict[UUID, UUID]:
    retired = exists().where(retirements.c.report_id == reports.c.id)
    asked = select(reports.c.id, reports.c.reporter_id).where(reports.c.id.in_(things), ~retired)
    rows = await work.session.execute(asked)
    return {row.id: row.reporter_id for row in rows}


def _is_lent(by: Actor, report: Report) -> bool:
    """Whether nothing but an emergency lets them see it."""
    offices = [one for one in by.assignments if contains(one.area, report.area)]
    return bool(offices) and all(
        one.starts_at is not None and one.ends_at is not None and one.ends_at - one.starts_at <= _LENT for one in offices
    )
