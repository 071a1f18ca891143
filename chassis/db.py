"""The database of a service, and `Work`: one transaction, its time, what it announces, what it locks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Protocol, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import Engine, Enum, bindparam, event, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import configure_mappers, make_transient_to_detached
from sqlalchemy.orm.util import identity_key

from chassis import outbox
from chassis.audit import audit
from chassis.clock import Clock
from chassis.crypto import TURN, Keys, Place, Vault
from chassis.envelope import Cause, Envelope, uuid7
from chassis.errors import NotFound
from chassis.line import Line
from chassis.prepared import Prepared, Row
from chassis.reach import NOBODY, Reach
from chassis.rights import Permission
from chassis.telemetry import trace_id, traceparent
from contracts.event import Event

_AUDIT = Prepared(insert(audit).inline(), "at", "actor_id", "action", "subject", "reason", "trace_id")


class Scoped(Protocol):
    """A row that lies in an area; `locked` can be asked for it."""

    id: UUID
    area: str


E = TypeVar("E", bound=Scoped)


class Work:
    """One transaction. `now` is fixed for its whole length and is the time of every event it announces."""

    def __init__(self, line: Line, *, service: str, now: datetime, keys: Keys, cause: Cause) -> None:
        self._line = line
        self.now = now
        self.service = service
        self.cause = cause
        self.received: Envelope | None = None  # the event a consumer is handling
        self.vault = Vault(self.rows, keys, now)
        self._said: list[tuple[Event, Cause]] = []

    @property
    def session(self) -> AsyncSession:
        """For entities, and for statements that are put seldom."""
        return self._line.session

    async def rows(self, asked: Prepared, **values: Any) -> list[Row]:
        """All rows a prepared statement gives."""
        found: list[Row] = await (await self._line.driver()).fetch(asked.text, *asked.arguments(values), record_class=Row)
        return found

    async def row(self, asked: Prepared, **values: Any) -> Row | None:
        """Its first row, if there is any."""
        return next(iter(await self.rows(asked, **values)), None)

    async def value(self, asked: Prepared, **values: Any) -> Any:
        """The first column of its first row; None without one."""
        found = await self.row(asked, **values)
        return found[0] if found is not None else None

    async def add(self, *entities: Any) -> None:
        """Write new entities of a kind now; no session knows them, so nothing that is changed in them afterwards is kept."""
        asked = _new(entities[0].__class__)
        await (await self._line.driver()).executemany(asked.text, [asked.arguments(vars(one)) for one in entities])

    def new_id(self) -> UUID:
        """A time-ordered id for a new row."""
        return uuid7(self.now)

    async def locked(self, entity: type[E], key: UUID, permission: Permission) -> E:
        """The row, held until the transaction ends, if the permission reaches it; outside the area it is not found."""
        known = identity_key(entity, key) in self.session.identity_map
        if known or self.session.new or self.session.dirty:  # looked at again; written before anything else is asked
            return self._reached(await self.session.get(entity, key, with_for_update=True, populate_existing=True), permission)
        asked, made = _whole(entity, held=True)
        row = await self.row(asked, key=key)
        found: E | None = made(row) if row is not None else None
        if found is not None:
            make_transient_to_detached(found)
            self.session.add(found)
        return self._reached(found, permission)

    async def seen(self, entity: type[E], key: UUID, permission: Permission) -> E:
        """The row without holding it, for looking; no session knows it, so nothing that is changed in it is kept."""
        asked, made = _whole(entity)
        row = await self.row(asked, key=key)
        found: E | None = made(row) if row is not None else None
        return self._reached(found, permission)

    def _reached(self, row: E | None, permission: Permission) -> E:
        if row is None:
            raise NotFound
        permission.check(row)
        return row

    @asynccontextmanager
    async def seeing(self, reach: Reach) -> AsyncIterator[None]:
        """See as another for as long as this lasts; what breaks it ends the transaction."""
        before = await self._line.sees(reach)
        yield
        await self._line.sees(before)

    async def taking_turns(self, key: bytes) -> None:
        """Whoever names the same key waits here until this transaction ends: for what no single row stands for."""
        await self.rows(TURN, turn=int.from_bytes(key[:8], "big", signed=True))

    async def release(self) -> None:
        """Give the connection back before something slow; what was looked at may have changed when it is over."""
        if self._said or self.session.new or self.session.dirty:
            raise RuntimeError("something was done already: it would be lost")
        await self._line.release()

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
        await self.rows(_AUDIT, **row, trace_id=trace_id() or None)

    async def commit(self) -> bool:
        """Write what was announced beside what was done, and make both so; whether anything was announced."""
        await self.session.flush()
        said, self._said = self._said, []
        await outbox.write(self.rows, f"/guohuai/{self.service}", self.now, said)
        await self._line.commit()
        return bool(said)


@cache
def _whole(entity: Any, *, held: bool = False) -> tuple[Prepared, Callable[[Row], Any]]:
    """The statement that finds an entity by its key, and how a row of it becomes one."""
    configure_mappers()  # else the first row of a process would have no attributes
    mapper: Any = inspect(entity)
    table = mapper.local_table
    kinds: dict[str, Any] = {column.name: column.type.enum_class for column in table.c if isinstance(column.type, Enum)}

    def made(row: Row) -> Any:
        found = mapper.class_manager.new_instance()
        vars(found).update((name, kinds[name](it) if it is not None and name in kinds else it) for name, it in row.items())
        return found

    asked = select(table).where(table.c.id == bindparam("key"))
    return Prepared(asked.with_for_update() if held else asked), made


@cache
def _new(entity: Any) -> Prepared:
    """The statement that writes a new entity."""
    table: Any = inspect(entity).local_table
    return Prepared(insert(table).inline(), *table.c.keys())


class Database:
    """Connections of one process to the database of its service.

    The one used last is used next: in turns each would come to hold the plans of all statements, megabytes of the database's.
    """

    def __init__(
        self, service: str, url: str, *, keys: Keys, clock: Clock, pool_size: int = 8, reach: Reach = NOBODY,
    ) -> None:
        self.service = service
        self.reach = reach  # of whoever says nothing else
        self.keys = keys
        self.clock = clock
        self.engine = create_async_engine(
            url, pool_size=pool_size, max_overflow=0, pool_timeout=5, hide_parameters=True, pool_use_lifo=True,
            connect_args={"timeout": 5, "server_settings": {"application_name": service, "timezone": "UTC"}},
        )
        _watched(self.engine.sync_engine)
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.after_commit: Callable[[], None] = lambda: None

    @asynccontextmanager
    async def work(
        self, *, now: datetime | None = None, cause: Cause | None = None, reach: Reach | None = None,
    ) -> AsyncIterator[Work]:
        """A transaction; nothing of it stays unless `commit` is reached."""
        moment = now or self.clock.now()
        line = Line(self.engine, moment, transaction=True, reach=self.reach if reach is None else reach)
        try:
            yield self._work(line, moment, cause)
        finally:
            await line.close()

    @asynccontextmanager
    async def reading(self, reach: Reach | None = None) -> AsyncIterator[Work]:
        """For looking only: each statement stands alone, nothing is kept open between them.

        Where somebody's reach must be said they stand in one transaction; what they audit stays with it.
        """
        mine, moment = self.reach if reach is None else reach, self.clock.now()
        line = Line(self.engine if mine.word else self._reading, moment, transaction=bool(mine.word), reach=mine)
        try:
            yield self._work(line, moment, None)
            if mine.word:
                await line.commit()
        except (asyncpg.DataError, DBAPIError):
            await line.settle()
            raise
        finally:
            await line.close()

    def _work(self, line: Line, now: datetime, cause: Cause | None) -> Work:
        return Work(line, service=self.service, now=now, keys=self.keys, cause=cause or Cause())

    async def commit(self, work: Work) -> None:
        """Commit, then wake the relay if there is something for it; a lost wake only costs the relay's poll interval."""
        if await work.commit():
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
    """One that was cut while it lay in the pool is replaced: the driver knows of it, so nobody need ask."""

    @event.listens_for(engine, "checkout")
    def taken_up(connection: Any, _record: Any, _lent: Any) -> None:
        if connection.driver_connection.is_closed():
            raise DisconnectionError
