"""One open connection of the live channel, and how lines get to it without anybody waiting."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from chassis.auth import Claims
from gateway.straight import written

_WAITING = 256
RESET = b"event: reset\ndata: {}\n\n"
BEAT = b": still here\n\n"
Send = Callable[[Any], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]


@dataclass(eq=False, slots=True)
class Listener:
    """One open connection.

    A line is written at once while the client keeps up; one that is behind has a bounded queue, and when that is full it
    loses its place and is told to start afresh.
    """

    claims: Claims
    send: Send
    task: "asyncio.Task[Any] | None" = None
    flow: Any | None = None  # of the server, where lines go straight to the connection
    transport: Any | None = None
    is_over: bool = False
    is_behind: bool = False
    waiting: list[bytes] = field(default_factory=list)  # an empty deque is half a kilobyte

    def offer(self, wire: bytes) -> None:
        """Put a line on the way to the client."""
        if self.transport is not None and not self.is_behind and written(self.flow, self.transport, wire):
            return
        if not self.is_behind:
            self._write(self.send({"type": "http.response.body", "body": wire, "more_body": True}))
        elif len(self.waiting) < _WAITING:
            self.waiting.append(wire)
        else:
            self.waiting.clear()
            self.waiting.append(RESET)

    def _write(self, writing: Any) -> None:
        """Take the first step here: mostly it is the whole way. Whoever must wait for the client gets a task, and only then."""
        try:
            blocked = writing.send(None)
        except StopIteration:
            return
        except OSError:
            self.end()
            return
        self.is_behind = True
        blocked._asyncio_future_blocking = False  # noqa: SLF001 - as a task takes a future that its coroutine yields
        blocked.add_done_callback(lambda _: self._resume(writing))

    def _resume(self, writing: Any) -> None:
        self.is_behind = False
        self._write(writing)
        while self.waiting and not self.is_behind:
            self.offer(self.waiting.pop(0))

    async def gone(self, receive: Receive) -> None:
        """Return when the client has gone, or has been told that its stream is over."""
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        except asyncio.CancelledError:
            if not self.is_over:
                raise
            if not self.is_behind:
                await self.send({"type": "http.response.body", "body": b""})

    def end(self) -> None:
        """Its stream ends; who is behind hears nothing more of what waits, however long they let it wait."""
        if not self.is_over:
            self.is_over = True
            self.waiting.clear()
            if self.is_behind and self.transport is not None:
                self.transport.abort()
            if self.task is not None:
                self.task.cancel()
