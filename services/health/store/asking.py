"""Questions about what hospitals are asked, and about what they offer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.prepared import Prepared
from services.health.domain.appointment import Appointment
from services.health.domain.ask import Ask, AskState
from services.health.domain.hospital import Hospital, Pool
from services.health.domain.slot import Slot
from services.health.store.tables import appointments, asks, departments, hospitals, slots

_THIS = slots.c.id == bindparam("slot", type_=Uuid)
_CLOSED = Prepared(update(slots).where(_THIS, slots.c.their_ref.is_not(None)).values(closed=True))
_earlier = asks.alias()
_BEFORE = select(_earlier.c.id).where(
    _earlier.c.slot_id == asks.c.slot_id, _earlier.c.state == AskState.WAITING, _earlier.c.pos < asks.c.pos,
)


async def next_due(work: Work) -> Ask | None:
    """The question that is to be asked now and that nobody else is about; about one slot, not before those that came first."""
    free = or_(asks.c.leased_until.is_(None), asks.c.leased_until <= work.now)
    due = select(Ask).where(asks.c.state == AskState.WAITING, asks.c.due_at <= work.now, free, ~_BEFORE.exists())
    return (await work.session.scalars(due.order_by(asks.c.due_at).limit(1).with_for_update(skip_locked=True))).first()


async def held(work: Work, ask: UUID) -> tuple[Ask, Appointment] | None:
    """A question and its appointment, both held, the appointment first."""
    of = await work.session.scalar(select(asks.c.appointment_id).where(asks.c.id == ask))
    if of is None:
        return None
    seat = await work.session.get_one(Appointment, of, with_for_update=True, populate_existing=True)
    return await work.session.get_one(Ask, ask, with_for_update=True, populate_existing=True), seat


async def waiting_of(work: Work, appointment: UUID) -> Sequence[Ask]:
    """What a hospital has yet to answer of an appointment, held."""
    asked = select(Ask).where(asks.c.appointment_id == appointment, asks.c.state == AskState.WAITING).order_by(asks.c.pos)
    return (await work.session.scalars(asked.with_for_update().execution_options(populate_existing=True))).all()


async def is_anothers(work: Work, seat: Appointment, ref: str) -> bool:
    """Whether the hospital calls another appointment of ours so."""
    same = (appointments.c.hospital_id == seat.hospital_id) & (appointments.c.external_ref == ref)
    return await work.session.scalar(select(appointments.c.id).where(same, appointments.c.id != seat.id)) is not None


async def their_slot(work: Work, slot: UUID) -> str | None:
    """What the hospital calls a slot."""
    found: str | None = await work.session.scalar(select(slots.c.their_ref).where(slots.c.id == slot))
    return found


async def close(work: Work, slot: UUID) -> None:
    """A slot that is a hospital's is sold no more, until the hospital says that it is free."""
    await work.rows(_CLOSED, slot=slot)


async def that_offer(work: Work) -> list[Hospital]:
    """Hospitals that have seats of their own, and can be asked for them."""
    theirs = select(Hospital).where(hospitals.c.pool != Pool.OURS, hospitals.c.system.is_not(None))
    return list(await work.session.scalars(theirs.order_by(hospitals.c.id)))


async def department(work: Work, hospital: Hospital, name: str) -> UUID:
    """A hospital's department by its name, entered if it is new."""
    made = {"id": work.new_id(), "area": hospital.area, "hospital_id": hospital.id, "name": name}
    await work.session.execute(insert(departments).values(made).on_conflict_do_nothing())
    asked = select(departments.c.id).where(departments.c.hospital_id == hospital.id, departments.c.name == name)
    found: UUID = (await work.session.execute(asked)).scalar_one()
    return found


async def slots_of(work: Work, hospital: UUID, since: datetime, until: datetime) -> list[Slot]:
    """The slots that were read in from a hospital."""
    its = slots.c.department_id.in_(select(departments.c.id).where(departments.c.hospital_id == hospital))
    when = slots.c.starts_at >= since, slots.c.starts_at < until
    asked = select(Slot).where(its, slots.c.their_ref.is_not(None), *when).order_by(slots.c.id).with_for_update()
    return list(await work.session.scalars(asked.execution_options(populate_existing=True)))


async def lay_in(work: Work, rows: list[dict[str, Any]]) -> None:
    """Slots that are not there yet; a time that is the doctor's already stays as it is."""
    if rows:
        await work.session.execute(insert(slots).values(rows).on_conflict_do_nothing())
