"""What hospitals told us over HL7 v2: each message once, by the hospital and its control id (MSH-10)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    delete,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.tables import AreaPath
from contracts.calendar import CHENGDU
from services.health.domain.appointment import Appointment
from services.health.domain.consent import HOSPITAL
from services.health.domain.hospital import Hospital
from services.health.domain.machine import State
from services.health.domain.message import KEPT, Message, Outcome, Trigger, Wanted
from services.health.domain.slot import Slot
from services.health.store.consents import consents
from services.health.store.tables import _mapping, appointments, departments, hospitals, metadata, one_of, slots

_moment = DateTime(timezone=True)
_NEVER_TOLD = (State.HELD, State.EXPIRED)

messages = Table(
    "messages", metadata,
    Column("id", Uuid, primary_key=True),
    Column("pos", BigInteger, Identity(), nullable=False),  # what came first is applied first
    Column("area", AreaPath, nullable=False),
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), nullable=False),
    Column("control_id", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("trigger", one_of(Trigger, "trigger"), nullable=False),
    Column("said_at", _moment, nullable=False),
    Column("received_at", _moment, nullable=False),
    Column("due_at", _moment, nullable=False),
    Column("appointment_id", Uuid, ForeignKey("appointments.id"), index=True),
    Column("external_ref", Text),
    Column("known_as", Uuid, comment="as the hospital knows the person; until it is applied"),
    Column("their_slot", Text),
    Column("starts_at", _moment),
    Column("ends_at", _moment),
    Column("tries", Integer, nullable=False),
    Column("outcome", one_of(Outcome, "outcome")),
    Column("applied_at", _moment),
    CheckConstraint("(outcome is null) = (applied_at is null)", name="applied"),
    CheckConstraint("outcome is null or num_nonnulls(known_as, their_slot, starts_at, ends_at) = 0", name="forgets"),
    Index("uq_messages_control", "hospital_id", "control_id", unique=True),
    Index("ix_messages_received", "hospital_id", "received_at"),
    Index("ix_messages_ref", "hospital_id", "external_ref"),
    Index("ix_messages_waiting", "due_at", postgresql_where=text("outcome is null")),
)
_mapping.map_imperatively(Message, messages)
_earlier = messages.alias()
_SAME = (_earlier.c.hospital_id == messages.c.hospital_id) & or_(
    _earlier.c.appointment_id == messages.c.appointment_id, _earlier.c.external_ref == messages.c.external_ref,
)
_BEFORE = select(_earlier.c.id).where(_SAME, _earlier.c.outcome.is_(None), _earlier.c.pos < messages.c.pos)
# what the hospital itself booked here: its book does not bear our name for it
RECORDED = exists().where(
    messages.c.appointment_id == appointments.c.id, messages.c.outcome == Outcome.RECORDED,
)


async def hospital_of(work: Work, system: str) -> Hospital | None:
    """Whose system this is."""
    return (await work.session.scalars(select(Hospital).where(hospitals.c.system == system))).first()


async def there(work: Work, hospital: UUID, control: str) -> Message | None:
    """The message of this control id, if it came already."""
    same = (messages.c.hospital_id == hospital) & (messages.c.control_id == control)
    return (await work.session.scalars(select(Message).where(same).execution_options(populate_existing=True))).first()


async def keep(work: Work, made: Message) -> bool:
    """Keep it; False if a twin was faster."""
    row = {name: getattr(made, name) for name in (column.key for column in messages.columns) if name != "pos"}
    saying = insert(messages).values(row).on_conflict_do_nothing().returning(messages.c.id)
    return (await work.session.execute(saying)).first() is not None


async def count(work: Work, hospital: UUID, day: date) -> int:
    """How many of a hospital were kept on a day."""
    since = datetime(day.year, day.month, day.day, tzinfo=CHENGDU)
    asked = select(func.count()).where(messages.c.hospital_id == hospital, messages.c.received_at >= since)
    return int(await work.session.scalar(asked) or 0)


async def seat_of(work: Work, hospital: UUID, ours: UUID | None, ref: str | None) -> Appointment | None:
    """The appointment that a hospital means, if it was ever told of it: by our name, else by theirs."""
    named = appointments.c.id == ours if ours is not None else appointments.c.external_ref == ref
    known = (appointments.c.hospital_id == hospital) & appointments.c.state.not_in(_NEVER_TOLD)
    return (await work.session.scalars(select(Appointment).where(named, known))).first()


async def slot_of(work: Work, hospital: UUID, ref: str) -> Slot | None:
    """A time of the hospital's own, by what it calls it."""
    its = slots.c.department_id.in_(select(departments.c.id).where(departments.c.hospital_id == hospital))
    return (await work.session.scalars(select(Slot).where(its, slots.c.their_ref == ref))).first()


