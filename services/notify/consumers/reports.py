"""What happens to reports, told to those it concerns."""

from typing import Any
from uuid import UUID

from chassis.bus import Consumers
from chassis.db import Work
from chassis.directory import serving
from contracts import reports as said
from contracts import reports_causes as causes
from contracts import reports_outside as outside
from contracts.area import Role
from contracts.reports_units import UnitContributed
from services.notify.actions.concerned import in_hand, next_up, office
from services.notify.actions.notices import tell
from services.notify.consumers.words import clock, named, reporter
from services.notify.domain.notice import AWAITED, HEARD_AT
from services.notify.store import queries

consumers = Consumers("notify", "reports")
COMMUNITY = 3  # the level of its office
_LOOKS = 2  # the lowest office that may say what is harmless: the courtyard's


@consumers.on(said.ReportSubmitted)
async def on_submitted(event: said.ReportSubmitted, work: Work) -> None:
    """The reporter hears it arrived; the grid worker of the place hears there is work, or the office where it began."""
    await tell(work, event, "report-received", reporter(event), number=event.number)
    at_the_grid = event.level is None
    workers = await (serving(work, Role.GRID_WORKER, event.area) if at_the_grid else office(work, event.level, event.area))
    await tell(work, event, "report-to-handle", workers, number=event.number)


@consumers.on(outside.ReportReleased)
@consumers.on(said.ReportNoted)
@consumers.on(said.ReportAccepted)
@consumers.on(said.ReportDeclined)
@consumers.on(said.ReportStarted)
@consumers.on(said.ReportResumed)
@consumers.on(said.PhotoRejected)
@consumers.on(said.PhotoPublished)
async def to_the_reporter(event: Any, work: Work) -> None:
    """The reporter hears it, in the words that are named as the event is."""
    await tell(work, event, named(event), reporter(event), number=event.number)


@consumers.on(said.RecordingRejected)
async def to_the_sender(event: said.RecordingRejected, work: Work) -> None:
    """Who sent it hears it, whose report it may be or not."""
    await tell(work, event, named(event), [event.sender_id], number=event.number)


@consumers.on(said.ReportResolved)
@consumers.on(said.ReportRated)
@consumers.on(said.ReportClosed)
async def to_all_voices(event: said.ReportResolved | said.ReportRated | said.ReportClosed, work: Work) -> None:
    """The reporter hears it, and everybody who meets the same, in words of their own; who rated it knows that."""
    if not isinstance(event, said.ReportRated):
        await tell(work, event, named(event), reporter(event), number=event.number)
    others = set(event.voices) - {event.reporter_id}
    await tell(work, event, f"{named(event)}-too", sorted(others), number=event.number)


@consumers.on(said.ReportMerged)
async def on_merged(event: said.ReportMerged, work: Work) -> None:
    """Who filed it, or said the same, hears which one carries the work, and that they will hear how it goes."""
    for template, whom in ((named(event), reporter(event)), (f"{named(event)}-too", event.voices)):
        await tell(work, event, template, whom, number=event.number, master=event.master_number)


@consumers.on(said.ReportUnmerged)
async def on_unmerged(event: said.ReportUnmerged, work: Work) -> None:
    """The same hear that it goes on by itself."""
    for template, whom in ((named(event), reporter(event)), (f"{named(event)}-too", event.voices)):
        await tell(work, event, template, whom, number=event.number)


@consumers.on(said.ReportSupported)
async def on_supported(event: said.ReportSupported, work: Work) -> None:
    """The reporter hears they are not alone, at the first neighbour and then ever more rarely."""
    if event.supporters in HEARD_AT:
        await tell(work, event, named(event), reporter(event), number=event.number, supporters=str(event.supporters))


@consumers.on(said.ReportQuestioned)
@consumers.on(said.ReportSuspended)
async def until_when(event: said.ReportQuestioned | said.ReportSuspended, work: Work) -> None:
    """The same, and until when it waits."""
    await tell(work, event, named(event), reporter(event), number=event.number, until=clock(event.until))


