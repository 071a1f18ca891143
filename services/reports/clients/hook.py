"""Calling an address that somebody named: where it leads is looked at just before, and only that is called.

Identity study: L01 (no inner address), L02 (what was looked at is what is called), L03 (no redirect is followed), L05 (five
seconds, 64 KB of answer).
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache

import httpx

from services.reports.domain.address import host_of, is_public

WAIT, _ANSWER = 5.0, 64 * 1024
_SUCCESS = range(200, 300)
Resolve = Callable[[str, int], Awaitable[list[str]]]


async def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context()


@dataclass(frozen=True)
class Caller:
    """How addresses are looked up, judged and trusted; as it stands, for the open internet."""

    resolve: Resolve = resolved
    is_public: Callable[[str], bool] = is_public
    trusted: Callable[[], ssl.SSLContext] = _trusted

    async def leads(self, endpoint: str) -> list[str]:
        """The addresses an endpoint leads to; none, if one of them is not of the open internet, or nothing is there."""
        place = host_of(endpoint)
        if place is None:
            return []
        try:
            async with asyncio.timeout(WAIT):
                found = await self.resolve(place[0], place[1])
        except (OSError, TimeoutError, UnicodeError):
            return []
        return found if found and all(self.is_public(one) for one in found) else []

    async def tell(self, endpoint: str, body: bytes, headers: dict[str, str]) -> tuple[bool, int | None]:
        """Whether it took it, and the status it answered; its certificate must bear the name, whatever address is called."""
        place, found = host_of(endpoint), await self.leads(endpoint)
        if place is None or not found:
            return False, None
        host, port, rest = place
        numbered = f"[{found[0]}]" if ":" in found[0] else found[0]
        named = host if port == 443 else f"{host}:{port}"  # noqa: PLR2004 - of https
        try:
            async with asyncio.timeout(WAIT), httpx.AsyncClient(timeout=WAIT, verify=self.trusted(), trust_env=False) as client:
                address, told = f"https://{numbered}:{port}{rest}", {**headers, "host": named}
                bears = {"sni_hostname": host}
                async with client.stream("POST", address, content=body, headers=told, extensions=bears) as answer:
                    return answer.status_code in _SUCCESS and await _is_short(answer), answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError):
            return False, None


async def _is_short(answer: httpx.Response) -> bool:
    size = 0
    async for part in answer.aiter_raw():
        size += len(part)
        if size > _ANSWER:
            return False
    return True
