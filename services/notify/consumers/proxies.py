"""What somebody did for another by proxy (代办), told to whom it was done for."""

from typing import Any

from chassis.bus import Consumers
from chassis.db import Work
from contracts import health as health_events
from contracts import health_contracts
from contracts import reports as said
from services.notify.actions.notices import tell
from services.notify.consumers.words import reporter
from services.notify.domain.notice import ACTS

consumers = Consumers("notify", "proxied")


@consumers.on(said.ReportSubmitted)
@consumers.on(said.ReportResumed)
@consumers.on(said.ReportWithdrawn)
@consumers.on(said.ReportRated)
@consumers.on(said.ReportReopened)
async def of_a_report(event: Any, work: Work) -> None:
    """Whoever was acted for by proxy (代办) is told so, besides all else; staff of the place see it too, for who has no phone."""
    if work.received is not None and work.received.acting is not None:
        await tell(work, event, "done-for-you", reporter(event), act=ACTS[event.topic])


@consumers.on(health_events.AppointmentBooked)
@consumers.on(health_events.AppointmentSubmitted)
@consumers.on(health_events.AppointmentCancelled)
@consumers.on(health_events.AppointmentWithdrawn)
@consumers.on(health_events.AppointmentRescheduled)
@consumers.on(health_contracts.ContractAsked)
@consumers.on(health_contracts.ContractSigned)
@consumers.on(health_contracts.ContractDeclined)
async def of_health(event: Any, work: Work) -> None:
    """The patient, and nobody else: whether somebody sees a doctor is not the community's business."""
    if work.received is not None and work.received.acting is not None:
        await tell(work, event, "done-for-you", event.recipients, act=ACTS[event.topic])
