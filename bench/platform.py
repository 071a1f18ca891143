"""The platform the probes look at: its own ports and data, started for the run, without the collector of traces."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

from bench.harness import LOAD_CORE, pin
from chassis import bus
from chassis.clock import Clock
from chassis.db import Database
from deploy.local.layout import PYTHON, ROOT, Layout
from services.reports.app import service

_SAYS = {"PORT_BASE": "24000", "GATEWAY_PORT": "24080", "MODE": "bench", "DATA": str(ROOT / ".data-bench"), "DETACH": "1"}


@contextmanager
def platform() -> Iterator[Layout]:
    """Up and seeded; every process on the load's core until a probe takes one to its own."""
    environment = {**os.environ, **_SAYS}
    run = [PYTHON, "-m", "deploy.local"]
    for word in ("reset", "up"):
        said = subprocess.run([*run, word], cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
        if said.returncode:
            raise RuntimeError(f"{word}: {said.stdout[-2000:]}{said.stderr[-2000:]}")
    layout = Layout(ROOT / ".data-bench", 24000, 24080, "bench")
    try:
        for name in processes(layout):
            pin(pid_of(layout, name), LOAD_CORE)
        yield layout
    finally:
        subprocess.run([*run, "down"], cwd=ROOT, env=environment, check=False, capture_output=True)


def processes(layout: Layout) -> dict[str, list[int]]:
    """Name → process id and start."""
    said: dict[str, list[int]] = json.loads((layout.data / "state.json").read_text())["processes"]
    return said


def pid_of(layout: Layout, name: str) -> int:
    """The process of this name."""
    return processes(layout)[name][0]


@contextmanager
def resting(layout: Layout, *names: str) -> Iterator[None]:
    """These processes stopped for a while (SIGSTOP): what is measured shares the cores with nobody who reacts to it."""
    pids = [pid_of(layout, name) for name in names]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def rows(layout: Layout, owner: str, sql: str, *values: Any) -> list[Any]:
    """What a service's database says."""
    connection = await asyncpg.connect(layout.whole_url(owner))
    try:
        return list(await connection.fetch(sql, *values))
    finally:
        await connection.close()


def database_of(layout: Layout, connections: int) -> Database:
    """Reports' own database, as its service writes to it."""
    shape: Any = service.settings
    said = {name.lower(): value for name, value in layout.environment("reports", "api").items()}
    made = shape(**{name: said[name] for name in shape.model_fields if name in said})
    return Database("reports", layout.database_url("reports"), keys=made.keys, clock=Clock(), pool_size=connections)


async def settled(layout: Layout) -> None:
    """Until nothing waits to be published or handled and every photo is developed: then the platform is idle."""
    for _ in range(600):
        waiting = [
            *await rows(layout, "reports", "select 1 from outbox where not_before is null limit 1"),
            *await rows(layout, "notify", "select 1 from outbox limit 1"),
            *await rows(layout, "reports", "select 1 from uploads where state = 'claimed' limit 1"),
        ]
        if not waiting and not await _unread(layout):
            return
        await asyncio.sleep(0.5)
    raise TimeoutError("the platform does not become idle")


async def _unread(layout: Layout) -> int:
    async with bus.connected(layout.admin_broker_url, "bench") as channel:
        queue = await channel.declare_queue("notify.reports", passive=True)
        return queue.declaration_result.message_count or 0
