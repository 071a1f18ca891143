"""Two roles and one database a service, on any PostgreSQL; safe to run again.

`<service>` is what its processes are: it reads and writes rows. `<service>_owner` is what its migrations are: tables are its own.
So a process can neither drop a table's row security nor the triggers that keep the audit.
"""

import asyncio
import os

import asyncpg

from deploy.processes import OWNERS

# Nothing waits for ever: who stays in a transaction and does nothing is cut, and whoever waits behind such a one is told 503.
_BOUNDS = {"lock_timeout": "45s", "statement_timeout": "60s", "idle_in_transaction_session_timeout": "60s"}


async def make(superuser_url: str, passwords: dict[str, str], suffix: str = "") -> None:
    """Roles and databases for the services in `passwords`, which has one for `<service>` and one for `<service>_owner`.

    A role reaches no database but its service's. What an older installation's `<service>` owned is its owner's afterwards.
    """
    connection = await asyncpg.connect(superuser_url)
    try:
        for role, password in passwords.items():
            await _role(connection, role, password)
        for service in (one for one in passwords if f"{one}_owner" in passwords):
            await _database(connection, service, service + suffix)
            await _handed_over(superuser_url, service, service + suffix)
    finally:
        await connection.close()


async def _role(connection: "asyncpg.Connection[asyncpg.Record]", role: str, password: str) -> None:
    quoted = password.replace("'", "''")
    if not await connection.fetchval("select 1 from pg_roles where rolname = $1", role):
        await connection.execute(f'create role "{role}" login nobypassrls')
    await connection.execute(f"alter role \"{role}\" password '{quoted}'")
    for setting, bound in _BOUNDS.items():
        await connection.execute(f"alter role \"{role}\" set {setting} = '{bound}'")


async def _database(connection: "asyncpg.Connection[asyncpg.Record]", service: str, name: str) -> None:
    if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
        await connection.execute(f'create database "{name}" owner "{service}_owner"')
    await connection.execute(f'alter database "{name}" owner to "{service}_owner"')
    await connection.execute(f'revoke connect on database "{name}" from public')
    await connection.execute(f'grant connect on database "{name}" to "{service}"')


async def _handed_over(superuser_url: str, service: str, name: str) -> None:
    connection = await asyncpg.connect(superuser_url, database=name)
    try:
        await connection.execute(f'reassign owned by "{service}" to "{service}_owner"')
    finally:
        await connection.close()


def from_environment() -> tuple[str, dict[str, str]]:
    """`POSTGRES_URL` of the administrator, `DATABASE_PASSWORD_<SERVICE>` and `OWNER_PASSWORD_<SERVICE>`."""
    passwords = {owner: os.environ[f"DATABASE_PASSWORD_{owner.upper()}"] for owner in OWNERS}
    owners = {f"{owner}_owner": os.environ[f"OWNER_PASSWORD_{owner.upper()}"] for owner in OWNERS}
    return os.environ["POSTGRES_URL"], passwords | owners


if __name__ == "__main__":
    asyncio.run(make(*from_environment()))
