"""The pool: a connection that was cut while nobody used it is replaced, and nobody notices."""

import asyncio

import asyncpg
import pytest
from builders.doors import Doors
from builders.world import RESIDENT

from chassis import db
from deploy.local.layout import Layout


async def test_connections_cut_while_they_lay_are_replaced_unseen(
    reports_doors: Doors, stack: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "_SILENCE", 0.05)
    async with reports_doors.client(RESIDENT) as resident:
        answers = await asyncio.gather(*(resident.get("/api/v1/reports") for _ in range(8)))
        assert {answer.status_code for answer in answers} == {200}
        connection = await asyncpg.connect(stack.superuser_url)
        await connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'reports_doors'")
        await connection.close()
        await asyncio.sleep(0.2)
        answers = await asyncio.gather(*(resident.get("/api/v1/reports") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
