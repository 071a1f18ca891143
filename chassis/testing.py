"""For tests of services: an envelope around an event, as if it had come by the broker."""

from datetime import datetime
from uuid import UUID

from chassis.envelope import Envelope, uuid7
from contracts.event import Event


def arrived(event: Event, at: datetime, *, sequence: int = 1, event_id: UUID | None = None) -> Envelope:
    """The event as a consumer receives it."""
    return Envelope(
        id=event_id or uuid7(at), event=event, time=at, sequence=sequence,
        correlation_id=str(event.aggregate_id), trace="",
    )
