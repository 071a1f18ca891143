"""Policies of booking, and which one holds."""

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
    Table,
    Time,
    Uuid,
    bindparam,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import registry

from chassis.db import Work
from chassis.directory import reached
from chassis.pages import Listing
from chassis.prepared import Prepared, Row
from chassis.tables import AreaPath
from services.health.domain.policy import Policy, default
from services.health.store.tables import departments, metadata

_moment = DateTime(timezone=True)

policies = Table(
    "policies", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("version", Integer, nullable=False),
    Column("from_at", _moment, nullable=False),
    Column("decided_by", Uuid, nullable=False),
    Column("decided_at", _moment, nullable=False),
    Column("hospital_id", Uuid, ForeignKey("hospitals.id")),
    Column("minutes_before", Integer),
    Column("days_before", Integer),
    Column("at", Time),
    Column("late_points", Integer, nullable=False),
    Column("missed_points", Integer, nullable=False),
    Column("limit_points", Integer, nullable=False),
    Column("months", Integer, nullable=False),
    Column("days", Integer, nullable=False),
    Column("spares_seniors", Boolean, nullable=False),
    CheckConstraint(
        "(days_before is null) = (at is null) and (days_before is null) = (minutes_before is not null)", name="one_way",
    ),
    CheckConstraint("limit_points > 0 and months > 0 and days > 0 and late_points >= 0 and missed_points >= 0", name="some"),
    Index("uq_policies_version", "area", text(f"coalesce(hospital_id, '{UUID(int=0)}')"), "version", unique=True),
    Index("ix_policies_area_gist", "area", postgresql_using="gist"),
)

registry(metadata=metadata).map_imperatively(Policy, policies)

_at, _area = bindparam("now", type_=_moment), bindparam("area", type_=AreaPath)
_hospital, _department = bindparam("hospital", type_=Uuid), bindparam("department", type_=Uuid)
_LATEST = policies.c.from_at.desc(), policies.c.version.desc()
_OF_DEPARTMENT = select(departments.c.hospital_id).where(departments.c.id == _department).scalar_subquery()
_IN_FORCE = Prepared(
    select(policies)
    .where(
        policies.c.from_at <= _at, policies.c.area.op("@>", is_comparison=True)(_area),
        or_(policies.c.hospital_id.is_(None), policies.c.hospital_id == _OF_DEPARTMENT),
    )
    .order_by(policies.c.hospital_id.is_(None), func.nlevel(policies.c.area).desc(), *_LATEST).limit(1)
)
_BY_ID = Prepared(select(policies).where(policies.c.id == bindparam("key", type_=Uuid)))
_LAST = Prepared(select(func.max(policies.c.version)).where(
    policies.c.area == _area, policies.c.hospital_id.is_not_distinct_from(_hospital),
))
POLICIES = Listing(
    select(policies).where(reached(policies.c.area, homes=True)), policies.c.id,
    hospital_id=policies.c.hospital_id == bindparam("hospital_id", type_=Uuid),
)


async def in_force(work: Work, area: str, department: UUID | None) -> Policy:
    """The one by which something is booked there now: the hospital's, else that of the nearest area, else the default."""
    return _made(await work.row(_IN_FORCE, now=work.now, area=area, department=department))


async def version(work: Work, key: UUID | None) -> Policy:
    """The one by which something was booked; what was booked before there were any goes by the default."""
    return default() if key is None else _made(await work.row(_BY_ID, key=key))


async def last(work: Work, area: str, hospital: UUID | None) -> int:
    """How many versions there are of an area's own, or a hospital's."""
    return int(await work.value(_LAST, area=area, hospital=hospital) or 0)


def _made(row: Row | None) -> Policy:
    if row is None:
        return default()
    said: dict[str, Any] = dict(row)
    return Policy(**said)
