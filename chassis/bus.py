"""The wire: plain AMQP connections in a supervised loop, publishing with confirms, consumers that acknowledge last.

Reconnecting is ours on purpose: the library's robust mode did not always come back after a broker was killed.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aiormq.exceptions import AMQPError
from opentelemetry.trace import SpanKind
from pydantic import ValidationError
from yarl import URL

from chassis.db import Database, Work
from chassis.envelope import Envelope, UnknownEvent, read
from chassis.errors import Refusal
from chassis.inbox import is_new
from chassis.telemetry import HANDLED, span
from contracts.event import Event

EXCHANGE = "guohuai.events"
ATTEMPT, FIRST_QUEUE, REASON, ERROR = "guohuai-attempt", "guohuai-queue", "guohuai-reason", "guohuai-error"
RUNGS = 4
PREFETCH = 32
CONFIRM_SECONDS = 10
_AT_ONCE = 2
_TOGETHER, _AT_HAND_SECONDS = 16, 0.001
_QUIET_SECONDS, _DOUBT_SECONDS = 30.0, 2.0
_WELL_SECONDS = 10.0

log = logging.getLogger(__name__)
Handler = Callable[[Any, Work], Awaitable[None]]
Following = Callable[[float], Awaitable[AbstractIncomingMessage | None]]
H = TypeVar("H", bound=Callable[..., Awaitable[None]])


class Consumers:
    """The functions of one queue `<service>.<concern>`, by the event each takes."""

    def __init__(self, service: str, concern: str) -> None:
        self.service = service
        self.queue = f"{service}.{concern}"
        self.handlers: dict[str, Handler] = {}

    def on(self, shape: type[Event]) -> Callable[[H], H]:
        """Let a function `(event, work)` hear one kind of event."""

        def register(handler: H) -> H:
            self.handlers[shape.topic] = handler
            return handler

        return register


@asynccontextmanager
async def connected(url: str, name: str) -> AsyncIterator[AbstractChannel]:
    """A connection and a channel with confirms, closed again whatever happens, also when it never stood."""
    connection = aio_pika.Connection(URL(url), client_properties={"connection_name": name})
    try:
        await connection.connect(timeout=5)
        yield await connection.channel(publisher_confirms=True, on_return_raises=False)
    finally:
        await asyncio.shield(_closed(connection))


async def _closed(connection: aio_pika.abc.AbstractConnection) -> None:
    try:
        await asyncio.wait_for(connection.close(), 2)
    except (TimeoutError, AMQPError, OSError, RuntimeError):
        log.debug("connection was gone already")
        await connection.close()  # without its transport: otherwise the library's finalizer tries again, outside of any loop


async def forever(name: str, once: Callable[[], Awaitable[None]]) -> None:
    """Run `once` again and again; when it breaks, wait 0.2 to 2 s, longer each time, and begin anew."""
    patience = 0.1
    while True:
        started = asyncio.get_running_loop().time()
        try:
            await once()
        except (AMQPError, aio_pika.exceptions.AMQPException, OSError, TimeoutError, ConnectionError, RuntimeError) as broken:
            log.warning("%s lost its connection", name, extra={"facts": {"why": type(broken).__name__}})
        except Exception:
            log.exception("%s failed", name)
        if (task := asyncio.current_task()) and task.cancelling():
            raise asyncio.CancelledError  # it was told to end, and broke over it, as a driver may whose connection ends
        patience = 0.2 if asyncio.get_running_loop().time() - started > _WELL_SECONDS else min(patience * 2, 2.0)
        await asyncio.sleep(patience * random.uniform(0.7, 1.3))  # noqa: S311 - jitter, no secret


async def publish(
    channel: AbstractChannel, exchange: str, key: str, headers: Mapping[str, Any], body: bytes, *,
    message_id: str,
) -> None:
    """Publish persistently and wait for the broker's confirmation, at most ten seconds."""
    target = channel.default_exchange if not exchange else await channel.get_exchange(exchange, ensure=False)
    await target.publish(kept(headers, body, message_id), key, mandatory=False, timeout=CONFIRM_SECONDS)


