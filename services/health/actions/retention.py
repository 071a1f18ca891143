"""Bookings of long ago forget whose they were; that a seat was booked, and what became of it, stays. The rest goes."""

from datetime import datetime
from functools import partial
from uuid import uuid4

from sqlalchemy import ColumnElement, Table, delete, exists, func, insert, select, update

from chassis.db import Work
from chassis.process import Running
from contracts.retention import BATCH, due, end
from services.health.store.breaches import breaches, sanctions
from services.health.store.contracts import contracts, served
from services.health.store.online import evidence
from services.health.store.retirements import retirements
from services.health.store.tables import appointments
from services.health.store.waiting import waits

_NAME = "health.booking"
_WAITS = "health.wait"
_BREACHES = "health.breach"
_EVIDENCE = "health.evidence"
_CONTRACTS = "health.contract"


async def run(running: Running) -> None:
    """A job."""
    await end(running.database.do, _NAME, de_identify)
    await end(running.database.do, _WAITS, delete_waits)
    await end(running.database.do, _BREACHES, partial(_delete_old, table=breaches, at=breaches.c.at))
    await end(running.database.do, _BREACHES, partial(_delete_old, table=sanctions, at=sanctions.c.ends_at))
    await end(running.database.do, _EVIDENCE, partial(_delete_old, table=evidence, at=evidence.c.recorded_at, name=_EVIDENCE))
    over = func.coalesce(contracts.c.ends_at, contracts.c.asked_at)
    await end(running.database.do, _CONTRACTS, partial(_delete_old, table=contracts, at=over, name=_CONTRACTS))


async def de_identify(work: Work) -> int:
    """So many that were due: whose it was, who acted, who gave it back, and by what the hospital knows it, are gone."""
    ours = appointments.c
    over = due(_NAME, ours.ends_at, work.now, area=ours.area)
    waits = ~exists().where(retirements.c.appointment_id == ours.id)
    asked = select(ours.id).where(waits, over).order_by(ours.id)
    keys = list(await work.session.scalars(asked.limit(BATCH).with_for_update(skip_locked=True)))
    for key in keys:
        gone = {"person_id": uuid4(), "acting_id": None, "given_back_by": None, "external_ref": None, "waited_id": None}
        await work.session.execute(update(appointments).where(ours.id == key).values(**gone))
        await work.session.execute(delete(breaches).where(breaches.c.appointment_id == key))  # it would name them still
        await work.session.execute(update(served).where(served.c.appointment_id == key).values(appointment_id=None))  # the same
        await work.session.execute(insert(retirements).values(appointment_id=key, at=work.now))
    return len(keys)


async def delete_waits(work: Work) -> int:
    """So many places in line whose days are long over."""
    over = due(_WAITS, waits.c.until, work.now, area=waits.c.area)
    oldest = select(waits.c.id).where(over).limit(BATCH).with_for_update(skip_locked=True)
    gone = delete(waits).where(waits.c.id.in_(oldest.scalar_subquery())).returning(waits.c.id)
    return len((await work.session.execute(gone)).all())


async def _delete_old(work: Work, *, table: Table, at: ColumnElement[datetime], name: str = _BREACHES) -> int:
    """So many breaches, sanctions or whatever else of long ago."""
    over = due(name, at, work.now, area=table.c.area)
    oldest = select(table.c.id).where(over).limit(BATCH).with_for_update(skip_locked=True)
    gone = delete(table).where(table.c.id.in_(oldest.scalar_subquery())).returning(table.c.id)
    return len((await work.session.execute(gone)).all())
