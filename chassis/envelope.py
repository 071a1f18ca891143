"""CloudEvents 1.0, binary mode: the attributes are message headers, the body is the event alone."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chassis.telemetry import traceparent
from contracts.event import EVENTS, Event

PREFIX = "cloudEvents:"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def uuid7(at: datetime) -> UUID:
    """A time-ordered id (RFC 9562 section 5.7): 48 bits of milliseconds, 74 random bits."""
    milliseconds = int(at.timestamp() * 1000)
    noise = int.from_bytes(os.urandom(10), "big")
    value = milliseconds << 80 | 0x7 << 76 | (noise >> 64 & 0xFFF) << 64 | 0b10 << 62 | noise & (1 << 62) - 1
    return UUID(int=value)


def time_of(identifier: UUID) -> datetime:
    """The moment a UUIDv7 carries, to the millisecond."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, UTC)


def rfc3339(at: datetime) -> str:
    """UTC with `Z`, microseconds kept."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


class UnknownEvent(Exception):
    """No class in the contracts has this topic, or the body is not of its shape."""


@dataclass(frozen=True)
class Cause:
    """What a transaction came from; it travels on to what the transaction announces."""

    correlation_id: str | None = None
    causation_id: str | None = None
    trace: str = ""
    acting: UUID | None = None  # who acted for somebody by proxy

    def headers(self, event: Event, event_id: UUID, source: str, at: datetime) -> dict[str, str]:
        """The CloudEvents attributes of an event that happens now, for this reason; its number is given where it is kept."""
        attributes = {
            "specversion": "1.0",
            "id": str(event_id),
            "source": source,
            "type": event.topic,
            "subject": event.subject,
            "time": rfc3339(at),
            "dataschema": f"/events/{event.topic}.json",
            "area": event.area,
            "recipients": ",".join(map(str, event.recipients)),
            "correlationid": self.correlation_id or str(event.aggregate_id),
            "causationid": self.causation_id,
            "actingid": str(self.acting or ""),
            "traceparent": self.trace or traceparent(),
        }
        return {PREFIX + name: value for name, value in attributes.items() if value}


@dataclass(frozen=True)
class Envelope:
    """An event as it arrived: the fact, and what its headers say of it."""

    id: UUID
    event: Event
    time: datetime
    sequence: int
    correlation_id: str
    trace: str
    acting: UUID | None = None

    @property
    def cause(self) -> Cause:
        """What a consumer's own announcements carry on."""
        return Cause(correlation_id=self.correlation_id, causation_id=str(self.id))


def read(headers: Mapping[str, Any], body: bytes) -> Envelope:
    """The envelope of a message; UnknownEvent if it is not one of ours."""
    said = {name.removeprefix(PREFIX): str(value) for name, value in headers.items() if name.startswith(PREFIX)}
    try:
        shape = EVENTS[said["type"]]
        fact = shape.model_validate_json(body)
        recipients = tuple(UUID(one) for one in said.get("recipients", "").split(",") if one)
        return Envelope(
            id=UUID(said["id"]),
            event=fact.model_copy(update={"area": said.get("area", ""), "recipients": recipients}),
            time=datetime.fromisoformat(said["time"]), sequence=int(said["sequence"]), correlation_id=said["correlationid"],
            trace=said.get("traceparent", ""),
            acting=UUID(said["actingid"]) if "actingid" in said else None,
        )
    except (KeyError, ValueError) as broken:
        raise UnknownEvent(f"{said.get('type', 'no type')}: {type(broken).__name__}") from broken
