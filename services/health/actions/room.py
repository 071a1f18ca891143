"""Video rooms: who is in them with a connection to this process, and what passes between all who are there.

What passes is handed on and forgotten. No connection to the database is held while somebody is in a room.
"""

import asyncio
import logging
from contextlib import suppress
from functools import partial
from typing import Any, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

from chassis.bus import forever
from chassis.errors import Refusal, Unavailable
from chassis.process import Running
from services.health.actions import frames, tickets
from services.health.actions.frames import Budget, Misbehaved
from services.health.actions.peer import AGAIN, ENDED, OVER, REPLACED, SLOW, VOID, Peer
from services.health.clients.signals import NotHeard, Signals
from services.health.domain.ticket import Side, read

PROTOCOL = "guohuai.visit.v1"
LOOK_SECONDS, _CLOSING_SECONDS = 3.0, 10.0

log = logging.getLogger(__name__)


class VisitsUnavailable(Unavailable):
    """Whoever came in now would not be heard by the others."""

    zh = "视频问诊暂时不可用，请稍后再试"


class Wire(Protocol):
    """A WebSocket, as Starlette has it."""

    async def accept(self, _protocol: str | None = None, /) -> None: ...
    async def receive(self) -> Any: ...
    async def send_text(self, data: str) -> None: ...
    async def close(self, code: int = 1000, reason: str | None = None) -> None: ...


_HUBS: WeakKeyDictionary[Running, "Hub"] = WeakKeyDictionary()


