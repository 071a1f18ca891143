"""reports on a busy day: a staff list among many, one report whole, filing until it stands on a screen, clocks that ring."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx

from bench.harness import BOTH_CORES, QUICK, ROUNDS, SECONDS, SERVER_CORE, Outcome, Series, cpu, percentile, pin, wrk
from bench.platform import database_of, pid_of, processes, rows, settled
from bench.tokens import of_identity, token
from chassis.crypto import Place
from chassis.envelope import uuid7
from deploy.local import accounts
from deploy.local.layout import ROOT, Layout
from services.identity.domain import demo

_PEERS = ROOT / "bench" / "peers"
_FEW, _MANY = 100_000, 200_000 if QUICK else 1_000_000
_A_TENTH = 10  # of them are in hand
_PART, _REPORTERS = 20_000, 40
_CONNECTIONS = 8
_CATEGORIES = ("lighting", "water", "electricity", "sanitation", "road", "greening", "safety", "noise", "parking", "other")
_IN_HAND = ("submitted", "accepted", "assigned", "processing", "returned")
_TEXT = "3栋2单元楼道灯不亮，晚上老人上下楼很不安全。"
_LIST = "/api/v1/worklists/open?limit=50&level=1&category=lighting&category=water&status=assigned&status=processing"
_GRID, _HOME = f"{demo.GUOHUAI}.g03", f"{demo.COURTYARDS[0].path}.b01.u1.r0101"
_RATE, _FILED_SECONDS = 50, 4 if QUICK else 20
_CLOCKS, _RINGING = 100_000, 1_000
_FILL = f"""
    insert into reports (id, number, client_token, reporter_id, area, category, status, sealed_text, lat, lng, reopen_count,
        submitted_at, updated_at, resolved_at, last_seq, last_hash)
    select id, 'B-' || n, gen_random_uuid(), reporter_id,
        text2ltree('{demo.GUOHUAI}.g' || lpad((n / 100 % 20 + 1)::text, 2, '0') || '.y' || n / 2000 % 7 || '.b' || n % 11),
        ('{{{",".join(_CATEGORIES)}}}'::text[])[n / 10 % 10 + 1], status, sealed_text, 30.60 + (n % 997) * 0.00004,
        104.10 + (n % 991) * 0.00004, 0, now() - n * interval '20 seconds', now(),
        case when status = 'closed' then now() end, 1, '\\x01'
    from (select *, case when n % {_A_TENTH} > 0 then 'closed'
        else ('{{{",".join(_IN_HAND)}}}'::text[])[(hashint4(n) & 1023) % {len(_IN_HAND)} + 1] end as status from written) as lives
"""
_DUE = """
    insert into dues (report_id, due_at, kind, moved_in, area, category, status, level, reopen_count)
    select id, submitted_at + interval '300 days', 'resolve', 3, area, category, status, level, 0 from reports where id = any($1::uuid[]) and status <> 'closed'
"""
_WAIT = f"""
    insert into clocks (id, report_id, kind, state, minutes, by_night, policy_version, started_at, due_at, next_at, warned,
        paused_total)
    select gen_random_uuid(), id, 'resolve', 'running', 20160, true, 0, now() - interval '6 days', now() + interval '8 days',
        now() + interval '1 day', 0, interval '0' from reports where number like 'B-%' order by id limit {_CLOCKS}
"""
_RING = f"""
    update clocks set started_at = now() - interval '7 days', due_at = now() + interval '7 days', next_at = now() where id in
        (select c.id from clocks c join reports r on r.id = c.report_id
         where r.number like 'B-%' and r.status <> 'closed' order by c.id limit {_RINGING})
