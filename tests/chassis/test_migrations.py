"""What the migrations make is what the tables say, in every database, again and again; a process waits for its schema."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from builders.faults import beside
from builders.wire import until
from sqlalchemy.ext.asyncio import create_async_engine

from chassis import migrate, schema
from deploy import databases, migration
from deploy.local.layout import Layout
from deploy.processes import OWNERS, Process


@pytest.mark.parametrize("owner", OWNERS)
async def test_migrations_and_tables_agree(stack: Layout, apart: str, owner: str) -> None:
    url = stack.owner_url(owner, f"{owner}_doors")
    await migrate.upgrade(owner, url)
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        for version_table, _, tables in migration.tables_of(owner):
            assert await connection.run_sync(migration.differences, version_table, tables) == []
            there, said = await connection.run_sync(migration.constraints, tables)
            assert there == said
    await engine.dispose()


@pytest.mark.parametrize("kind", ["api", "worker"])
async def test_a_process_serves_and_listens_only_once_its_schema_is_there(stack: Layout, kind: str, tmp_path: Path) -> None:
    name = f"gate_fresh_{kind}"
    connection = await asyncpg.connect(stack.superuser_url)
    await connection.execute(f"drop database if exists {name} with (force)")
    await connection.close()
    passwords = {role: password for role, password in stack.database_passwords.items() if role.startswith("gate")}
    await databases.make(stack.superuser_url, passwords, name.removeprefix("gate"))
    url = stack.database_url("gate", name)
    log = tmp_path / "said"

    async def served() -> None:
        async with beside(stack, Process("gate", kind), said=log, DATABASE_URL=url, DATABASE_DIRECT_URL=url):
            pass

    async def waits() -> bool:
        return serving.done() or (log.is_file() and "waiting for the schema" in log.read_text())

    serving = asyncio.create_task(served())
    await until(waits)
    assert not serving.done()
    await migrate.upgrade("gate", stack.owner_url("gate", name))
    await serving


def test_a_newer_schema_serves_older_code(tmp_path: Path) -> None:
    for file in ("0001_begin.py", "0002_more.py", "__init__.py"):
        (tmp_path / file).touch()
    assert schema.newest(tmp_path) == "0002"
    assert schema.newest(tmp_path / "nothing") == ""
