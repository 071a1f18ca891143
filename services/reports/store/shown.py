"""Up to which row of the audit people were told who looked at what is theirs."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, Table

from services.reports.store.tables import metadata

shown_until = Table(
    "shown_until", metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one"), primary_key=True),
    Column("pos", BigInteger, nullable=False),
)
