"""Events in: who is told what."""

from datetime import datetime
from typing import Any

from chassis.bus import Consumers
from chassis.db import Work
from chassis.directory import serving
from contracts import health as health_events
from contracts import reports as said
from contracts.area import Role
from contracts.calendar import CHENGDU
from contracts.event import Event
from services.notify.actions.notices import tell

reports = Consumers("notify", "reports")
health = Consumers("notify", "health")


@reports.on(said.ReportSubmitted)
async def on_submitted(event: said.ReportSubmitted, work: Work) -> None:
    """The reporter hears it arrived; the grid worker of the place hears there is work."""
    await tell(work, event, "report-received", [event.reporter_id], number=event.number)
    workers = await serving(work, Role.GRID_WORKER, event.area)
    await tell(work, event, "report-to-handle", workers, number=event.number)


@reports.on(said.ReportAccepted)
@reports.on(said.ReportDeclined)
@reports.on(said.ReportStarted)
@reports.on(said.ReportResumed)
@reports.on(said.ReportEscalated)
@reports.on(said.ReportResolved)
@reports.on(said.ReportClosed)
@reports.on(said.PhotoRejected)
async def to_the_reporter(event: Any, work: Work) -> None:
    """The reporter hears it, in the words that are named as the event is."""
    await tell(work, event, _named(event), [event.reporter_id], number=event.number)


@reports.on(said.ReportQuestioned)
@reports.on(said.ReportSuspended)
async def until_when(event: said.ReportQuestioned | said.ReportSuspended, work: Work) -> None:
    """The same, and until when it waits."""
    await tell(work, event, _named(event), [event.reporter_id], number=event.number, until=_said(event.until))


@reports.on(said.ReportAssigned)
async def on_assigned(event: said.ReportAssigned, work: Work) -> None:
    await tell(work, event, "report-assigned", [event.reporter_id], number=event.number)
    await tell(work, event, "report-for-you", [event.assignee_id], number=event.number)


@reports.on(said.ReportReopened)
async def on_reopened(event: said.ReportReopened, work: Work) -> None:
    workers = await serving(work, Role.GRID_WORKER, event.area)
    await tell(work, event, "report-reopened", workers, number=event.number)


@health.on(health_events.AppointmentBooked)
async def on_booked(event: health_events.AppointmentBooked, work: Work) -> None:
    await tell(work, event, "appointment-booked", event.recipients, starts_at=_said(event.starts_at))


@health.on(health_events.AppointmentCancelled)
async def on_cancelled(event: health_events.AppointmentCancelled, work: Work) -> None:
    await tell(work, event, "appointment-cancelled", event.recipients, starts_at=_said(event.starts_at))


@health.on(health_events.AppointmentRescheduled)
async def on_rescheduled(event: health_events.AppointmentRescheduled, work: Work) -> None:
    await tell(work, event, "appointment-rescheduled", event.recipients, starts_at=_said(event.starts_at))


def _named(event: Event) -> str:
    """Of `reports.report_declined.v1`: `report-declined`."""
    return event.topic.split(".")[1].replace("_", "-")


def _said(moment: datetime) -> str:
    return f"{moment.astimezone(CHENGDU):%m月%d日 %H:%M}"
