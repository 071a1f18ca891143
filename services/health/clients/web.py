"""One exchange with a hospital's system over HTTP: under its line, bounded, and never led elsewhere."""

import ssl
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import httpx

from services.health.clients.line import WAIT, Line, Silent, Unasked

_LIMIT = 4 * 2**20  # bytes of an answer, or of a page of one; more is none
_BUSY = frozenset({429, 503})  # it says itself that it does nothing now


@dataclass(frozen=True)
class Answered:
    """A status and what came with it, which is no longer than an answer may be."""

    status_code: int
    content: bytes


async def exchanged(line: Line, at: datetime, method: str, address: str, *, headers: dict[str, str], **request: Any) -> Answered:
    """What it answers; Unasked where it cannot have heard, or says that it does nothing now; Silent where it may have heard."""
    said = headers | {"accept-encoding": "identity"}
    async with line.open(at):
        try:
            async with (
                httpx.AsyncClient(timeout=WAIT, verify=_trusted(), headers=said) as client,
                client.stream(method, address, **request) as came,
            ):
                answer = Answered(came.status_code, await _read(came))
        except (httpx.ConnectError, httpx.ConnectTimeout) as failed:
            raise Unasked(type(failed).__name__) from None
        except (httpx.HTTPError, httpx.InvalidURL) as failed:
            raise Silent(type(failed).__name__) from None
        if answer.status_code in _BUSY:
            raise Unasked(str(answer.status_code))
        return answer


async def _read(said: httpx.Response) -> bytes:
    """All of it, as it came over the line, or Silent: what is packed though it was not to be, may be any size once unpacked."""
    if said.headers.get("content-encoding", "identity") != "identity":
        raise Silent("packed")
    content = bytearray()
    async for part in said.aiter_raw():
        content += part
        if len(content) > _LIMIT:
            raise Silent("too long")
    return bytes(content)


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # reading the authorities takes longer than a call
