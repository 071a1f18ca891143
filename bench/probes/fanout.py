"""One event to five thousand open streams: CPU a message and memory a client, beside asyncio with a ready-made line."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

from bench.harness import LOAD_CORE, QUICK, Outcome, Series, cpu, program, pss
from bench.platform import database_of, rows, settled
from bench.tokens import jwks, token
from chassis.db import Work
from contracts.reports import ReportSubmitted
from deploy.local.layout import PYTHON, Layout
from deploy.processes import Process

CLIENTS, _SAMPLES = (1_000, 6) if QUICK else (5_000, 8)
_A_SAMPLE = 5 if QUICK else 20  # events: the kernel counts CPU in ticks of 10 ms
_PERIOD_SECONDS = 0.4  # for both: after 0.2 s without data a client acknowledges at once (Linux), and that is CPU of who tells
_SETTLED_SECONDS = 4  # those who came are looked up once more, all together
_AREA = "510104.clx.guohuai"
_EDGE, _BARE, _KEYS = 24755, 24756, 24757


async def measured(layout: Layout, folder: Path) -> Outcome:
    """Both, one after the other, with the same clients."""
    outcome = Outcome()
    await settled(layout)
    people = [uuid4() for _ in range(CLIENTS)]
    tokens = [token(person, layout.origin) for person in people]
    await _serving(layout, people)
    (folder / "jwks.json").write_text(jwks())
    keys = [sys.executable, "-m", "http.server", str(_KEYS), "--bind", "127.0.0.1", "--directory", str(folder)]
    environment = {**layout.environment("edge", "api"), "PORT": str(_EDGE), "JWKS_URL": f"http://127.0.0.1:{_KEYS}/jwks.json",
                   "LOG_LEVEL": "WARNING"}
    async with program(keys, f"http://127.0.0.1:{_KEYS}/jwks.json", core=LOAD_CORE), program(
        [PYTHON, "-m", Process("edge", "api").module, "api"], f"http://127.0.0.1:{_EDGE}/livez", environment=environment,
    ) as edge, program([PYTHON, "-m", "bench.peers.bare_sse", str(_BARE)], f"http://127.0.0.1:{_BARE}/") as bare:
        await _told("ours", edge, _EDGE, tokens, send=lambda: _announce(layout), outcome=outcome)

        async def signalled() -> None:
            os.kill(bare, signal.SIGUSR1)

        await _told("bare asyncio", bare, _BARE, tokens, send=signalled, outcome=outcome)
    await rows(layout, "edge", "delete from directory_assignments where person_id = any($1::uuid[])", people)
    return outcome


async def _serving(layout: Layout, people: list[UUID]) -> None:
    """All of them are grid workers of the community, as far as the edge has heard."""
    await rows(
        layout, "edge", "insert into directory_assignments (id, person_id, role, area, display_name, starts_at, seq)"
        " select gen_random_uuid(), p, 'grid_worker', $2::text::ltree, '', now() - interval '1 day', 1 from unnest($1::uuid[]) p", people, _AREA,
    )


async def _announce(layout: Layout) -> None:
    database = database_of(layout, 1)

    async def say(work: Work) -> None:
        work.announce(ReportSubmitted(area=_AREA, report_id=uuid4(), number="GH-1", category="other", reporter_id=uuid4()))

    await database.do(say)
    await database.close()


@asynccontextmanager
async def _listening(port: int, tokens: list[str]) -> AsyncIterator[Callable[[], Awaitable[tuple[int, int]]]]:
    process = await asyncio.create_subprocess_exec(
        "taskset", "-c", LOAD_CORE, sys.executable, "-m", "bench.listeners", str(port),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError
    process.stdin.write("\n".join(tokens).encode())
    process.stdin.close()
    said = process.stdout

    async def heard() -> tuple[int, int]:
        opened, events = (await said.readline()).split()
        return int(opened), int(events)

    try:
        yield heard
    finally:
        process.kill()
        await process.wait()


async def _standing(pid: int) -> float:
    """Seconds of CPU a second while nothing is told: all listeners are looked up again and again, whoever tells how much."""
    used = cpu(pid)
    await asyncio.sleep(6)
    return (cpu(pid) - used) / 6


async def _told(
    name: str, pid: int, port: int, tokens: list[str], *, send: Callable[[], Awaitable[None]], outcome: Outcome
) -> None:
    before, whole, net = pss(pid), Series(), Series()
    async with _listening(port, tokens) as heard:
        async with asyncio.timeout(180):
            while (await heard())[0] < len(tokens):
                pass
        await asyncio.sleep(_SETTLED_SECONDS)
        outcome.figures[f"{name} kB a client"] = (pss(pid) - before) * 1024 / len(tokens)
        standing = await _standing(pid)
        outcome.figures[f"{name} standing, ms of CPU a second"] = standing * 1000
        for _ in range(_SAMPLES):
            used, began = cpu(pid), time.monotonic()
            for _ in range(_A_SAMPLE):
                begun, due = await heard(), time.monotonic() + _PERIOD_SECONDS
                await send()
                async with asyncio.timeout(60):
                    while (await heard())[1] < begun[1] + len(tokens):
                        pass
                await asyncio.sleep(due - time.monotonic())
            told, stood = cpu(pid) - used, standing * (time.monotonic() - began)
            whole.values.append(told / len(tokens) / _A_SAMPLE * 1e6)
            net.values.append((told - stood) / len(tokens) / _A_SAMPLE * 1e6)
    outcome.keep(f"{name} µs a message", whole, reference=name.startswith("bare"))
    outcome.keep(f"{name} µs a message without what stands", net)
