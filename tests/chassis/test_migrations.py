"""What the migrations make is what the tables say, in every database, and running them again changes nothing."""

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from chassis import migrate
from deploy import migration
from deploy.local.layout import Layout
from deploy.processes import OWNERS


@pytest.mark.parametrize("owner", OWNERS)
async def test_migrations_and_tables_agree(stack: Layout, apart: str, owner: str) -> None:
    url = stack.database_url(owner, f"{owner}_doors")
    await migrate.upgrade(owner, url)
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        for version_table, _, tables in migration.tables_of(owner):
            assert await connection.run_sync(migration.differences, version_table, tables) == []
    await engine.dispose()
