"""Starts children in order, watches them, restarts what dies, and leaves none behind."""

import asyncio
import ctypes
import json
import os
import re
import signal
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from deploy.local.layout import Layout

_PR_SET_PDEATHSIG = 1
_DEATHS, _WITHIN = 5, 60.0
_COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)


class StartFailed(Exception):
    """A part did not come up; the message says which, why, and what to do."""


@dataclass
class Child:
    """A program to be kept running."""

    name: str
    command: list[str]
    environment: dict[str, str]
    ready: Callable[[], Awaitable[bool]]
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 20.0
    patience: float = 60.0
    user: tuple[int, int] | None = None
    folder: Path | None = None
    process: asyncio.subprocess.Process | None = None
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=_DEATHS))
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=20))
    given_up: bool = False


def _before_exec(user: tuple[int, int] | None) -> Callable[[], None]:
    def prepare() -> None:
        if user is not None:
            os.setgroups([])
            os.setgid(user[1])
            os.setuid(user[0])
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)  # after setuid, which would clear it

    return prepare


class Supervisor:
    """The children of one installation."""

    def __init__(self, layout: Layout, *, echo: bool) -> None:
        self._layout = layout
        self._echo = echo
        self._is_up = False
        self._waves: list[tuple[Child, ...]] = []
        self._watching: list[asyncio.Task[None]] = []
        self.stopping = False
        (layout.data / "logs").mkdir(parents=True, exist_ok=True)

    @property
    def state_file(self) -> Path:
        return self._layout.data / "state.json"

    async def start(self, *children: Child) -> None:
        """Start several at once and wait until each is ready."""
        self._waves.append(children)
        for child in children:
            await self._spawn(child)
            self._watching.append(asyncio.create_task(self._watch(child)))
        await asyncio.gather(*(self._until_ready(child) for child in children))

    async def _spawn(self, child: Child) -> None:
        child.process = await asyncio.create_subprocess_exec(
            *child.command, env=child.environment, cwd=child.folder, start_new_session=True,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            preexec_fn=_before_exec(child.user), limit=1024 * 1024,
        )
        self._save()

    async def _watch(self, child: Child) -> None:
        while True:
            process = child.process
            if process is None:
                return
            await self._read(child, process)
            code = await process.wait()
            if self.stopping:
                return
            _kill_group(process.pid, signal.SIGKILL)
            now = time.monotonic()
            child.deaths.append(now)
            if len(child.deaths) == _DEATHS and now - child.deaths[0] < _WITHIN:
                child.given_up = True
                print(_obituary(child, code), file=sys.stderr, flush=True)
                return
            wait = min(0.2 * 2 ** (len(child.deaths) - 1), 5.0)
            self.say(f"{child.name} ended with {code}; starting it again in {wait:.1f} s")
            await asyncio.sleep(wait)
            await self._spawn(child)

    async def _read(self, child: Child, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        with (self._layout.data / "logs" / f"{child.name}.log").open("a", encoding="utf-8") as log:
            while True:
                try:
                    raw = await process.stdout.readline()
                except ValueError:
                    continue
                if not raw:
                    return
                self._line(child, raw.decode(errors="replace").rstrip(), log)

    def _line(self, child: Child, line: str, log: IO[str]) -> None:
        child.lines.append(line)
        log.write(line + "\n")
        log.flush()
        if self._echo and self._is_up and not self.stopping:  # before and after, how it goes is what one wants to read
            colour = _COLOURS[sum(child.name.encode()) % len(_COLOURS)]
            print(f"\033[{colour}m{child.name:>16}\033[0m {_readable(line)}", flush=True)

    async def _until_ready(self, child: Child) -> None:
        ends = time.monotonic() + child.patience
        while time.monotonic() < ends:
            if child.given_up or (child.process and child.process.returncode is not None and len(child.deaths) > 1):
                break
            if await child.ready():
                self.say(f"✓ {child.name}")
                return
            await asyncio.sleep(0.15)
        raise StartFailed(_obituary(child, child.process.returncode if child.process else None))

    def say(self, sentence: str) -> None:
        """Tell the person at the terminal, and whoever waits for a detached start."""
        print(sentence, flush=True)

    def mark_ready(self) -> None:
        """Whoever waits for a detached start looks for this file."""
        self._is_up = True
        (self._layout.data / "ready").touch()

    async def stop(self) -> None:
        """Stop all, what was started last first, so that nothing misses what it leans on; each by its own signal and grace."""
        self.stopping = True
        for wave in reversed(self._waves):
            await asyncio.gather(*(self._gone(child) for child in wave))
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        self.state_file.unlink(missing_ok=True)
        (self._layout.data / "ready").unlink(missing_ok=True)

    async def _gone(self, child: Child) -> None:
        if child.process is None:
            return
        try:
            if child.process.returncode is None:
                child.process.send_signal(child.stop_signal)
            await asyncio.wait_for(child.process.wait(), child.grace)
        except TimeoutError:
            self.say(f"{child.name} did not stop in {child.grace:.0f} s; killed")
        _kill_group(child.process.pid, signal.SIGKILL)
        await child.process.wait()

    def _save(self) -> None:
        alive = {child.name: child.process.pid for wave in self._waves for child in wave if child.process is not None}
        state = {"supervisor": identity_of(os.getpid()), "processes": {n: identity_of(p) for n, p in alive.items()}}
        waiting = self.state_file.with_suffix(".new")
        waiting.write_text(json.dumps(state))
        waiting.replace(self.state_file)


def identity_of(pid: int) -> list[int]:
    """A process id and when it started, so that a later process with the same number is not taken for it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return [pid, int(fields[19])]
    except OSError:
        return [pid, -1]


def is_alive(who: list[int]) -> bool:
    """Whether that very process still runs."""
    return who[1] != -1 and identity_of(who[0]) == who and _state_of(who[0]) != "Z"


def _state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def state(layout: Layout) -> dict[str, list[int]]:
    """What was started here, by name, as `identity_of` knows it."""
    file = layout.data / "state.json"
    if not file.is_file():
        return {}
    said = json.loads(file.read_text())
    return {"supervisor": said["supervisor"], **said["processes"]}


def is_up(layout: Layout) -> bool:
    """Whether somebody keeps this platform up, or is bringing it up."""
    return is_alive(state(layout).get("supervisor", [0, -1]))


def clear_orphans(state_file: Path) -> int:
    """End what a killed run left behind; returns how many."""
    if not state_file.is_file():
        return 0
    left = [who for who in json.loads(state_file.read_text())["processes"].values() if is_alive(who)]
    for who in left:
        _kill_group(who[0], signal.SIGKILL)
    state_file.unlink()
    return len(left)


def _kill_group(pid: int, name: signal.Signals) -> None:
    try:
        os.killpg(pid, name)
    except (ProcessLookupError, PermissionError):
        return


def _obituary(child: Child, code: int | None) -> str:
    tail = "\n".join(f"    {_readable(line)}" for line in child.lines)
    return (
        f"{child.name} does not come up (exit code {code}). Its last lines:\n{tail}\n"
        f"  remedy: read `make logs SERVICE={child.name}`; `make reset` begins with empty data"
    )


def _readable(line: str) -> str:
    """A JSON log line as a person reads it; anything else as it is."""
    if not line.startswith("{"):
        return line
    try:
        said = json.loads(line)
    except ValueError:
        return line
    rest = " ".join(
        f"{key}={value}" for key, value in said.items()
        if key not in {"at", "level", "service", "message", "trace_id", "error"} and value is not None
    )
    trace = f" [{said['trace_id'][:8]}]" if said.get("trace_id") else ""
    at = re.sub(r".*T(\d\d:\d\d:\d\d(\.\d+)?).*", r"\1", str(said.get("at", "")))
    error = "".join(f"\n    {part}" for part in said.get("error", []))
    return f"{at} {said.get('level', '')} {said.get('message', '')} {rest}{trace}{error}".rstrip()
