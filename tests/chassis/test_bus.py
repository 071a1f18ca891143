"""A connection to the broker whose other end does not answer, or no longer; none is left for a finalizer to close."""

import asyncio
import gc

import aio_pika
import pytest
from aiormq.exceptions import AMQPConnectionError
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
    every = [one for one in gc.get_objects() if issubclass(type(one), aio_pika.Connection)]  # a weak proxy may be of nothing
    return [one for one in every if one.kwargs["client_properties"]["connection_name"] == name and not one.is_closed]


async def test_a_connection_that_cannot_say_goodbye_is_closed_all_the_same(stack: Layout) -> None:
    wire = Wire(stack)
    async with await asyncio.start_server(wire.carry, "127.0.0.1", 0) as server:
        url = URL(stack.admin_broker_url).with_port(server.sockets[0].getsockname()[1])
        async with bus.connected(str(url), "half dead"):
            assert _unclosed("half dead")
            wire.silent = True
        assert not _unclosed("half dead")


async def test_a_connection_that_was_refused_is_closed() -> None:
    with pytest.raises(AMQPConnectionError) as refused:
        async with bus.connected("amqp://guest:guest@127.0.0.1:1/", "refused"):
            raise AssertionError("nobody listens there")
    assert not _unclosed("refused"), refused  # which still holds everything the attempt had in hand


async def test_a_connection_that_was_given_up_while_it_came_about_is_closed(stack: Layout) -> None:
    wire = Wire(stack)
    wire.silent = True
    async with await asyncio.start_server(wire.carry, "127.0.0.1", 0) as server:
        url = URL(stack.admin_broker_url).with_port(server.sockets[0].getsockname()[1])
        with pytest.raises(TimeoutError) as given_up:
            async with asyncio.timeout(0.3), bus.connected(str(url), "given up"):
                raise AssertionError("it says nothing")
        assert not _unclosed("given up"), given_up


async def test_who_is_told_to_stop_stops_also_when_it_breaks_over_it() -> None:
    """As a driver does whose connection is ended in the middle; taken for a failure, the work would begin anew for ever."""
    begun, told = asyncio.Event(), False

    async def once() -> None:
        nonlocal told
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if told:
                raise
            told = True
            raise RuntimeError("the connection is closed") from None

    working = asyncio.create_task(bus.forever("ending", once))
    await begun.wait()
    working.cancel()
    done, _ = await asyncio.wait({working}, timeout=2)
    working.cancel()
    assert done
    assert working.cancelled()