"""
_LEFT = "select count(*) as n from clocks c join reports r on r.id = c.report_id where r.number like 'B-%' and c.next_at <= now()"


async def lists(layout: Layout) -> Outcome:
    """CPU of service and database together, in milliseconds: fifty of a filtered list with their count, one whole, one filed."""
    outcome = Outcome()
    await settled(layout)
    for name in ("reports-api", "postgres"):
        pin(pid_of(layout, name), SERVER_CORE)
    headers = {"Authorization": f"Bearer {await accounts.token(layout, 'officer')}"}
    origin = f"http://127.0.0.1:{layout.service_port('reports')}"
    await _written(layout, 0, _FEW)
    [one] = await rows(layout, "reports", "select id from reports where number = 'B-10'")
    async with httpx.AsyncClient(headers=headers) as client:
        if len((await client.get(origin + _LIST)).json()["items"]) < 50:
            raise RuntimeError("the list is not full")
    outcome.keep("list ms", await _spent(layout, origin + _LIST, headers), reference=True)
    outcome.keep("detail ms", await _spent(layout, f"{origin}/api/v1/reports/{one['id']}", headers))
    outcome.keep("create ms", await _spent(layout, f"{origin}/api/v1/reports", headers, _PEERS / "create.lua"))
    await settled(layout)
    await _written(layout, _FEW, _MANY)
    outcome.keep("list among many ms", await _spent(layout, origin + _LIST, headers))
    outcome.notes.append(f"{_FEW:,} reports of one community, a tenth of them in hand; {_MANY:,} stand for many. Five filters.")
    return outcome


async def _spent(layout: Layout, address: str, headers: dict[str, str], script: Path | None = None) -> Series:
    pids, found = [pid_of(layout, name) for name in ("reports-api", "postgres")], Series()
    said = ("--", _HOME) if script else ()
    for turn in range(ROUNDS + 1):
        before = sum(map(cpu, pids))
        done = await wrk(
            address, connections=_CONNECTIONS, seconds=SECONDS, headers=headers, script=script, arguments=said,
        )
        if turn:  # the first is to warm up
            found.values.append((sum(map(cpu, pids)) - before) / done * 1e3)
    return found


async def _written(layout: Layout, begin: int, end: int) -> None:
    """Reports whose texts are sealed as any other's, each under its reporter's key."""
    database, reporters = database_of(layout, 1), [uuid4() for _ in range(_REPORTERS)]
    connection = await asyncpg.connect(layout.whole_url("reports"))
    await connection.execute("create temporary table written (id uuid, n integer, reporter_id uuid, sealed_text bytea)")
    try:
        for first in range(begin, end, _PART):
            async with database.work() as work:
                made = [
                    (key := uuid7(work.now), n, who, await work.vault.seal(who, Place("reports", "text", key), _TEXT))
                    for n in range(first, first + _PART) for who in (reporters[n % _REPORTERS],)
                ]
                await database.commit(work)
            await connection.copy_records_to_table("written", records=made)
            await connection.execute(f"set session_replication_role = replica; {_FILL}; truncate written")
            await connection.execute(_DUE, [row[0] for row in made])
        await connection.execute("vacuum analyze reports")
        await connection.execute("vacuum analyze dues")
        await connection.execute("checkpoint")
    finally:
        await connection.close()
        await database.close()


async def screen(layout: Layout) -> Outcome:
    """From when somebody files, through the gateway at fifty a second, until a grid worker's open page has heard of it."""
    outcome, began = Outcome(), dict[str, float]()
    await settled(layout)
    for name in processes(layout):
        pin(pid_of(layout, name), BOTH_CORES)
    filed: dict[str, float] = {}
    async with _residents(layout, _RATE * 2) as tokens, _heard(layout, began), _client(layout) as client:

        async def one(n: int, due: float) -> None:
            said = {"text": _TEXT, "category": "lighting", "place": {"area": _HOME}, "client_token": str(uuid4())}
            headers = {"authorization": f"Bearer {tokens[n % len(tokens)]}", "idempotency-key": str(uuid4())}
            answer = await client.post("/api/v1/reports", json=said, headers=headers)
            answer.raise_for_status()
            filed[answer.json()["id"]] = due

        start, tasks = time.perf_counter(), []
        for n in range(_RATE * _FILED_SECONDS):
            await asyncio.sleep(max(0.0, start + n / _RATE - time.perf_counter()))
            tasks.append(asyncio.create_task(one(n, time.perf_counter())))
        await asyncio.gather(*tasks)
        await asyncio.sleep(2)
    took = [(began[report] - due) * 1e3 for report, due in filed.items()]  # a KeyError: one never came
    outcome.figures |= {"p50 ms": percentile(took, 50), "p99 ms": percentile(took, 99), "reports": float(len(took))}
    outcome.notes.append("Counted from before the request is sent to when the live channel said it to the grid worker of the place.")
    return outcome


