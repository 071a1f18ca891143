"""When open connections are over by the clock: what is due is found without asking each of thousands again and again."""

from datetime import datetime
from heapq import heappop, heappush

from gateway.listener import Listener


class Ends:
    """Listeners by the moment at which their tokens are over."""

    def __init__(self) -> None:
        self._moments: list[datetime] = []  # a heap
        self._over_at: dict[datetime, set[Listener]] = {}

    def put(self, listener: Listener) -> None:
        """It is over when its token is."""
        moment = listener.claims.expires_at
        if moment not in self._over_at:
            self._over_at[moment] = set()
            heappush(self._moments, moment)
        self._over_at[moment].add(listener)

    def take(self, listener: Listener) -> None:
        """It has gone before."""
        self._over_at.get(listener.claims.expires_at, set()).discard(listener)

    def due(self, now: datetime) -> list[Listener]:
        """Those that are over now."""
        found: list[Listener] = []
        while self._moments and self._moments[0] <= now:
            found += self._over_at.pop(heappop(self._moments))
        return found
