"""As whom partners know people: a random id for each person and sector, that tells nothing to who has not this table."""

from sqlalchemy import Column, DateTime, ForeignKey, Table, Text, UniqueConstraint, Uuid

from services.identity.store.tables import metadata

pairwise_subjects = Table(
    "pairwise_subjects", metadata,
    Column("subject", Uuid, primary_key=True, comment="what the partners of this sector know them by"),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("sector", Text, nullable=False, comment="OpenID Connect Core 1.0 section 8.1"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("person_id", "sector"),
)
