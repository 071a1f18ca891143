"""Logs say what happened and to which id, and never what somebody wrote, who they are or how they signed in."""

import asyncio
import gzip
import io
import json
import logging
import sys
from uuid import uuid4

import pytest
from builders.doors import Doors, keyed
from builders.world import RESIDENT, UNIT

from chassis import telemetry


async def test_no_line_carries_what_a_person_said_or_proved(reports_doors: Doors) -> None:
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(telemetry._JsonLines("reports"))
    logging.getLogger().addHandler(handler)
    before = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        async with reports_doors.client(RESIDENT) as resident:
            for text in ("我家电话 13912345678", "灯" * 3000):
                draft = {"text": text, "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4())}
                answer = await resident.post("/api/v1/reports", json=draft, headers=keyed())
            token = str(resident.headers["authorization"]).split(" ")[1]
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(before)
    assert answer.status_code == 422
    written = lines.getvalue()
    assert "13912345678" not in written
    assert "灯灯" not in written
    assert token not in written
    answered = [line for line in map(json.loads, written.splitlines()) if line["message"] == "answered"]
    assert [line["status"] for line in answered] == [201, 422]
    assert all(line["operation"] == "file_report" for line in answered)


def test_a_fault_is_logged_by_kind_and_place_and_never_by_what_it_quotes() -> None:
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(telemetry._JsonLines("reports"))
    log = logging.getLogger("quoting")
    log.addHandler(handler)
    try:
        try:
            json.loads('{"phone": 13912345678')
        except ValueError as quoted:
            raise RuntimeError("Key (phone)=(13912345678) already exists") from quoted
    except RuntimeError:
        log.exception("failed")
    finally:
        log.removeHandler(handler)
    error = json.loads(lines.getvalue())["error"]
    assert error[0] == "RuntimeError"
    assert "JSONDecodeError" in error
    assert any("tests/chassis/test_telemetry.py:" in line for line in error)
    assert "13912345678" not in lines.getvalue()


def test_a_span_of_a_fault_says_its_kind_and_not_what_it_quotes() -> None:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(telemetry, "_tracer", provider.get_tracer("test"))
        with pytest.raises(RuntimeError), telemetry.span("work"):
            raise RuntimeError("13912345678")
    (made,) = kept.get_finished_spans()
    assert made.status.description == "RuntimeError"
    assert "13912345678" not in made.to_json()


async def test_a_given_trace_goes_on(reports_doors: Doors) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {**keyed(), "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    draft = {"text": "灯", "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4())}
    async with reports_doors.client(RESIDENT) as resident:
        await resident.post("/api/v1/reports", json=draft, headers=headers)
        refused = await resident.get("/api/v1/reports/no-uuid", headers=headers)
    said = (await reports_doors.rows("select headers from outbox"))[0].headers
    assert said["cloudEvents:traceparent"].split("-")[1] == trace
    assert refused.json()["trace_id"] == trace


async def test_what_it_does_is_measured(reports_doors: Doors) -> None:
    async with reports_doors.client(RESIDENT) as resident:
        await resident.get("/api/v1/reports")
        page = await resident.get("/metrics")
    assert 'guohuai_request_seconds_count{operation="list_reports",service="reports",status="200"}' in page.text


async def test_traces_go_to_the_collector_that_the_environment_names_and_nowhere_else() -> None:
    received: list[str] = []

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        body = await reader.readexactly(length)
        spans = [name for name in (b"a piece of work", b"what nobody wants to follow") if name in gzipped(body)]
        received.append(f"{head.splitlines()[0]}: {b', '.join(spans).decode()}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    def gzipped(body: bytes) -> bytes:
        return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body

    program = "import sys; from chassis import telemetry as t; t.start('x', sys.argv[1], 'INFO')\n"
    program += "with t.span('a piece of work'): pass\n"
    program += "with t.span('what nobody wants to follow', came=f'00-{1:032x}-{1:016x}-00'): pass"
    server = await asyncio.start_server(collect, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        for endpoint in (f"http://127.0.0.1:{port}", ""):
            done = await asyncio.create_subprocess_exec(sys.executable, "-c", program, endpoint)
            assert await done.wait() == 0
    assert received == ["post /v1/traces http/1.1: a piece of work"]
