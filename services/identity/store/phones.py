"""Phones that staff give to people, and how they map onto the domain."""

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.orm import registry

from chassis.tables import AreaPath
from services.identity.domain.phones import PhoneAddition
from services.identity.store.tables import metadata

_moment = DateTime(timezone=True)

phone_additions = Table(
    "phone_additions", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("area", AreaPath, nullable=False, comment="the room of theirs, in whose area staff may do it"),
    Column("code_id", Uuid, nullable=False, comment="the code that was sent to the phone"),
    Column("sealed_phone", LargeBinary, comment="while it waits"),
    Column("phone_index", LargeBinary, nullable=False),
    Column("asked_by", Uuid, nullable=False),
    Column("asked_at", _moment, nullable=False),
    Column("state", Text, CheckConstraint(
        "state in ('asked', 'agreed', 'accepted', 'refused', 'over')", name="state"
    ), nullable=False),
    Column("agreed_at", _moment, comment="when whoever holds the phone showed its code"),
    Column("decided_by", Uuid),
    Column("decided_at", _moment),
    Column("differed", Integer, CheckConstraint("differed between 0 and 5", name="differed"), nullable=False,
           server_default=text("0"), comment="second looks that read another number"),
    CheckConstraint("(state in ('asked', 'agreed')) = (sealed_phone is not null)", name="numbered"),
    CheckConstraint("(state in ('asked', 'agreed')) = (decided_at is null)", name="decided"),
    CheckConstraint(
        "state <> 'accepted' or (agreed_at is not null and decided_by is not null"
        " and decided_by <> asked_by and decided_by <> person_id)", name="two"
    ),
    Index("ix_phone_additions_area_gist", "area", postgresql_using="gist"),
    Index("uq_phone_additions_open", "person_id", unique=True, postgresql_where=text("state in ('asked', 'agreed')")),
)

registry(metadata=metadata).map_imperatively(PhoneAddition, phone_additions)
