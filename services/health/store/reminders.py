"""Which appointments were reminded of, so that each is once."""

from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKey, Table, Uuid, exists, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from services.health.domain.machine import State
from services.health.domain.reminder import BEGINS, Ahead, window
from services.health.store.tables import appointments, metadata, one_of, slots

_AT_ONCE = 200

reminders = Table(
    "reminders", metadata,
    Column("appointment_id", Uuid, ForeignKey("appointments.id"), primary_key=True),
    Column("ahead", one_of(Ahead, "ahead"), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)


async def due(work: Work, ahead: Ahead) -> list[UUID]:
    """What is booked, begins soon, and was not reminded of; who booked later than the reminder would have come knows it."""
    ours = appointments.c
    after, until = window(ahead, work.now)
    told = exists().where(reminders.c.appointment_id == ours.id, reminders.c.ahead == ahead)
    off = exists().where(slots.c.id == ours.slot_id, slots.c.called_off.is_not(None))
    soon = ours.starts_at > after, ours.starts_at <= until, ours.booked_at <= ours.starts_at - BEGINS[ahead]
    asked = select(ours.id).where(ours.state == State.BOOKED, *soon, ~told, ~off)
    return list(await work.session.scalars(asked.order_by(ours.starts_at).limit(_AT_ONCE)))


async def is_first(work: Work, appointment_id: UUID, ahead: Ahead) -> bool:
    """Whether nobody was reminded of it so before; now somebody is."""
    new = insert(reminders).values(appointment_id=appointment_id, ahead=ahead, at=work.now).on_conflict_do_nothing()
    return (await work.session.execute(new.returning(reminders.c.at))).first() is not None
