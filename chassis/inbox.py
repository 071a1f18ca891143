"""Events already handled: the row and the effect share a transaction, so twice is once."""

from uuid import UUID

from sqlalchemy import Column, DateTime, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.prepared import Prepared
from chassis.tables import metadata

inbox = Table(
    "inbox", metadata,
    Column("queue", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("received_at", DateTime(timezone=True), nullable=False, index=True),
)

_NOTE = Prepared(insert(inbox).on_conflict_do_nothing().returning(inbox.c.event_id))


async def is_new(work: Work, queue: str, event_id: UUID) -> bool:
    """Note the event as handled by this queue; False if it was, and then nothing more may happen."""
    return await work.row(_NOTE, queue=queue, event_id=event_id, received_at=work.now) is not None
