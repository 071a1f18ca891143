"""Traces, metrics, and log lines with the trace id; no line carries personal data, because none is passed.

Traces leave only when an OTLP address is configured; ids flow always.
"""

import json
import logging
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, DEFAULT_ON
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter, Gauge, Histogram

_HERE = str(Path(__file__).parent.parent) + "/"
_FRAMES = 12
_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("guohuai")

REQUESTS = Histogram(
    "guohuai_request_seconds", "Answered requests", ["service", "operation", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
PUBLISHED = Counter("guohuai_published_total", "Events confirmed by the broker", ["service", "topic"])
HANDLED = Counter("guohuai_handled_total", "Messages a consumer finished", ["queue", "outcome"])
OUTBOX_AGE = Gauge("guohuai_outbox_oldest_seconds", "Age of the oldest event that waits for the broker", ["service"])
AUDIT_AGE = Gauge("guohuai_audit_unsealed_seconds", "Age of the oldest audit row that is not in the chain", ["service"])


def start(service: str, otlp_endpoint: str, log_level: str) -> None:
    """Set up traces and logs of this process; call once."""
    provider = TracerProvider(
        sampler=DEFAULT_ON if otlp_endpoint else ALWAYS_OFF,  # on, unless who asked decided otherwise
        resource=Resource.create({"service.name": service}),
        shutdown_on_exit=bool(otlp_endpoint),
    )
    if otlp_endpoint:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - who sends none, loads none

        exporter = OTLPSpanExporter(endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines(service))
    logging.basicConfig(level=log_level, handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "aiormq", "aio_pika", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


@contextmanager
def span(name: str, *, came: str = "", kind: SpanKind = SpanKind.INTERNAL, began: int | None = None) -> Iterator[trace.Span]:
    """A piece of work; `came` is the traceparent of what it answers, else it belongs to the work around it.

    `began` (a `moment`) is for work that is told of when it is done.
    """
    context = _propagator.extract({"traceparent": came}) if came else None
    with _tracer.start_as_current_span(
        name, context=context, kind=kind, start_time=began, record_exception=False, set_status_on_exception=False
    ) as opened:
        try:
            yield opened
        except BaseException as broken:
            opened.set_status(StatusCode.ERROR, type(broken).__name__)
            raise


def moment() -> int:
    """This moment, as a span's beginning."""
    return time.time_ns()


def traceparent() -> str:
    """The W3C trace context of the work in hand, empty outside of any."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent", "")


def trace_id() -> str:
    """The 32 hexadecimal digits people quote when they ask what happened; empty outside of any work."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.trace_id else ""


class _JsonLines(logging.Formatter):
    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "message": record.getMessage(),
            "trace_id": trace_id() or None,
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["error"] = _without_messages(record.exc_info[1])
        return json.dumps({k: v for k, v in line.items() if v is not None}, ensure_ascii=False, default=str)


def _without_messages(broken: BaseException | None) -> list[str]:
    """Kind and place of an exception and of its causes; messages stay out: databases and parsers quote what people wrote."""
    told: list[str] = []
    while broken is not None:
        frames = traceback.extract_tb(broken.__traceback__)[-_FRAMES:]
        sqlstate = getattr(broken, "sqlstate", None)
        told.append(f"{type(broken).__qualname__}{f' {sqlstate}' if sqlstate else ''}")
        told += [f"  {frame.filename.removeprefix(_HERE)}:{frame.lineno} {frame.name}" for frame in reversed(frames)]
        broken = broken.__cause__ or (None if broken.__suppress_context__ else broken.__context__)
    return told
