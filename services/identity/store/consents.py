"""The ledger of consents. The database itself refuses to change or delete a line of it (migration 0025)."""

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import BIGINT

from services.identity.store.tables import metadata

consents = Table(
    "consents", metadata,
    Column("pos", BIGINT, primary_key=True, autoincrement=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("person_id", Uuid, nullable=False, comment="stays three years when they are forgotten: an id that leads to nothing"),
    Column("purpose", Text, CheckConstraint(
        "purpose in ('real-name', 'face', 'health', 'position', 'hospital')", name="purpose"
    ), nullable=False),
    Column("version", Integer, nullable=False),
    Column("text_hash", Text, CheckConstraint("length(text_hash) = 64", name="text_hash"), nullable=False),
    Column("separate", Boolean, nullable=False),
    Column("guardian_id", Uuid, comment="who gave it for a child"),
    Column("channel", Text, nullable=False, comment="the program through which it came"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    CheckConstraint("guardian_id <> person_id", name="guardian"),
    Index("ix_consents_person", "person_id", "purpose", "pos"),
    Index("ix_consents_withdrawn", "at", postgresql_where=text("withdrawn")),
)
