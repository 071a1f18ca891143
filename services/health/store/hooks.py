"""Subscriptions of hospitals, and what each is yet to be told."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    literal,
    or_,
    select,
    text,
)

from chassis.db import Work
from chassis.prepared import Prepared
from services.health.domain.consent import HOSPITAL
from services.health.domain.hook import Call, Hook, State
from services.health.domain.topic import Topic
from services.health.store.consents import consents
from services.health.store.contracted import CONTRACT, CONTRACTS
from services.health.store.contracts import contracts
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
    Column("topic", Text, nullable=False, server_default=Topic.CHANGED.value),
    Column("heartbeat", Integer),
    Column("ends_at", _moment),
    Column("told_at", _moment),
    CheckConstraint("secrets > 1 or not older_signs", name="older"),
    CheckConstraint("heartbeat between 60 and 86400", name="heartbeat"),
    CheckConstraint(f"topic in ({', '.join(repr(one.value) for one in Topic)})", name="topic"),
    CheckConstraint("endpoint like 'https://%'", name="https"),
    Index("uq_hooks_endpoint", "hospital_id", "endpoint", "topic", unique=True, postgresql_where=text("state <> 'off'")),
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
    Column("focus_id", Uuid, comment="what it is about, as the hospital calls it"),
    Column("contract_id", Uuid),
    Column("beats", Boolean, nullable=False, server_default="false"),
    CheckConstraint("(number = 0 or beats) = (coalesce(focus_id, appointment_id) is null)", name="handshake"),
    CheckConstraint("num_nonnulls(appointment_id, contract_id) <= 1", name="whose"),
    Index("uq_calls_number", "hook_id", "number", unique=True, postgresql_where=text("not beats")),
    Index("ix_calls_due", "due_at", postgresql_where=text("done_at is null")),
)

offer_news = Table(  # filled by a trigger on slots, for hospitals that are told of them; and by what calls a schedule off
    "offer_news", metadata,
    Column("pos", BigInteger, Identity(), primary_key=True),
    Column("hospital_id", Uuid, nullable=False),
    Column("topic", Text, nullable=False),
    Column("focus_id", Uuid, nullable=False),
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


async def owner_of(work: Work, contract: UUID) -> UUID | None:
    """Whose contract it is."""
    found: UUID | None = await work.session.scalar(select(contracts.c.person_id).where(contracts.c.id == contract))
    return found


async def contract_at(work: Work, hospital: UUID, contract: UUID) -> UUID | None:
    """What the hospital calls a contract, if it may see it."""
    asked = CONTRACTS.with_only_columns(CONTRACT, maintain_column_froms=True).where(contracts.c.id == contract)
    found: UUID | None = await work.session.scalar(asked, {"hospital": hospital, "now": work.now})
    return found


def _is_live(work: Work) -> ColumnElement[bool]:
    return hooks.c.state.in_((State.REQUESTED, State.ACTIVE)) & or_(hooks.c.ends_at.is_(None), hooks.c.ends_at > work.now)


async def told_of(work: Work, topic: Topic) -> list[UUID]:
    """Hospitals that are told of it, in one order."""
    asked = select(hooks.c.hospital_id).distinct().where(hooks.c.topic == topic.value, _is_live(work))
    return list(await work.session.scalars(asked.order_by(hooks.c.hospital_id)))


async def live_of(work: Work, hospital: UUID, topics: Iterable[Topic]) -> list[Hook]:
    """Its subscriptions that are told of these, held, in one order."""
    words = [one.value for one in topics]
    asked = select(Hook).where(hooks.c.hospital_id == hospital, hooks.c.topic.in_(words), _is_live(work))
    held = asked.order_by(hooks.c.id).with_for_update().execution_options(populate_existing=True)
    return list(await work.session.scalars(held))


async def end_over(work: Work, hospital: UUID) -> None:
    """What has come to its end makes room for others."""
    over = hooks.c.hospital_id == hospital, hooks.c.state != State.OFF, hooks.c.ends_at <= work.now
    await work.session.execute(hooks.update().where(*over).values(state=State.OFF))


async def at(work: Work, hospital: UUID, endpoint: str, topic: Topic) -> Hook | None:
    """The one that tells this address of it, if it is not off."""
    its = hooks.c.hospital_id == hospital, hooks.c.topic == topic.value, hooks.c.state != State.OFF
    return (await work.session.scalars(select(Hook).where(*its, hooks.c.endpoint == endpoint))).first()


async def count(work: Work, hospital: UUID, topic: Topic) -> int:
    """How many it has that are not off."""
    asked = select(func.count()).where(
        hooks.c.hospital_id == hospital, hooks.c.topic == topic.value, hooks.c.state != State.OFF
    )
    return int(await work.session.scalar(asked) or 0)


async def quiet(work: Work, most: int) -> list[Hook]:
    """Those that want a sign of life now: nothing waits for them, and nothing was told them for so long; held."""
    since = func.coalesce(hooks.c.told_at, hooks.c.made_at) + func.make_interval(0, 0, 0, 0, 0, 0, hooks.c.heartbeat)
    waits = select(calls.c.id).where(calls.c.hook_id == hooks.c.id, calls.c.done_at.is_(None)).correlate(hooks).exists()
    asked = select(Hook).where(hooks.c.state == State.ACTIVE, _is_live(work), since <= work.now, ~waits)
    held = asked.order_by(hooks.c.id).limit(most).with_for_update(skip_locked=True)
    return list(await work.session.scalars(held.execution_options(populate_existing=True)))


async def news(work: Work, department: UUID, topic: Topic, focus: UUID) -> None:
    """Something of what a hospital offers is otherwise: its programs are to be told, if any asked to be."""
    its = select(departments.c.hospital_id, literal(topic.value), literal(focus, Uuid)).where(departments.c.id == department)
    await work.session.execute(offer_news.insert().from_select(["hospital_id", "topic", "focus_id"], its))


async def take_news(work: Work, most: int) -> list[tuple[UUID, str, UUID]]:
    """What is otherwise and nobody else takes, in its order: it is told, or was asked for by nobody."""
    oldest = select(offer_news.c.pos).order_by(offer_news.c.pos).limit(most).with_for_update(skip_locked=True)
    gone = offer_news.delete().where(offer_news.c.pos.in_(oldest.scalar_subquery())).returning(offer_news)
    rows = sorted((await work.session.execute(gone)).all(), key=lambda row: row.pos)
    return [(row.hospital_id, row.topic, row.focus_id) for row in rows]


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
    whose = func.coalesce(appointments.c.person_id, contracts.c.person_id)
    lets = (consents.c.person_id == whose) & (consents.c.purpose == HOSPITAL) & consents.c.given
    nobodys = hooks.c.topic.in_([one.value for one in Topic if not one.is_personal])
    asked = select(Call).join(hooks, hooks.c.id == calls.c.hook_id).outerjoin(
        appointments, appointments.c.id == calls.c.appointment_id
    ).outerjoin(contracts, contracts.c.id == calls.c.contract_id)
    may = or_(nobodys, select(consents.c.given).where(lets).correlate(appointments, contracts).exists())
    is_event = func.coalesce(calls.c.focus_id, calls.c.appointment_id).is_not(None)
    within = calls.c.hook_id == hook, calls.c.number.between(since, until), is_event, may
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
