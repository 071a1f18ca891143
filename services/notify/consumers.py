"""Events in: who is told what."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.bus import Consumers
from chassis.db import Work
from chassis.directory import serving
from contracts import health as health_events
from contracts import reports as said
from contracts.area import Role
from contracts.calendar import CHENGDU
from contracts.event import Event
from contracts.identity import DeviceAdded, FactorChanged, PhoneChanged, ProxyChanged
from services.notify.actions.concerned import in_hand, office
from services.notify.actions.notices import tell
from services.notify.domain.notice import ACTS, AWAITED, DEVICES, FACTORS, HEARD_AT, REASONS
from services.notify.store import queries

reports = Consumers("notify", "reports")
health = Consumers("notify", "health")
identity = Consumers("notify", "identity")
proxied = Consumers("notify", "proxied")


@reports.on(said.ReportSubmitted)
async def on_submitted(event: said.ReportSubmitted, work: Work) -> None:
    """The reporter hears it arrived; the grid worker of the place hears there is work, or the office where it began."""
    await tell(work, event, "report-received", [event.reporter_id], number=event.number)
    at_the_grid = event.level is None
    workers = await (serving(work, Role.GRID_WORKER, event.area) if at_the_grid else office(work, event.level, event.area))
    await tell(work, event, "report-to-handle", workers, number=event.number)


@reports.on(said.ReportNoted)
@reports.on(said.ReportAccepted)
@reports.on(said.ReportDeclined)
@reports.on(said.ReportStarted)
@reports.on(said.ReportResumed)
@reports.on(said.PhotoRejected)
async def to_the_reporter(event: Any, work: Work) -> None:
    """The reporter hears it, in the words that are named as the event is."""
    await tell(work, event, _named(event), [event.reporter_id], number=event.number)


@reports.on(said.ReportResolved)
@reports.on(said.ReportRated)
@reports.on(said.ReportClosed)
async def to_all_voices(event: said.ReportResolved | said.ReportRated | said.ReportClosed, work: Work) -> None:
    """The reporter hears it, and everybody who meets the same, in words of their own; who rated it knows that."""
    if not isinstance(event, said.ReportRated):
        await tell(work, event, _named(event), [event.reporter_id], number=event.number)
    others = set(event.voices) - {event.reporter_id}
    await tell(work, event, f"{_named(event)}-too", sorted(others), number=event.number)


@reports.on(said.ReportMerged)
async def on_merged(event: said.ReportMerged, work: Work) -> None:
    """Who filed it, or said the same, hears which one carries the work, and that they will hear how it goes."""
    for template, whom in ((_named(event), [event.reporter_id]), (f"{_named(event)}-too", event.voices)):
        await tell(work, event, template, whom, number=event.number, master=event.master_number)


@reports.on(said.ReportUnmerged)
async def on_unmerged(event: said.ReportUnmerged, work: Work) -> None:
    """The same hear that it goes on by itself."""
    for template, whom in ((_named(event), [event.reporter_id]), (f"{_named(event)}-too", event.voices)):
        await tell(work, event, template, whom, number=event.number)


@reports.on(said.ReportSupported)
async def on_supported(event: said.ReportSupported, work: Work) -> None:
    """The reporter hears they are not alone, at the first neighbour and then ever more rarely."""
    if event.supporters in HEARD_AT:
        await tell(work, event, _named(event), [event.reporter_id], number=event.number, supporters=str(event.supporters))


@reports.on(said.ReportQuestioned)
@reports.on(said.ReportSuspended)
async def until_when(event: said.ReportQuestioned | said.ReportSuspended, work: Work) -> None:
    """The same, and until when it waits."""
    await tell(work, event, _named(event), [event.reporter_id], number=event.number, until=_said(event.until))


@reports.on(said.ReportAssigned)
async def on_assigned(event: said.ReportAssigned, work: Work) -> None:
    """The reporter hears it is in somebody's hands, they that it is in theirs; who had it before need do nothing more."""
    await tell(work, event, "report-assigned", [event.reporter_id], number=event.number)
    await tell(work, event, "report-for-you", [event.assignee_id], number=event.number)
    former = await queries.still_serving(work, [event.former_id] if event.former_id else [], event.area)
    await tell(work, event, "report-reassigned", former - {event.assignee_id}, number=event.number)


