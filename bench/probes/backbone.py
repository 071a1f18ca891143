"""The way of an event: committed, published, handled; beside the broker's own pace and a transaction that says nothing."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import asyncpg

from bench.harness import BOTH_CORES, LOAD_CORE, QUICK, Outcome, Series, cpu, percentile, pin
from bench.platform import database_of, pid_of, processes, resting, rows, settled
from chassis import bus
from chassis.clock import Clock
from chassis.db import Database, Work
from chassis.publisher import Outgoing, one_by_one, publish_all
from chassis.relay import Relay, Waker, plain
from contracts.reports import ReportClosed
from deploy.local.layout import Layout

_EVENTS, _ROUNDS, _WRITERS = (2_000, 3, 32) if QUICK else (6_000, 5, 32)
_RATE, _SECONDS = 200, 5 if QUICK else 20
_AREA = "510104.bench"  # nobody lives there: handled, and told to nobody


def _event() -> ReportClosed:
    return ReportClosed(area=_AREA, report_id=uuid4(), number="GH-1", reporter_id=uuid4())


async def pace(layout: Layout) -> Outcome:
    """Publishing with confirms, raw and through the relay; commits with and without an event at 32 writers."""
    outcome = Outcome()
    await settled(layout)
    database = database_of(layout, _WRITERS)
    found: dict[str, Series] = {name: Series() for name in (
        "raw one by one a second", "raw in one buffer a second", "relay published a second", "commits a second without", "commits a second with the bus",
    )}
    leader = await _lead(layout)
    try:
        for _ in range(_ROUNDS):
            found["raw one by one a second"].values.append(await _raw(layout, slowly=True))
            found["raw in one buffer a second"].values.append(await _raw(layout, slowly=False))
            found["relay published a second"].values.append(await _relayed(layout, database, leader))
            found["commits a second without"].values.append(await _committed(database, says=False))
            found["commits a second with the bus"].values.append(await _committed(database, says=True))
    finally:
        await leader.close()
        await database.close()
        async with bus.connected(layout.admin_broker_url, "bench") as channel:
            await (await channel.get_queue("notify.reports")).purge()  # minutes of handling, which no later probe should wait for
    for name, series in found.items():
        outcome.keep(name, series, reference=name == "raw one by one a second")
    return outcome


async def _lead(layout: Layout) -> Any:
    """Hold the leader's lock, so that the platform's own relay rests while ours is timed."""
    connection = await asyncpg.connect(plain(layout.superuser_url.rpartition("/")[0] + "/reports"))
    await connection.execute("select pg_terminate_backend(l.pid) from pg_locks l where l.locktype = 'advisory' and l.objid = $1::int8::oid", 0x67756F68)
    await connection.fetchval("select pg_advisory_lock($1)", 0x67756F68)
    return connection


async def _raw(layout: Layout, *, slowly: bool) -> float:
    body, headers = _event().model_dump_json().encode(), {"cloudEvents:type": "x"}
    async with bus.connected(f"{layout.admin_broker_url}", "bench") as channel:
        exchange = await channel.declare_exchange("bench", "fanout", auto_delete=True)
        queue = await channel.declare_queue("bench", durable=True, arguments={"x-queue-type": "quorum"})
        await queue.bind(exchange)
        began = time.perf_counter()
        for _ in range(0, _EVENTS, 200):
            batch = [Outgoing("x", headers, body, str(uuid4())) for _ in range(200)]
            await (one_by_one if slowly else publish_all)(channel, "bench", batch)
        took = time.perf_counter() - began
        await queue.delete(if_unused=False, if_empty=False)
    return _EVENTS / took


async def _relayed(layout: Layout, database: Database, connection: Any) -> float:
    async def say(work: Work) -> None:
        for _ in range(200):
            work.announce(_event())

    for _ in range(0, _EVENTS, 200):
        await database.do(say)
    relay = Relay("reports", layout.database_url("reports"), layout.broker_url("reports"), Clock())
    hearing = resting(layout, "notify-worker", "edge-worker", "edge-api")  # raw publishing has no readers either; `drained` has
    async with bus.connected(layout.broker_url("reports"), "bench") as channel:
        await channel.get_exchange(bus.EXCHANGE, ensure=True)
        with hearing:
            began, sent = time.perf_counter(), 0
            while taken := await relay.batch(connection, channel):
                sent += taken
            took = time.perf_counter() - began
        return sent / took


async def _committed(database: Database, *, says: bool) -> float:
    count = _EVENTS // 2

    async def act(work: Work) -> None:
        await work.audit("bench", f"report/{uuid4()}", actor=None)
        if says:
            work.announce(_event())

    async def writer() -> None:
        for _ in range(count // _WRITERS):
            await database.do(act)

    began = time.perf_counter()
    await asyncio.gather(*(writer() for _ in range(_WRITERS)))
    return count / (time.perf_counter() - began)


async def end_to_end(layout: Layout) -> Outcome:
    """From the commit in reports to the commit of notify's handler, at a steady 200 events a second, by the platform's own workers."""
    outcome = Outcome()
    await settled(layout)
    for name in processes(layout):
        pin(pid_of(layout, name), BOTH_CORES)
    worker, used = pid_of(layout, "notify-worker"), cpu(pid_of(layout, "notify-worker"))
    committed = await _steadily(layout)
    took = await _handled(layout, committed)
    used_up = (cpu(worker) - used) / len(took) * 1e6
    drained = await _drained(layout)
    for name in processes(layout):
        pin(pid_of(layout, name), LOAD_CORE)
    outcome.figures |= {
        "p50 ms": percentile(took, 50), "p99 ms": percentile(took, 99), "events": float(len(took)),
        "notify-worker µs an event": used_up, "drained a second": drained,
    }
    outcome.notes.append("From the moment the commit returned to the time of the handler's transaction; below zero it overtook the answer.")
    return outcome


async def _steadily(layout: Layout) -> dict[str, float]:
    """Subject → when its commit returned, of events that were said at the rate."""
    database, waker = database_of(layout, _WRITERS), Waker(layout.database_url("reports"))
    database.after_commit = waker.wake
    waking, committed = asyncio.create_task(waker.run()), {}

    async def one() -> None:
        event = _event()

        async def say(work: Work) -> None:
            work.announce(event)

        await database.do(say)
        committed[event.subject] = time.time()

    began, tasks = time.perf_counter(), []
    for n in range(_RATE * _SECONDS):
        await asyncio.sleep(max(0.0, began + n / _RATE - time.perf_counter()))
        tasks.append(asyncio.create_task(one()))
    await asyncio.gather(*tasks)
    await asyncio.sleep(0.2)
    waking.cancel()
    await database.close()
    return committed


async def _handled(layout: Layout, committed: dict[str, float]) -> list[float]:
    """Milliseconds from each commit to the transaction that handled it, once all are."""
    asked = "select id, subject from outbox_archive where subject = any($1::text[])"
    for _ in range(600):
        sent = {row["id"]: row["subject"] for row in await rows(layout, "reports", asked, list(committed))}
        inbox = await rows(layout, "notify", "select event_id, received_at from inbox where event_id = any($1::uuid[])", list(sent))
        if len(inbox) == len(committed):
            break
        await asyncio.sleep(0.2)
    return [(row["received_at"].timestamp() - committed[sent[row["event_id"]]]) * 1000 for row in inbox]


async def _drained(layout: Layout) -> float:
    """Events a second of a heap that waited while the worker was stopped."""
    database, count = database_of(layout, 1), 1_000 if QUICK else 4_000
    said: list[str] = []

    async def say(work: Work) -> None:
        for _ in range(200):
            event = _event()
            said.append(event.subject)
            work.announce(event)

    with resting(layout, "notify-worker"):
        for _ in range(0, count, 200):
            await database.do(say)
        while await rows(layout, "reports", "select 1 from outbox where not_before is null limit 1"):  # the peer's rows wait for ever
            await asyncio.sleep(0.2)
    await database.close()
    began = time.perf_counter()
    asked = "select count(*) as n from notices where subject = any($1::text[])"
    while (await rows(layout, "notify", asked, said))[0]["n"] < count:
        await asyncio.sleep(0.1)
    return count / (time.perf_counter() - began)
