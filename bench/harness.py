"""What every probe needs: programs pinned to a core, the CPU and memory of a process tree, rounds of peers in turns, a median."""

import asyncio
import contextlib
import os
import random
import signal
import statistics
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import httpx

_TICKS = os.sysconf("SC_CLK_TCK")
SERVER_CORE, LOAD_CORE, BOTH_CORES = "0", "1", "0,1"
QUICK = os.environ.get("QUICK") == "1"
ROUNDS, SECONDS = (3, 2) if QUICK else (5, 4)
TOO_NOISY = 0.15  # spread of the reference over its median


@dataclass
class Series:
    """One figure, once a round."""

    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        """Median deviation from the median, as a part of it."""
        middle = self.median
        return statistics.median(abs(value - middle) for value in self.values) / middle if middle else 0.0


@dataclass
class Outcome:
    """What a probe found: figures by name, what they were measured beside, and whether the machine was quiet enough."""

    figures: dict[str, float] = field(default_factory=dict)
    spreads: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    noisy: bool = False

    def keep(self, name: str, series: Series, *, reference: bool = False) -> None:
        """A series under its name; the reference decides whether the run may be judged."""
        self.figures[name], self.spreads[name] = series.median, series.spread
        self.noisy = self.noisy or (reference and series.spread > TOO_NOISY)


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in tree(int(child)))]


def cpu(pid: int) -> float:
    """Seconds of CPU a tree has used, with children that have ended."""
    used = 0
    for one in tree(pid):
        with contextlib.suppress(OSError, IndexError):
            used += sum(int(part) for part in Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[11:15])
    return used / _TICKS


def pss(pid: int) -> float:
    """Memory of a tree in megabytes, shared pages divided among those who share them."""
    kilobytes = 0
    for one in tree(pid):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
            kilobytes += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1024


def pin(pid: int, core: str) -> None:
    """Let a tree run on one core."""
    for one in tree(pid):
        subprocess.run(["taskset", "-acp", core, str(one)], check=False, capture_output=True)


@asynccontextmanager
async def program(
    command: list[str], ready: str, *, core: str = SERVER_CORE, environment: dict[str, str] | None = None
) -> AsyncIterator[int]:
    """A peer, running until the block ends; its process id, once `ready` (an URL) answers at all."""
    pinned = ["taskset", "-c", core, *command]
    with TemporaryFile() as log:  # a pipe that nobody reads would hold up who writes a line a request
        process = await asyncio.create_subprocess_exec(
            *pinned, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=log, start_new_session=True,
        )
        try:
            await _answers(process, ready, log)
            yield process.pid
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


async def _answers(process: asyncio.subprocess.Process, address: str, log: IO[bytes]) -> None:
    ends = time.monotonic() + 30
    async with httpx.AsyncClient(timeout=2) as client:
        while time.monotonic() < ends:
            with contextlib.suppress(httpx.HTTPError):
                await client.get(address)
                return
            if process.returncode is not None:
                log.seek(0)
                raise RuntimeError(log.read().decode()[-2000:])
            await asyncio.sleep(0.1)
    raise TimeoutError(f"{address} does not answer")


async def wrk(address: str, *, connections: int, seconds: float, headers: dict[str, str] | None = None, script: Path | None = None,
              arguments: tuple[str, ...] = ()) -> int:
    """A closed loop of requests for so long; how many were answered. An answer that is no success voids the round."""
    said = [word for name, value in (headers or {}).items() for word in ("-H", f"{name}: {value}")]
    scripted = ["-s", str(script)] if script else []
    process = await asyncio.create_subprocess_exec(
        "taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", *said, *scripted, address, *arguments,
        stdout=asyncio.subprocess.PIPE,
    )
    told = (await process.communicate())[0].decode()
    done = int(told.split(" requests in ")[0].split()[-1])
    if "Non-2xx" in told or "Socket errors" in told or not done:
        raise RuntimeError(f"{address}: {told}")
    return done


@dataclass(frozen=True)
class Peer:
    """Somebody to be measured: the process whose CPU counts, and one round of load that returns how much was done."""

    pid: int
    load: Callable[[float], Awaitable[int]]
    beside: int = 0  # a second tree whose CPU is told apart: the database


async def in_turns(peers: dict[str, Peer], outcome: Outcome, reference: str, unit: str = "µs") -> None:
    """Rounds in shuffled order after one to warm up; microseconds of CPU per unit of work, by peer."""
    found: dict[str, Series] = {}
    for peer in peers.values():
        await peer.load(1)
    for turn in range(ROUNDS):
        names = list(peers)
        random.Random(turn).shuffle(names)  # noqa: S311 - an order, no secret
        for name in names:
            for figure, value in (await _round(name, peers[name], unit)).items():
                found.setdefault(figure, Series()).values.append(value)
    for figure, series in found.items():
        outcome.keep(figure, series, reference=figure == f"{reference} {unit}")


async def _round(name: str, peer: Peer, unit: str) -> dict[str, float]:
    before, beside = cpu(peer.pid), cpu(peer.beside) if peer.beside else 0.0
    done = await peer.load(SECONDS)
    found = {f"{name} {unit}": (cpu(peer.pid) - before) / done * 1e6}
    return found | ({f"{name} database {unit}": (cpu(peer.beside) - beside) / done * 1e6} if peer.beside else {})


def percentile(values: list[float], part: float) -> float:
    """The value below which so many of a hundred lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part / 100))]


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    model = next((line.partition(": ")[2] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "?")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    return {
        "cpu": model, "cores": os.cpu_count(), "load before": os.getloadavg()[0], "commit": commit, "quick": QUICK,
        "rounds": ROUNDS, "seconds a round": SECONDS,
    }
