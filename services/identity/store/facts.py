"""What was verified of people, and how it maps onto the domain."""

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Text, Uuid, text
from sqlalchemy.orm import registry

from services.identity.domain.facts import Fact
from services.identity.store.tables import metadata

_moment = DateTime(timezone=True)

facts = Table(
    "facts", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("kind", Text, CheckConstraint("kind in ('real-name', 'in-person', 'guardian-of')", name="kind"), nullable=False),
    Column("evidence", Text, nullable=False, comment="which papers"),
    Column("checked_at", _moment, nullable=False),
    Column("checked_by", Uuid, comment="a member of staff; of a provider nobody"),
    Column("provider", Text),
    Column("reference", Text, comment="by what the provider finds it again"),
    Column("child_id", Uuid, ForeignKey("people.id"), index=True),
    Column("expires_at", _moment, index=True),
    Column("ended_at", _moment),
    Column("ended_by", Uuid),
    Column("why", Text, CheckConstraint("why in ('mistaken', 'forged', 'ended', 'over')", name="why")),
    CheckConstraint("(kind = 'guardian-of') = (child_id is not null)", name="child"),
    CheckConstraint("child_id <> person_id", name="other"),
    CheckConstraint("kind <> 'guardian-of' or expires_at is not null", name="guardian_until"),
    CheckConstraint("(kind = 'real-name') = (provider is not null and reference is not null)", name="provided"),
    CheckConstraint("(kind = 'real-name') = (checked_by is null)", name="checked"),
    CheckConstraint("checked_by <> person_id and checked_by <> coalesce(child_id, person_id)", name="not_oneself"),
    CheckConstraint("ended_by <> person_id and ended_by <> coalesce(child_id, person_id)", name="not_by_oneself"),
    CheckConstraint("(ended_at is null) = (why is null)", name="ended"),
    CheckConstraint("(ended_by is not null) = (coalesce(why, 'over') <> 'over')", name="revoked"),
    Index("ix_facts_person_id", "person_id", "checked_at"),
    Index(
        "uq_facts_standing", "person_id", "kind", text("coalesce(child_id, person_id)"), unique=True,
        postgresql_where=text("ended_at is null"),
    ),
)

registry(metadata=metadata).map_imperatively(Fact, facts)
