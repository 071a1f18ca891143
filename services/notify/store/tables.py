"""What notify keeps, and how it maps onto the domain."""

from sqlalchemy import Boolean, Column, DateTime, Index, MetaData, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry

from chassis.tables import NAMES, AreaPath
from services.notify.domain.notice import Notice

metadata = MetaData(naming_convention=NAMES)
_moment = DateTime(timezone=True)

notices = Table(
    "notices", metadata,
    Column("pos", Uuid, nullable=False, comment="time-ordered, for pages"),
    Column("id", Uuid, primary_key=True, comment="made of event, person and template: said once"),
    Column("person_id", Uuid, nullable=False),
    Column("area", AreaPath, nullable=False),
    Column("template", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("subject", Text, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("history", Boolean, nullable=False, comment="planned from an event of long ago; nobody is disturbed by it"),
    Column("read_at", _moment),
    Index("ix_notices_created_at", "created_at"),
    Index("uq_notices_pos", "person_id", "pos", unique=True),
    Index("ix_notices_unread", "person_id", postgresql_where=text("read_at is null and not history")),
)

registry(metadata=metadata).map_imperatively(Notice, notices)
