"""A batch in one buffer: in order, each confirmed, whatever else the channel does; the slow way when the library changed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from aio_pika.abc import AbstractChannel, AbstractQueue

from chassis import bus, publisher
from chassis.publisher import Outgoing, fits, publish_all
from deploy.local.layout import Layout


@asynccontextmanager
async def line(layout: Layout, **arguments: Any) -> AsyncIterator[tuple[AbstractChannel, AbstractQueue, str]]:
    """A channel, and a quorum queue of its own behind an exchange of its own."""
    name = f"test.{uuid4()}"
    async with bus.connected(layout.admin_broker_url, "publishing") as channel:
        exchange = await channel.declare_exchange(name, "topic")
        queue = await channel.declare_queue(name, durable=True, arguments={"x-queue-type": "quorum", **arguments})
        await queue.bind(exchange, "known.#")
        try:
            yield channel, queue, name
        finally:
            await queue.delete(if_unused=False, if_empty=False)
            await exchange.delete()


def batch(*keys: str, size: int = 50) -> list[Outgoing]:
    return [Outgoing(key, {"n": n}, f"{n}".encode() * size, str(uuid4())) for n, key in enumerate(keys)]


async def arrived(queue: AbstractQueue, count: int) -> list[str]:
    found = []
    for _ in range(count):
        message = await queue.get(no_ack=True, timeout=5)
        assert message is not None
        found.append(message.message_id or "")
    return found


async def test_a_batch_arrives_whole_in_order_and_confirmed(stack: Layout) -> None:
    async with line(stack) as (channel, queue, exchange):
        assert fits(await channel.get_underlay_channel())
        sent = batch(*["known.one"] * 200)
        assert await publish_all(channel, exchange, sent) == [None] * 200
        assert await arrived(queue, 200) == [out.message_id for out in sent]


async def test_nothing_to_say_is_said_at_once(stack: Layout) -> None:
    async with line(stack) as (channel, _, exchange):
        assert await publish_all(channel, exchange, []) == []


async def test_bodies_longer_than_a_frame_arrive_as_they_are(stack: Layout) -> None:
    async with line(stack) as (channel, queue, exchange):
        sent = batch("known.a", "known.b", size=400_000)
        assert await publish_all(channel, exchange, sent) == [None, None]
        for out in sent:
            message = await queue.get(no_ack=True, timeout=5)
            assert message is not None
            assert (message.body, message.headers["n"], message.delivery_mode) == (out.body, out.headers["n"], 2)


async def test_the_library_may_publish_between_two_batches(stack: Layout) -> None:
    async with line(stack) as (channel, queue, exchange):
        for _ in range(3):
            assert await publish_all(channel, exchange, batch("known.x", "known.y")) == [None, None]
            await bus.publish(channel, exchange, "known.z", {}, b"{}", message_id=str(uuid4()))
        assert len(await arrived(queue, 9)) == 9


async def test_what_the_broker_refuses_is_told_apart_from_what_it_took(stack: Layout) -> None:
    full = {"x-max-length": 2, "x-overflow": "reject-publish"}
    async with line(stack, **full) as (channel, _, exchange):
        await publish_all(channel, exchange, batch(*["known.fill"] * 6))
        results = await publish_all(channel, exchange, batch("known.one", "nobody.listens", "known.two"))
        assert [type(result).__name__ for result in results] == ["DeliveryError", "NoneType", "DeliveryError"]


async def test_a_channel_that_closes_confirms_nothing(stack: Layout) -> None:
    async with line(stack) as (channel, _, _exchange):
        results = await publish_all(channel, "there.is.no.such.exchange", batch("known.x", "known.y"))
        assert None not in results
        await channel.reopen()


async def test_a_changed_library_is_published_to_one_by_one(
    stack: Layout, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(publisher, "fits", lambda _: False)
    async with line(stack) as (channel, queue, exchange):
        sent = batch(*["known.one"] * 20)
        assert await publish_all(channel, exchange, sent) == [None] * 20
        assert sorted(await arrived(queue, 20)) == sorted(out.message_id for out in sent)
    assert any("one by one" in record.message for record in caplog.records)


@pytest.mark.parametrize("gone", ["confirmations", "delivery_tag", "write_queue", "_split_body", "create_future"])
async def test_it_is_seen_when_a_name_of_the_library_is_gone(stack: Layout, gone: str) -> None:
    class Changed:
        lock = None

        def __init__(self, underlay: Any) -> None:
            self.__dict__.update({name: getattr(underlay, name) for name in NAMES if name != gone})

    async with line(stack) as (channel, _, _exchange):
        underlay = await channel.get_underlay_channel()
        assert not fits(Changed(underlay))


NAMES = ("confirmations", "delivery_tag", "write_queue", "_split_body", "create_future")
