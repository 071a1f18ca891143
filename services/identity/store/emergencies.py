"""Emergencies, and how they map onto the domain."""

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Text, Uuid, bindparam, select, text
from sqlalchemy.orm import registry

from chassis.directory import reached
from chassis.pages import Listing
from chassis.tables import AreaPath
from services.identity.domain.emergency import Emergency
from services.identity.store.tables import metadata

_moment = DateTime(timezone=True)

emergencies = Table(
    "emergencies", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("assignment_id", Uuid, ForeignKey("assignments.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("area", AreaPath, nullable=False),
    Column("reason", Text, CheckConstraint(
        "reason in ('life-safety', 'fire', 'missing-person', 'gate-failure', 'outage')", name="reason"
    ), nullable=False),
    Column("concerns_id", Uuid, comment="who is told afterwards"),
    Column("taken_at", _moment, nullable=False),
    Column("ends_at", _moment, nullable=False),
    Column("told_at", _moment, comment="when it was said that it is over"),
    Column("reviewed_by", Uuid),
    Column("reviewed_at", _moment),
    Column("finding", Text, CheckConstraint("finding in ('justified', 'unjustified')", name="finding")),
    CheckConstraint("role in ('grid_worker', 'courtyard_lead', 'guard', 'property')", name="role"),
    CheckConstraint("ends_at - taken_at <= interval '30 minutes'", name="life"),
    CheckConstraint("(reviewed_at is null) = (reviewed_by is null) and (reviewed_at is null) = (finding is null)", name="whole"),
    CheckConstraint("reviewed_by <> person_id", name="two"),
    CheckConstraint("reviewed_at >= ends_at", name="over"),
    Index("ix_emergencies_area_gist", "area", postgresql_using="gist"),
    Index("uq_emergencies_unreviewed", "person_id", unique=True, postgresql_where=text("reviewed_at is null")),
)

EMERGENCIES = Listing(
    select(emergencies).where(reached(emergencies.c.area, owner=emergencies.c.person_id)), emergencies.c.id,
    finding=emergencies.c.finding == bindparam("finding"),
)

registry(metadata=metadata).map_imperatively(Emergency, emergencies)
