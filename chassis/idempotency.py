"""Keys of requests: the same request twice is done once and answered alike, for 24 hours."""

from datetime import timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Column, DateTime, Integer, LargeBinary, Table, Text, Uuid, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis import crypto
from chassis.db import Work
from chassis.errors import Invalid
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


class IdempotencyKeyReused(Invalid):
    """The `Idempotency-Key` was used for another request within the last 24 hours."""

    zh = "该 Idempotency-Key 已用于不同内容的请求"


class Reservation:
    """A key taken for this request; its twin waits on the row until the first one commits."""

    def __init__(self, work: Work, actor: UUID, key: str) -> None:
        self._work = work
        self._actor = actor
        self._key = key
        self.earlier: tuple[int, bytes] | None = None  # status and body, when the request was answered before

    @classmethod
    async def take(cls, work: Work, actor: UUID, key: str, digest: bytes) -> Self:
        """Take the key, or find what was answered under it; IdempotencyKeyReused if the request was another."""
        mine = cls(work, actor, key)
        row = {"actor_id": actor, "key": key, "request_hash": digest, "created_at": work.now}
        await work.session.execute(delete(idempotency).where(mine._is_it(), _is_over(work)))
        saying = insert(idempotency).values(row).on_conflict_do_nothing().returning(idempotency.c.key)
        if (await work.session.execute(saying)).first() is None:
            mine.earlier = await mine._found(digest)
        return mine

    def _is_it(self) -> Any:
        return (idempotency.c.actor_id == self._actor) & (idempotency.c.key == self._key)

    def _place(self) -> crypto.Place:
        return crypto.Place("idempotency", self._key, self._actor)

    async def _found(self, digest: bytes) -> tuple[int, bytes]:
        row = (await self._work.session.execute(select(idempotency).where(self._is_it()))).one()
        if row.request_hash != digest:
            raise IdempotencyKeyReused
        return row.status, crypto.unseal(self._work.vault.keys.kek, self._place(), row.sealed_body)

    async def drop(self) -> None:
        """Give the key back: the request was refused, and may be made again under it."""
        await self._work.session.execute(delete(idempotency).where(self._is_it()))

    async def keep(self, status: int, body: bytes) -> None:
        """Keep the answer beside what it reports, sealed."""
        sealed = crypto.seal(self._work.vault.keys.kek, self._place(), body)
        await self._work.session.execute(update(idempotency).where(self._is_it()).values(status=status, sealed_body=sealed))


def _is_over(work: Work) -> Any:
    return idempotency.c.created_at < work.now - _KEEP


async def forget(running: Running) -> None:
    """A job: keys whose day is over."""

    async def over(work: Work) -> None:
        await work.session.execute(delete(idempotency).where(_is_over(work)))

    await running.database.do(over)
