"""The start of everything, in order, with what a person sees of it; and its end."""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from chassis import migrate
from deploy import databases, topology
from deploy.local import parts
from deploy.local.accounts import accounts
from deploy.local.layout import PYTHON, ROOT, Layout
from deploy.local.supervisor import StartFailed, Supervisor, is_up
from deploy.processes import OWNERS, PROCESSES, SEEDED

TEST_RUNGS = (0.3, 0.4, 0.5, 0.6)


async def run(layout: Layout, *, echo: bool) -> int:
    """Bring everything up, keep it up until a signal, take everything down. The exit code."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    supervisor = Supervisor(layout, echo=echo)
    starting = asyncio.create_task(_bring_up(layout, supervisor))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            await stop.wait()
    except (StartFailed, parts.PartMissing) as failed:
        supervisor.say(f"\n✗ {failed}")
        return 1
    finally:
        starting.cancel()
        stopping.cancel()
        await asyncio.gather(starting, stopping, return_exceptions=True)
        supervisor.say("stopping …")
        await supervisor.stop()
        supervisor.say("stopped; the data stays (make reset forgets it)")
    return 0


async def _bring_up(layout: Layout, supervisor: Supervisor) -> None:
    began = time.monotonic()
    supervisor.say("starting PostgreSQL, RabbitMQ, the object store, the relay and the simulators …")
    if layout.is_ours("postgres"):
        await asyncio.to_thread(parts.init_postgres, layout)
    if layout.is_ours("rabbitmq"):
        await supervisor.start(parts.epmd(layout))
    made = {"postgres": parts.postgres, "rabbitmq": parts.rabbitmq, "store": parts.store, "relay": parts.relay}
    simulated = [parts.simulator(layout, name) for name in ("providers", "collector", "hospital") if layout.is_ours(name)]
    await supervisor.start(*(make(layout) for part, make in made.items() if layout.is_ours(part)), *simulated)
    supervisor.say("declaring the broker's topology, migrating the databases …")
    await asyncio.gather(_migrate(layout), topology.declare(broker(layout)))
    supervisor.say("starting the services …")
    await supervisor.start(*(parts.ours(layout, process) for process in PROCESSES))
    await supervisor.start(parts.envoy(layout))
    await _whole(layout)
    await _seed(layout, supervisor)
    written = json.dumps(accounts(layout), ensure_ascii=False, indent=1)
    (layout.data / "accounts.json").write_text(written)
    supervisor.say(welcome(layout, time.monotonic() - began))
    supervisor.mark_ready()


def broker(layout: Layout) -> topology.Broker:
    """The broker of this installation; tests climb a shorter ladder."""
    passwords = {owner: layout.secrets[f"broker-{owner}"] for owner in OWNERS}
    rungs = TEST_RUNGS if layout.mode == "test" else topology.RUNG_SECONDS
    admin = urlsplit(layout.admin_broker_url)
    return topology.Broker(layout.management_url, admin.username or "", admin.password or "", passwords, rungs)


async def _migrate(layout: Layout) -> None:
    await databases.make(layout.superuser_url, layout.database_passwords)
    for owner in OWNERS:
        await migrate.upgrade(owner, layout.owner_url(owner))


async def _whole(layout: Layout) -> None:
    """Until the gateway says that every service is ready."""
    ends = time.monotonic() + 60
    said = "nothing"
    async with httpx.AsyncClient(timeout=5) as client:
        while time.monotonic() < ends:
            try:
                answer = await client.get(f"http://127.0.0.1:{layout.gateway}/readyz")
            except httpx.HTTPError as failed:
                said = type(failed).__name__
            else:
                if answer.is_success:
                    return
                said = answer.text
            await asyncio.sleep(0.2)
    raise StartFailed(f"the gateway does not become ready; it last said: {said}\n  remedy: make status")


async def _seed(layout: Layout, supervisor: Supervisor) -> None:
    """People and places first, then what happens there; each once."""
    for owner in SEEDED:
        marker = layout.data / f"seeded-{owner}"
        if marker.is_file():
            continue
        supervisor.say(f"seeding {owner} …")
        seeding = await asyncio.create_subprocess_exec(
            PYTHON, "-m", f"services.{owner}", "seed", env=layout.environment(owner, "api"), cwd=ROOT,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await seeding.communicate()
        if seeding.returncode:
            tail = "\n".join(said.decode(errors="replace").splitlines()[-8:])
            raise StartFailed(f"seeding {owner} failed:\n{tail}\n  remedy: make reset, then make up")
        marker.touch()


def welcome(layout: Layout, seconds: float) -> str:
    """What a newcomer needs to know, on one screen."""
    known = accounts(layout)
    lines = [
        "", f"智惠国槐 is up ({seconds:.0f} s): {layout.origin}", "",
        f"  {'API documents':<18} {layout.origin}/docs", f"  {'status':<18} {layout.origin}/status",
        f"  {'phones (SMS)':<18} {layout.origin}/  or: make sms",
        f"  {'traces':<18} {layout.origin}/traces", "",
        f"  staff sign in with the password {known['password']}:",
        *(f"    {one['login']:<18} {one['name']}　{one['where']}" for one in known["staff"]), "",
        "  residents sign in with a code to their phone:",
        *(f"    {one['phone']:<18} {one['name']}　{one['where']}" for one in known["residents"][:3]), "",
        "  try: make demo · make token AS=grid · make status · make logs SERVICE=reports-api · make help", "",
    ]
    return "\n".join(lines)


async def detached(layout: Layout) -> int:
    """Start in the background, show its progress, return when it is ready."""
    log = layout.data / "logs" / "supervisor.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    (layout.data / "ready").unlink(missing_ok=True)
    with log.open("w") as out:
        process = await asyncio.create_subprocess_exec(
            PYTHON, "-m", "deploy.local", "serve", cwd=ROOT, env={**os.environ, "DATA": str(layout.data)},
            stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
        )
    shown = 0
    while True:
        is_over = (layout.data / "ready").is_file() or process.returncode is not None
        shown += _show(log, shown)
        if is_over:
            return process.returncode or 0
        await asyncio.sleep(0.2)


def awaited(layout: Layout) -> int:
    """Return when somebody else has brought it up; 1 if they gave up."""
    while is_up(layout):
        if (layout.data / "ready").is_file():
            print(welcome(layout, 0))
            return 0
        time.sleep(0.2)
    print("✗ it did not come up: see logs/supervisor.log in its data folder", file=sys.stderr)
    return 1


def _show(log: Path, begin: int) -> int:
    with log.open("rb") as file:
        file.seek(begin)
        said = file.read()
    sys.stdout.write(said.decode(errors="replace"))
    sys.stdout.flush()
    return len(said)
