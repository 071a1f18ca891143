"""Somebody at a real WebRTC stack in a visit: a ticket, the WebSocket it opens at the gateway, and what is said there."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiortc import AudioStreamTrack, RTCConfiguration, RTCDataChannel, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from simulators.miniprogram import Client

PROTOCOL = "guohuai.visit.v1"
_SECONDS = 20


class Caller:
    """One who is in the room: the socket by which they find each other, and the connection by which they then see each other."""

    def __init__(self, wire: ClientConnection, relays: list[dict[str, Any]]) -> None:
        self.wire = wire
        servers = [RTCIceServer(one["urls"], one["username"], one["credential"]) for one in relays]
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.frames: asyncio.Queue[Any] = asyncio.Queue()
        self.peer.addTrack(AudioStreamTrack())
        self.peer.on("datachannel", self._channel)
        self.peer.on("track", self._track)
        self.channel: RTCDataChannel | None = None
        self._listening: asyncio.Task[None] | None = None

    def _channel(self, channel: RTCDataChannel) -> None:
        self.channel = channel
        channel.on("message", self.heard.put_nowait)

    def _track(self, track: Any) -> None:
        async def listen() -> None:
            self.frames.put_nowait(await track.recv())

        self._listening = asyncio.create_task(listen())

    async def told(self, kind: str) -> dict[str, Any]:
        """The next thing of this kind they are told in the room."""
        async with asyncio.timeout(_SECONDS):
            while True:
                said: dict[str, Any] = json.loads(await self.wire.recv())
                if said["type"] == kind:
                    return said

    async def _say(self, to: str) -> None:
        made = self.peer.localDescription
        await self.wire.send(json.dumps({"type": made.type, "to": to, "sdp": made.sdp}))

    async def offer(self, to: str) -> None:
        """Call somebody who is there."""
        self._channel(self.peer.createDataChannel("words"))
        await self.peer.setLocalDescription(await self.peer.createOffer())
        await self._say(to)
        answer = await self.told("answer")
        await self.peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))

    async def answer(self) -> None:
        """Take the call that comes."""
        offer = await self.told("offer")
        await self.peer.setRemoteDescription(RTCSessionDescription(offer["sdp"], "offer"))
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        await self._say(offer["from"])

    async def says(self, words: str) -> None:
        """To the other one, past all of us."""
        async with asyncio.timeout(_SECONDS):
            while self.channel is None or self.channel.readyState != "open":
                await asyncio.sleep(0.02)
        self.channel.send(words)

    async def hears(self) -> str:
        async with asyncio.timeout(_SECONDS):
            return await self.heard.get()

    async def sound(self) -> Any:
        """A piece of what the other one's microphone takes in."""
        async with asyncio.timeout(_SECONDS):
            return await self.frames.get()


@asynccontextmanager
async def calling(client: Client, appointment: str) -> AsyncIterator[Caller]:
    """Somebody is in the room of an appointment."""
    given = await client.post(f"/api/v1/appointments/{appointment}/tickets")
    address = f"{str(client.http.base_url).rstrip('/').replace('http', 'ws', 1)}{given['href']}"
    shown = [Subprotocol(PROTOCOL), Subprotocol(given["ticket"])]
    async with connect(address, subprotocols=shown, proxy=None) as wire:
        caller = Caller(wire, given["ice_servers"])
        try:
            yield caller
        finally:
            await caller.peer.close()
