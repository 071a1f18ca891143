"""The collector takes what OTLP allows and refuses the rest; what it keeps is bounded."""

import gzip

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from simulators import collector

TRACE, ROOT, CHILD = b"\x01" * 16, b"\x02" * 8, b"\x03" * 8


def batch(service: str = "reports", trace: bytes = TRACE) -> bytes:
    """Two spans, one in answer to the other."""
    said = ExportTraceServiceRequest()
    resource = said.resource_spans.add()
    named = resource.resource.attributes.add()
    named.key, named.value.string_value = "service.name", service
    scope = resource.scope_spans.add()
    for identifier, parent, begin in ((CHILD, ROOT, 20), (ROOT, b"", 10)):
        span = scope.spans.add()
        span.trace_id, span.span_id, span.parent_span_id = trace, identifier, parent
        span.name, span.kind, span.start_time_unix_nano, span.end_time_unix_nano = "work", 2, begin, begin + 5
    return said.SerializeToString()


@pytest.fixture
def client() -> httpx.AsyncClient:
    """A collector of its own."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(collector.application()), base_url="http://collector")


@pytest.mark.parametrize("zipped", [False, True])
async def test_a_batch_is_shown_as_one_trace_in_order(client: httpx.AsyncClient, zipped: bool) -> None:
    headers = {"content-type": "application/x-protobuf", **({"content-encoding": "gzip"} if zipped else {})}
    taken = await client.post("/v1/traces", content=gzip.compress(batch()) if zipped else batch(), headers=headers)
    assert (taken.status_code, taken.headers["content-type"]) == (200, "application/x-protobuf")
    (line,) = (await client.get("/traces")).json()
    assert (line["trace_id"], line["service"], line["spans"], line["nanoseconds"]) == (TRACE.hex(), "reports", 2, 15)
    spans = (await client.get(f"/traces/{TRACE.hex()}")).json()
    assert [(span["id"], span["parent"], span["kind"]) for span in spans] == [
        (ROOT.hex(), "", "server"), (CHILD.hex(), ROOT.hex(), "server"),
    ]


@pytest.mark.parametrize(("content", "headers", "status"), [
    (b"{}", {"content-type": "application/json"}, 415),
    (b"\xff\xff", {"content-type": "application/x-protobuf"}, 400),
    (b"no gzip", {"content-type": "application/x-protobuf", "content-encoding": "gzip"}, 400),
])
async def test_what_is_no_batch_is_refused(
    client: httpx.AsyncClient, content: bytes, headers: dict[str, str], status: int
) -> None:
    assert (await client.post("/v1/traces", content=content, headers=headers)).status_code == status
    assert (await client.get("/traces")).json() == []


async def test_the_oldest_trace_makes_room(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "_TRACES", 2)
    for n in range(1, 4):
        await client.post("/v1/traces", content=batch(trace=bytes([n]) * 16), headers={"content-type": "application/x-protobuf"})
    assert [line["trace_id"][:2] for line in (await client.get("/traces")).json()] == ["03", "02"]
    assert (await client.get(f"/traces/{'01' * 16}")).status_code == 404
