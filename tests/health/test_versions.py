"""What the database itself keeps of an appointment's versions: in one that was there before there were any, and is brought up."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeAlias

import asyncpg
import pytest

from chassis import migrate, schema
from deploy import databases
from deploy.local.layout import Layout

_APPOINTMENT = """insert into appointments
    (id, slot_id, area, doctor_id, person_id, day, starts_at, ends_at, seat, state, booked_at)
    select gen_random_uuid(), id, area, doctor_id, gen_random_uuid(), '2026-01-02', starts_at, ends_at, 1, 'booked',
        '2026-01-01T00:00Z' from slots"""
_SLOT = """insert into slots (id, area, doctor_id, starts_at, ends_at)
    values (gen_random_uuid(), 'x', gen_random_uuid(), '2026-01-02T01:00Z', '2026-01-02T02:00Z')"""
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


def _since(_: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "__pycache__" or (name[:4].isdigit() and name[:4] >= "0026")}


@pytest.fixture
async def fresh(stack: Layout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Connection]:
    """A database of health's as it was, with an appointment, then brought up to what it is."""
    name = "health_versions"
    above = await asyncpg.connect(stack.superuser_url)
    await above.execute(f"drop database if exists {name} with (force)")
    await above.close()
    passwords = {role: word for role, word in stack.database_passwords.items() if role.startswith("health")}
    await databases.make(stack.superuser_url, passwords, "_versions")
    now = list(schema.histories("health"))
    (table, folder), others = now[-1], now[:-1]
    earlier = shutil.copytree(folder, tmp_path / "migrations", ignore=_since)
    monkeypatch.setattr(migrate, "histories", lambda _: [*others, (table, earlier)])
    await migrate.upgrade("health", stack.owner_url("health", name))
    monkeypatch.undo()
    connection = await asyncpg.connect(stack.owner_url("health", name).replace("+asyncpg", ""))
    await connection.execute(_SLOT)
    await connection.execute(_APPOINTMENT)
    await migrate.upgrade("health", stack.owner_url("health", name))
    yield connection
    await connection.close()


async def numbers(connection: Connection) -> list[tuple[int, str]]:
    rows = await connection.fetch("select version, state from appointment_versions order by version")
    return [(row["version"], row["state"]) for row in rows]


async def test_what_was_there_begins_with_version_one_and_each_transaction_counts_once(fresh: Connection) -> None:
    assert await numbers(fresh) == [(1, "booked")]
    assert await fresh.fetchval("select v.at = a.booked_at from appointment_versions v, appointments a")
    async with fresh.transaction():
        await fresh.execute("update appointments set external_ref = 'H1', hospital_id = null")
        await fresh.execute("update appointments set state = 'cancelled', changed_at = '2026-01-01T05:00Z'")
        async with fresh.transaction():
            await fresh.execute("update appointments set acting_id = gen_random_uuid()")
    assert await numbers(fresh) == [(1, "booked"), (2, "cancelled")]
    assert await fresh.fetchval("select version from appointments") == 2


async def test_nobody_counts_but_the_database_and_what_says_nothing_else_is_no_version(fresh: Connection) -> None:
    await fresh.execute("update appointments set version = 9, external_ref = 'H1'")
    await fresh.execute("update appointments set version = 9")
    await fresh.execute("update appointments set reminder_seen_at = '2026-01-01T05:00Z', given_back_by = gen_random_uuid()")
    assert [number for number, _ in await numbers(fresh)] == [1, 2, 3]


async def test_what_a_version_said_is_neither_changed_nor_deleted(fresh: Connection) -> None:
    for line in ("update appointment_versions set state = 'held'", "delete from appointment_versions"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="never changed or deleted"):
            await fresh.execute(line)
    assert await numbers(fresh) == [(1, "booked")]
