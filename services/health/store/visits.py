"""Questions about who is at the hut, and who was awaited there."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Date, Integer, Uuid, bindparam, func, or_, select, tuple_

from chassis.db import Work
from chassis.prepared import Prepared
from services.health.domain.appointment import Appointment
from services.health.domain.machine import GRACE, REMIND, State
from services.health.store.tables import appointments, slots

_STILL = timedelta(days=1)  # what is longer ago is not said to have been missed: nobody looked then
_AT_ONCE = 100

_OFF = select(slots.c.id).where(slots.c.id == appointments.c.slot_id, slots.c.called_off.is_not(None)).exists()
_EARLIER = tuple_(appointments.c.starts_at, appointments.c.seat) < tuple_(
    bindparam("starts_at", type_=appointments.c.starts_at.type), bindparam("seat", type_=Integer),
)
_BEFORE = Prepared(select(func.count()).where(
    appointments.c.doctor_id == bindparam("doctor", type_=Uuid), appointments.c.day == bindparam("day", type_=Date),
    appointments.c.id != bindparam("this", type_=Uuid),
    or_(appointments.c.state == State.IN_VISIT, (appointments.c.state == State.ARRIVED) & _EARLIER),
))


async def before(work: Work, seat: Appointment) -> int:
    """How many of the doctor's day are in a visit, or will be called before this one: in the order of time and number."""
    facts = {"doctor": seat.doctor_id, "day": seat.day, "this": seat.id, "starts_at": seat.starts_at, "seat": seat.seat}
    return int(await work.value(_BEFORE, **facts))


async def missed(work: Work) -> list[UUID]:
    """Seats of ours whose time is over and whose person never checked in."""
    over = appointments.c.ends_at <= work.now - GRACE, appointments.c.ends_at > work.now - _STILL
    awaited = select(appointments.c.id).where(appointments.c.state == State.BOOKED, ~appointments.c.theirs, *over, ~_OFF)
    return list(await work.session.scalars(awaited.order_by(appointments.c.ends_at).limit(_AT_ONCE)))


async def due(work: Work) -> list[UUID]:
    """Seats that are booked, within a day, and whose person was not reminded yet."""
    near = appointments.c.starts_at > work.now, appointments.c.starts_at <= work.now + REMIND
    asked = select(appointments.c.id).where(appointments.c.state == State.BOOKED, appointments.c.reminded_at.is_(None), *near)
    return list(await work.session.scalars(asked.order_by(appointments.c.starts_at).limit(_AT_ONCE)))


async def awaited(work: Work, key: UUID) -> Appointment | None:
    """The appointment, held; none if it is another's to decide at this moment, or awaited no more."""
    asked = select(Appointment).where(appointments.c.id == key, appointments.c.state == State.BOOKED)
    return (await work.session.scalars(asked.with_for_update(skip_locked=True))).first()
