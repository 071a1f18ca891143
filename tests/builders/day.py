"""The staff's day: reports filed, lists asked, clocks set to another moment."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from builders.doors import Doors, keyed
from builders.world import GRID, RESIDENT, UNIT, Person
from sqlalchemy import text

from chassis.db import Work
from services.reports.domain.report import Report
from services.reports.store import dues

PHONE = "13912345678"


async def filed(doors: Doors, words: str = "灯不亮", category: str = "lighting", person: Person = RESIDENT, **place: Any) -> str:
    draft = {"text": words, "category": category, "place": {"area": UNIT, **place}, "client_token": str(uuid4())}
    async with doors.client(person) as client:
        return str((await client.post("/api/v1/reports", json=draft, headers=keyed())).json()["id"])


async def ask(doors: Doors, name: str = "open", person: Person = GRID, **asked: Any) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.get(f"/api/v1/worklists/{name}", params=asked)


async def ids(doors: Doors, name: str = "open", person: Person = GRID, **asked: Any) -> list[str]:
    answer = await ask(doors, name, person, **asked)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def moved(doors: Doors, key: str, to: datetime) -> None:
    """Its clocks are set to another moment, as a pause or an office would do it."""
    await told(doors, "update clocks set due_at = :at where report_id = cast(:key as uuid)", at=to, key=key)

    async def reckon(work: Work) -> None:
        await dues.reckon(work, await work.session.get_one(Report, UUID(key)))

    await doors.running.database.do(reckon)


async def told(doors: Doors, sql: str, **values: Any) -> int:
    """Something is so, though no door says it."""
    async with doors.whole.begin() as connection:
        return (await connection.execute(text(sql), values)).rowcount


_MANY = """
insert into reports (id, number, client_token, reporter_id, area, category, status, sealed_text, lat, lng, assignee_id,
                     reopen_count, submitted_at, updated_at, last_seq, last_hash, resolved_at)
select gen_random_uuid(), 'GH-20260101-' || n, gen_random_uuid(), gen_random_uuid(),
       text2ltree(:here || '.g' || lpad((n / 10 % 20)::text, 2, '0') || '.y' || n / 20 % 7 || '.b' || n % 11),
       (array['lighting', 'water', 'electricity', 'sanitation', 'road', 'greening', 'safety', 'noise', 'parking', 'other'])
           [n % 10 + 1],
       case when n % 10 = 0 then (array['submitted', 'accepted', 'assigned', 'processing', 'on_hold'])[n / 10 % 5 + 1]
           else 'closed' end,
       '\\x01', 30.60 + (n / 10 % 997) * 0.00004, 104.10 + (n % 991) * 0.00004,
       case when n / 200 % 4 = 0 then cast(:person as uuid) end,
       0, now() - n * interval '1 minute', now(), 1, '\\x01', case when n % 10 > 0 then now() end
from generate_series(1, :many) n
"""
_DUE = """
insert into dues (report_id, due_at, kind, moved_in)
select id, case when status = 'on_hold' then '9999-01-01T00:00:00Z'::timestamptz
           else submitted_at + interval '30 days' end,
       case when status <> 'on_hold' then 'resolve' end, 3 from reports where status <> 'closed'
"""


async def many(doors: Doors, here: str, count: int = 40_000) -> None:
    """So many reports of a community of twenty grids, a tenth of them open; and the planner knows of them."""
    await told(doors, _MANY, here=here, person=GRID.id, many=count)
    await told(doors, _DUE)
    async with doors.whole.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("analyze"))


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan and all that is below it."""
    return [plan, *(below for one in plan.get("Plans", []) for below in nodes(one))]


async def planned(doors: Doors, asked: Any, values: dict[str, Any], *tables: str) -> list[dict[str, Any]]:
    """How a question is answered: the steps that look at these tables, with what they found."""
    async with doors.running.database.work() as work:
        driver = await work._line.driver()
        said = await driver.fetchval("explain (analyze, format json) " + asked.text, *asked.arguments(values))
    return [node for node in nodes(said[0]["Plan"]) if node.get("Relation Name") in tables]
