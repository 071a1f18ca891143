"""For developers: what the tables in code have that the migrations do not, as a new migration.

`make migration SERVICE=reports MESSAGE="Add a column"` needs PostgreSQL up (`make up`).
"""

import asyncio
import importlib
import re
import sys
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.ext.asyncio import create_async_engine

from chassis import audit, crypto, directory, idempotency, inbox, migrate, outbox, schema, uploads
from chassis.tables import AreaPath
from chassis.tables import metadata as chassis_tables
from deploy.local.layout import from_environment
from deploy.processes import Process

CHASSIS_TABLES = (audit, crypto, directory, idempotency, inbox, outbox, uploads)  # imported for the tables they define
ischema_names["ltree"] = AreaPath  # so that a column read back is known for what it is

_BESIDE = "as_the_tables_say"
_CONSTRAINTS = text("""
    select c.relname || ': ' || k.conname || ' ' || pg_get_constraintdef(k.oid) from pg_constraint k
    join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    where k.contype in ('c', 'x') and n.nspname = :place and c.relname = any(:names)
""")
_HEAD = '''"""{message}"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath

revision = "{revision}"
down_revision = {before!r}


def upgrade() -> None:
'''


def tables_of(service: str) -> list[tuple[str, Path, MetaData]]:
    """Version table, folder and tables of the two histories of a service's database."""
    own = importlib.import_module(f"{Process(service, 'api').module}.app").service.tables
    chassis, service_own = schema.histories(service)
    return [(*chassis, chassis_tables), (*service_own, own)]


def _context(connection: Connection, version_table: str, tables: MetaData) -> MigrationContext:
    names = set(tables.tables)
    return MigrationContext.configure(connection, opts={
        "version_table": version_table, "target_metadata": tables, "compare_type": True,
        "include_name": lambda name, kind, _: kind != "table" or name in names,
        "render_item": _rendered,
    })


def differences(connection: Connection, version_table: str, tables: MetaData) -> list[Any]:
    """What the database lacks or has too much, compared with the tables in code."""
    return list(compare_metadata(_context(connection, version_table, tables), tables))


def constraints(connection: Connection, tables: MetaData) -> tuple[set[str], set[str]]:
    """What must always be so, as the database says it and as the tables do: checks and exclusions, which Alembic compares not.

    The tables are made a second time, in a schema of their own that is gone afterwards: so both are spelled by PostgreSQL.
    """
    names = list(tables.tables)
    there = set(connection.scalars(_CONSTRAINTS, {"place": "public", "names": names}))
    made = connection.begin_nested()
    connection.execute(text(f"create schema {_BESIDE}"))
    tables.create_all(connection.execution_options(schema_translate_map={None: _BESIDE}), checkfirst=False)
    said = set(connection.scalars(_CONSTRAINTS, {"place": _BESIDE, "names": names}))
    made.rollback()
    connection.execution_options(schema_translate_map={})
    return there, said


def _write(connection: Connection, version_table: str, folder: Path, tables: MetaData, message: str) -> Path | None:
    made = produce_migrations(_context(connection, version_table, tables), tables)
    if made.upgrade_ops is None or made.upgrade_ops.is_empty():
        return None
    script = ScriptDirectory(str(folder.parent), version_locations=[str(folder)])
    before = script.get_current_head()
    number = f"{int(before or '0') + 1:04d}"
    body = re.sub(r"^(?=.)", "    ", render_python_code(made.upgrade_ops, render_item=_rendered), flags=re.MULTILINE)
    first = '    op.execute("create extension if not exists ltree")\n' if before is None else ""
    file = folder / f"{number}_{re.sub(r'[^a-z0-9]+', '_', message.lower()).strip('_')}.py"
    folder.mkdir(exist_ok=True)
    body = re.sub(r"^ *# ###.*$\n?", "", body, flags=re.MULTILINE)
    head = _HEAD.format(message=message, revision=number, before=before)
    file.write_text(head + first + re.sub(r"^    (?=    )", "", body, flags=re.MULTILINE).rstrip() + "\n")
    return file


def _rendered(kind: str, item: Any, _: Any) -> str | Literal[False]:
    return "AreaPath()" if kind == "type" and isinstance(item, AreaPath) else False


async def _main(service: str, message: str) -> None:
    layout = from_environment()
    engine = create_async_engine(layout.owner_url(service))
    await migrate.upgrade(service, layout.owner_url(service))
    async with engine.begin() as connection:
        for version_table, folder, tables in tables_of(service):
            written = await connection.run_sync(_write, version_table, folder, tables, message)
            there, said = await connection.run_sync(constraints, tables)
            by_hand = [f"✗ write by hand: {law}" for law in sorted(said - there)] or [f"{version_table}: nothing to do"]
            print(f"wrote {written}" if written else "\n".join(by_hand))
    await engine.dispose()


if __name__ == "__main__":
    try:
        asyncio.run(_main(sys.argv[1], sys.argv[2]))
    except OSError:
        sys.exit("✗ PostgreSQL does not answer: is the platform up? (make up DETACH=1)")
