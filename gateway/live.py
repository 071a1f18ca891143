"""The live channel: hints to whom they concern, from the broker to open connections, with a ring to resume from."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

from opentelemetry.trace import SpanKind

from chassis.auth import Claims
from chassis.bus import connected, forever
from chassis.clock import Clock
from chassis.db import Database
from chassis.directory import Directory
from chassis.envelope import Envelope, UnknownEvent, read
from chassis.process import Running
from chassis.rights import Actor
from chassis.telemetry import span
from gateway import changes
from gateway.audience import Index, asked_by, keys_of
from gateway.ends import Ends
from gateway.listener import BEAT, RESET, Listener, Receive, Send
from gateway.straight import pipe_of

LIVE = "guohuai.live"
HEARTBEAT_SECONDS, REFRESH_SECONDS = 15.0, 1.5
_RING = 10_000
_AT_ONCE = 8  # connections of one person
_REPLAYED = 500  # hints to who comes back; whoever missed more is better off with a new list
_OVERLAP = timedelta(seconds=5)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hint:
    """That something happened, not what: clients ask for the rest."""

    envelope: Envelope
    wire: bytes


@dataclass(eq=False, slots=True)
class Person:
    """One who listens, on one connection or a few."""

    actor: Actor
    not_before: datetime | None  # tokens from before this moment are void
    listeners: list[Listener] = field(default_factory=list)


_HUBS: WeakKeyDictionary[Running, "Hub"] = WeakKeyDictionary()


class Hub:
    """All connections of this process, and the last hints."""

    def __init__(self, database: Database, directory: Directory, clock: Clock) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock
        self._ring: deque[Hint] = deque(maxlen=_RING)
        self._people: dict[UUID, Person] = {}
        self._index = Index[Listener]()
        self._ends = Ends()
        self._came: set[UUID] = set()  # since the last refresh began
        self._looked: changes.Look | None = None
        self.hears = False  # whether the broker's connection stands

    def recent(self, count: int) -> list[Envelope]:
        """The last events that anybody may hear live, newest first."""
        return [hint.envelope for hint in islice(reversed(self._ring), count)]

    def push(self, envelope: Envelope) -> None:
        """Give a hint to everybody it concerns."""
        hint = Hint(envelope, _wire(envelope))
        self._ring.append(hint)
        told = self._index.find(asked_by(envelope.event))
        self._offer(told, hint.wire)
        facts = {"topic": envelope.event.topic, "event": envelope.id, "told": len(told), "correlation": envelope.correlation_id}
        log.info("hinted", extra={"facts": facts})

    def reset(self) -> None:
        """Hints may have been missed: forget what is kept, and let everybody start afresh."""
        self._ring.clear()
        self._offer(self._everybody(), RESET)

    def _everybody(self) -> list[Listener]:
        return [listener for person in self._people.values() for listener in person.listeners]

    def _offer(self, listeners: Iterable[Listener], wire: bytes) -> None:
        for listener in listeners:
            listener.offer(wire)

    async def serve(self, claims: Claims, last: str | None, receive: Receive, send: Send) -> None:
        """The lines of one connection, until the client goes, its token is over, or its person's access is withdrawn."""
        person = await self._person(claims.sub)
        listener = Listener(claims, send, asyncio.current_task(), *pipe_of(send))
        listener.offer(BEAT)
        if claims.expires_at <= self._clock.now() or _is_void(person, claims):
            listener.end()
        else:
            self._welcome_in(person, listener)
            for wire in self._missed(person.actor, last):
                listener.offer(wire)
        try:
            await listener.gone(receive)
        finally:
            self._leave(person, listener)

    async def _person(self, sub: UUID) -> Person:
        """Who this is: as the last refresh found them, or as they are now; then the next refresh looks once more."""
        if sub not in self._people:
            person = Person(*(await self._directory.look_up([sub]))[sub])
            self._came.add(sub)
            return self._people.setdefault(sub, person)
        return self._people[sub]

    def _welcome_in(self, person: Person, listener: Listener) -> None:
        """One more; a person's oldest makes room when there are too many: a phone that reconnects leaves some behind."""
        if len(person.listeners) >= _AT_ONCE:
            self._dismiss(person, person.listeners[0])
        person.listeners.append(listener)
        self._index.put(listener, keys_of(person.actor))
        self._ends.put(listener)

    def _dismiss(self, person: Person, listener: Listener) -> None:
        """Nothing is told here from this moment on, whether or not the client reads."""
        self._leave(person, listener)
        listener.end()

    def _leave(self, person: Person, listener: Listener) -> None:
        if listener in person.listeners:
            person.listeners.remove(listener)
            self._index.take(listener, keys_of(person.actor))
            self._ends.take(listener)
        if not person.listeners and self._people.get(person.actor.id) is person:
            del self._people[person.actor.id]

    def _missed(self, actor: Actor, last: str | None) -> Iterable[bytes]:
        if last is None:
            return []
        known = next((n for n, hint in enumerate(self._ring) if str(hint.envelope.id) == last), None)
        if known is None:
            return [RESET]
        since = self._ring[known].envelope.time - _OVERLAP  # another process of ours may have heard them in another order
        newer = [hint for n, hint in enumerate(self._ring) if n != known and (n > known or hint.envelope.time > since)]
        keys = keys_of(actor)
        missed = [hint.wire for hint in newer if not keys.isdisjoint(asked_by(hint.envelope.event))]
        return missed if len(missed) <= _REPLAYED else [RESET]

    async def refresh(self) -> None:
        """Look again at those whose access changed and at those who came."""
        came, self._came = self._came, set()
        try:
            looked, changed = await changes.since(self._looked, self._database)
            again = [sub for sub in self._people if changed is None or sub in changed or sub in came]
            found = await self._directory.look_up(again)
        except BaseException:
            self._came |= came
            raise
        self._looked = looked
        for sub in found.keys() & self._people.keys():
            self._knows(self._people[sub], *found[sub])

    def _knows(self, person: Person, actor: Actor, not_before: datetime | None) -> None:
        """What was found of a person holds from now on; where they were signed out, their connections of before end."""
        for listener in person.listeners:
            self._index.take(listener, keys_of(person.actor))
            self._index.put(listener, keys_of(actor))
        person.actor, person.not_before = actor, not_before
        for listener in tuple(person.listeners):
            if _is_void(person, listener.claims):
                self._dismiss(person, listener)

    def end_the_over(self) -> None:
        """End every connection whose token is over."""
        for listener in self._ends.due(self._clock.now()):
            self._dismiss(self._people[listener.claims.sub], listener)

    async def keep(self) -> None:
        """Refresh, for as long as the process serves."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            await self.refresh()

    async def beat(self) -> None:
        """A sign of life now and then, and the end of what is over: neither waits for a database."""
        beat = 0.0
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            beat += REFRESH_SECONDS
            self.end_the_over()
            if beat >= HEARTBEAT_SECONDS:
                beat = 0.0
                self._offer(self._everybody(), BEAT)


def hub_of(running: Running) -> Hub:
    """The hub of a process; there is one."""
    if running not in _HUBS:
        _HUBS[running] = Hub(running.database, running.directory, running.settings.clock)
    return _HUBS[running]


def _is_void(person: Person, claims: Claims) -> bool:
    return person.not_before is not None and claims.issued_at < person.not_before


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
                        _heard(hub, message)
            finally:
                hub.hears = False
        raise ConnectionError("the live queue was closed")

    async with asyncio.TaskGroup() as beside:
        beside.create_task(forever("live channel", once))
        beside.create_task(forever("live listeners", hub.keep))
        beside.create_task(forever("live beats", hub.beat))


def _heard(hub: Hub, message: Any) -> None:
    try:
        envelope = read(message.headers, message.body)
    except UnknownEvent:
        log.warning("unknown event on the live channel")
        return
    with span(f"live {envelope.event.topic}", came=envelope.trace, kind=SpanKind.CONSUMER):
        hub.push(envelope)
