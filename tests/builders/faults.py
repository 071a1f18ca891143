"""What befalls the parts of a running platform: killed, kept down, frozen, a full disk; and what really lies in a database."""

import asyncio
import contextlib
import json
import os
import resource
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from builders.wire import depth, until

from contracts.subscriptions import QUEUES
from deploy.local.layout import PYTHON, ROOT, Layout
from deploy.local.supervisor import identity_of
from deploy.processes import OWNERS, Process


def commit() -> str:
    """What is run: moments, victims and orders are drawn from it, so that a failure can be run again."""
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


async def fetch(layout: Layout, owner: str, sql: str, *values: Any) -> list[Any]:
    """Rows of a service's own database, past the service."""
    connection = await asyncpg.connect(layout.whole_url(owner))
    try:
        return list(await connection.fetch(sql, *values))
    finally:
        await connection.close()


async def settled(layout: Layout) -> None:
    """Until every service has published all it had to say, every queue is read and every photo developed."""

    async def quiet() -> bool:
        waiting = [row for owner in OWNERS for row in await fetch(layout, owner, "select 1 from outbox limit 1")]
        waiting += await fetch(layout, "reports", "select 1 from uploads where state = 'claimed' limit 1")
        lying = [await depth(layout, queue, "") for queue in QUEUES if queue != "identity.directory"]
        return not waiting and not any(lying)

    await until(quiet, 90)
    await asyncio.sleep(3)  # acknowledgements, and the shortest rungs of the ladder
    await until(quiet, 90)


def state(layout: Layout) -> dict[str, Any]:
    return dict(json.loads((layout.data / "state.json").read_text()))


def kill(layout: Layout, name: str) -> int:
    """Kill -9 of a part with all its children; its process id."""
    pid = int(state(layout)["processes"][name][0])
    os.killpg(pid, signal.SIGKILL)
    return pid


async def revived(layout: Layout, name: str, old: int) -> None:
    """Until the supervisor has started another one."""

    async def another() -> bool:
        with contextlib.suppress(OSError, KeyError, ValueError):
            pid, started = state(layout)["processes"][name]
            return pid != old and identity_of(pid)[1] == started
        return False

    await until(another, 60)


@asynccontextmanager
async def down(layout: Layout, name: str) -> AsyncIterator[None]:
    """Dead, and nobody starts it again for a while: the supervisor sleeps."""
    supervisor = int(state(layout)["supervisor"][0])
    os.kill(supervisor, signal.SIGSTOP)
    try:
        old = kill(layout, name)
        yield
    finally:
        os.kill(supervisor, signal.SIGCONT)
    await revived(layout, name, old)


@contextmanager
def frozen(layout: Layout, name: str) -> Iterator[None]:
    """Alive for everybody who only looks: it keeps its port and its connections, and does nothing (SIGSTOP)."""
    stopped = _stopped(int(state(layout)["processes"][name][0]))
    try:
        yield
    finally:
        for pid in reversed(stopped):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _stopped(pid: int) -> list[int]:
    """Stop a process, then its children (PostgreSQL's lead sessions of their own, so no group holds them all)."""
    os.kill(pid, signal.SIGSTOP)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _stopped(int(child)))]


@asynccontextmanager
async def beside(
    layout: Layout, process: Process, *, clock: float = 0, offset: int = 985, said: Path = Path(os.devnull), **otherwise: str
) -> AsyncIterator[str]:
    """One more process of a service, whose clock goes wrong by so many seconds, or that is told otherwise; its address.

    What it says goes into the file `said`.
    """
    port = layout.base + offset
    with tempfile.NamedTemporaryFile("w") as file, said.open("wb") as log:
        file.write(str(clock))
        file.flush()
        environment = {**layout.environment(process.owner, process.kind), "PORT": str(port), "CLOCK_FILE": file.name, **otherwise}
        running = await asyncio.create_subprocess_exec(
            PYTHON, "-m", process.module, process.kind, cwd=ROOT, env=environment, stdout=log,
        )

        async def ready() -> bool:
            async with httpx.AsyncClient() as client:
                with contextlib.suppress(httpx.HTTPError):
                    return (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success
            return False

        try:
            await until(ready, 30)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()
            await running.wait()


@contextmanager
def full_disk(layout: Layout, name: str, largest: int = 0) -> Iterator[None]:
    """No file of this part grows beyond so many bytes (RLIMIT_FSIZE): the write fails as on a full disk."""
    pid = int(state(layout)["processes"][name][0])
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
