"""Questions about sessions that are called off: whose seats were in them, and what may be offered instead."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, update

from chassis.db import Work
from chassis.directory import assignments, reached
from chassis.pages import Listing
from contracts.area import Role
from services.health.domain.appointment import Appointment
from services.health.domain.calling_off import NOTICE, Reason
from services.health.domain.machine import State
from services.health.domain.online import Modality
from services.health.domain.schedule import Half
from services.health.domain.slot import Slot
from services.health.store.tables import appointments, schedules, slots

_AT_ONCE, _CANDIDATES = 100, 40
_STILL = timedelta(days=1)
_WAITS = appointments.c.state.in_((State.BOOKED, State.ARRIVED))

HELD = Listing(
    select(appointments).where(
        reached(appointments.c.area, owner=appointments.c.person_id), appointments.c.state == State.HELD,
        appointments.c.held_until > bindparam("now", type_=appointments.c.held_until.type),
    ),
    appointments.c.id,
)


async def hours_of(work: Work, department: UUID, doctor: UUID) -> list[UUID]:
    """The weekly hours of a doctor in a department, held in their order."""
    mine = schedules.c.department_id == department, schedules.c.doctor_id == doctor
    return list(await work.session.scalars(select(schedules.c.id).where(*mine).order_by(schedules.c.id).with_for_update()))


async def times_of(work: Work, department: UUID, doctor: UUID, day: date, half: Half | None) -> list[UUID]:
    """What a doctor has in a department on a day, or in half of it, and is not over; in their order."""
    local = func.timezone("Asia/Shanghai", slots.c.starts_at)
    within = [func.date(local) == day, slots.c.ends_at > work.now]
    if half is not None:
        within.append((func.date_part("hour", local) < 12) == (half is Half.MORNING))  # noqa: PLR2004 - noon
    mine = slots.c.department_id == department, slots.c.doctor_id == doctor
    return list(await work.session.scalars(select(slots.c.id).where(*mine, *within).order_by(slots.c.id)))


async def mark(work: Work, keys: Sequence[UUID], reason: Reason) -> bool:
    """These slots, which are closed and held, are called off from now on; whether one is that was not already."""
    fresh = slots.c.id.in_(keys) & slots.c.called_off.is_(None) & (slots.c.ends_at > work.now)
    said = update(slots).where(fresh).values(called_off=reason.value, called_off_at=work.now).returning(slots.c.id)
    return bool((await work.session.execute(said)).all())


async def concerned(work: Work) -> list[UUID]:
    """Seats in slots that are called off, those first that begin first; of what was over by then nobody is told."""
    lately = slots.c.called_off.is_not(None), slots.c.ends_at > work.now - _STILL, slots.c.ends_at > slots.c.called_off_at
    asked = select(appointments.c.id).join(slots, slots.c.id == appointments.c.slot_id).where(_WAITS, *lately)
    return list(await work.session.scalars(asked.order_by(appointments.c.starts_at, appointments.c.seat).limit(_AT_ONCE)))


async def person_of(work: Work, key: UUID) -> UUID:
    """Whose appointment it is; that does not change."""
    found: UUID = (await work.session.execute(select(appointments.c.person_id).where(appointments.c.id == key))).scalar_one()
    return found


async def waiting(work: Work, key: UUID) -> tuple[Appointment, Slot] | None:
    """The appointment, held, and its slot; none if it is called off already, or its slot no more."""
    asked = select(Appointment).where(appointments.c.id == key, _WAITS).with_for_update()
    seat = (await work.session.scalars(asked.execution_options(populate_existing=True))).first()
    slot = None if seat is None else await work.session.get_one(Slot, seat.slot_id, populate_existing=True)
    return None if seat is None or slot is None or slot.called_off is None else (seat, slot)


async def next_ones(work: Work, slot: Slot) -> list[UUID]:
    """What may be had instead, the soonest first: of the same department; without one, of the doctor and their teams.

    Who was to come is not sent before a camera, nor the other way round.
    """
    face = slots.c.modality == Modality.IN_PERSON
    way = face if slot.modality is Modality.IN_PERSON else ~face
    open_ = ~slots.c.closed, slots.c.starts_at > work.now + NOTICE, or_(slots.c.opens_at.is_(None), slots.c.opens_at <= work.now)
    same = slots.c.area == slot.area, slots.c.id != slot.id, slots.c.their_ref.is_(None), way, _like(work, slot)
    asked = select(slots.c.id).where(*open_, *same).order_by(slots.c.starts_at, slots.c.id).limit(_CANDIDATES)
    return list(await work.session.scalars(asked))


def _like(work: Work, slot: Slot) -> ColumnElement[bool]:
    if slot.department_id is not None:
        return slots.c.department_id == slot.department_id
    now = and_(
        assignments.c.role == Role.DOCTOR.value, assignments.c.starts_at <= work.now,
        or_(assignments.c.ends_at.is_(None), assignments.c.ends_at > work.now), assignments.c.unit_id.is_not(None),
    )
    teams = select(assignments.c.unit_id).where(now, assignments.c.person_id == slot.doctor_id)
    others = select(assignments.c.person_id).where(now, assignments.c.unit_id.in_(teams))
    return or_(slots.c.doctor_id == slot.doctor_id, slots.c.doctor_id.in_(others))
