"""Breaches, and who books nothing by themselves because of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    Uuid,
    and_,
    bindparam,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import registry

from chassis.db import Work
from chassis.directory import reached
from chassis.pages import Listing
from chassis.prepared import Prepared
from chassis.tables import AreaPath
from services.health.domain.breach import Breach, Finding, Plea, Sanction
from services.health.domain.entitlement import Ground
from services.health.domain.policy import Cause
from services.health.store.tables import entitlements, metadata, one_of

_moment = DateTime(timezone=True)

sanctions = Table(
    "sanctions", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("begins_at", _moment, nullable=False),
    Column("ends_at", _moment, nullable=False),
    Column("limit_points", Integer, nullable=False),
    Column("spares_seniors", Boolean, nullable=False),
    Column("lifted_at", _moment),
    CheckConstraint("begins_at < ends_at", name="some_time"),
    Index("ix_sanctions_area_gist", "area", postgresql_using="gist"),
)

breaches = Table(
    "breaches", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("appointment_id", Uuid, ForeignKey("appointments.id"), nullable=False),
    Column("cause", one_of(Cause, "cause"), nullable=False),
    Column("points", Integer, nullable=False),
    Column("at", _moment, nullable=False),
    Column("policy_id", Uuid, ForeignKey("policies.id")),
    Column("entered_by", Uuid, comment="by whose act, if it was not the clock"),
    Column("sanction_id", Uuid, ForeignKey("sanctions.id", ondelete="SET NULL"), index=True),
    Column("plea", String(16)),
    Column("appealed_at", _moment),
    Column("finding", String(16)),
    Column("decided_by", Uuid),
    Column("decided_at", _moment),
    CheckConstraint("points >= 0", name="some"),
    CheckConstraint(f"plea in ({', '.join(repr(one.value) for one in Plea)})", name="plea"),
    CheckConstraint(f"finding in ({', '.join(repr(one.value) for one in Finding)})", name="finding"),
    CheckConstraint("(plea is null) = (appealed_at is null)", name="appealed"),
    CheckConstraint(
        "(finding is null) = (decided_by is null) and (finding is null) = (decided_at is null)"
        " and (finding is null or plea is not null)", name="decided",
    ),
    CheckConstraint("decided_by <> person_id and decided_by is distinct from coalesce(entered_by, person_id)", name="by_another"),
    Index("uq_breaches_appointment", "appointment_id", unique=True),  # one seat is lost once
    Index("ix_breaches_area_gist", "area", postgresql_using="gist"),
)

_mapping = registry(metadata=metadata)
_mapping.map_imperatively(Sanction, sanctions)
_mapping.map_imperatively(Breach, breaches)

_at, _person = bindparam("now", type_=_moment), bindparam("person", type_=Uuid)
_area = bindparam("area", type_=AreaPath)
_PENDING = select(breaches.c.id).where(
    breaches.c.sanction_id == sanctions.c.id, breaches.c.plea.is_not(None), breaches.c.finding.is_(None),
).correlate(sanctions).exists()


def _senior(person: Any, area: Any) -> Select[Any]:
    meets = entitlements.c.area.op("@>", is_comparison=True)(area) | entitlements.c.area.op("<@", is_comparison=True)(area)
    lasts = or_(entitlements.c.ends_at.is_(None), entitlements.c.ends_at > _at)
    theirs = entitlements.c.person_id == person, entitlements.c.ground == Ground.SENIOR
    return select(entitlements.c.id).where(*theirs, lasts, meets)


def bars(person: Any, area: Any) -> Select[Any]:
    """The sanctions by which somebody books nothing by themselves at a place now; until when."""
    there = sanctions.c.area.op("@>", is_comparison=True)(area)
    lasts = sanctions.c.lifted_at.is_(None), sanctions.c.begins_at <= _at, sanctions.c.ends_at > _at
    spared = sanctions.c.spares_seniors & _senior(sanctions.c.person_id, area).correlate_except(entitlements).exists()
    return select(sanctions.c.ends_at).where(sanctions.c.person_id == person, there, *lasts, ~_PENDING, ~spared)


_BARRED = Prepared(bars(_person, _area).order_by(sanctions.c.ends_at.desc()).limit(1))
_IS_SENIOR = Prepared(_senior(_person, _area))

BREACHES = Listing(
    select(breaches, sanctions.c.ends_at.label("sanction_until"))
    .select_from(breaches.outerjoin(sanctions, and_(sanctions.c.id == breaches.c.sanction_id, sanctions.c.lifted_at.is_(None))))
    .where(reached(breaches.c.area, owner=breaches.c.person_id)),
    breaches.c.id, person_id=breaches.c.person_id == bindparam("person_id", type_=Uuid),
    open=and_(breaches.c.plea.is_not(None), breaches.c.finding.is_(None)),
)


async def barred_until(work: Work, person: UUID, area: str) -> datetime | None:
    """Until when a person books nothing there by themselves; none if they may."""
    found: datetime | None = await work.value(_BARRED, now=work.now, person=person, area=area)
    return found


async def is_senior(work: Work, person: UUID, area: str) -> bool:
    """Whether staff have said that the person is 65 or over."""
    return await work.value(_IS_SENIOR, now=work.now, person=person, area=area) is not None


async def keep(work: Work, made: Breach) -> bool:
    """It is there from now on; false if there is one of this appointment."""
    row = {column.name: getattr(made, column.name) for column in breaches.columns}
    said = insert(breaches).values(row).on_conflict_do_nothing().returning(breaches.c.id)
    return (await work.session.execute(said)).first() is not None


async def counting(work: Work, person: UUID, community: str, since: datetime) -> Sequence[Breach]:
    """What counts: since then, not found to be none, not being appealed, and not used up by another sanction; held."""
    below = breaches.c.area.op("<@", is_comparison=True)(community)
    stands = or_(breaches.c.plea.is_(None), breaches.c.finding == Finding.STANDS.value)
    mine = breaches.c.person_id == person, below, breaches.c.at > since, breaches.c.sanction_id.is_(None), stands
    asked = select(Breach).where(*mine).order_by(breaches.c.id).with_for_update()
    return (await work.session.scalars(asked.execution_options(populate_existing=True))).all()


async def of_sanction(work: Work, sanction: UUID) -> Sequence[Breach]:
    """What a sanction rests on."""
    return (await work.session.scalars(select(Breach).where(breaches.c.sanction_id == sanction).order_by(breaches.c.id))).all()
