"""Kill -9 of the api in the middle of a 号源表: all of it or nothing, and the same again is done once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from builders.faults import fetch, kill, revived
from builders.wire import until

from contracts.calendar import CHENGDU
from deploy.local.layout import Layout
from services.identity.domain import demo
from simulators.miniprogram import Client

ROWS, DAYS, MINUTES = 400, 2, 4
_MIDDLE = """
select 1 from pg_locks waits where not waits.granted and waits.relation = 'audit'::regclass and exists (
  select 1 from pg_locks has where has.pid = waits.pid and has.granted and has.relation = 'slots'::regclass
  and has.mode = 'RowExclusiveLock')
"""

pytestmark = [pytest.mark.proof, pytest.mark.timeout(300)]


async def sheet(layout: Layout, department: str) -> bytes:
    """So many times of a doctor, on days on which they have none."""
    (doctor,) = await fetch(layout, "health", (
        "select person_id, max(s.starts_at) as last from directory_assignments a left join slots s on s.doctor_id = a.person_id "
        "where a.role = 'doctor' and a.area::text = $1 and a.ends_at is null group by 1 order by 1 limit 1"
    ), demo.GUOHUAI)
    last = max(doctor["last"] or datetime.now(CHENGDU), datetime.now(CHENGDU)).astimezone(CHENGDU)
    lines = ["医生编号,科室,日期,开始,结束"]
    for n in range(ROWS):
        day = (last + timedelta(days=1 + n % DAYS)).replace(hour=8, minute=0)
        begins = day + timedelta(minutes=MINUTES * (n // DAYS))
        ends = begins + timedelta(minutes=MINUTES)
        lines.append(f"{doctor['person_id']},{department},{begins.date()},{begins:%H:%M},{ends:%H:%M}")
    return "\n".join(lines).encode()


@contextlib.asynccontextmanager
async def held_at_the_end(layout: Layout) -> AsyncIterator[Any]:
    """Whoever has made the times waits before they say that they have."""
    connection = await asyncpg.connect(layout.whole_url("health"))
    try:
        held = connection.transaction()
        await held.start()
        await connection.execute("lock table audit in share mode")
        yield connection
        await held.rollback()
    finally:
        await connection.close()


async def test_a_sheet_is_done_whole_or_not_at_all_and_once(stack: Layout) -> None:
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        name = f"东郊医院{uuid4().hex[:8]}"
        hospital = await officer.post("/api/v1/hospitals", {"area": demo.GUOHUAI, "name": name})
        department = await officer.post("/api/v1/departments", {"hospital_id": hospital["id"], "name": "骨科"})
        content, key = await sheet(stack, "骨科"), str(uuid4())

        async def bring(key: str) -> httpx.Response:
            said = {"content-type": "text/csv", "idempotency-key": key}
            path = f"/api/v1/hospitals/{hospital['id']}/slot-sheet"
            answer: httpx.Response = await officer.http.post(path, content=content, headers=said, timeout=60)
            return answer

        async def lying() -> int:
            counted = "select count(*) from slots where department_id = $1"
            return int((await fetch(stack, "health", counted, UUID(department["id"])))[0]["count"])

        async with held_at_the_end(stack):
            first = asyncio.create_task(bring(key))

            async def is_in_the_middle() -> bool:
                return bool(await fetch(stack, "health", _MIDDLE))

            await until(is_in_the_middle, 60)
            old = kill(stack, "health-api")
            lost = (await asyncio.gather(first, return_exceptions=True))[0]
            assert isinstance(lost, httpx.HTTPError) or lost.status_code >= 500, lost
        await revived(stack, "health-api", old)
        assert await lying() == 0, "of what was not said to be done nothing is"

        async def is_done() -> bool:
            with contextlib.suppress(httpx.HTTPError):
                return (await bring(key)).status_code == 200
            return False

        await until(is_done, 60)
        again, other = await bring(key), await bring(str(uuid4()))
        assert again.json() | {"problems": []} == {
            "rows": ROWS, "made": ROWS, "changed": 0, "same": 0, "wrong": 0, "problems": [],
        }, "the same key is answered as it was"
        assert (other.json()["made"], other.json()["same"]) == (0, ROWS)
        assert await lying() == ROWS
        (row,) = await fetch(stack, "health", "select count(*) from audit where subject = $1", f"hospital/{hospital['id']}")
        assert row["count"] >= 2, "each that was done, and none that was not"
        await fetch(stack, "health", "delete from slots where department_id = $1", UUID(department["id"]))
