"""Events in: who is told what."""

from datetime import datetime

from chassis.bus import Consumers
from chassis.db import Work
from chassis.directory import serving
from contracts import health as health_events
from contracts import reports as said
from contracts.area import Role
from contracts.calendar import CHENGDU
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
async def on_accepted(event: said.ReportAccepted, work: Work) -> None:
    await tell(work, event, "report-accepted", [event.reporter_id], number=event.number)


@reports.on(said.ReportAssigned)
async def on_assigned(event: said.ReportAssigned, work: Work) -> None:
    await tell(work, event, "report-assigned", [event.reporter_id], number=event.number)
    await tell(work, event, "report-for-you", [event.assignee_id], number=event.number)


@reports.on(said.ReportStarted)
async def on_started(event: said.ReportStarted, work: Work) -> None:
    await tell(work, event, "report-started", [event.reporter_id], number=event.number)


@reports.on(said.ReportResolved)
async def on_resolved(event: said.ReportResolved, work: Work) -> None:
    await tell(work, event, "report-resolved", [event.reporter_id], number=event.number)


@reports.on(said.ReportClosed)
async def on_closed(event: said.ReportClosed, work: Work) -> None:
    await tell(work, event, "report-closed", [event.reporter_id], number=event.number)


@reports.on(said.ReportReopened)
async def on_reopened(event: said.ReportReopened, work: Work) -> None:
    workers = await serving(work, Role.GRID_WORKER, event.area)
    await tell(work, event, "report-reopened", workers, number=event.number)


@reports.on(said.ReportDeclined)
async def on_declined(event: said.ReportDeclined, work: Work) -> None:
    await tell(work, event, "report-declined", [event.reporter_id], number=event.number)


@reports.on(said.ReportQuestioned)
async def on_questioned(event: said.ReportQuestioned, work: Work) -> None:
    await tell(work, event, "report-questioned", [event.reporter_id], number=event.number, until=_said(event.until))


@reports.on(said.ReportSuspended)
async def on_suspended(event: said.ReportSuspended, work: Work) -> None:
    await tell(work, event, "report-suspended", [event.reporter_id], number=event.number, until=_said(event.until))


@reports.on(said.ReportResumed)
async def on_resumed(event: said.ReportResumed, work: Work) -> None:
    await tell(work, event, "report-resumed", [event.reporter_id], number=event.number)


@reports.on(said.ReportEscalated)
async def on_escalated(event: said.ReportEscalated, work: Work) -> None:
    await tell(work, event, "report-escalated", [event.reporter_id], number=event.number)


@reports.on(said.PhotoRejected)
async def on_photo_rejected(event: said.PhotoRejected, work: Work) -> None:
    await tell(work, event, "photo-rejected", [event.reporter_id], number=event.number)


@health.on(health_events.AppointmentBooked)
async def on_booked(event: health_events.AppointmentBooked, work: Work) -> None:
    await tell(work, event, "appointment-booked", event.recipients, starts_at=_said(event.starts_at))


@health.on(health_events.AppointmentCancelled)
async def on_cancelled(event: health_events.AppointmentCancelled, work: Work) -> None:
    await tell(work, event, "appointment-cancelled", event.recipients, starts_at=_said(event.starts_at))


@health.on(health_events.AppointmentRescheduled)
async def on_rescheduled(event: health_events.AppointmentRescheduled, work: Work) -> None:
    await tell(work, event, "appointment-rescheduled", event.recipients, starts_at=_said(event.starts_at))


def _said(moment: datetime) -> str:
    return f"{moment.astimezone(CHENGDU):%m月%d日 %H:%M}"
