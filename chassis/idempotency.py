"""Keys of requests: the same request twice is done once and answered alike, for 24 hours."""

from datetime import timedelta
from typing import Self
from uuid import UUID

from sqlalchemy import Column, DateTime, Integer, LargeBinary, Table, Text, Uuid, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis import crypto
from chassis.db import Work
from chassis.errors import Invalid
from chassis.prepared import Prepared
from chassis.process import Running
from chassis.tables import metadata

_KEEP = timedelta(hours=24)

idempotency = Table(
    "idempotency", metadata,
    Column("actor_id", Uuid, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_hash", LargeBinary, nullable=False),
    Column("status", Integer),
    Column("sealed_body", LargeBinary, comment="the answer, encrypted with the service's own key"),
    Column("created_at", DateTime(timezone=True), nullable=False, index=True),
)


_IS_IT = (idempotency.c.actor_id == bindparam("actor")) & (idempotency.c.key == bindparam("named"))
_IS_OVER = idempotency.c.created_at < bindparam("day_before", type_=DateTime(timezone=True))
_NEW = insert(idempotency)
_TAKE = Prepared(_NEW.on_conflict_do_update(
    index_elements=[idempotency.c.actor_id, idempotency.c.key], where=_IS_OVER,
    set_={"status": None, "sealed_body": None, **{name: _NEW.excluded[name] for name in ("request_hash", "created_at")}},
).returning(idempotency.c.key), "actor_id", "key", "request_hash", "created_at")
_FIND = Prepared(select(idempotency).where(_IS_IT))
_DROP = Prepared(delete(idempotency).where(_IS_IT))
_KEPT = Prepared(update(idempotency).where(_IS_IT).values(status=bindparam("said"), sealed_body=bindparam("sealed")))
_FORGET = Prepared(delete(idempotency).where(_IS_OVER))


class IdempotencyKeyReused(Invalid):
    """The `Idempotency-Key` was used for another request within the last 24 hours."""

    zh = "该 Idempotency-Key 已用于不同内容的请求"


class Reservation:
    """A key taken for this request; its twin waits on the row until the first one commits."""

    def __init__(self, work: Work, actor: UUID, key: str) -> None:
        self._work = work
        self._actor = actor
        self._key = key
        self._it = {"actor": actor, "named": key}
        self.earlier: tuple[int, bytes] | None = None  # status and body, when the request was answered before

    @classmethod
    async def take(cls, work: Work, actor: UUID, key: str, digest: bytes) -> Self:
        """Take the key, or find what was answered under it; IdempotencyKeyReused if the request was another."""
        mine = cls(work, actor, key)
        row = {"actor_id": actor, "key": key, "request_hash": digest, "created_at": work.now}
        if await work.row(_TAKE, **row, day_before=work.now - _KEEP) is None:
            mine.earlier = await mine._found(digest)
        return mine

    def _place(self) -> crypto.Place:
        return crypto.Place("idempotency", self._key, self._actor)

    async def _found(self, digest: bytes) -> tuple[int, bytes]:
        [row] = await self._work.rows(_FIND, **self._it)
        if row.request_hash != digest:
            raise IdempotencyKeyReused
        return row.status, crypto.unseal(self._work.vault.keys.kek, self._place(), row.sealed_body)

    async def drop(self) -> None:
        """Give the key back: the request was refused, and may be made again under it."""
        await self._work.rows(_DROP, **self._it)

    async def keep(self, status: int, body: bytes) -> None:
        """Keep the answer beside what it reports, sealed."""
        sealed = crypto.seal(self._work.vault.keys.kek, self._place(), body)
        await self._work.rows(_KEPT, **self._it, said=status, sealed=sealed)


async def forget(running: Running) -> None:
    """A job: keys whose day is over."""

    async def over(work: Work) -> None:
        await work.rows(_FORGET, day_before=work.now - _KEEP)

    await running.database.do(over)
