"""The list on few and on many rows: blocks PostgreSQL touches, which no noise moves."""

import json
from uuid import UUID

import asyncpg
from sqlalchemy.dialects import postgresql

from bench.harness import LOAD_CORE, QUICK, Outcome, pin
from bench.platform import pid_of
from deploy.local.layout import Layout
from services.reports.store import queries
from services.reports.store.tables import reports

FEW, MANY = 10_000, 100_000 if QUICK else 1_000_000
_AREA = "510104.bench.c07"  # one community of twenty: five of a hundred rows
_FILL = """
    insert into reports (id, number, client_token, reporter_id, area, category, status, sealed_text, reopen_count,
        submitted_at, updated_at, last_seq, last_hash)
    select (lpad(to_hex(1700000000000 + n), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid,
        'B-' || n, gen_random_uuid(), gen_random_uuid(), ('510104.bench.c' || lpad((hashint4(n) & 1023) % 20 || '', 2, '0')
            || '.g01.y01.b' || n % 50)::ltree,
        'lighting', 'submitted', '\\x01', 0, now(), now(), 1, '\\x00'
    from generate_series(1, {count}) n
"""


async def blocks(layout: Layout) -> Outcome:
    """Shared blocks hit or read by a page of twenty in one community, at the newest end and in the middle."""
    outcome = Outcome()
    pin(pid_of(layout, "postgres"), LOAD_CORE)
    filled = queries.REPORTS.rows.order_by(reports.c.id.desc()).limit(21).params(areas=[_AREA], owner=UUID(int=0))
    page = filled.compile(dialect=postgresql.asyncpg.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    for label, count in (("10 k", FEW), ("many rows", MANY)):
        fill = f"delete from transitions; delete from reports; {_FILL.format(count=count)}; analyze reports"
        outcome.figures[f"blocks at {label}"] = await touched(layout, "reports", fill, str(page))
    outcome.notes.append(f"{MANY:,} rows stand for many; one community holds a twentieth of them.")
    return outcome


async def touched(layout: Layout, owner: str, fill: str, question: str) -> float:
    """Shared blocks a question of the service hits or reads once its database was filled so, for the moment: the demo stays."""
    connection = await asyncpg.connect(layout.whole_url(owner))
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"set local session_replication_role = replica; {fill}")
        await connection.execute(f"set local role \"{owner}\"; select set_config('guohuai.reach', 'service', true)")
        plan = json.loads(await connection.fetchval(f"explain (analyze, buffers, format json) {question}"))[0]["Plan"]
        return float(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
    finally:
        await transaction.rollback()
        await connection.close()
