"""Calling an address that somebody else named: https at a public host, looked at when it is said and again when it is called.

Identity study: L01 to L03 (no loopback, private, link-local or metadata address, also mapped into IPv6 or written as a number;
what was looked at is what is called; no redirect is followed), L05 (five seconds, 64 KB of answer).
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import httpx

_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_PATH = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/%?-]*")
_LOCAL = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
_NAT64, _6TO4, _TEREDO = IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16"), IPv6Network("2001::/32")
LONGEST = 512
WAIT, _ANSWER = 5.0, 64 * 1024
_SUCCESS = range(200, 300)
Resolve = Callable[[str, int], Awaitable[list[str]]]


def host_of(address: str) -> tuple[str, int, str] | None:
    """Host, port and the rest of an https address; None of any other: a user, a fragment, a bare number, a local name."""
    if len(address) > LONGEST or not address.isascii() or not address.startswith("https://") or "#" in address:
        return None
    try:
        parts = urlsplit(address)
        port = parts.port or 443
    except ValueError:
        return None
    host = parts.hostname or ""
    rest = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    is_plain = parts.netloc in {host, f"{host}:{port}"} and _HOST.fullmatch(host) and _PATH.fullmatch(rest)
    return (host, port, rest) if is_plain and not host.endswith(_LOCAL) else None


def is_public(said: str) -> bool:
    """Whether an address of the network is one of the open internet; one within another is judged by the inner one."""
    try:
        found = ip_address(said.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(found) if isinstance(found, IPv6Address) else None
    return found.is_global and not found.is_multicast and (inner is None or (inner.is_global and not inner.is_multicast))


def _inner(found: IPv6Address) -> IPv4Address | None:
    if found in _NAT64:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    if found in _TEREDO:
        return IPv4Address(~int(found) & 0xFFFFFFFF)
    return found.ipv4_mapped or found.sixtofour


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
