"""The live channel: hints to whom they concern, from the broker to open connections, with a ring to resume from."""

import asyncio
import json
import logging
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

from opentelemetry.trace import SpanKind

from chassis.auth import Claims
from chassis.bus import connected, forever
from chassis.clock import Clock
from chassis.directory import Directory
from chassis.envelope import Envelope, UnknownEvent, read
from chassis.process import Running
from chassis.rights import Actor
from chassis.telemetry import span
from contracts.area import contains

LIVE = "guohuai.live"
HEARTBEAT_SECONDS = 15
_RING = 10_000
_WAITING = 256
_AT_ONCE = 8  # connections of one person
_OVERLAP = timedelta(seconds=5)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hint:
    """That something happened, not what: clients ask for the rest."""

    envelope: Envelope
    wire: bytes


@dataclass(eq=False)
class Listener:
    """One open connection; a slow one loses its place and is told to start afresh."""

    person: UUID
    waiting: "asyncio.Queue[bytes]" = field(default_factory=lambda: asyncio.Queue(_WAITING))

    def offer(self, wire: bytes) -> None:
        """Put a line on the way to the client, or tell it that it lost some."""
        if self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            wire = RESET
        self.waiting.put_nowait(wire)


_HUBS: WeakKeyDictionary[Running, "Hub"] = WeakKeyDictionary()

RESET = b"event: reset\ndata: {}\n\n"
BEAT = b": still here\n\n"


class Hub:
    """All connections of this process, and the last hints."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._ring: deque[Hint] = deque(maxlen=_RING)
        self._listeners: set[Listener] = set()
        self._of: defaultdict[UUID, list[Listener]] = defaultdict(list)
        self.hears = False  # whether the broker's connection stands

    def recent(self, count: int) -> list[Envelope]:
        """The last events that anybody may hear live, newest first."""
        return [hint.envelope for hint in islice(reversed(self._ring), count)]

    async def push(self, envelope: Envelope) -> None:
        """Give a hint to everybody it concerns."""
        hint = Hint(envelope, _wire(envelope))
        self._ring.append(hint)
        told = 0
        for listener in tuple(self._listeners):
            if concerns(envelope, await self._actor(listener.person)):
                listener.offer(hint.wire)
                told += 1
        facts = {"topic": envelope.event.topic, "event": envelope.id, "told": told, "correlation": envelope.correlation_id}
        log.info("hinted", extra={"facts": facts})

    def reset(self) -> None:
        """Hints may have been missed: forget what is kept, and let everybody start afresh."""
        self._ring.clear()
        for listener in self._listeners:
            listener.offer(RESET)

    async def stream(self, claims: Claims, last: str | None, clock: Clock) -> AsyncIterator[bytes]:
        """The lines of one connection, until its token is over or withdrawn."""
        person = claims.sub
        listener = Listener(person)
        self._welcome_in(listener)
        try:
            yield BEAT
            for wire in await self._missed(person, last):
                yield wire
            while listener in self._listeners and clock.now() < claims.expires_at and await self._welcome(claims):
                try:
                    yield await asyncio.wait_for(listener.waiting.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield BEAT
        finally:
            self._leave(listener)

    def _welcome_in(self, listener: Listener) -> None:
        """One more; a person's oldest makes room when there are too many: a phone that reconnects leaves some behind."""
        own = self._of[listener.person]
        if len(own) >= _AT_ONCE:
            self._leave(own[0])
        own.append(listener)
        self._listeners.add(listener)

    def _leave(self, listener: Listener) -> None:
        """It hears nothing more, and its stream ends."""
        if listener in self._listeners:
            self._listeners.discard(listener)
            self._of[listener.person].remove(listener)
            if not self._of[listener.person]:
                del self._of[listener.person]
            listener.offer(RESET)

    async def _missed(self, person: UUID, last: str | None) -> list[bytes]:
        if last is None:
            return []
        known = next((hint for hint in self._ring if str(hint.envelope.id) == last), None)
        if known is None:
            return [RESET]
        actor = await self._actor(person)
        since = known.envelope.time - _OVERLAP
        newer = [hint for hint in self._ring if hint.envelope.time > since and hint is not known]
        return [hint.wire for hint in newer if concerns(hint.envelope, actor)]

    async def _actor(self, person: UUID) -> Actor:
        actor, _ = await self._directory.actor(person)
        return actor

    async def _welcome(self, claims: Claims) -> bool:
        _, not_before = await self._directory.actor(claims.sub)
        return not_before is None or claims.issued_at >= not_before


def hub_of(running: Running) -> Hub:
    """The hub of a process; there is one."""
    if running not in _HUBS:
        _HUBS[running] = Hub(running.directory)
    return _HUBS[running]


def concerns(envelope: Envelope, actor: Actor) -> bool:
    """Whether an event is for this person: by office, by home, or by name."""
    audience, area = type(envelope.event).audience, envelope.event.area
    if audience.people and actor.id in envelope.event.recipients:
        return True
    if any(held.role in audience.staff and contains(held.area, area) for held in actor.assignments):
        return True
    return audience.residents and any(contains(area, home) for home in actor.bindings)


def _wire(envelope: Envelope) -> bytes:
    data = {"subject": envelope.event.subject, "area": envelope.event.area, "sequence": envelope.sequence}
    return f"id: {envelope.id}\nevent: {envelope.event.topic}\ndata: {json.dumps(data)}\n\n".encode()


async def listen(running: Running) -> None:
    """Hear everything that has a live audience, on a queue of this process alone; the api process of the edge runs this."""
    hub = hub_of(running)

    async def once() -> None:
        name = f"edge.live.{uuid4()}"
        async with connected(running.settings.rabbitmq_url, name) as channel:
            queue = await channel.declare_queue(name, exclusive=True, auto_delete=True)
            await queue.bind(LIVE, "#")
            hub.reset()
            hub.hears = True
            log.info("hearing live events")
            try:
                async with queue.iterator(no_ack=True) as messages:
                    async for message in messages:
                        await _heard(hub, message)
            finally:
                hub.hears = False
        raise ConnectionError("the live queue was closed")

    await forever("live channel", once)


async def _heard(hub: Hub, message: Any) -> None:
    try:
        envelope = read(message.headers, message.body)
    except UnknownEvent:
        log.warning("unknown event on the live channel")
        return
    with span(f"live {envelope.event.topic}", came=envelope.trace, kind=SpanKind.CONSUMER):
        await hub.push(envelope)
