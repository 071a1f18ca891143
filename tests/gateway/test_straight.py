"""Lines that go past the server's `send` arrive as those that go through it; who is behind is not written to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import uvicorn

from chassis.auth import Claims
from gateway.front import START
from gateway.listener import RESET, Listener
from gateway.straight import pipe_of


@asynccontextmanager
async def listened() -> AsyncIterator[tuple[str, "asyncio.Queue[Listener]"]]:
    """An address where every request becomes a listener, by the server that the edge runs on."""
    came: asyncio.Queue[Listener] = asyncio.Queue()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send(START)
        now = datetime.now(UTC)
        claims = Claims(uuid4(), now, now + timedelta(minutes=1), "", frozenset())
        came.put_nowait(Listener(claims, send, asyncio.current_task(), *pipe_of(send)))
        while (await receive())["type"] != "http.disconnect":
            pass

    server = uvicorn.Server(uvicorn.Config(app, port=0, http="httptools", lifespan="off", log_level="critical"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/", came
    finally:
        server.should_exit = server.force_exit = True
        await serving


async def test_the_server_of_today_fits() -> None:
    async with listened() as (address, came), httpx.AsyncClient() as client, client.stream("GET", address):
        assert (await came.get()).transport is not None


async def test_a_line_arrives_whole_whichever_way_it_went() -> None:
    async with listened() as (address, came), httpx.AsyncClient() as client, client.stream("GET", address) as answer:
        listener = await came.get()
        straight = listener.transport
        for n in range(100):
            listener.transport = straight if n % 2 else None
            listener.offer(b"data: %d\n\n" % n)
        lines = answer.aiter_lines()
        assert [await anext(lines) for _ in range(200)][::2] == [f"data: {n}" for n in range(100)]


async def test_who_does_not_read_is_behind_costs_bounded_memory_and_is_told_to_start_afresh() -> None:
    line = b"data: " + b"x" * 10_000 + b"\n\n"
    async with listened() as (address, came):
        port = int(address.rsplit(":", 1)[1].strip("/"))
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 16)
        writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        listener = await came.get()
        for _ in range(3000):
            listener.offer(line)
        assert listener.is_behind
        assert len(listener.waiting) <= 256
        assert listener.transport is not None
        assert listener.transport.get_write_buffer_size() < 1 << 20
        async with asyncio.timeout(5):
            while RESET not in await reader.read(1 << 16):
                pass
        writer.close()


async def test_who_is_ended_while_behind_is_cut_off_and_hears_nothing_that_waited() -> None:
    async with listened() as (address, came):
        port = int(address.rsplit(":", 1)[1].strip("/"))
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 16)
        writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        listener = await came.get()
        while not listener.is_behind:
            listener.offer(b"data: " + b"x" * 10_000 + b"\n\n")
        for _ in range(100):
            listener.offer(b"data: withdrawn\n\n")
        listener.task = None  # of this server's plain application, which ends when the connection does
        listener.end()
        read = b""
        async with asyncio.timeout(5):
            try:
                while part := await reader.read(1 << 16):
                    read += part
            except ConnectionResetError:
                pass
        assert b"withdrawn" not in read
        writer.close()


async def test_who_is_gone_is_not_written_to() -> None:
    async with listened() as (address, came):
        async with httpx.AsyncClient() as client, client.stream("GET", address):
            listener = await came.get()
        await asyncio.sleep(0.1)
        listener.offer(b"data: 1\n\n")


def test_another_server_gets_its_lines_through_send() -> None:
    async def send(_: dict[str, Any]) -> None:
        """Of nobody."""

    assert pipe_of(send) == (None, None)