@reports.on(said.CureBegun)
async def on_cure(event: said.CureBegun, work: Work) -> None:
    """Whoever is to own a cause hears that it is theirs, and on which day it is looked at again."""
    await tell(work, event, _named(event), [event.owner_id], review_on=f"{event.review_on:%m月%d日}")


@reports.on(said.ReportReopened)
async def on_reopened(event: said.ReportReopened, work: Work) -> None:
    workers = await serving(work, Role.GRID_WORKER, event.area)
    await tell(work, event, "report-reopened", workers, number=event.number)


@reports.on(said.ReportEscalated)
async def on_escalated(event: said.ReportEscalated, work: Work) -> None:
    """The office it went up to hears there is work; the reporter, unless that is they, that it went up."""
    above = await office(work, event.level, event.area)
    await tell(work, event, "report-handed-up", above, number=event.number)
    await tell(work, event, "report-escalated", {event.reporter_id} - set(above), number=event.number)


@reports.on(said.ReportReturned)
async def on_returned(event: said.ReportReturned, work: Work) -> None:
    """The office that has it finds another hand; who gave it back knows."""
    finding = await office(work, event.level, event.area, but=event.returned_by)
    await tell(work, event, "report-returned", finding, number=event.number)


@reports.on(said.ReportWithdrawn)
async def on_withdrawn(event: said.ReportWithdrawn, work: Work) -> None:
    """Who had it in hand need do nothing more; who withdrew it knows."""
    had = await in_hand(work, [event.assignee_id], event.level, event.area)
    await tell(work, event, "report-withdrawn", set(had) - {event.reporter_id}, number=event.number)


@reports.on(said.ClockWarned)
@reports.on(said.ClockMissed)
async def on_clock(event: said.ClockWarned | said.ClockMissed, work: Work) -> None:
    """Who has it in hand hears; of the time to respond the office too, whose answer it is."""
    concerned = await in_hand(work, [event.assignee_id], event.level, event.area)
    if event.clock == "respond":
        concerned += await office(work, event.level, event.area)
    awaited = AWAITED.get(event.clock, "办理")
    await tell(work, event, _named(event), concerned, number=event.number, due=_said(event.due_at), awaited=awaited)


@reports.on(said.WhistleBlown)
async def on_whistle(event: said.WhistleBlown, work: Work) -> None:
    """Whoever is of a summoned unit and serves there hears by when to be there."""
    summoned = await queries.members(work, event.unit_ids, event.area)
    await tell(work, event, "whistle-blown", summoned, number=event.number, due=_said(event.due_at))


@reports.on(said.UnitArrived)
async def on_arrived(event: said.UnitArrived, work: Work) -> None:
    """Who blew the whistle hears, else who has the report in hand."""
    waiting = await in_hand(work, [event.blown_by, event.assignee_id], event.level, event.area)
    template = "unit-arrived-late" if event.overdue else "unit-arrived"
    await tell(work, event, template, waiting, number=event.number, unit=await _unit(work, event.unit_id))


@reports.on(said.UnitOverdue)
async def on_overdue(event: said.UnitOverdue, work: Work) -> None:
    """The same hear that it is not there."""
    waiting = await in_hand(work, [event.blown_by, event.assignee_id], event.level, event.area)
    facts = {"unit": await _unit(work, event.unit_id), "due": _said(event.due_at)}
    await tell(work, event, "unit-overdue", waiting, number=event.number, **facts)


@health.on(health_events.AppointmentBooked)
async def on_booked(event: health_events.AppointmentBooked, work: Work) -> None:
    words = "appointment-booked-there" if event.theirs else "appointment-booked"
    await tell(work, event, words, event.recipients, starts_at=_said(event.starts_at))


@health.on(health_events.AppointmentCancelled)
async def on_cancelled(event: health_events.AppointmentCancelled, work: Work) -> None:
    words = "appointment-cancelled-there" if event.theirs else "appointment-cancelled"
    await tell(work, event, words, event.recipients, starts_at=_said(event.starts_at))