def kept(headers: Mapping[str, Any], body: bytes, message_id: str) -> aio_pika.Message:
    """A message that the broker keeps until somebody took it."""
    return aio_pika.Message(
        body, headers=dict(headers), message_id=message_id, content_type="application/json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


@dataclass
class Subscription:
    """One queue being read: connects, handles, retries, buries; survives the broker."""

    url: str
    database: Database
    consumers: Consumers
    draining: asyncio.Event

    async def run(self) -> None:
        """Read until draining; the supervised loop around one connection."""
        while not self.draining.is_set():
            await forever(self.consumers.queue, self._connection)

    async def _connection(self) -> None:
        async with connected(self.url, self.consumers.queue) as channel:
            await channel.set_qos(prefetch_count=PREFETCH)
            queue = await channel.declare_queue(self.consumers.queue, passive=True)
            log.info("listening", extra={"facts": {"queue": self.consumers.queue}})
            async with _deliveries(queue, self.draining) as following:
                while not self.draining.is_set():
                    message = await following(_QUIET_SECONDS)
                    if message is not None:
                        await self._handle(channel, [message, *await _at_hand(following)])
                    elif not self.draining.is_set():
                        await self._doubt(channel, following)
            if self.draining.is_set():
                raise asyncio.CancelledError

    async def _doubt(self, channel: AbstractChannel, following: Following) -> None:
        """A quiet queue is fine; one in which messages wait, and still none comes, means our consumer is gone."""
        if await _waiting(channel, self.consumers.queue):
            message = await following(_DOUBT_SECONDS)
            if message is None:
                raise ConnectionError("messages wait and none is delivered")
            await self._handle(channel, [message])

    async def _handle(self, channel: AbstractChannel, messages: list[AbstractIncomingMessage]) -> None:
        if len(messages) > 1 and await self._together(messages):
            await messages[-1].ack(multiple=True)
            HANDLED.labels(self.consumers.queue, "handled").inc(len(messages))
            return
        for message in messages:
            outcome = await self.settle(channel, message)
            await message.ack()
            HANDLED.labels(self.consumers.queue, outcome).inc()

    async def _together(self, messages: list[AbstractIncomingMessage]) -> bool:
        """All in one transaction, which costs little more than one; False, with nothing done, if any of them fails."""
        try:
            envelopes = [read(message.headers, message.body) for message in messages]
            async with self.database.work() as work:
                done = [await self._traced(work, envelope) for envelope in envelopes]
                await self.database.commit(work)
        except Exception:  # noqa: BLE001 - then each alone, which finds out which it was
            return False
        for envelope, new in zip(envelopes, done, strict=True):
            self._log(envelope, new=new)
        return True

    async def _traced(self, work: Work, envelope: Envelope) -> bool:
        with span(f"{self.consumers.queue} {envelope.event.topic}", came=envelope.trace, kind=SpanKind.CONSUMER):
            return await _apply(work, self.consumers, envelope)

    def _log(self, envelope: Envelope, *, new: bool) -> None:
        if envelope.event.lasting:
            facts = {"topic": envelope.event.topic, "event": envelope.id, "queue": self.consumers.queue, "new": new}
            log.info("handled", extra={"facts": {**facts, "correlation": envelope.correlation_id}})

    async def settle(self, channel: AbstractChannel, message: AbstractIncomingMessage) -> str:
        """Take the message to its end: handled, put on a rung of the ladder, or dead with its reason."""
        try:
            envelope = read(message.headers, message.body)
        except UnknownEvent as strange:
            await self._bury(channel, message, "unknown-event", strange)
            return "dead"
        with span(f"{self.consumers.queue} {envelope.event.topic}", came=envelope.trace, kind=SpanKind.CONSUMER):
            try:
                done = await self._attempts(envelope)
            except (Refusal, ValidationError) as refused:
                await self._bury(channel, message, "refused", refused)
                return "dead"
            except Exception as failed:
                log.exception("handler failed", extra={"facts": {"topic": envelope.event.topic, "event": envelope.id}})
                return await self._retry(channel, message, failed)
            self._log(envelope, new=done)
            return "handled" if done else "repeated"

    async def _attempts(self, envelope: Envelope) -> bool:
        for attempt in range(_AT_ONCE):
            try:
                return await handle(self.database, self.consumers, envelope)
            except (Refusal, ValidationError):
                raise
            except Exception:
                if attempt == _AT_ONCE - 1:
                    raise
                await self.database.answering()  # an outage of ours is no step towards the dead
        return False

    async def _retry(self, channel: AbstractChannel, message: AbstractIncomingMessage, failed: Exception) -> str:
        attempt = int(str(message.headers.get(ATTEMPT, 0))) + 1
        if attempt > RUNGS:
            await self._bury(channel, message, "retries-exhausted", failed)
            return "dead"
        headers = {**message.headers, ATTEMPT: attempt}
        exchange = f"{self.consumers.service}.retry.{attempt}"
        await publish(channel, exchange, self.consumers.queue, headers, message.body, message_id=message.message_id or "")
        return "retried"

    async def _bury(self, channel: AbstractChannel, message: AbstractIncomingMessage, reason: str, why: Exception) -> None:
        log.error("buried", extra={"facts": {"reason": reason, "queue": self.consumers.queue, "why": type(why).__name__}})
        headers = {**message.headers, FIRST_QUEUE: self.consumers.queue, REASON: reason, ERROR: type(why).__name__}
        dead = f"{self.consumers.service}.dead"
        await publish(channel, dead, self.consumers.queue, headers, message.body, message_id=message.message_id or "")


async def handle(database: Database, consumers: Consumers, envelope: Envelope) -> bool:
    """One event, one transaction: its inbox row, its effects and what they announce; False if it was handled before."""
    async with database.work() as work:
        if not await _apply(work, consumers, envelope):
            return False
        await database.commit(work)
        return True


async def _apply(work: Work, consumers: Consumers, envelope: Envelope) -> bool:
    handler = consumers.handlers.get(envelope.event.topic)
    if handler is None:
        raise UnknownEvent(envelope.event.topic)
    work.received, work.cause = envelope, envelope.cause
    if envelope.event.lasting and not await is_new(work, consumers.queue, envelope.id):
        return False
    await handler(envelope.event, work)
    return True


async def _at_hand(following: Following) -> list[AbstractIncomingMessage]:
    """What was delivered already behind the first."""
    found: list[AbstractIncomingMessage] = []
    while len(found) < _TOGETHER - 1 and (message := await following(_AT_HAND_SECONDS)) is not None:
        found.append(message)
    return found


@asynccontextmanager
async def _deliveries(queue: AbstractQueue, draining: asyncio.Event) -> AsyncIterator[Following]:
    """Yields a function that gives the next delivery, or None after so many quiet seconds or when draining begins.

    Whoever waits is never cancelled before the end: the library ends a consumer whose waiting is cancelled.
    """
    stop = asyncio.ensure_future(draining.wait())
    async with queue.iterator() as messages:
        coming = asyncio.ensure_future(anext(messages))

        async def following(seconds: float) -> AbstractIncomingMessage | None:
            nonlocal coming
            done, _ = await asyncio.wait({coming, stop}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if coming not in done or draining.is_set():
                return None
            try:
                message = coming.result()
            except StopAsyncIteration:
                raise ConnectionError("the consumer was cancelled") from None
            coming = asyncio.ensure_future(anext(messages))
            return message

        try:
            yield following
        finally:
            for waiting in (coming, stop):
                waiting.cancel()
            await asyncio.gather(coming, stop, return_exceptions=True)


async def _waiting(channel: AbstractChannel, queue: str) -> bool:
    state = await channel.declare_queue(queue, passive=True)
    return bool(state.declaration_result.message_count)
