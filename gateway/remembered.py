"""An answer that is dear to make and good for a while: made once for all who ask meanwhile."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """What `make` gave, for so many seconds; whoever asks while it is made waits for that one."""

    def __init__(self, seconds: float, make: Callable[[], Awaitable[T]]) -> None:
        self._seconds, self._make = seconds, make
        self._until = float("-inf")
        self._known: T | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> T:
        """The answer; what goes wrong while it is made goes to everybody who waited, and is not remembered."""
        if self._known is None or time.monotonic() >= self._until:
            async with self._lock:
                if self._known is None or time.monotonic() >= self._until:
                    self._known = await self._make()
                    self._until = time.monotonic() + self._seconds
        return self._known
