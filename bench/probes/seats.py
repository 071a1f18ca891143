"""health: a thousand who want a hundred seats at once, and a look for a free time among many doctors' many days."""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg

from bench.harness import BOTH_CORES, LOAD_CORE, ROUNDS, SECONDS, Outcome, Series, cpu, percentile, pin
from bench.platform import pid_of, processes, settled
from bench.seller import SOLD, TAKEN, Patient, Seller
from deploy.local.layout import Layout
from services.identity.domain import demo

_SEATS, _PATIENTS, _CLIENTS = 100, 1_000, 32
_MEASURED = {"service µs": "health-api", "gateway µs": "gateway", "edge µs": "edge-api", "database µs": "postgres"}  # CPU each
_DOCTORS, _DAYS, _VISITS, _LOOKS_A_SECOND = 100, 60, 8, 20
_FILL = f"""
    insert into slots (id, area, doctor_id, starts_at, ends_at)
    select gen_random_uuid(), '{demo.GUOHUAI}', doctor, visit, visit + interval '20 minutes'
    from (select gen_random_uuid() as doctor from generate_series(1, {_DOCTORS})) doctors,
        generate_series($1::date + 1, $1::date + {_DAYS}, interval '1 day') day,
        lateral generate_series(day + interval '1 hour', day + interval '1 hour' + interval '20 minutes' * {_VISITS - 1}, '20 minutes') visit
"""


async def rush(layout: Layout) -> Outcome:
    """Decided attempts a second and the p95 of an answer, through the gateway; each has a connection and a token of their own.

    Sellers, buyers and the database share both cores. A seat sold twice or left unsold voids the run.
    """
    outcome, found = Outcome(), {name: Series() for name in ("attempts a second", "p95 ms", *_MEASURED)}
    await settled(layout)
    for name in processes(layout):
        pin(pid_of(layout, name), BOTH_CORES)
    for _ in range(ROUNDS):
        for name, value in (await _rushed(Seller(layout))).items():
            found[name].values.append(value)
    for name, series in found.items():
        outcome.keep(name, series, reference=name == "attempts a second")
    outcome.notes.append(f"{_PATIENTS:,} patients, {_SEATS} seats, {_CLIENTS} at once; all seats sold in every round, none twice.")
    return outcome


async def _rushed(seller: Seller) -> dict[str, float]:
    """The figures of one round."""
    pids = {figure: pid_of(seller.layout, name) for figure, name in _MEASURED.items()}
    async with seller.selling(_SEATS, 1, _PATIENTS) as sale:
        slots, gate, took, answers = sorted(sale.slots), asyncio.Semaphore(_CLIENTS), [], []

        async def one(patient: Patient, slot: str) -> None:
            async with gate:
                began = time.perf_counter()
                answers.append(await seller.ask(patient, slot, {"idempotency-key": str(uuid4())}))
                took.append((time.perf_counter() - began) * 1e3)

        before = {figure: cpu(pid) for figure, pid in pids.items()}
        began = time.perf_counter()
        await asyncio.gather(*(one(patient, slots[n % _SEATS]) for n, patient in enumerate(sale.patients)))
        whole = time.perf_counter() - began
        if (answers.count(SOLD), answers.count(TAKEN), len(await seller.kept(sale))) != (_SEATS, _PATIENTS - _SEATS, _SEATS):
            raise RuntimeError({answer: answers.count(answer) for answer in set(answers)})
        used = {figure: (cpu(pid) - before[figure]) / _PATIENTS * 1e6 for figure, pid in pids.items()}
        return {"attempts a second": _PATIENTS / whole, "p95 ms": percentile(took, 95), **used}


async def search(layout: Layout) -> Outcome:
    """p50 and p95 of the first page of free times, of one day and of all, at the service."""
    outcome, today = Outcome(), datetime.now(UTC).date()
    connection = await asyncpg.connect(layout.whole_url("health"))
    try:
        await connection.execute(_FILL, today)
        await connection.execute("analyze slots")
    finally:
        await connection.close()
    async with Seller(layout).selling(1, 1, 1) as sale:
        [who] = sale.patients
        for word, asked in {
            "any time": "", "one day": f"?since={today + timedelta(days=30)}T00:00:00Z&before={today + timedelta(days=31)}T00:00:00Z",
        }.items():
            p50, p95 = Series(), Series()
            for _ in range(ROUNDS):
                told = await _looked(f"http://127.0.0.1:{layout.service_port('health')}/api/v1/slots{asked}", who)
                p50.values.append(told["p50"] / 1e3)
                p95.values.append(told["p95"] / 1e3)
            outcome.keep(f"{word} p50 ms", p50, reference=True)
            outcome.keep(f"{word} p95 ms", p95)
    outcome.notes.append(f"{_DOCTORS} doctors, {_DAYS} days, {_DOCTORS * _DAYS * _VISITS:,} free times.")
    return outcome


async def _looked(address: str, who: Patient) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        "taskset", "-c", LOAD_CORE, sys.executable, "-m", "bench.open_loop", address, str(_LOOKS_A_SECOND), str(SECONDS), who.token,
        stdout=asyncio.subprocess.PIPE,
    )
    told: dict[str, float] = json.loads((await process.communicate())[0])
    return told
