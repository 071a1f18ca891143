"""How often somebody was refused: counted by the hour, so that no number of tries fills a disk."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, Integer, Table, Text, Uuid, select

from chassis.directory import reached
from chassis.pages import Listing
from chassis.tables import AreaPath
from services.identity.store.tables import metadata

refusals = Table(
    "refusals", metadata,
    Column("id", Uuid, primary_key=True),
    Column("hour", DateTime(timezone=True), nullable=False),
    Column("operation", Text, nullable=False),
    Column("status", Integer, CheckConstraint("status in (401, 403, 404, 429)", name="status"), nullable=False),
    Column("person_id", Uuid, nullable=False, comment="zero of who is not signed in, and of many"),
    Column("area", AreaPath, comment="where they serve or live, as a community; whose refusals these are to look at"),
    Column("times", BigInteger, nullable=False),
    Index("uq_refusals_hour", "hour", "operation", "status", "person_id", unique=True),
    Index("ix_refusals_area_gist", "area", postgresql_using="gist"),
)

REFUSALS = Listing(select(refusals).where(reached(refusals.c.area)), refusals.c.id)
