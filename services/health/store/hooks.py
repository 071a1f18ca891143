"""Subscriptions of hospitals, and what each is yet to be told."""

from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    or_,
    select,
    text,
)

from chassis.db import Work
from chassis.prepared import Prepared
from services.health.domain.consent import HOSPITAL
from services.health.domain.hook import Call, Hook, State
from services.health.store.consents import consents
from services.health.store.tables import _mapping, appointments, departments, metadata, one_of, slots

_moment = DateTime(timezone=True)

hooks = Table(
    "hooks", metadata,
    Column("id", Uuid, primary_key=True),
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), nullable=False),
    Column("program_id", Uuid, ForeignKey("programs.id"), nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("made_at", _moment, nullable=False),
    Column("state", one_of(State, "state"), nullable=False),
    Column("last", Integer, nullable=False),
    Column("failing_since", _moment),
    Column("secrets", Integer, nullable=False, server_default="1"),
    Column("older_signs", Boolean, nullable=False, server_default="false"),
    CheckConstraint("secrets > 1 or not older_signs", name="older"),
    CheckConstraint("endpoint like 'https://%'", name="https"),
    Index("uq_hooks_endpoint", "hospital_id", "endpoint", unique=True, postgresql_where=text("state <> 'off'")),
)

calls = Table(
    "calls", metadata,
    Column("id", Uuid, primary_key=True),
    Column("hook_id", Uuid, ForeignKey("hooks.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("made_at", _moment, nullable=False),
    Column("due_at", _moment, nullable=False),
    Column("appointment_id", Uuid, ForeignKey("appointments.id")),
    Column("tries", Integer, nullable=False),
    Column("leased_until", _moment),
    Column("done_at", _moment),
    CheckConstraint("(number = 0) = (appointment_id is null)", name="handshake"),
    Index("uq_calls_number", "hook_id", "number", unique=True),
    Index("ix_calls_due", "due_at", postgresql_where=text("done_at is null")),
)

_mapping.map_imperatively(Hook, hooks)
_mapping.map_imperatively(Call, calls)

_HOSPITAL_OF = Prepared(select(departments.c.hospital_id).join(slots, slots.c.department_id == departments.c.id).where(
    slots.c.id == bindparam("slot", type_=Uuid)
))
_PERSON_OF = Prepared(select(appointments.c.person_id).where(appointments.c.id == bindparam("appointment", type_=Uuid)))


async def hospital_of(work: Work, slot: UUID) -> UUID | None:
    """Whose department a slot lies in."""
    found: UUID | None = await work.value(_HOSPITAL_OF, slot=slot)
    return found


async def person_of(work: Work, appointment: UUID) -> UUID | None:
    """Whose appointment it is."""
    found: UUID | None = await work.value(_PERSON_OF, appointment=appointment)
    return found


async def live_of(work: Work, hospital: UUID) -> list[Hook]:
    """Its subscriptions that are told things, held, in one order."""
    asked = select(Hook).where(hooks.c.hospital_id == hospital, hooks.c.state.in_((State.REQUESTED, State.ACTIVE)))
    held = asked.order_by(hooks.c.id).with_for_update().execution_options(populate_existing=True)
    return list(await work.session.scalars(held))


async def at(work: Work, hospital: UUID, endpoint: str) -> Hook | None:
    """The one that tells this address, if it is not off."""
    asked = select(Hook).where(hooks.c.hospital_id == hospital, hooks.c.endpoint == endpoint, hooks.c.state != State.OFF)
    return (await work.session.scalars(asked)).first()


async def count(work: Work, hospital: UUID) -> int:
    """How many it has that are not off."""
    asked = select(func.count()).where(hooks.c.hospital_id == hospital, hooks.c.state != State.OFF)
    return int(await work.session.scalar(asked) or 0)


async def next_due(work: Work) -> Call | None:
    """What is to be told now and nobody else tells; of one subscription, nothing before what came first."""
    free = or_(calls.c.leased_until.is_(None), calls.c.leased_until <= work.now)
    earlier = calls.alias()
    before = select(earlier.c.id).where(
        earlier.c.hook_id == calls.c.hook_id, earlier.c.done_at.is_(None), earlier.c.number < calls.c.number
    ).exists()
    due = select(Call).where(calls.c.done_at.is_(None), calls.c.due_at <= work.now, free, ~before).order_by(calls.c.due_at)
    return (await work.session.scalars(due.limit(1).with_for_update(skip_locked=True))).first()


async def events_of(work: Work, hook: UUID, since: int, until: int, most: int) -> list[Call]:
    """What happened from one number to another, whether or not it was told; of people who let hospitals be told, and no other."""
    lets = (consents.c.person_id == appointments.c.person_id) & (consents.c.purpose == HOSPITAL) & consents.c.given
    asked = select(Call).join(appointments, appointments.c.id == calls.c.appointment_id).join(consents, lets)
    within = calls.c.hook_id == hook, calls.c.number.between(since, until)
    return list(await work.session.scalars(asked.where(*within).order_by(calls.c.number).limit(most)))


async def leave(work: Work, hook: UUID) -> None:
    """Nothing of what it was yet to be told is told."""
    await work.session.execute(calls.update().where(calls.c.hook_id == hook, calls.c.done_at.is_(None)).values(done_at=work.now))


_ENDED = Prepared(select(hooks.c.id).where(
    hooks.c.id == bindparam("hook", type_=Uuid), hooks.c.hospital_id == bindparam("hospital", type_=Uuid),
    hooks.c.state == State.OFF,
))


async def is_ended(work: Work, hospital: UUID, hook: UUID) -> bool:
    """Whether the hospital had this subscription and deleted it."""
    return await work.value(_ENDED, hook=hook, hospital=hospital) is not None
