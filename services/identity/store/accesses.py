"""Who saw what of somebody, as the services that audit it say; identity's own are in its audit."""

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid

from services.identity.store.tables import metadata

accesses = Table(
    "accesses", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("service", Text, nullable=False),
    Column("actor_id", Uuid, comment="none: it was done by the platform, as the person had asked"),
    Column("shown_to", Uuid, comment="a hospital"),
    Column("act", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_accesses_person", "person_id", "at"),
)
