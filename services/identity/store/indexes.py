"""While the key of contacts' indexes turns: who holds a value, under every version, so that two writers by two keys collide."""

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Text, Uuid

from services.identity.store.tables import contacts, metadata

contact_claims = Table(
    "contact_claims", metadata,
    Column("kind", Text, primary_key=True),
    Column("blind_index", LargeBinary, primary_key=True),
    Column("contact_id", Uuid, ForeignKey(contacts.c.id, ondelete="CASCADE"), nullable=False, index=True),
)
