"""The broker killed with an event on its way: how long after it answers again until that event has been handled."""

import asyncio
import os
import signal
import time
from uuid import uuid4

from aiormq.exceptions import AMQPError

from bench.harness import BOTH_CORES, LOAD_CORE, QUICK, Outcome, Series, pin
from bench.platform import database_of, pid_of, processes, rows, settled
from chassis import bus
from chassis.db import Work
from contracts.reports import ReportClosed
from deploy.local.layout import Layout

_ROUNDS, _AREA = 1 if QUICK else 3, "510104.bench"


async def after_a_kill(layout: Layout) -> Outcome:
    """Seconds from the broker's first answer to the handler's commit, by the platform's own relay and worker."""
    outcome, flows, back = Outcome(), Series(), Series()
    await settled(layout)
    for name in processes(layout):
        pin(pid_of(layout, name), BOTH_CORES)
    for _ in range(_ROUNDS):
        killed = time.monotonic()
        os.killpg(pid_of(layout, "rabbitmq"), signal.SIGKILL)
        subject = await _said(layout)
        answered = await _answers(layout)
        await _heard(layout, subject)
        back.values.append(answered - killed)
        flows.values.append(time.monotonic() - answered)
    for name in processes(layout):
        pin(pid_of(layout, name), LOAD_CORE)
    outcome.keep("flows again after, s", flows)
    outcome.keep("broker answers again after, s", back)
    return outcome


async def _said(layout: Layout) -> str:
    database, event = database_of(layout, 1), ReportClosed(area=_AREA, report_id=uuid4(), number="GH-1", reporter_id=uuid4())

    async def say(work: Work) -> None:
        work.announce(event)

    await database.do(say)
    await database.close()
    return event.subject


async def _answers(layout: Layout) -> float:
    async with asyncio.timeout(120):
        while True:
            try:
                async with bus.connected(layout.admin_broker_url, "bench"):
                    return time.monotonic()
            except (AMQPError, OSError, TimeoutError, RuntimeError):
                await asyncio.sleep(0.1)


async def _heard(layout: Layout, subject: str) -> None:
    async with asyncio.timeout(60):
        while not await rows(layout, "notify", "select 1 from notices where subject = $1", subject):
            await asyncio.sleep(0.05)
