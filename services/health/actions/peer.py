"""One who is in a video room, on one connection: what they are told, in which order, and how it ends."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.health.actions.frames import Budget
from services.health.actions.tickets import Entry
from services.health.domain.ticket import Present, Side, Ticket

REPLACED, ENDED, OVER, VOID = 4000, 4001, 4002, 4003  # how a connection ends by our rules (RFC 6455 section 7.4.2)
AGAIN, SLOW = 1012, 1013  # come again; the client did not read
_WAITING = 256


@dataclass(eq=False)
class Peer:
    """What comes before they are let in waits, so that nothing is missed and nothing is told twice."""

    ticket: Ticket
    budget: Budget
    closes_at: datetime | None = None  # none: not in yet
    here: dict[Side, Present] = field(default_factory=dict)
    over: tuple[int, str] | None = None
    _before: list[dict[str, Any]] = field(default_factory=list)
    _out: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(_WAITING))

    def enter(self, entry: Entry) -> None:
        """They are in: they hear who is there, and until when the room is open."""
        self.closes_at, self.here = entry.closes_at, dict(entry.here)
        here = [{"side": side, "by_proxy": one.by_proxy} for side, one in sorted(self.here.items())]
        self.tell({"type": "hello", "side": self.ticket.side, "here": here, "closes_at": entry.closes_at.isoformat()})
        for said in self._before:
            self.hear(said)

    def hear(self, said: dict[str, Any]) -> bool:
        """Something was said in the room; true if it may be that somebody is in their place."""
        if self.closes_at is None:
            self._before.append(said)
            return False
        side, key = Side(said["side"]), UUID(said["ticket"])
        if side is self.ticket.side:
            return key != self.ticket.id and said["kind"] == "joined"
        if said["kind"] in _HEARD:  # a process of tomorrow may say more
            _HEARD[said["kind"]](self, side, key, said)
        return False

    def _joined(self, side: Side, key: UUID, said: dict[str, Any]) -> None:
        self._is_there(side, Present(key, said["by_proxy"]))

    def _left(self, side: Side, key: UUID, _: dict[str, Any]) -> None:
        if self._is(side, key):
            self._is_gone(side)

    def _frame(self, side: Side, key: UUID, said: dict[str, Any]) -> None:
        if said["frame"]["to"] == self.ticket.side and self._is(side, key):
            self.tell({**said["frame"], "from": side})

    def _ended(self, _: Side, __: UUID, said: dict[str, Any]) -> None:
        self.end(ENDED, said["why"])

    def _is(self, side: Side, key: UUID) -> bool:
        return side in self.here and self.here[side].ticket == key

    def _is_there(self, side: Side, one: Present) -> None:
        if self.here.get(side) != one:
            self.here[side] = one
            self.tell({"type": "joined", "side": side, "by_proxy": one.by_proxy})

    def _is_gone(self, side: Side) -> None:
        del self.here[side]
        self.tell({"type": "left", "side": side})

    def see(self, here: dict[Side, Present]) -> None:
        """Who is there as it is kept: what was said may have come in another order, or not at all."""
        for side in self.here.keys() - here.keys():
            self._is_gone(side)
        for side, one in here.items():
            self._is_there(side, one)

    def tell(self, said: dict[str, Any]) -> None:
        """Put it on the way; whoever lets so much wait has gone, though nobody said so."""
        try:
            self._out.put_nowait(json.dumps(said))
        except asyncio.QueueFull:
            self.end(SLOW, "too-slow")

    def end(self, code: int, why: str) -> None:
        """They are to leave; said once."""
        if self.over is None:
            self.over = (code, why)
            while self._out.full():
                self._out.get_nowait()
            self._out.put_nowait(None)

    async def next(self) -> str | None:
        """The next thing to be told; none: the end."""
        return await self._out.get()


_HEARD = {"joined": Peer._joined, "left": Peer._left, "frame": Peer._frame, "ended": Peer._ended}  # noqa: SLF001 - its own
