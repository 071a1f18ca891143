"""The wire as tests look at it: workers that run inside a test, patience, and what really lies in a queue."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from builders.doors import VHOST, Doors

from chassis import bus
from chassis.worker import work
from deploy.local.layout import Layout


@asynccontextmanager
async def working(*doors: Doors) -> AsyncIterator[None]:
    """The workers of these services, running inside the test."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(work(door.running, stop)) for door in doors]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def until(what: Callable[[], Awaitable[Any]], seconds: float = 15) -> Any:
    """The first true answer."""
    async with asyncio.timeout(seconds):
        while not (found := await what()):
            await asyncio.sleep(0.05)
        return found


async def depth(layout: Layout, queue: str, vhost: str = VHOST) -> int:
    """How many messages are ready in a queue; the management API would answer with seconds-old figures."""
    async with bus.connected(f"{layout.admin_broker_url}{vhost}", "looking") as channel:
        state = await channel.declare_queue(queue, passive=True)
        return state.declaration_result.message_count or 0
