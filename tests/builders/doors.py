"""A service behind its door: the real application on a real database, called in this process, with real signed tokens."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders import world
from joserfc.jwk import ECKey
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from bench.tokens import token as signed
from chassis.process import Running, Service
from chassis.reach import NOBODY, SERVICE
from chassis.service import build
from chassis.settings import Settings
from deploy.local.layout import Layout

SUFFIX = "_doors"
VHOST = "doors"
_BUSY = """select state, now() - state_change as since, query from pg_stat_activity
    where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()"""
KEY = ECKey.generate_key("P-256", {"kid": "test"}, private=True)


def token(person: UUID, issuer: str, *, key: ECKey = KEY, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """An access token as identity would sign it; a claim given as None is left out."""
    return signed(person, issuer, life=600, key=key, header={"kid": "test", **(header or {})}, **claims)


@asynccontextmanager
async def jwks(port: int) -> AsyncIterator[str]:
    """Publishes the test's key where services fetch identity's."""
    body = json.dumps({"keys": [KEY.as_dict(private=False)]}).encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n")
        writer.write(f"content-length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    async with server:
        yield f"http://127.0.0.1:{port}/"


def settings(service: Service, layout: Layout, jwks_url: str) -> Settings:
    """As the service is told when it runs, on a database and a part of the broker of its own."""
    said = {name.lower(): value for name, value in layout.environment(service.name, "api").items()}
    url = layout.database_url(service.name, service.name + SUFFIX)
    said |= {"database_url": url, "database_direct_url": url, "jwks_url": jwks_url, "port": "0"}
    said["rabbitmq_url"] = f"{layout.broker_url(service.name)}{VHOST}"
    return service.settings(**{name: said[name] for name in service.settings.model_fields if name in said})


class Doors:
    """One service's door."""

    def __init__(self, service: Service, settings: Settings, layout: Layout) -> None:
        self.app = build(service, settings)
        self.running: Running = self.app.state.running
        self.entrance: Any = self.app if service.front is None else service.front(self.app, self.running)
        self.running.database.reach = SERVICE if service.reach is not None else NOBODY  # what a test does by itself
        self.issuer = settings.public_origin
        whole = layout.whole_url(service.name + SUFFIX).replace("postgresql://", "postgresql+asyncpg://")
        self.whole = create_async_engine(whole, pool_size=2, max_overflow=20, pool_pre_ping=True)  # an administrator: sees all

    async def close(self) -> None:
        """Give all connections back."""
        await self.whole.dispose()
        await self.running.close()

    async def clean(self) -> None:
        """Nothing is there but the directory of the world."""
        try:
            await self._emptied()
        except DBAPIError as waited:
            pytest.fail(f"{waited.orig}; in transactions: {await self.rows(_BUSY)}")
        self.running.directory._known.clear()
        if self.running.service.prepare is not None:
            await self.running.service.prepare(self.running)
        await world.teach(self.running.database)

    async def _emptied(self) -> None:
        async with self.whole.begin() as connection:
            names = await connection.scalars(text(
                "select quote_ident(tablename) from pg_tables where schemaname = 'public' and tablename not like '%version'"
            ))
            await connection.execute(text(f"truncate {', '.join(names)} restart identity cascade"))

    def client(self, person: world.Person | None = None, **claims: Any) -> httpx.AsyncClient:
        """Somebody's connection to this service."""
        headers = {"authorization": f"Bearer {token(person.id, self.issuer, **claims)}"} if person else {}
        transport = httpx.ASGITransport(self.entrance, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=self.issuer, headers=headers)

    async def rows(self, sql: str, **parameters: Any) -> list[Any]:
        """What the database holds."""
        async with self.whole.connect() as connection:
            return list(await connection.execute(text(sql), parameters))

    async def said(self) -> list[str]:
        """Topics in the outbox, in order."""
        return [row.topic for row in await self.rows("select topic from outbox order by pos")]


def keyed() -> dict[str, str]:
    """A new Idempotency-Key."""
    return {"idempotency-key": str(uuid4())}