class Hub:
    """All of this process."""

    def __init__(self, running: Running) -> None:
        self._database, self._directory, self._settings = running.database, running.directory, running.settings
        self._rooms: dict[UUID, set[Peer]] = {}
        self._doubt = asyncio.Event()
        self._line = Signals(running.settings.rabbitmq_url, running.settings.keys.kek, self._hear, self._lost)

    @property
    def stands(self) -> bool:
        """Whether anybody can come in."""
        return self._line.stands

    async def enter(self, text: str, room: UUID) -> Peer:
        """Redeem a ticket; refused, or the one it lets in, who is to be served."""
        ticket = read(text, self._settings.keys.blind, room=room, at=self._settings.clock.now())
        if not self.stands:
            raise VisitsUnavailable(retry_after=1)
        by = await tickets.holder(self._directory, ticket)
        peer = Peer(ticket, Budget(asyncio.get_running_loop().time()))
        self._rooms.setdefault(room, set()).add(peer)
        try:
            peer.enter(await self._database.do(partial(tickets.redeem, ticket=ticket, by=by)))
        except BaseException:
            self._drop(peer)
            raise
        return peer

    async def serve(self, peer: Peer, wire: Wire) -> None:
        """Until they go, or have to."""
        writing = reading = None
        try:
            await wire.accept(PROTOCOL)
            await self._say(peer, "joined", by_proxy=peer.ticket.by_proxy)
            writing, reading = asyncio.create_task(self._write(peer, wire)), asyncio.create_task(self._read(peer, wire))
            await asyncio.wait({writing, reading}, return_when=asyncio.FIRST_COMPLETED)
            if peer.over is not None:
                await asyncio.wait({writing}, timeout=_CLOSING_SECONDS)
        finally:
            tasks = [task for task in (writing, reading) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._leave(peer)

    async def _write(self, peer: Peer, wire: Wire) -> None:
        while (text := await peer.next()) is not None:
            try:
                async with asyncio.timeout(_CLOSING_SECONDS):
                    await wire.send_text(text)
            except TimeoutError:
                peer.end(SLOW, "too-slow")
                return
        code, why = peer.over or (SLOW, "too-slow")
        await wire.close(code, why)

    async def _read(self, peer: Peer, wire: Wire) -> None:
        while (message := await wire.receive())["type"] != "websocket.disconnect":
            try:
                await self._said(peer, message)
            except Misbehaved as bad:
                peer.end(bad.code, bad.why)
            except Refusal as refused:
                peer.end(VOID, type(refused).name())
            except Exception as broken:  # noqa: BLE001 - whatever broke, they come again
                log.warning("a visit broke off", extra={"facts": {"why": type(broken).__name__}})
                peer.end(AGAIN, "come-again")
            if peer.over is not None:
                return

    async def _said(self, peer: Peer, message: Any) -> None:
        """A frame goes to whom it is for, if they are there; the doctor's last one ends it for all."""
        peer.budget.spend(asyncio.get_running_loop().time())
        frame = frames.read(message)
        if not isinstance(frame, frames.End):
            if frame.to in peer.here:
                await self._say(peer, "frame", frame=frame.model_dump())
            else:
                peer.tell({"type": "absent", "side": frame.to})
            return
        if peer.ticket.side is not Side.DOCTOR:
            raise Misbehaved(1008, "not-the-doctor")
        by = await tickets.holder(self._directory, peer.ticket)
        await self._database.do(partial(tickets.end, ticket=peer.ticket, by=by))
        await self._say(peer, "ended", why="doctor")
        peer.end(ENDED, "doctor")

    async def _say(self, peer: Peer, kind: str, **more: Any) -> None:
        said = {"kind": kind, "side": peer.ticket.side, "ticket": str(peer.ticket.id), **more}
        try:
            await self._line.say(peer.ticket.appointment_id, said)
        except (NotHeard, TimeoutError, OSError):
            peer.end(AGAIN, "come-again")

    def _hear(self, room: UUID, said: dict[str, Any]) -> None:
        for peer in tuple(self._rooms.get(room, ())):
            if peer.hear(said):
                self._doubt.set()

    def _lost(self) -> None:
        """What was said meanwhile was missed: everybody comes again, with another ticket, and finds out how it is."""
        for peer in self._everybody():
            peer.end(AGAIN, "come-again")

    def _everybody(self) -> list[Peer]:
        return [peer for room in self._rooms.values() for peer in room]

    def _drop(self, peer: Peer) -> None:
        room = self._rooms.get(peer.ticket.appointment_id, set())
        room.discard(peer)
        if not room:
            self._rooms.pop(peer.ticket.appointment_id, None)

    async def _leave(self, peer: Peer) -> None:
        self._drop(peer)
        try:
            await self._database.do(partial(tickets.leave, ticket=peer.ticket))
        except Exception as broken:  # noqa: BLE001 - who is not known to have left is taken for gone half a minute later
            log.warning("a leaving was not kept", extra={"facts": {"why": type(broken).__name__}})
        await self._say(peer, "left")

    async def look(self) -> None:
        """Whether everybody who is here still may be; and who is gone whom a dead process left behind."""
        now = self._settings.clock.now()
        there = [(one, one.closes_at) for one in self._everybody() if one.closes_at is not None and one.over is None]
        for peer, closes_at in there:
            if closes_at <= now:  # by the clock alone, whether or not the database answers
                peer.end(OVER, "over")
        for peer in [one for one, closes_at in there if closes_at > now]:
            await self._look_at(peer)
        for room, side, key in await self._database.do(tickets.miss):
            await self._line.say(room, {"kind": "left", "side": side, "ticket": str(key)})

    async def _look_at(self, peer: Peer) -> None:
        try:
            by = await tickets.holder(self._directory, peer.ticket)
            here = await self._database.do(partial(tickets.look_again, ticket=peer.ticket, by=by))
        except Refusal as refused:
            return peer.end(VOID, type(refused).name())
        return peer.end(REPLACED, "replaced") if here is None else peer.see(here)

    async def keep(self) -> None:
        """Look again and again, at once if somebody may be in another's place."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._doubt.wait(), LOOK_SECONDS)
            self._doubt.clear()
            await self.look()

    async def run(self) -> None:
        """Beside the api, for as long as it serves."""
        async with asyncio.TaskGroup() as beside:
            beside.create_task(self._line.run())
            beside.create_task(forever("video rooms", self.keep))


def hub_of(running: Running) -> Hub:
    """The hub of a process; there is one."""
    if running not in _HUBS:
        _HUBS[running] = Hub(running)
    return _HUBS[running]


async def keep(running: Running) -> None:
    """Beside the api."""
    await hub_of(running).run()
