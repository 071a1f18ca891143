"""The one connection of a piece of work: the session's, and that of prepared statements, which go to the driver itself."""

from contextlib import suppress
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session

from chassis.reach import Reach


class Line:
    """The one connection of a piece of work, taken when it is first needed."""

    def __init__(self, engine: AsyncEngine, now: datetime, *, transaction: bool, reach: Reach) -> None:
        self._engine = engine
        self._now = now
        self._transaction = transaction
        self.reach = reach
        self._session: AsyncSession | None = None
        self._lent: Any = None  # by the pool, to prepared statements alone
        self._driver: Any = None

    @property
    def session(self) -> AsyncSession:
        """SQLAlchemy's session; what it begins, prepared statements take part in."""
        if self._session is None:
            self._give_back()
            self._session = AsyncSession(
                self._engine, expire_on_commit=False, autoflush=self._transaction,
                sync_session_class=_Session, info={"line": self},
            )
        return self._session

    async def driver(self) -> Any:
        """The driver's own connection; in a transaction, unless this is for reading."""
        if self._driver is None:
            self._driver = await (self._of_session() if self._transaction or self._session is not None else self._alone())
        return self._driver

    async def _of_session(self) -> Any:
        connection: Any = await (await self.session.connection()).get_raw_connection()
        return await self.begun(connection.dbapi_connection) if self._transaction else connection.driver_connection

    async def begun(self, connection: Any) -> Any:
        """The driver's own connection, in a transaction that knows for whom it looks."""
        driver = connection.driver_connection
        if not driver.is_in_transaction():
            try:
                await connection._start_transaction()  # noqa: SLF001 - as its first statement would
                if self.reach.word:
                    await self.reach.say(driver, self._now)
            except BaseException:
                driver.terminate()  # it may have begun, and nobody would know: such a connection is not used again
                raise
        return driver

    async def sees(self, reach: Reach) -> Reach:
        """From here on see as another; as whom until now."""
        before, self.reach = self.reach, reach
        if self._session is not None and reach != before:
            await reach.say(await self.driver(), self._now)
        return before

    async def _alone(self) -> Any:
        self._lent = await self._engine.raw_connection()
        return self._lent.driver_connection

    def _give_back(self) -> None:
        lent, self._lent, self._driver = self._lent, None, None
        if lent is not None:
            lent.close()

    async def commit(self) -> None:
        """Make it so; the connection goes back."""
        self._driver = None
        await self.session.commit()

    async def release(self) -> None:
        """Give the connection back with nothing done."""
        self._give_back()
        if self._session is not None:
            await self._session.rollback()

    async def settle(self) -> None:
        """End what asyncpg began: a plan was asked for, a value cannot be sent, the server holds locks until the next word."""
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await (self._driver or await self._of_session()).execute("select 1")

    async def close(self) -> None:
        """Nothing stays of what was not committed."""
        self._give_back()
        if self._session is not None:
            await self._session.close()


class _Session(Session):
    """A session whose every transaction says for whom it looks before it asks anything."""


@event.listens_for(_Session, "after_begin")
def _said(session: Session, _transaction: Any, connection: Connection) -> None:
    line: Line = session.info["line"]
    if line.reach.word:
        lent: Any = connection.connection.dbapi_connection
        lent.run_async(lambda _: line.begun(lent))
