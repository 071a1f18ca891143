"""What is kept of reconciliations with hospitals, and the questions about it."""

from collections.abc import Sequence
from datetime import datetime
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
    case,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import registry

from chassis.db import Work
from chassis.directory import reached
from chassis.pages import Listing
from chassis.tables import AreaPath
from services.health.domain.appointment import Appointment
from services.health.domain.machine import FIRM
from services.health.domain.reconciliation import Divergence, Ours, Reconciliation, Remedy, Settlement, Verdict
from services.health.store.messages import RECORDED
from services.health.store.tables import appointments, asks, hospitals, metadata, one_of

_moment = DateTime(timezone=True)

reconciliations = Table(
    "reconciliations", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), nullable=False),
    Column("ordered_at", _moment, nullable=False),
    Column("due_at", _moment, nullable=False),
    Column("ordered_by", Uuid),
    Column("night", Text),  # whose it is, as a date; one a hospital
    Column("leased_until", _moment),
    Column("tries", Integer, nullable=False),
    Column("ended_at", _moment),
    Column("failed", Boolean, nullable=False),
    Column("both", Integer, nullable=False),
    Column("ours_only", Integer, nullable=False),
    Column("theirs_only", Integer, nullable=False),
    Column("differ", Integer, nullable=False),
    CheckConstraint("(ordered_by is null) = (night is not null)", name="ordered"),
    Index("uq_reconciliations_night", "hospital_id", "night", unique=True),
    Index("ix_reconciliations_open", "hospital_id", unique=True, postgresql_where=text("ended_at is null and night is null")),
    Index("ix_reconciliations_area_gist", "area", postgresql_using="gist"),
)

divergences = Table(
    "divergences", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), nullable=False),
    Column("subject", Text, nullable=False),
    Column("verdict", one_of(Verdict, "verdict"), nullable=False),
    Column("remedy", one_of(Remedy, "remedy"), nullable=False),
    Column("found_at", _moment, nullable=False),
    Column("starts_at", _moment, nullable=False),
    Column("appointment_id", Uuid, ForeignKey("appointments.id")),
    Column("external_ref", Text),
    Column("settled_at", _moment),
    Column("settled_by", Uuid),
    Column("settlement", one_of(Settlement, "settlement")),
    CheckConstraint("(settled_at is null) = (settlement is null)", name="settled"),
    CheckConstraint("settled_by is null or settlement <> 'agreed'", name="by_whom"),
    Index(
        "uq_divergences_open", "hospital_id", "subject", "verdict", unique=True, postgresql_where=text("settled_at is null"),
    ),
    Index("ix_divergences_area_gist", "area", postgresql_using="gist"),
)

_mapping = registry(metadata=metadata)
_mapping.map_imperatively(Reconciliation, reconciliations)
_mapping.map_imperatively(Divergence, divergences)

_PUT_OFF = (  # as Reconciliation.tried_again_at says it
    reconciliations.c.ended_at.is_(None) & reconciliations.c.leased_until.is_(None)
    & (reconciliations.c.due_at > reconciliations.c.ordered_at)
)
_TRIED_AGAIN_AT = case((_PUT_OFF, reconciliations.c.due_at)).label("tried_again_at")

RECONCILIATIONS = Listing(
    select(reconciliations, _TRIED_AGAIN_AT).where(reached(reconciliations.c.area)), reconciliations.c.id,
    hospital_id=reconciliations.c.hospital_id == bindparam("hospital_id", type_=Uuid),
)
DIVERGENCES = Listing(
    select(divergences).where(reached(divergences.c.area)), divergences.c.id,
    hospital_id=divergences.c.hospital_id == bindparam("hospital_id", type_=Uuid), open=divergences.c.settled_at.is_(None),
)


async def order_night(work: Work, night: str) -> None:
    """Every connected hospital is reconciled with this night, once."""
    asked = select(hospitals.c.id, hospitals.c.area).where(hospitals.c.system.is_not(None))
    for row in (await work.session.execute(asked)).all():
        made = vars_of(Reconciliation(work.new_id(), row.area, row.id, work.now, work.now, night=night))
        await work.session.execute(insert(reconciliations).values(made).on_conflict_do_nothing())


def vars_of(made: Reconciliation) -> dict[str, object]:
    """Its columns."""
    return {name: getattr(made, name) for name in reconciliations.c.keys()}  # noqa: SIM118 - a collection of columns


async def ordered(work: Work, hospital: UUID) -> Reconciliation | None:
    """The one that somebody ordered and that is not over."""
    mine = (reconciliations.c.hospital_id == hospital) & reconciliations.c.ended_at.is_(None) & reconciliations.c.night.is_(None)
    return (await work.session.scalars(select(Reconciliation).where(mine))).first()


async def next_due(work: Work) -> Reconciliation | None:
    """The comparison that is to be made now and that nobody else is about."""
    free = or_(reconciliations.c.leased_until.is_(None), reconciliations.c.leased_until <= work.now)
    due = select(Reconciliation).where(reconciliations.c.ended_at.is_(None), reconciliations.c.due_at <= work.now, free)
    return (await work.session.scalars(due.order_by(reconciliations.c.due_at).limit(1).with_for_update(skip_locked=True))).first()


async def ours(work: Work, hospital: UUID, since: datetime, until: datetime) -> list[Ours]:
    """What is somebody's with a hospital, in that time; what it booked here itself does not bear our name there."""
    columns = appointments.c.id, appointments.c.external_ref, appointments.c.starts_at, appointments.c.ends_at
    within = appointments.c.starts_at >= since, appointments.c.starts_at < until
    asked = select(*columns).where(appointments.c.hospital_id == hospital, appointments.c.state.in_(FIRM), ~RECORDED, *within)
    return [Ours(row.id, row.external_ref, row.starts_at, row.ends_at) for row in await work.session.execute(asked)]


async def seat(work: Work, hospital: UUID, key: UUID | None) -> Appointment | None:
    """The appointment of this name with this hospital, held."""
    if key is None:
        return None
    asked = select(Appointment).where(appointments.c.id == key, appointments.c.hospital_id == hospital).with_for_update()
    return (await work.session.scalars(asked.execution_options(populate_existing=True))).first()


async def was_asked_since(work: Work, appointment: UUID, begun: datetime) -> bool:
    """Whether a hospital was, or is being, asked about it since then: what it showed at that time may be so no more."""
    lately = or_(
        asks.c.made_at >= begun, asks.c.answered_at >= begun, asks.c.asked_at >= begun, asks.c.leased_until > work.now,
    )
    asked = select(asks.c.id).where(asks.c.appointment_id == appointment, lately).limit(1)
    return await work.session.scalar(asked) is not None


async def open_about(work: Work, hospital: UUID, subject: str, verdict: Verdict) -> Divergence | None:
    """The divergence about this that is open, held."""
    mine = (divergences.c.hospital_id == hospital) & (divergences.c.subject == subject) & (divergences.c.verdict == verdict)
    asked = select(Divergence).where(mine, divergences.c.settled_at.is_(None)).with_for_update()
    return (await work.session.scalars(asked.execution_options(populate_existing=True))).first()


async def open_of(work: Work, hospital: UUID, since: datetime, until: datetime) -> Sequence[Divergence]:
    """All that are open with a hospital about visits in that time, held."""
    within = divergences.c.starts_at >= since, divergences.c.starts_at < until
    asked = select(Divergence).where(divergences.c.hospital_id == hospital, divergences.c.settled_at.is_(None), *within)
    return (await work.session.scalars(asked.order_by(divergences.c.id).with_for_update())).all()
