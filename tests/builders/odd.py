"""A hospital's system that answers oddly: what it says is given, over either wire, and what it was asked is kept."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from builders.doors import Doors

from services.health.domain.ask import Kind, Question
from services.health.settings import HealthSettings

START = datetime(2030, 1, 1, 9, tzinfo=UTC)
ASK, KEY = UUID(int=1), UUID(int=2)
YES = {
    "resourceType": "Appointment", "id": "a1", "status": "booked", "start": "2030-01-01T09:00:00Z", "end": "2030-01-01T09:15:00Z",
}
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def question(kind: Kind = Kind.BOOK, **other: Any) -> Question:
    given: dict[str, Any] = {"slot": "s|1", "ref": None, "is_doubtful": False, **other}
    return Question(ASK, kind, KEY, UUID(int=3), START, START + timedelta(minutes=15), **given)


@asynccontextmanager
async def listening(doors: Doors, serve: Serve, wire: str) -> AsyncIterator[HealthSettings]:
    """Settings in which the system `odd` is whatever serves here."""
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        odd = {"hospital_systems": f"odd={wire}://127.0.0.1:{port}/h", "hospital_tokens": "odd=t"}
        yield HealthSettings(**doors.running.settings.model_dump() | odd)


def over_http(*answers: tuple[int, Any]) -> tuple[Serve, list[tuple[str, dict[str, str], str]]]:
    """A server that gives these answers in turn, the last one for ever, and what it was asked."""
    left, heard = list(answers), []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *rest = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in rest)}
        body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
        heard.append((first, headers, body))
        status, said = left.pop(0) if len(left) > 1 else left[0]
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: {len(content)}\r\nconnection: close\r\n\r\n".encode() + content)
        await writer.drain()
        writer.close()

    return serve, heard


def page(*entries: Any, following: str | None = None) -> dict[str, Any]:
    link = [{"relation": "next", "url": following}] if following else []
    return {"resourceType": "Bundle", "link": link, "entry": [{"resource": one} for one in entries]}


@asynccontextmanager
async def pouring(doors: Doors, head: str, part: bytes) -> AsyncIterator[tuple[HealthSettings, list[int]]]:
    """A server that pours out so much, as long as anybody listens; how many bytes it got rid of."""
    poured = [0]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 x\r\n{head}connection: close\r\n\r\n".encode())
        try:
            while poured[0] < 64 * 2**20:
                writer.write(part)
                await writer.drain()
                poured[0] += len(part)
        except OSError:
            pass
        finally:
            writer.close()

    async with listening(doors, serve, "http") as settings:
        yield settings, poured
