"""Addresses that are told how reports go on, and what each is told."""

from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
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
    delete,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry

from chassis.db import Work
from chassis.directory import reached
from chassis.pages import Listing
from chassis.tables import AreaPath
from services.reports.domain.hook import KEPT, LONGEST_NAME, NEWS, TYPES, Delivery, Hook, Outcome, State
from services.reports.store.tables import metadata, transitions

_moment = DateTime(timezone=True)
hooks = Table(
    "hooks", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("name", Text, CheckConstraint(f"char_length(name) between 1 and {LONGEST_NAME}", name="name"), nullable=False),
    Column("endpoint", Text, CheckConstraint("endpoint like 'https://%'", name="https"), nullable=False),
    Column("made_by", Uuid, nullable=False),
    Column("made_at", _moment, nullable=False),
    Column("state", Text, CheckConstraint("state in ('active', 'silenced', 'ended')", name="state"), nullable=False),
    Column("version", Integer, CheckConstraint("version >= 1", name="version"), nullable=False, comment="of its secret"),
    Column("replaced_at", _moment, comment="when the secret before it was"),
    Column("failing_since", _moment),
    Column("kinds", ARRAY(Text), comment="what it is told of; null: of everything"),
    CheckConstraint("cardinality(kinds) >= 1", name="kinds"),
    CheckConstraint("(version = 1) = (replaced_at is null)", name="replaced"),
    Index("uq_hooks_endpoint", "area", "endpoint", unique=True, postgresql_where=text("state <> 'ended'")),
    Index("ix_hooks_area_gist", "area", postgresql_using="gist"),
)
deliveries = Table(
    "deliveries", metadata,
    Column("id", Uuid, primary_key=True),
    Column("hook_id", Uuid, ForeignKey("hooks.id"), nullable=False),
    Column("report_id", Uuid, ForeignKey("reports.id"), nullable=False),
    Column("seq", BigInteger, nullable=False, comment="of the step"),
    Column("kind", Text, nullable=False),
    Column("said", JSONB, nullable=False, comment="what is told: ids, state and when"),
    Column("made_at", _moment, nullable=False),
    Column("due_at", _moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("first_at", _moment),
    Column("leased_until", _moment),
    Column("status", Integer),
    Column("outcome", Text, CheckConstraint("outcome in ('taken', 'failed', 'left')", name="outcome")),
    Column("done_at", _moment),
    CheckConstraint("(outcome is null) = (done_at is null)", name="done"),
    Index("uq_deliveries_step", "hook_id", "report_id", "seq", unique=True),
    Index("ix_deliveries_due", "due_at", postgresql_where=text("done_at is null")),
    Index("ix_deliveries_done", "done_at", postgresql_where=text("done_at is not null")),
    Index("ix_deliveries_hook", "hook_id", "id"),
)
_mapping = registry(metadata=metadata)
_mapping.map_imperatively(Hook, hooks)
_mapping.map_imperatively(Delivery, deliveries)

HOOKS = Listing(select(hooks).where(reached(hooks.c.area)), hooks.c.id)
DELIVERIES = Listing(
    select(deliveries).where(deliveries.c.hook_id == bindparam("hook", type_=Uuid)), deliveries.c.id,
    outcome=deliveries.c.outcome == bindparam("outcome"), waiting=deliveries.c.done_at.is_(None),
)


async def at(work: Work, area: str, endpoint: str) -> Hook | None:
    """The one of an area that tells this address, if it has not ended."""
    mine = (hooks.c.area == area) & (hooks.c.endpoint == endpoint) & (hooks.c.state != State.ENDED.value)
    return await work.session.scalar(select(Hook).where(mine))


async def count(work: Work, community: str) -> int:
    """How many of a community have not ended."""
    mine = hooks.c.area.op("<@", is_comparison=True)(community) & (hooks.c.state != State.ENDED.value)
    return await work.session.scalar(select(func.count()).select_from(hooks).where(mine)) or 0


async def that_hear(work: Work, area: str) -> list[Hook]:
    """Those that are told of what happens here."""
    around = hooks.c.area.op("@>", is_comparison=True)(area)
    return list(await work.session.scalars(select(Hook).where(around, hooks.c.state == State.ACTIVE.value).order_by(hooks.c.id)))


async def untold(work: Work, hook: Hook, report: UUID) -> list[object]:
    """The steps of a report since there is the hook, and of the last days, that it was not told and is not about to be."""
    there = select(deliveries.c.id).where(
        deliveries.c.hook_id == hook.id, deliveries.c.report_id == report, deliveries.c.seq == transitions.c.seq
    ).exists()
    asked = select(transitions.c.seq, transitions.c.action, transitions.c.to_status, transitions.c.at).where(
        transitions.c.report_id == report, transitions.c.action.in_(sorted(filter(hook.wants, TYPES))), ~there,
        transitions.c.at >= max(hook.made_at, work.now - NEWS),
    )
    return list(await work.session.execute(asked.order_by(transitions.c.seq)))


async def next_due(work: Work) -> Delivery | None:
    """What is to be told now and nobody else tells, held; of one report, to one address, nothing before what came first."""
    free = or_(deliveries.c.leased_until.is_(None), deliveries.c.leased_until <= work.now)
    earlier = deliveries.alias()
    before = select(earlier.c.id).where(
        earlier.c.hook_id == deliveries.c.hook_id, earlier.c.report_id == deliveries.c.report_id,
        earlier.c.done_at.is_(None), earlier.c.seq < deliveries.c.seq,
    ).exists()
    due = select(Delivery).where(deliveries.c.done_at.is_(None), deliveries.c.due_at <= work.now, free, ~before)
    asked = due.order_by(deliveries.c.due_at, deliveries.c.seq).limit(1).with_for_update(skip_locked=True)
    return await work.session.scalar(asked.execution_options(populate_existing=True))


async def held(work: Work, key: UUID) -> Delivery | None:
    """One, held until the transaction ends; None once the log forgot it."""
    return await work.session.get(Delivery, key, with_for_update=True, populate_existing=True)


async def leave(work: Work, hook: UUID) -> None:
    """Nothing of what it was yet to be told is told."""
    waits = (deliveries.c.hook_id == hook) & deliveries.c.done_at.is_(None)
    over = {"outcome": Outcome.LEFT.value, "done_at": work.now, "leased_until": None}
    await work.session.execute(update(deliveries).where(waits).values(over))


async def take_up(work: Work, hook: UUID) -> None:
    """What was left lately is to be told after all, in its order."""
    left = (deliveries.c.hook_id == hook) & (deliveries.c.outcome == Outcome.LEFT.value)
    again = {"outcome": None, "done_at": None, "first_at": None, "tries": 0, "due_at": work.now}
    await work.session.execute(update(deliveries).where(left, deliveries.c.made_at >= work.now - NEWS).values(again))


async def forget(work: Work) -> int:
    """The log is kept a month."""
    old = select(deliveries.c.id).where(deliveries.c.done_at < work.now - KEPT).limit(1000)
    gone = await work.session.execute(delete(deliveries).where(deliveries.c.id.in_(old)).returning(deliveries.c.id))
    return len(gone.all())
