"""One Alembic environment for all: each database carries the chassis' history and its service's own."""

import asyncio
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from chassis.schema import histories

_CHASSIS = Path(__file__).parent
_PATIENCE_SECONDS = 60

# What the processes of a service may do with what its owner made: rows come and go, but not those of the audit.
_RIGHTS = (
    'grant select, insert, update, delete on all tables in schema public to "{service}"',
    'grant usage on all sequences in schema public to "{service}"',
    'revoke update, delete on audit, audit_roots from "{service}"',
    'grant update (n, hash) on audit to "{service}"',
)


async def upgrade(service: str, owner_url: str) -> None:
    """Bring a database to the newest version of both histories; safe to run twice and by two at once."""
    # a table may be rewritten: the role's bounds are for its service
    engine = create_async_engine(owner_url, connect_args={"server_settings": {"lock_timeout": "0", "statement_timeout": "0"}})
    try:
        await _until_reachable(engine)
        async with engine.begin() as connection:
            await connection.execute(text("select pg_advisory_xact_lock(1735355500)"))
            # row security, where it is forced, binds the owner as well
            await connection.execute(text("select set_config('guohuai.reach', 'service', true)"))
            for table, folder in histories(service):
                await connection.run_sync(_apply, table, folder)
            for right in _RIGHTS:
                await connection.execute(text(right.format(service=service)))
    finally:
        await engine.dispose()


async def _until_reachable(engine: AsyncEngine) -> None:
    """In containers the database may still be starting; a minute of patience."""
    for _ in range(_PATIENCE_SECONDS):
        try:
            async with engine.connect():
                break
        except OSError:
            await asyncio.sleep(1)


def _apply(connection: Connection, version_table: str, folder: Path) -> None:
    script = ScriptDirectory(str(_CHASSIS), version_locations=[str(folder)])

    def steps(revision: object, _: object) -> object:
        return script._upgrade_revs("head", revision)  # type: ignore[arg-type]  # noqa: SLF001 - what alembic's own command does

    context = MigrationContext.configure(connection, opts={"version_table": version_table, "fn": steps})
    with Operations.context(context):
        context.run_migrations()
