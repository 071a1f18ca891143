"""Announced events: written in the transaction of the fact, published by the relay, kept in the archive."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB, insert

from chassis.envelope import Cause, uuid7
from chassis.prepared import Ask, Prepared
from chassis.tables import metadata
from contracts.event import Event

_ROW: tuple[tuple[str, Any], ...] = (
    ("id", Uuid), ("topic", Text), ("subject", Text), ("seq", BigInteger), ("body", LargeBinary), ("headers", JSONB),
    ("occurred_at", DateTime(timezone=True)),
)

stream = Table(
    "stream", metadata,
    Column("subject", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

outbox = Table(
    "outbox", metadata,
    Column("pos", BigInteger, Identity(always=True), primary_key=True),
    *(Column(name, kind, nullable=False) for name, kind in _ROW),
    Column("not_before", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_error", Text),
    Index("ix_outbox_id", "id", unique=True),
    postgresql_with={"fillfactor": "70", "autovacuum_vacuum_scale_factor": "0.01", "autovacuum_vacuum_threshold": "1000"},
)

outbox_archive = Table(
    "outbox_archive", metadata,
    Column("pos", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, kind, nullable=False) for name, kind in _ROW),
    Column("published_at", DateTime(timezone=True), comment="null: nobody listened, it was only kept"),
    Index("ix_outbox_archive_topic_pos", "topic", "pos"),
    Index("ix_outbox_archive_subject", "subject"),
)

_TAKE = insert(stream)
_TAKE_NUMBERS = Prepared(_TAKE.on_conflict_do_update(
    index_elements=[stream.c.subject], set_={"seq": stream.c.seq + _TAKE.excluded.seq}
).returning(stream.c.seq))
_WRITE = Prepared(insert(outbox).inline(), *(name for name, _ in _ROW))


async def write(ask: Ask, source: str, now: datetime, said: list[tuple[Event, Cause]]) -> None:
    """Put the events into the outbox, in the order they were said, each with its cause, numbered per subject.

    Subjects are taken in sorted order, so two transactions never wait on each other in a circle.
    """
    counts: dict[str, int] = {}
    for event, _ in said:
        counts[event.subject] = counts.get(event.subject, 0) + 1
    last: dict[str, int] = {}
    for subject in sorted(counts):
        [top] = await ask(_TAKE_NUMBERS, subject=subject, seq=counts[subject])
        last[subject] = top.seq - counts[subject]
    for event, cause in said:
        last[event.subject] += 1
        await ask(_WRITE, **_row(event, last[event.subject], source, now, cause))


def _row(event: Event, seq: int, source: str, now: datetime, cause: Cause) -> dict[str, Any]:
    event_id: UUID = uuid7(now)
    return {
        "id": event_id,
        "topic": event.topic,
        "subject": event.subject,
        "seq": seq,
        "body": event.model_dump_json().encode(),
        "headers": cause.headers(event, event_id, seq, source, now),
        "occurred_at": now,
    }
