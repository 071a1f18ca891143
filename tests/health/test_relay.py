"""Who has no direct way is relayed: the platform's coturn takes the name and the word of a ticket, and no other."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from aioice.stun import TransactionFailed
from aiortc import RTCConfiguration, RTCDataChannel, RTCIceServer, RTCIceTransportPolicy, RTCPeerConnection, RTCSessionDescription
from builders.doors import Doors
from builders.visit import asked, soon


@pytest.fixture
async def relays(health_doors: Doors) -> list[dict[str, Any]]:
    """Where a ticket says that media are relayed: the platform's coturn, which knows the secret and nothing else."""
    return list((await asked(health_doors, await soon(health_doors))).json()["ice_servers"])


def connection(relay: dict[str, Any] | None) -> RTCPeerConnection:
    """One that is reached through the relay alone, or directly alone."""
    if relay is None:
        return RTCPeerConnection(RTCConfiguration(iceServers=[]))
    servers = [RTCIceServer(relay["urls"], relay["username"], relay["credential"])]
    return RTCPeerConnection(RTCConfiguration(iceServers=servers, iceTransportPolicy=RTCIceTransportPolicy.RELAY))


async def test_two_hear_each_other_of_whom_one_is_reached_through_the_relay_alone(relays: list[dict[str, Any]]) -> None:
    behind, direct = connection(relays[0]), connection(None)
    heard: asyncio.Queue[str] = asyncio.Queue()

    def listen(channel: RTCDataChannel) -> None:
        channel.on("message", heard.put_nowait)

    direct.on("datachannel", listen)
    channel = behind.createDataChannel("words")
    channel.on("open", lambda: channel.send("by the relay"))
    try:
        async with asyncio.timeout(30):
            await behind.setLocalDescription(await behind.createOffer())
            assert "typ relay" in behind.localDescription.sdp
            assert "typ host" not in behind.localDescription.sdp
            await direct.setRemoteDescription(RTCSessionDescription(behind.localDescription.sdp, "offer"))
            await direct.setLocalDescription(await direct.createAnswer())
            await behind.setRemoteDescription(RTCSessionDescription(direct.localDescription.sdp, "answer"))
            assert await heard.get() == "by the relay"
    finally:
        await behind.close()
        await direct.close()


@pytest.mark.parametrize("change", [{"credential": "AAAA"}, {"username": "1893456000:another"}])
async def test_no_other_name_and_no_other_word_is_relayed(relays: list[dict[str, Any]], change: dict[str, str]) -> None:
    behind = connection(relays[0] | change)
    behind.createDataChannel("words")
    try:
        async with asyncio.timeout(30):
            with suppress(TransactionFailed):  # 401, of coturn
                await behind.setLocalDescription(await behind.createOffer())
        assert behind.localDescription is None or "typ relay" not in behind.localDescription.sdp
    finally:
        await behind.close()
