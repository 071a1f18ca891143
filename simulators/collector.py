"""A place for traces: takes OTLP over HTTP as a real collector does, keeps the last two thousand in memory, shows them as JSON.

`POST /v1/traces` (protobuf, plain or gzip; OTLP 1.3, "OTLP/HTTP"); `GET /traces` the newest; `GET /traces/{id}` one, whole.
"""

import gzip
import os
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from typing import Any

import uvicorn
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_PROTOBUF = "application/x-protobuf"
_TRACES, _SPANS = 2000, 300  # what is kept: of so many traces so many spans
_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
_FAILED = 2  # STATUS_CODE_ERROR


@dataclass(frozen=True)
class Span:
    """A piece of work: which process did it, in answer to what, when (nanoseconds since 1970), and whether it failed."""

    id: str
    parent: str
    service: str
    name: str
    kind: str
    begin: int
    end: int
    failed: bool
    facts: dict[str, str] = field(default_factory=dict)


class Collector:
    """The traces of the last while."""

    def __init__(self) -> None:
        self._traces: OrderedDict[str, dict[str, Span]] = OrderedDict()

    def take(self, said: ExportTraceServiceRequest) -> None:
        """Keep the spans of a batch."""
        for resource in said.resource_spans:
            service = _texts(resource.resource.attributes).get("service.name", "?")
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self._keep(span, service)

    def _keep(self, span: Any, service: str) -> None:
        kept = self._traces.setdefault(span.trace_id.hex(), {})
        if len(kept) < _SPANS:
            kept[span.span_id.hex()] = Span(
                span.span_id.hex(), span.parent_span_id.hex(), service, span.name, _KINDS[span.kind],
                span.start_time_unix_nano, span.end_time_unix_nano, span.status.code == _FAILED, _texts(span.attributes),
            )
        while len(self._traces) > _TRACES:
            self._traces.popitem(last=False)

    def newest(self, count: int) -> list[dict[str, Any]]:
        """A line a trace: where it began, how long it took, how many pieces in how many processes."""
        return [_line(trace, list(self._traces[trace].values())) for trace in list(reversed(self._traces))[:count]]

    def one(self, trace: str) -> list[dict[str, Any]] | None:
        """The spans of a trace in the order they began; None if it is not known (any more)."""
        kept = self._traces.get(trace)
        return None if kept is None else [asdict(span) for span in sorted(kept.values(), key=lambda span: span.begin)]


def _line(trace: str, spans: list[Span]) -> dict[str, Any]:
    first = min(spans, key=lambda span: span.begin)
    return {
        "trace_id": trace, "name": first.name, "service": first.service, "begin": first.begin,
        "nanoseconds": max(span.end for span in spans) - first.begin, "spans": len(spans),
        "services": sorted({span.service for span in spans}), "failed": any(span.failed for span in spans),
    }


def _texts(attributes: Any) -> dict[str, str]:
    return {one.key: str(getattr(one.value, one.value.WhichOneof("value") or "string_value")) for one in attributes}


class Doors:
    """The collector over HTTP."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    async def take(self, request: Request) -> Response:
        """As strict as the specification: another type is refused, a broken body is the sender's fault."""
        if request.headers.get("content-type", "").split(";")[0] != _PROTOBUF:
            return Response(status_code=415)
        body = await request.body()
        try:
            plain = gzip.decompress(body) if request.headers.get("content-encoding") == "gzip" else body
            self._collector.take(ExportTraceServiceRequest.FromString(plain))
        except (DecodeError, OSError, EOFError):
            return Response(status_code=400)
        return Response(ExportTraceServiceResponse().SerializeToString(), media_type=_PROTOBUF)

    async def newest(self, _: Request) -> JSONResponse:
        """A hundred lines."""
        return JSONResponse(self._collector.newest(100))

    async def one(self, request: Request) -> JSONResponse:
        """Span by span."""
        found = self._collector.one(request.path_params["trace"])
        return JSONResponse(found) if found is not None else JSONResponse({"detail": "no such trace"}, 404)

    async def ready(self, _: Request) -> JSONResponse:
        """It is up."""
        return JSONResponse({"status": "ready", "service": "collector"})


def application() -> Starlette:
    """The program."""
    doors = Doors(Collector())
    return Starlette(routes=[
        Route("/v1/traces", doors.take, methods=["POST"]), Route("/traces", doors.newest),
        Route("/traces/{trace}", doors.one), Route("/readyz", doors.ready),
    ])


if __name__ == "__main__":
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])
    uvicorn.run(application(), host=host, port=port, log_level="warning", access_log=False)