@consumers.on(said.ReportAssigned)
async def on_assigned(event: said.ReportAssigned, work: Work) -> None:
    """The reporter hears it is in somebody's hands, they that it is in theirs; who had it before need do nothing more."""
    await tell(work, event, "report-assigned", reporter(event), number=event.number)
    await tell(work, event, "report-for-you", [event.assignee_id], number=event.number)
    former = await queries.still_serving(work, [event.former_id] if event.former_id else [], event.area)
    await tell(work, event, "report-reassigned", former - {event.assignee_id}, number=event.number)


@consumers.on(said.ReportReclassified)
async def on_reclassified(event: said.ReportReclassified, work: Work) -> None:
    """The reporter hears it, and who has it in hand, whose time may be another now; who did it knows."""
    await tell(work, event, named(event), set(reporter(event)) - {event.changed_by}, number=event.number)
    has = await queries.still_serving(work, [event.assignee_id] if event.assignee_id else [], event.area)
    await tell(work, event, "report-reclassified-in-hand", has - {event.changed_by, event.reporter_id}, number=event.number)


@consumers.on(causes.CureBegun)
async def on_cure(event: causes.CureBegun, work: Work) -> None:
    """Whoever is to own a cause hears that it is theirs, and on which day it is looked at again."""
    await tell(work, event, named(event), [event.owner_id], review_on=f"{event.review_on:%m月%d日}")


@consumers.on(outside.FollowersTold)
async def on_followed(event: outside.FollowersTold, work: Work) -> None:
    """Who follows the place hears that there is something new, or that it is mended."""
    await tell(work, event, f"followed-{event.step}", event.followers, number=event.number)


@consumers.on(outside.HotspotGrown)
async def on_hotspot(event: outside.HotspotGrown, work: Work) -> None:
    """The office it lies with, and who has it in hand, hear that many meet it."""
    whom = {*await office(work, event.level, event.area), *await in_hand(work, [event.assignee_id], event.level, event.area)}
    await tell(work, event, named(event), sorted(whom), number=event.number, people=str(event.people))


@consumers.on(causes.CureDue)
async def on_cure_due(event: causes.CureDue, work: Work) -> None:
    """Whoever owns it hears that its day has come; where they serve there no more, the community's office."""
    owning = await in_hand(work, [event.owner_id], COMMUNITY, event.area)
    await tell(work, event, named(event), owning, review_on=f"{event.review_on:%m月%d日}")


@consumers.on(causes.CureOverdue)
async def on_cure_overdue(event: causes.CureOverdue, work: Work) -> None:
    """The community's office hears that nobody has said how it ended."""
    await tell(work, event, named(event), await office(work, COMMUNITY, event.area), review_on=f"{event.review_on:%m月%d日}")


@consumers.on(causes.CureHandedOn)
async def on_cure_handed_on(event: causes.CureHandedOn, work: Work) -> None:
    """Who owns it now hears that it is theirs, who did that it is theirs no more, while they serve there."""
    await tell(work, event, "cure-begun", [event.owner_id], review_on=f"{event.review_on:%m月%d日}")
    former = await queries.still_serving(work, [event.former_id], event.area)
    await tell(work, event, named(event), former)


@consumers.on(outside.CheckWaiting)
async def on_check_waiting(event: outside.CheckWaiting, work: Work) -> None:
    """The office that may look hears that it waits; when it waits twice as long, the next office up that somebody holds."""
    looking = office if event.reminder == 1 else next_up
    told = await looking(work, max(event.level or 1, _LOOKS), event.area)
    await tell(work, event, named(event), told, number=event.number, hours=str(4 * event.reminder))


@consumers.on(outside.HookGone)
@consumers.on(outside.HookSilenced)
async def on_silenced(event: outside.HookSilenced | outside.HookGone, work: Work) -> None:
    """The community's officers hear that a system of theirs is told nothing any more."""
    await tell(work, event, named(event), await serving(work, Role.COMMUNITY_OFFICER, event.area))


