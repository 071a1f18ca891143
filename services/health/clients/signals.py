"""From one process of this service to the others: what passes between those who are in one video room.

By the broker, as the edge's live channel: a queue of each process alone that dies with it, nothing of it on a disk. What
passes names the addresses of people's devices, so the broker is given it sealed with the service's own key.
"""

import json
import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import aio_pika
from aio_pika.abc import AbstractExchange

from chassis.bus import connected, forever
from chassis.crypto import Keyring, Place, Unreadable, seal, unseal

EXCHANGE = "health.live"
_WAITING = 10_000  # signals of a process that is stuck; who misses one asks anew, as after any broken connection

log = logging.getLogger(__name__)


class NotHeard(Exception):
    """The broker is not there at the moment: nobody of the other processes would hear."""


class Signals:
    """The line of one process; `hear` is called with everything that any process says, `lost` when some of it may be missed."""

    def __init__(self, url: str, key: Keyring, hear: Callable[[UUID, dict[str, Any]], None], lost: Callable[[], None]) -> None:
        self._url, self._key, self._hear, self._lost = url, key, hear, lost
        self._exchange: AbstractExchange | None = None

    @property
    def stands(self) -> bool:
        """Whether what is said is heard."""
        return self._exchange is not None

    async def run(self) -> None:
        """Hear, for as long as the process serves."""
        await forever("video signals", self._once)

    async def _once(self) -> None:
        name = f"{EXCHANGE}.{uuid4()}"
        async with connected(self._url, name) as channel:
            queue = await channel.declare_queue(name, exclusive=True, auto_delete=True, arguments={"x-max-length": _WAITING})
            exchange = await channel.get_exchange(EXCHANGE, ensure=False)
            await queue.bind(exchange)
            try:
                async with queue.iterator(no_ack=True) as messages:
                    self._exchange = exchange
                    async for message in messages:
                        self._opened(message.body)
            finally:
                self._exchange = None
                self._lost()
        raise ConnectionError("the queue of signals was closed")

    def _opened(self, body: bytes) -> None:
        room = UUID(bytes=body[:16])
        try:
            self._hear(room, json.loads(unseal(self._key, _place(room), body[16:])))
        except Unreadable:  # sealed by a process with another key: one of the two is about to be replaced
            log.warning("a signal cannot be read")

    async def say(self, room: UUID, said: dict[str, Any]) -> None:
        """To every process; NotHeard while there is no line."""
        if self._exchange is None:
            raise NotHeard
        body = room.bytes + seal(self._key, _place(room), json.dumps(said).encode())
        message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.NOT_PERSISTENT)
        await self._exchange.publish(message, "", mandatory=False, timeout=5)


def _place(room: UUID) -> Place:
    return Place("visits", "signal", room)
