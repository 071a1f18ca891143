"""Sockets that keep to no rule, at the gateway and at each service's port: one request is one answer, and others are served meanwhile."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from builders.faults import fetch
from builders.strangers import raw

from deploy.local.layout import Layout
from deploy.processes import OWNERS, Process
from services.identity.domain import demo
from simulators.miniprogram import Client

HALF = b"POST /sign-in/code HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
INNER = b"GET /smuggled HTTP/1.1\r\nhost: localhost\r\nx-smuggled: 1\r\n\r\n"
SMUGGLED = {
    "two lengths": b"content-length: 0\r\ncontent-length: %d\r\n\r\n" % len(INNER) + INNER,
    "two lengths in one": b"content-length: 0, %d\r\n\r\n" % len(INNER) + INNER,
    "a length and chunks": b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
    "chunks and a length": b"transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n" + INNER,
    "chunks twice": b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\ncontent-length: 3\r\n\r\n0\r\n\r\n" + INNER,
    "chunks by another name": b"transfer-encoding: xchunked\r\ncontent-length: 0\r\n\r\n" + INNER,
    "chunks after a blank": b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n" + INNER,
    "chunks on a folded line": b"transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + INNER,
    "a length below nothing": b"content-length: -1\r\n\r\n" + INNER,
    "a length with a sign": b"content-length: +5\r\n\r\n" + INNER,
    "a length in hexadecimal": b"content-length: 0x10\r\n\r\n" + INNER,
    "a length without end": b"content-length: 99999999999999999999\r\n\r\n" + INNER,
    "a chunk of wrong size": b"transfer-encoding: chunked\r\n\r\nffffffffffffffff0\r\n\r\n" + INNER,
    "a chunk that is none": b"transfer-encoding: chunked\r\n\r\nzz\r\n\r\n" + INNER,
    "a bare line feed": b"content-length: 0\nx: 1\r\n\r\n" + INNER,
    "a NUL in a value": b"x: a\0b\r\ncontent-length: 0\r\n\r\n" + INNER,
    "a value with a line of its own": b"x: a\rGET /smuggled HTTP/1.1\r\ncontent-length: 0\r\n\r\n" + INNER,
}


def ports(layout: Layout) -> dict[str, int]:
    """The gateway, and every service past it."""
    own = {owner: layout.base + Process(owner, "api").offset for owner in OWNERS}
    return {"gateway": layout.gateway, **own}


async def log_of(layout: Layout, name: str) -> bytes:
    """What a service wrote of its last requests: a request that came in another's body would stand there as its own."""
    file = layout.data / "logs" / f"{name if name == 'gateway' else f'{name}-api'}.log"
    return file.read_bytes()[-20_000:]


@pytest.mark.parametrize("case", SMUGGLED)
async def test_nothing_is_smuggled(stack: Layout, case: str) -> None:
    for name, port in ports(stack).items():
        answer = await raw(port, HALF + SMUGGLED[case])
        statuses = {line[9:12] for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")}
        assert statuses <= {b"400", b"404", b"405", b"408", b"411", b"413", b"422", b"431", b"501"}, (name, answer[:300])
        assert b"smuggled" not in await log_of(stack, name), case


@asynccontextmanager
async def held(port: int, count: int, begin: bytes) -> AsyncIterator[list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]:
    """So many connections that began a request and do not end it."""
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]
    for _, writer in opened:
        writer.write(begin)
    try:
        yield opened
    finally:
        for _, writer in opened:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def slowest(origin: str, path: str, times: int = 5) -> float:
    """The longest of a few ordinary requests."""
    took = []
    async with httpx.AsyncClient(base_url=origin, timeout=10) as client:
        for _ in range(times):
            began = time.monotonic()
            assert (await client.get(path)).status_code == 200
            took.append(time.monotonic() - began)
    return max(took)


async def test_a_thousand_half_open_connections_hold_up_nobody_and_are_ended(stack: Layout) -> None:
    async with held(stack.gateway, 1000, b"GET /api/v1/categories HTTP/1.1\r\nhost: localhost\r\n") as opened:
        assert await slowest(stack.origin, "/api/v1/categories") < 2
        async with asyncio.timeout(20):
            ended = await asyncio.gather(*(reader.read() for reader, _ in opened))
    assert all(answer == b"" or answer.startswith(b"HTTP/1.1 408") for answer in ended)
    said = next((answer for answer in ended if answer), b"")
    assert not said or b"application/problem+json" in said