@consumers.on(outside.ReportHeld)
async def on_held(event: outside.ReportHeld, work: Work) -> None:
    """The reporter hears it is looked at, and that work goes on; the office that may look, that it has to: never the grid's."""
    await tell(work, event, named(event), reporter(event), number=event.number)
    looking = await office(work, max(event.level or 1, _LOOKS), event.area)
    await tell(work, event, "report-to-look-at", looking, number=event.number)


@consumers.on(said.ReportReopened)
async def on_reopened(event: said.ReportReopened, work: Work) -> None:
    workers = await serving(work, Role.GRID_WORKER, event.area)
    await tell(work, event, "report-reopened", workers, number=event.number)


@consumers.on(said.ReportEscalated)
async def on_escalated(event: said.ReportEscalated, work: Work) -> None:
    """The office it went up to hears there is work; the reporter, unless that is they, that it went up."""
    above = await office(work, event.level, event.area)
    await tell(work, event, "report-handed-up", above, number=event.number)
    await tell(work, event, "report-escalated", set(reporter(event)) - set(above), number=event.number)


@consumers.on(said.ReportReturned)
async def on_returned(event: said.ReportReturned, work: Work) -> None:
    """The office that has it finds another hand; who gave it back knows."""
    finding = await office(work, event.level, event.area, but=event.returned_by)
    await tell(work, event, "report-returned", finding, number=event.number)


@consumers.on(said.ReportWithdrawn)
async def on_withdrawn(event: said.ReportWithdrawn, work: Work) -> None:
    """Who had it in hand need do nothing more; who withdrew it knows. Of a part, that it is not needed."""
    had = await in_hand(work, [event.assignee_id], event.level, event.area)
    template = "report-withdrawn" if event.parent_id is None else "part-abandoned"
    await tell(work, event, template, set(had) - {event.reporter_id}, number=event.number)


@consumers.on(said.ClockWarned)
@consumers.on(said.ClockMissed)
async def on_clock(event: said.ClockWarned | said.ClockMissed, work: Work) -> None:
    """Who has it in hand hears; of the time to respond the office too, whose answer it is."""
    concerned = await in_hand(work, [event.assignee_id], event.level, event.area)
    if event.clock == "respond":
        concerned += await office(work, event.level, event.area)
    awaited = AWAITED.get(event.clock, "办理")
    await tell(work, event, named(event), concerned, number=event.number, due=clock(event.due_at), awaited=awaited)


@consumers.on(said.WhistleBlown)
async def on_whistle(event: said.WhistleBlown, work: Work) -> None:
    """Whoever is of a summoned unit and serves there hears by when to be there."""
    summoned = await queries.members(work, event.unit_ids, event.area)
    await tell(work, event, "whistle-blown", summoned, number=event.number, due=clock(event.due_at))


@consumers.on(said.UnitArrived)
async def on_arrived(event: said.UnitArrived, work: Work) -> None:
    """Who blew the whistle hears, else who has the report in hand."""
    waiting = await in_hand(work, [event.blown_by, event.assignee_id], event.level, event.area)
    template = "unit-arrived-late" if event.overdue else "unit-arrived"
    await tell(work, event, template, waiting, number=event.number, unit=await _unit(work, event.unit_id))


@consumers.on(UnitContributed)
async def on_contributed(event: UnitContributed, work: Work) -> None:
    """The same hear that there is something to read; who wrote it knows."""
    waiting = await in_hand(work, [event.blown_by, event.assignee_id], event.level, event.area)
    whom = set(waiting) - {event.contributed_by}
    await tell(work, event, named(event), whom, number=event.number, unit=await _unit(work, event.unit_id))


@consumers.on(said.UnitOverdue)
async def on_overdue(event: said.UnitOverdue, work: Work) -> None:
    """The same hear that it is not there."""
    waiting = await in_hand(work, [event.blown_by, event.assignee_id], event.level, event.area)
    facts = {"unit": await _unit(work, event.unit_id), "due": clock(event.due_at)}
    await tell(work, event, "unit-overdue", waiting, number=event.number, **facts)


async def _unit(work: Work, unit: UUID) -> str:
    return await queries.unit_name(work, unit) or "协助单位"
