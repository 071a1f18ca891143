"""Who did or saw what, and why: plain rows in the transaction of the act, sealed in order by identity's later machinery."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Table, Text, Uuid

from chassis.tables import metadata

audit = Table(
    "audit", metadata,
    Column("pos", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor_id", Uuid),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="`<thing>/<id>`; never a name, never a number"),
    Column("reason", Text),
    Column("trace_id", Text),
    Index("ix_audit_subject", "subject"),
)
