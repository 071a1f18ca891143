"""Events in: what reports does about its own, after the request that filed them was answered."""

from typing import Any

from chassis.bus import Consumers
from chassis.db import Work
from contracts import reports as said
from contracts.reports import ReportMerged, ReportReclassified, ReportResolved, ReportSubmitted, ReportSupported
from services.reports.actions import checks, follows, telling
from services.reports.actions.cures import notice
from services.reports.actions.doubles import suggest
from services.reports.actions.hooks import hear
from services.reports.domain.check import Kind

doubles = Consumers("reports", "doubles")
hooks = Consumers("reports", "hooks")
followers = Consumers("reports", "follows")


@doubles.on(ReportSubmitted)
async def on_submitted(event: ReportSubmitted, work: Work) -> None:
    """Its words wait to be looked at; staff are shown what it is likely the same as, and whether it was mended before.

    A part says nothing that a resident wrote or that others might say as well.
    """
    if event.parent_id is not None:
        return
    await checks.begin(work, event.report_id, Kind.TEXT, event.report_id)
    await suggest(work, event.report_id)
    await notice(work, event.report_id)


@followers.on(ReportSubmitted)
@followers.on(ReportResolved)
async def on_news(event: ReportSubmitted | ReportResolved, work: Work) -> None:
    """Whoever follows the place hears of it."""
    await follows.tell(work, event)


@followers.on(ReportSupported)
@followers.on(ReportMerged)
async def on_voice(event: ReportSupported | ReportMerged, work: Work) -> None:
    """What many meet, the office hears of."""
    await telling.warm(work, event)


@doubles.on(ReportReclassified)
async def on_reclassified(event: ReportReclassified, work: Work) -> None:
    """Under what it is about now it may be like others, or say again what was mended there."""
    await suggest(work, event.report_id)
    await notice(work, event.report_id)


@hooks.on(said.ReportSubmitted)
@hooks.on(said.ReportAccepted)
@hooks.on(said.ReportDeclined)
@hooks.on(said.ReportAssigned)
@hooks.on(said.ReportReclassified)
@hooks.on(said.ReportReturned)
@hooks.on(said.ReportStarted)
@hooks.on(said.ReportQuestioned)
@hooks.on(said.ReportSuspended)
@hooks.on(said.ReportResumed)
@hooks.on(said.ReportEscalated)
@hooks.on(said.ReportResolved)
@hooks.on(said.ReportClosed)
@hooks.on(said.ReportReopened)
@hooks.on(said.ReportWithdrawn)
@hooks.on(said.ReportMerged)
@hooks.on(said.ReportUnmerged)
async def on_step(event: Any, work: Work) -> None:
    """Whoever is told of reports there hears that it took a step."""
    await hear(work, event.report_id)