async def time_of(work: Work, hospital: UUID, wanted: Wanted) -> UUID | None:
    """A time of ours in a department of theirs, by its id or by its doctor and the second it begins, or by all of it."""
    ward = select(departments.c.id).where(departments.c.hospital_id == hospital)
    its = slots.c.their_ref.is_(None) & slots.c.department_id.in_(ward)
    begins = wanted.starts_at
    said = {slots.c.id: wanted.slot, slots.c.doctor_id: wanted.doctor}
    fits = [column == value for column, value in said.items() if value is not None]
    if begins is not None:
        fits += [slots.c.starts_at >= begins, slots.c.starts_at < begins + timedelta(seconds=1)]
    return (await work.session.scalars(select(slots.c.id).where(its, *fits).limit(1))).first()


async def is_named(work: Work, hospital: UUID, ref: str) -> bool:
    """Whether the hospital has an appointment of this name."""
    same = (appointments.c.hospital_id == hospital) & (appointments.c.external_ref == ref)
    return await work.session.scalar(select(appointments.c.id).where(same).limit(1)) is not None


async def told_of(work: Work, hospital: UUID) -> Sequence[UUID]:
    """Of whom the hospital was told and may be told still."""
    mine = appointments.c.hospital_id == hospital, appointments.c.state.not_in(_NEVER_TOLD)
    given = (consents.c.person_id == appointments.c.person_id) & (consents.c.purpose == HOSPITAL) & consents.c.given
    return (await work.session.scalars(select(appointments.c.person_id).distinct().join(consents, given).where(*mine))).all()


async def next_due(work: Work) -> Message | None:
    """The message that is to be applied now and that nobody else is about; about one appointment, the one that came first."""
    due = select(Message).where(messages.c.outcome.is_(None), messages.c.due_at <= work.now, ~_BEFORE.exists())
    return (await work.session.scalars(due.order_by(messages.c.pos).limit(1).with_for_update(skip_locked=True))).first()


async def waiting(work: Work, key: UUID) -> Message | None:
    """The same by its id, held; none if it is applied or another's."""
    asked = select(Message).where(messages.c.id == key, messages.c.outcome.is_(None))
    return (await work.session.scalars(asked.with_for_update(skip_locked=True))).first()


async def is_coming(work: Work, hospital: UUID, ref: str) -> bool:
    """Whether a booking of this name was told and is yet to be recorded."""
    same = (messages.c.hospital_id == hospital) & (messages.c.external_ref == ref)
    asked = select(messages.c.id).where(same, messages.c.trigger == Trigger.NEW, messages.c.outcome.is_(None)).limit(1)
    return await work.session.scalar(asked) is not None


async def is_overtaken(work: Work, one: Message) -> bool:
    """Whether the hospital said something later about the same appointment, or in the same second that it is gone."""
    names = (messages.c.appointment_id, one.appointment_id), (messages.c.external_ref, one.external_ref)
    same = or_(*(column == said for column, said in names if said is not None))
    gone = (messages.c.outcome == Outcome.UNKNOWN) & (messages.c.said_at == one.said_at)
    later = (messages.c.said_at > one.said_at) & messages.c.outcome.not_in((Outcome.OVERTAKEN, Outcome.PEOPLE))
    asked = select(messages.c.id).where(messages.c.hospital_id == one.hospital_id, same, or_(gone, later)).limit(1)
    return await work.session.scalar(asked) is not None


async def is_theirs_by_name(work: Work, appointment: UUID) -> bool:
    """Whether the hospital booked it itself, or asked for it, and so knows it by its own name."""
    mine = (messages.c.appointment_id == appointment) & or_(
        messages.c.outcome == Outcome.RECORDED, messages.c.trigger.in_((Trigger.WANTED, Trigger.MOVE_WANTED)),
    )
    return await work.session.scalar(select(messages.c.id).where(mine).limit(1)) is not None


async def forget(work: Work, person: UUID) -> None:
    """Nothing that a hospital said of the person's appointments is kept."""
    theirs = select(appointments.c.id).where(appointments.c.person_id == person)
    await work.session.execute(delete(messages).where(messages.c.appointment_id.in_(theirs)))


async def forget_old(work: Work) -> None:
    """What was applied long ago: by then a hospital repeats nothing."""
    old: Any = messages.c.outcome.is_not(None) & (messages.c.received_at < work.now - KEPT)
    await work.session.execute(delete(messages).where(old))
