"""Who did or saw what, and why: plain rows in the transaction of the act, chained and signed by the worker (`sealing`)."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Identity, Index, LargeBinary, Table, Text, Uuid, text

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
    Column("n", BigInteger, unique=True, comment="its place in the chain, from 1; the order in which rows were seen, not begun"),
    Column("hash", LargeBinary, comment="SHA-256 of the hash before and of this row"),
    CheckConstraint("(n is null) = (hash is null)", name="is_sealed_whole"),
    Index("ix_audit_subject", "subject"),
    Index("ix_audit_unsealed", "pos", postgresql_where=text("n is null")),
)

audit_roots = Table(
    "audit_roots", metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False, comment="the last row it vouches for, and with it all before"),
    Column("hash", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("signature", LargeBinary, nullable=False, comment="Ed25519, by the service's anchor key"),
)
