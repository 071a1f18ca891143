"""Announced events: written in the transaction of the fact, published by the relay, kept in the archive."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, Table, Text, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, insert

from chassis.envelope import PREFIX, Cause, uuid7
from chassis.prepared import Ask, Prepared
from chassis.tables import metadata
from contracts.event import Event

_ROW: tuple[tuple[str, Any], ...] = (
    ("id", Uuid), ("topic", Text), ("subject", Text), ("seq", BigInteger), ("body", BYTEA), ("headers", JSONB),
    ("occurred_at", DateTime(timezone=True)),
)

stream = Table("stream", metadata, Column("subject", Text, primary_key=True), Column("seq", BigInteger, nullable=False))

outbox = Table(
    "outbox", metadata,
    Column("pos", BigInteger, Identity(always=True), primary_key=True),
    *(Column(name, kind, nullable=False) for name, kind in _ROW),
    Column("not_before", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False, server_default="0"),
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

_COUNT = insert(stream).values(subject=bindparam("subject"), seq=1)
_COUNTED = _COUNT.on_conflict_do_update(
    index_elements=[stream.c.subject], set_={"seq": stream.c.seq + _COUNT.excluded.seq}
).returning(stream.c.seq).cte("counted")
_GIVEN = {name: bindparam(name, type_=kind) for name, kind in _ROW} | {
    "seq": _COUNTED.c.seq,
    "headers": bindparam("headers", type_=JSONB).concat(func.jsonb_build_object(f"{PREFIX}sequence", _COUNTED.c.seq.cast(Text))),
}
_WRITE = Prepared(insert(outbox).inline().from_select([*_GIVEN], select(*_GIVEN.values())))


async def write(ask: Ask, source: str, now: datetime, said: list[tuple[Event, Cause]]) -> None:
    """Put the events into the outbox, each with its cause and the next number of its subject.

    Subjects are taken in sorted order, so two transactions never wait on each other in a circle; within one, as they were said.
    """
    for event, cause in sorted(said, key=lambda one: one[0].subject):
        event_id: UUID = uuid7(now)
        await ask(
            _WRITE, id=event_id, topic=event.topic, subject=event.subject, body=event.model_dump_json().encode(),
            headers=cause.headers(event, event_id, source, now), occurred_at=now,
        )
