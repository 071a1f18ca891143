"""Publishes what the outbox holds: one leader a service, batches, confirms, then the archive.

The table is the truth; a wake only shortens the wait. Rows leave the outbox in the transaction that saw them confirmed.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import asyncpg
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import DeliveryError
from opentelemetry.trace import SpanKind

from chassis.bus import EXCHANGE, connected, forever, publish
from chassis.clock import Clock
from chassis.envelope import PREFIX, Cause, uuid7
from chassis.publisher import Outgoing, publish_all
from chassis.telemetry import OUTBOX_AGE, PUBLISHED, moment, span
from contracts.event import Event
from contracts.subscriptions import is_published

BATCH = 200
POLL_SECONDS = 0.25
WAKE = "outbox"
_LEADER = 0x67756F68  # "guoh": the advisory lock of the relay's leader
_MARK_EVERY = 2.0
_UNTRACED = Cause(trace=f"00-{1:032x}-{1:016x}-00")  # a trace of every mark would bury those of what people did

log = logging.getLogger(__name__)

_TAKE = """
    select pos, id, topic, subject, seq, body, headers, occurred_at, attempts from outbox
    where not_before is null or not_before <= $2 order by pos limit $1 for update skip locked
"""
_MOVE = """
    with gone as (delete from outbox where pos = any($1::bigint[]) returning *)
    insert into outbox_archive (pos, id, topic, subject, seq, body, headers, occurred_at, published_at)
    select pos, id, topic, subject, seq, body, headers, occurred_at,
           case when pos = any($2::bigint[]) then $3::timestamptz end from gone
"""
_HOLD = """
    update outbox set attempts = attempts + 1, last_error = $2,
        not_before = $3::timestamptz + least(power(2, attempts), 60) * interval '1 second'
    where pos = any($1::bigint[])
"""


class NotDirect(Exception):
    """DATABASE_DIRECT_URL goes through a pooler: locks and notifications of a session do not work on it."""


def plain(url: str) -> str:
    """The URL as asyncpg itself takes it."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


class Relay:
    """The relay of one service; any number may run, one leads."""

    def __init__(
        self, service: str, direct_url: str, broker_url: str, clock: Clock,
        mark: Callable[[int], Event] | None = None,
    ) -> None:
        self.service = service
        self._database_url = plain(direct_url)
        self._broker_url = broker_url
        self._clock = clock
        self._mark = mark
        self._marked = 0.0
        self._wake = asyncio.Event()
        self.leads = False

    async def run(self) -> None:
        """Lead, or wait to lead, for as long as the process lives."""
        await forever(f"{self.service} relay", self._session)

    async def _session(self) -> None:
        connection = await asyncpg.connect(self._database_url, timeout=5)
        try:
            await self._prove_direct(connection)
            while not await connection.fetchval("select pg_try_advisory_lock($1)", _LEADER):  # noqa: ASYNC110 - another process holds it
                await asyncio.sleep(1)
            self.leads = True
            log.info("relay leads")
            async with connected(self._broker_url, f"{self.service}.relay") as channel:
                await channel.get_exchange(EXCHANGE, ensure=True)
                await self._drain(connection, channel)
        finally:
            self.leads = False
            connection.terminate()

    async def _prove_direct(self, connection: Any) -> None:
        """A pooler in transaction mode would lose our notification; then this is the wrong URL."""
        await connection.add_listener(WAKE, lambda *_: self._wake.set())
        self._wake.clear()
        await connection.execute(f"notify {WAKE}")
        try:
            await asyncio.wait_for(self._wake.wait(), 2)
        except TimeoutError:
            raise NotDirect("set DATABASE_DIRECT_URL to the database itself, not to its pooler") from None

    async def _drain(self, connection: Any, channel: AbstractChannel) -> None:
        while True:
            self._wake.clear()
            taken = await self.batch(connection, channel)
            if taken < BATCH:
                await self._say_mark(connection, channel)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)

    async def batch(self, connection: Any, channel: AbstractChannel) -> int:
        """Publish up to 200 rows; returns how many were taken in hand."""
        now = self._clock.now()
        async with connection.transaction():
            rows = await connection.fetch(_TAKE, BATCH, now)
            self._measure(rows, now)
            if not rows:
                return 0
            heard = [row for row in rows if is_published(row["topic"])]
            results = await self._publish(channel, heard)
            confirmed = [row["pos"] for row, result in zip(heard, results, strict=True) if result is None]
            refused = [row["pos"] for row, result in zip(heard, results, strict=True) if isinstance(result, DeliveryError)]
            silent = [row["pos"] for row in rows if not is_published(row["topic"])]
            await connection.execute(_MOVE, confirmed + silent, confirmed, now)
            if refused:
                await connection.execute(_HOLD, refused, "refused by the broker", now)
        if len(confirmed) + len(refused) < len(heard):
            raise ConnectionError(f"{len(heard) - len(confirmed)} of {len(rows)} events were not confirmed")
        return len(rows)

    async def _publish(self, channel: AbstractChannel, rows: list[Any]) -> list[BaseException | None]:
        began = moment()
        batch = [Outgoing(row["topic"], json.loads(row["headers"]), row["body"], str(row["id"])) for row in rows]
        results = await publish_all(channel, EXCHANGE, batch)
        for out, row, result in zip(batch, rows, results, strict=True):
            if result is None:
                self._published(out, row, began)
        return results

    def _published(self, out: Outgoing, row: Any, began: int) -> None:
        came = out.headers.get(f"{PREFIX}traceparent", "")
        with span(f"publish {out.key}", came=came, kind=SpanKind.PRODUCER, began=began):
            PUBLISHED.labels(self.service, out.key).inc()
            log.info("published", extra={"facts": {"topic": out.key, "event": row["id"], "subject": row["subject"]}})

    def _measure(self, rows: list[Any], now: datetime) -> None:
        age = (now - rows[0]["occurred_at"]).total_seconds() if rows else 0.0
        OUTBOX_AGE.labels(self.service).set(max(age, 0.0))

    async def _say_mark(self, connection: Any, channel: AbstractChannel) -> None:
        loop_time = asyncio.get_running_loop().time()
        if self._mark is None or loop_time - self._marked < _MARK_EVERY:
            return
        self._marked = loop_time
        now = self._clock.now()
        position = await connection.fetchval("select coalesce(max(pos), 0) from outbox_archive")
        if await connection.fetchval("select exists (select from outbox where pos <= $1)", position):
            return  # something older waits: whoever listens must not take the silence for completeness
        event = self._mark(position)
        event_id = uuid7(now)
        headers = _UNTRACED.headers(event, event_id, f"/guohuai/{self.service}", now) | {f"{PREFIX}sequence": str(position)}
        await publish(channel, EXCHANGE, event.topic, headers, event.model_dump_json().encode(), message_id=str(event_id))


class Waker:
    """Tells the relay after a commit that something waits: at most one notification every 5 ms, never in a transaction."""

    def __init__(self, direct_url: str) -> None:
        self._url = plain(direct_url)
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        """Ask for a notification soon; costs nothing."""
        self._wanted.set()

    async def run(self) -> None:
        """Send the notifications on a connection of its own."""
        await forever("waker", self._session)

    async def _session(self) -> None:
        connection = await asyncpg.connect(self._url, timeout=5)
        try:
            while True:
                await self._wanted.wait()
                self._wanted.clear()
                await connection.execute(f"notify {WAKE}")
                await asyncio.sleep(0.005)
        finally:
            connection.terminate()