@pytest.mark.parametrize("name", ["gateway", *OWNERS])
async def test_slow_bodies_hold_no_connection_to_the_database(stack: Layout, name: str) -> None:
    begin = HALF + b"content-length: 1000\r\n\r\n{"
    port = ports(stack)[name]
    async with held(port, 60, begin) as opened:
        for _ in range(3):
            for _, writer in opened:
                writer.write(b" ")
            await asyncio.sleep(0.1)
        path = "/api/v1/categories" if name == "gateway" else "/readyz"
        assert await slowest(f"http://127.0.0.1:{port}", path) < 2
        if name in OWNERS:
            busy = "select 1 from pg_stat_activity where datname = current_database() and state = 'idle in transaction'"
            assert len(await fetch(stack, name, busy)) <= 2


async def test_who_goes_away_in_the_middle_changes_nothing(stack: Layout) -> None:
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        head = f"authorization: Bearer {officer.token}\r\nidempotency-key: gone\r\ncontent-length: 400\r\n\r\n".encode()
        begin = b"POST /api/v1/reports HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n" + head + b'{"text": "x'
        for port in (stack.gateway, ports(stack)["reports"]):
            async with held(port, 20, begin):
                await asyncio.sleep(0.3)
    assert await fetch(stack, "reports", "select 1 from idempotency where key = 'gone'") == []


@pytest.mark.parametrize("header", [
    b"x-envoy-original-path: /metrics", b"x-envoy-upstream-rq-timeout-ms: 1", b"x-envoy-max-retries: 99",
    b"x-envoy-retry-on: 5xx", b"x-http-method-override: DELETE", b"x-original-url: /metrics", b"x-rewrite-url: /metrics",
    b"x-forwarded-host: elsewhere.example", b"x-forwarded-proto: https", b"x-real-ip: 10.0.0.1", b"connection: authorization",
    b"upgrade: h2c", b"expect: 100-continue",
])
async def test_no_header_leads_elsewhere(stack: Layout, header: bytes) -> None:
    plain = await raw(stack.gateway, b"GET /api/v1/categories HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
    request = b"GET /api/v1/categories HTTP/1.1\r\nhost: localhost\r\n" + header + b"\r\n\r\n"
    answer = await raw(stack.gateway, request)
    assert answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").split(b"\r\n\r\n")[1] == plain.split(b"\r\n\r\n")[1], answer[:400]


@pytest.mark.parametrize("line", [
    b"GET http://127.0.0.1:1/metrics HTTP/1.1", b"CONNECT 127.0.0.1:22 HTTP/1.1", b"TRACE / HTTP/1.1", b"GET /metrics HTTP/1.1",
    b"GET //metrics HTTP/1.1", b"GET /./metrics HTTP/1.1", b"GET /docs/%2e%2e/metrics HTTP/1.1", b"GET /docs/..;/metrics HTTP/1.1",
    b"GET /docs\\..\\metrics HTTP/1.1", b"GET /static/../../settings.py HTTP/1.1", b"GET /static/%2e%2e%2fsettings.py HTTP/1.1",
    b"GET /problems/..%2f..%2fREADME HTTP/1.1", b"GET /api/v1/reports/../../metrics HTTP/1.1", b"GET /api/v1/%72eports HTTP/1.1",
    b"GET /schema.json HTTP/1.1", b"GET /ready HTTP/1.1", b"GET /livez/../metrics HTTP/1.1", b"OPTIONS * HTTP/1.1",
    b"PRI * HTTP/2.0", b"GET /api/v1/categories;.js HTTP/1.1",
])
async def test_no_path_leads_inside(stack: Layout, line: bytes) -> None:
    answer = await raw(stack.gateway, line + b"\r\nhost: localhost\r\nconnection: close\r\n\r\n")
    assert answer == b"" or answer[9:12] in {b"400", b"401", b"403", b"404", b"405", b"426", b"501"}, answer[:300]
    assert b"guohuai_request_seconds" not in answer
    assert b"PUBLIC_ORIGIN" not in answer
