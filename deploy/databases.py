"""One role and one database a service, on any PostgreSQL; safe to run again."""

import asyncio
import os

import asyncpg

from deploy.processes import OWNERS

# Nothing waits for ever: who stays in a transaction and does nothing is cut, and whoever waits behind such a one is told 503.
_BOUNDS = {"lock_timeout": "45s", "statement_timeout": "60s", "idle_in_transaction_session_timeout": "60s"}


async def make(superuser_url: str, passwords: dict[str, str], suffix: str = "") -> None:
    """Roles and databases for the owners in `passwords`; a role reaches no database but its own."""
    connection = await asyncpg.connect(superuser_url)
    try:
        for owner, password in passwords.items():
            await _make_one(connection, owner, password, owner + suffix)
    finally:
        await connection.close()


async def _make_one(connection: "asyncpg.Connection[asyncpg.Record]", owner: str, password: str, name: str) -> None:
    quoted = password.replace("'", "''")
    if not await connection.fetchval("select 1 from pg_roles where rolname = $1", owner):
        await connection.execute(f'create role "{owner}" login')
    await connection.execute(f"alter role \"{owner}\" password '{quoted}'")
    for setting, bound in _BOUNDS.items():
        await connection.execute(f"alter role \"{owner}\" set {setting} = '{bound}'")
    if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
        await connection.execute(f'create database "{name}" owner "{owner}"')
        await connection.execute(f'revoke connect on database "{name}" from public')


def from_environment() -> tuple[str, dict[str, str]]:
    """`POSTGRES_URL` of the administrator, and `DATABASE_PASSWORD_<OWNER>`."""
    return os.environ["POSTGRES_URL"], {owner: os.environ[f"DATABASE_PASSWORD_{owner.upper()}"] for owner in OWNERS}


if __name__ == "__main__":
    asyncio.run(make(*from_environment()))
