"""The database of a service, and `Work`: one transaction, its time, what it announces, what it locks."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import Engine, event, insert, text
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from chassis import outbox
from chassis.audit import audit
from chassis.clock import Clock
from chassis.crypto import Keys, Place, Vault
from chassis.envelope import Cause, Envelope, uuid7
from chassis.errors import NotFound
from chassis.rights import Permission
from chassis.telemetry import trace_id, traceparent
from contracts.event import Event

_SILENCE = 2.0  # seconds
Hook = Callable[[], None]


class Scoped(Protocol):
    """A row that lies in an area; `locked` can be asked for it."""

    id: UUID
    area: str


E = TypeVar("E", bound=Scoped)


class Work:
    """One transaction. `now` is fixed for its whole length and is the time of every event it announces."""

    def __init__(self, session: AsyncSession, *, service: str, now: datetime, keys: Keys, cause: Cause) -> None:
        self.session = session
        self.now = now
        self.service = service
        self.cause = cause
        self.received: Envelope | None = None  # the event a consumer is handling
        session.info["now"] = now
        self.vault = Vault(session, keys)
        self._said: list[tuple[Event, Cause]] = []

    def new_id(self) -> UUID:
        """A time-ordered id for a new row."""
        return uuid7(self.now)

    async def locked(self, entity: type[E], key: UUID, permission: Permission) -> E:
        """The row, held until the transaction ends, if the permission reaches it; outside the area it is not found."""
        row = await self.session.get(entity, key, with_for_update=True, populate_existing=True)
        return self._reached(row, permission)

    async def seen(self, entity: type[E], key: UUID, permission: Permission) -> E:
        """The row without holding it, for looking."""
        return self._reached(await self.session.get(entity, key), permission)

    def _reached(self, row: E | None, permission: Permission) -> E:
        if row is None:
            raise NotFound
        permission.check(row)
        return row

    async def release(self) -> None:
        """Give the connection back before something slow; what was looked at may have changed when it is over."""
        if self._said or self.session.new or self.session.dirty:
            raise RuntimeError("something was done already: it would be lost")
        await self.session.rollback()

    def announce(self, event: Event) -> None:
        """Say that something is so, as soon as this transaction makes it so."""
        self._said.append((event, replace(self.cause, trace=traceparent())))

    async def seal(self, person: UUID, table: str, column: str, row: UUID, clear: str) -> bytes:
        """Encrypt a personal value of `person` for its place."""
        return await self.vault.seal(person, Place(table, column, row), clear)

    async def unseal(self, person: UUID, table: str, column: str, row: UUID, sealed: bytes) -> str:
        """Open a personal value; whoever shows it to somebody else audits it."""
        return await self.vault.open(person, Place(table, column, row), sealed)

    async def audit(self, action: str, subject: str, *, actor: UUID | None, reason: str | None = None) -> None:
        """Leave a row that says who did or saw this."""
        row = {"at": self.now, "actor_id": actor, "action": action, "subject": subject, "reason": reason}
        await self.session.execute(insert(audit).values(**row, trace_id=trace_id() or None))

    async def commit(self) -> None:
        """Write what was announced beside what was done, and make both so."""
        await self.session.flush()
        if self._said:
            said, self._said = self._said, []
            await outbox.write(self.session, f"/guohuai/{self.service}", self.now, said)
        await self.session.commit()


class Database:
    """Connections of one process to the database of its service."""

    def __init__(self, service: str, url: str, *, keys: Keys, clock: Clock, pool_size: int = 8) -> None:
        self.service = service
        self.keys = keys
        self.clock = clock
        self.engine = create_async_engine(
            url, pool_size=pool_size, max_overflow=0, pool_timeout=5, hide_parameters=True,
            connect_args={"timeout": 5, "server_settings": {"application_name": service, "timezone": "UTC"}},
        )
        _watched(self.engine.sync_engine)
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.after_commit: Hook = lambda: None

    @asynccontextmanager
    async def work(self, *, now: datetime | None = None, cause: Cause | None = None) -> AsyncIterator[Work]:
        """A transaction; nothing of it stays unless `commit` is reached."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield self._work(session, now, cause)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Work]:
        """For looking only: each statement stands alone, nothing is kept open between them."""
        async with AsyncSession(self._reading, expire_on_commit=False, autoflush=False) as session:
            yield self._work(session, None, None)

    def _work(self, session: AsyncSession, now: datetime | None, cause: Cause | None) -> Work:
        return Work(
            session, service=self.service, now=now or self.clock.now(), keys=self.keys, cause=cause or Cause()
        )

    async def commit(self, work: Work) -> None:
        """Commit, then wake the relay; a lost wake only costs the relay's poll interval."""
        await work.commit()
        self.after_commit()

    async def do(self, action: Callable[[Work], Awaitable[Any]], *, now: datetime | None = None) -> Any:
        """Run an action in a transaction of its own."""
        async with self.work(now=now) as work:
            result = await action(work)
            await self.commit(work)
            return result

    async def ping(self) -> None:
        """One round trip; raises when the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("select 1"))

    async def answering(self) -> None:
        """Return once the database answers; for whoever has something in hand that must not be given up meanwhile."""
        while True:
            try:
                return await self.ping()
            except (OSError, TimeoutError, SQLAlchemyError):
                await asyncio.sleep(0.2)

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def _watched(engine: Engine) -> None:
    """A connection that was silent for a while is asked whether it still stands; asking each time would double short requests."""

    @event.listens_for(engine, "checkin")
    def laid_down(_: Any, record: Any) -> None:
        record.info["laid down"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def taken_up(connection: Any, record: Any, _: Any) -> None:
        if time.monotonic() - record.info.get("laid down", float("inf")) > _SILENCE and not _stands(engine, connection):
            raise DisconnectionError


def _stands(engine: Engine, connection: Any) -> bool:
    try:
        return engine.dialect.do_ping(connection)
    except Exception:  # noqa: BLE001 - whatever it is, this connection is gone
        return False
