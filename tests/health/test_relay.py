"""Who has no direct way is relayed: a real coturn takes the name and the word of a ticket, and no other."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from aioice.stun import TransactionFailed
from aiortc import RTCConfiguration, RTCDataChannel, RTCIceServer, RTCIceTransportPolicy, RTCPeerConnection, RTCSessionDescription
from builders.doors import Doors
from builders.visit import asked, soon

_SECRET = "word between us and the relay"

pytestmark = pytest.mark.proof


@pytest.fixture
async def relays(health_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[dict[str, Any]]]:
    """Where a ticket says that media are relayed: a coturn that knows the secret and nothing else."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [
        "-n", "--no-cli", "--no-tls", "--no-dtls", "--log-file=stdout", "--pidfile=/dev/null", "--listening-ip=127.0.0.1",
        "--relay-ip=127.0.0.1", f"--listening-port={port}", "--use-auth-secret", f"--static-auth-secret={_SECRET}",
        "--realm=guohuai", "--allow-loopback-peers", "--no-rfc5780",
    ]
    server = await asyncio.create_subprocess_exec("turnserver", *words, stdout=asyncio.subprocess.DEVNULL)
    mine = health_doors.running.settings
    said = {"turn_urls": f"turn:127.0.0.1:{port}?transport=udp", "turn_secret": _SECRET}
    monkeypatch.setattr(health_doors.running, "settings", mine.model_copy(update=said))
    try:
        await asyncio.to_thread(_answers, port)
        yield (await asked(health_doors, await soon(health_doors))).json()["ice_servers"]
    finally:
        server.kill()
        await server.wait()


def _answers(port: int) -> None:
    """Until it answers a Binding request (RFC 8489 section 5)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.2)
        for _ in range(100):
            with suppress(TimeoutError, ConnectionRefusedError):
                asking.sendto(b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12), ("127.0.0.1", port))
                asking.recv(512)
                return
    raise TimeoutError(port)


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
