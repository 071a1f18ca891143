"""A connection to the broker whose other end no longer answers."""

import asyncio
import gc

import aio_pika
from yarl import URL

from chassis import bus
from deploy.local.layout import Layout


class Wire:
    """A way to the broker that can fall silent without closing."""

    def __init__(self, layout: Layout) -> None:
        self.port = URL(layout.admin_broker_url).port
        self.silent = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", self.port)
        await asyncio.gather(self._pass(reader, there[1]), self._pass(there[0], writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if not self.silent:
                writer.write(data)
        writer.close()


def _unclosed(name: str) -> list[aio_pika.Connection]:
    every = [one for one in gc.get_objects() if isinstance(one, aio_pika.Connection)]
    return [one for one in every if one.kwargs["client_properties"]["connection_name"] == name and not one.is_closed]


async def test_a_connection_that_cannot_say_goodbye_is_closed_all_the_same(stack: Layout) -> None:
    wire = Wire(stack)
    async with await asyncio.start_server(wire.carry, "127.0.0.1", 0) as server:
        url = URL(stack.admin_broker_url).with_port(server.sockets[0].getsockname()[1])
        async with bus.connected(str(url), "half dead"):
            assert _unclosed("half dead")
            wire.silent = True
        assert not _unclosed("half dead")