def _client(layout: Layout, **headers: str) -> httpx.AsyncClient:
    """Patient: what is late is to be counted, and not to be lost."""
    return httpx.AsyncClient(base_url=layout.origin, timeout=60, headers=headers, limits=httpx.Limits(max_connections=None))


@asynccontextmanager
async def _residents(layout: Layout, size: int) -> AsyncIterator[list[str]]:
    """Neighbours, as reports would have heard of them; their tokens."""
    people, key = [uuid4() for _ in range(size)], await of_identity(layout)
    new = "insert into directory_bindings (id, person_id, area, kind, starts_at, seq, kept_in)"
    began = datetime(2025, 1, 1, tzinfo=UTC)
    for person in people:
        await rows(layout, "reports", f"{new} values ($1, $2, text2ltree($3), 'owner', $4, 0, 0)", uuid4(), person, _HOME, began)
    yield [token(person, layout.origin, key=key, header={"kid": key.kid}) for person in people]
    await rows(layout, "reports", "delete from directory_bindings where person_id = any($1::uuid[])", people)


@asynccontextmanager
async def _heard(layout: Layout, moments: dict[str, float]) -> AsyncIterator[None]:
    """A grid worker's page is open; when each report was said there."""
    headers, opened = {"authorization": f"Bearer {await accounts.token(layout, 'grid')}"}, asyncio.Event()

    async def listen() -> None:
        async with _client(layout, **headers) as client, client.stream("GET", "/api/v1/live") as page:
            page.raise_for_status()
            async for line in page.aiter_lines():
                opened.set()
                if line.startswith("data:") and '"report/' in line:
                    moments.setdefault(json.loads(line[5:])["subject"].removeprefix("report/"), time.perf_counter())

    listening = asyncio.create_task(listen())
    await asyncio.wait_for(opened.wait(), 20)
    try:
        yield
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def sweep(layout: Layout) -> Outcome:
    """A hundred thousand clocks run and a thousand ring at once: seconds until each was rung, by the platform's own worker.

    From when the sweep had rung its first few, and from when they were due.
    """
    outcome, found, since_due = Outcome(), Series(), Series()
    if not await rows(layout, "reports", "select 1 from reports where number = 'B-1'"):
        await _written(layout, 0, _FEW)
    connection = await asyncpg.connect(layout.whole_url("reports"))
    await connection.execute(f"set session_replication_role = replica; {_WAIT}; analyze clocks")
    try:
        for _ in range(ROUNDS):
            await connection.execute(_RING)
            due = time.perf_counter()
            while await connection.fetchval(_LEFT) == _RINGING:
                await asyncio.sleep(0.1)  # to ask costs the database as well
            began = time.perf_counter()
            while await connection.fetchval(_LEFT):
                await asyncio.sleep(0.1)  # to ask costs the database as well
            found.values.append(time.perf_counter() - began)
            since_due.values.append(time.perf_counter() - due)
    finally:
        await connection.close()
    outcome.keep("seconds", found, reference=True)
    outcome.keep("seconds since due", since_due)
    outcome.notes.append(
        f"{_CLOCKS:,} running, {_RINGING:,} of them due for their reminder at once. The sweep itself, from its first few on; and since "
        "they were due, for it begins each 5 s."
    )
    return outcome
