"""Events in: what reports does about its own, after the request that filed them was answered."""

from chassis.bus import Consumers
from chassis.db import Work
from contracts.reports import ReportSubmitted
from services.reports.actions.cures import notice
from services.reports.actions.doubles import suggest

doubles = Consumers("reports", "doubles")


@doubles.on(ReportSubmitted)
async def on_submitted(event: ReportSubmitted, work: Work) -> None:
    """Staff are shown what it is likely the same as, and whether it says again what was mended."""
    await suggest(work, event.report_id)
    await notice(work, event.report_id)
