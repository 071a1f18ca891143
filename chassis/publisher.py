"""A batch of messages to the broker as one buffer, each with its own confirmation.

The library publishes one message at a time and holds its channel while each is written; one write for a batch is two to
three times its pace (decision 0018). That takes names of aiormq which are not public: they are used in this file alone, `fits`
looks each time whether they are still what they were, and a channel that does not fit is published to one by one.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aio_pika.abc import AbstractChannel
from aiormq.abc import ChannelFrame
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from chassis.bus import CONFIRM_SECONDS, kept, publish

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outgoing:
    """A message on its way out."""

    key: str
    headers: Mapping[str, Any]
    body: bytes
    message_id: str


async def publish_all(channel: AbstractChannel, exchange: str, batch: Sequence[Outgoing]) -> list[BaseException | None]:
    """Publish in order; for each, None once the broker confirmed it within ten seconds, or what became of it."""
    if not batch:
        return []
    underlay: Any = await channel.get_underlay_channel()
    if not fits(underlay):
        log.warning("the client library has changed: events are published one by one")
        return await one_by_one(channel, exchange, batch)
    waiting = await _written(underlay, exchange, batch)
    await asyncio.wait(waiting, timeout=CONFIRM_SECONDS)
    return [_outcome(confirmed) for confirmed in waiting]


def fits(underlay: Any) -> bool:
    """Whether the library's channel still has what this file uses of it."""
    return (
        isinstance(getattr(underlay, "confirmations", None), dict) and isinstance(getattr(underlay, "delivery_tag", None), int)
        and isinstance(getattr(underlay, "write_queue", None), asyncio.Queue) and hasattr(type(underlay), "lock")
        and callable(getattr(underlay, "_split_body", None)) and callable(getattr(underlay, "create_future", None))
    )


async def one_by_one(channel: AbstractChannel, exchange: str, batch: Sequence[Outgoing]) -> list[BaseException | None]:
    """The slow way, by the library's public calls alone."""
    sent = (publish(channel, exchange, out.key, out.headers, out.body, message_id=out.message_id) for out in batch)
    return await asyncio.gather(*sent, return_exceptions=True)


async def _written(underlay: Any, exchange: str, batch: Sequence[Outgoing]) -> list["asyncio.Future[Any]"]:
    frames: list[Any] = []
    for out in batch:
        properties = kept(out.headers, out.body, out.message_id).properties
        header = ContentHeader(body_size=len(out.body), properties=properties)
        frames += [Basic.Publish(exchange=exchange, routing_key=out.key), header, *underlay._split_body(out.body)]  # noqa: SLF001
    buffer = ChannelFrame.marshall(frames=frames, channel_number=underlay.number)
    async with underlay.lock:
        await underlay.write_queue.put(buffer)
        # nothing is awaited from here on: no confirmation can come before it is waited for, and no tag is lost to a cancellation
        waiting = [underlay.create_future() for _ in batch]
        underlay.confirmations.update(enumerate(waiting, start=underlay.delivery_tag + 1))
        underlay.delivery_tag += len(batch)
    return waiting


def _outcome(confirmed: "asyncio.Future[Any]") -> BaseException | None:
    if not confirmed.done():
        confirmed.cancel()
        return TimeoutError("not confirmed in time")
    return asyncio.CancelledError() if confirmed.cancelled() else confirmed.exception()