@health.on(health_events.AppointmentCalled)
@health.on(health_events.AppointmentMissed)
@health.on(health_events.AppointmentRejected)
@health.on(health_events.AppointmentUnanswered)
@health.on(health_events.AppointmentKept)
@health.on(health_events.AppointmentDisplaced)
async def of_the_hospital(event: Any, work: Work) -> None:
    """What the hut, or a hospital's word or silence, says to the person, in the words that are named as the event is."""
    await tell(work, event, _named(event), event.recipients, starts_at=_said(event.starts_at))


@health.on(health_events.AppointmentCalledOff)
async def on_called_off(event: health_events.AppointmentCalledOff, work: Work) -> None:
    """Why, in words of the list."""
    why = REASONS.get(event.reason, REASONS["other"])
    await tell(work, event, _named(event), event.recipients, starts_at=_said(event.starts_at), why=why)


@health.on(health_events.SeatOffered)
async def on_offered(event: health_events.SeatOffered, work: Work) -> None:
    await tell(work, event, _named(event), event.recipients, starts_at=_said(event.starts_at), until=_said(event.until))


@health.on(health_events.AppointmentRescheduled)
async def on_rescheduled(event: health_events.AppointmentRescheduled, work: Work) -> None:
    await tell(work, event, "appointment-rescheduled", event.recipients, starts_at=_said(event.starts_at))


@identity.on(FactorChanged)
async def on_factor(event: FactorChanged, work: Work) -> None:
    """Whose way in it is hears of it, also who did it themselves: they may not have."""
    await tell(work, event, f"factor-{event.change}", [event.person_id], factor=FACTORS[event.factor])


@identity.on(DeviceAdded)
async def on_device(event: DeviceAdded, work: Work) -> None:
    """Whose account it is hears that somebody came with a kind of device they did not use lately."""
    await tell(work, event, "device-added", [event.person_id], device=DEVICES[event.device])


@identity.on(PhoneChanged)
async def on_phone(event: PhoneChanged, work: Work) -> None:
    """Whose phone it is, or was, hears of it."""
    await tell(work, event, f"phone-{event.change}", [event.person_id])


@identity.on(ProxyChanged)
async def on_proxy(event: ProxyChanged, work: Work) -> None:
    """Both hear of it, each in words of their own."""
    await tell(work, event, f"proxy-{event.change}", [event.principal_id])
    await tell(work, event, f"proxy-{event.change}-too", [event.actor_id])


@proxied.on(said.ReportSubmitted)
@proxied.on(said.ReportResumed)
@proxied.on(said.ReportWithdrawn)
@proxied.on(said.ReportRated)
@proxied.on(said.ReportReopened)
async def of_a_report(event: Any, work: Work) -> None:
    """Whoever was acted for by proxy (代办) is told so, besides all else; staff of the place see it too, for who has no phone."""
    if work.received is not None and work.received.acting is not None:
        await tell(work, event, "done-for-you", [event.reporter_id], act=ACTS[event.topic])


@proxied.on(health_events.AppointmentBooked)
@proxied.on(health_events.AppointmentSubmitted)
@proxied.on(health_events.AppointmentCancelled)
@proxied.on(health_events.AppointmentWithdrawn)
@proxied.on(health_events.AppointmentRescheduled)
async def of_an_appointment(event: Any, work: Work) -> None:
    """The patient, and nobody else: whether somebody sees a doctor is not the community's business."""
    if work.received is not None and work.received.acting is not None:
        await tell(work, event, "done-for-you", event.recipients, act=ACTS[event.topic])


def _named(event: Event) -> str:
    """Of `reports.report_declined.v1`: `report-declined`."""
    return event.topic.split(".")[1].replace("_", "-")


async def _unit(work: Work, unit: UUID) -> str:
    return await queries.unit_name(work, unit) or "协助单位"


def _said(moment: datetime) -> str:
    return f"{moment.astimezone(CHENGDU):%m月%d日 %H:%M}"
