"""What reports says by itself to whoever may hear it: that a place grew hot, and how a day was."""

from datetime import datetime, timedelta

from chassis.db import Work
from contracts.reports import ReportMerged, ReportSupported
from contracts.reports_outside import DayCounted, HotspotGrown
from services.reports.domain.figures import Figures, Months, summed
from services.reports.domain.hotspot import reached
from services.reports.domain.report import Report
from services.reports.domain.terms import midnight
from services.reports.domain.worklist import OPEN
from services.reports.store import board, clusters, figures, told
from services.reports.store.figures import Asked

_DAYS = 7  # whoever was down for longer begins with these


async def warm(work: Work, event: ReportSupported | ReportMerged) -> None:
    """So many people meet it by now that the office is told; of each mark once, while there is something to be done."""
    key = event.master_id if isinstance(event, ReportMerged) else event.report_id
    report = await work.session.get(Report, key)
    if report is not None and report.master_id is not None:
        report = await work.session.get(Report, report.master_id)
    if report is None or report.status not in OPEN:
        return
    people = 1 + len(await clusters.voices(work, report))
    mark = reached(people)
    if mark and await told.is_hotter(work, report.id, mark):
        work.announce(HotspotGrown(
            area=report.area, report_id=report.id, number=report.number, assignee_id=report.assignee_id, level=report.level,
            people=people,
        ))


async def count_a_day(work: Work) -> bool:
    """One day of one community that was not counted yet, as it was known at its end; False when there is none."""
    today = midnight(work.now)
    for community in await board.communities(work):
        for back in range(_DAYS, 0, -1):
            begins = today - timedelta(days=back)
            if await _counted(work, community, begins, begins + timedelta(days=1)):
                return True
    return False


async def _counted(work: Work, community: str, begins: datetime, ends: datetime) -> bool:
    """Of days before anything was ever filed there is nothing to tell."""
    key = await told.begins(work, community, begins.date()) if await told.is_begun(work, community, ends) else None
    if key is None:
        return False
    month = Months.named(f"{begins:%Y-%m}", f"{begins:%Y-%m}")
    known = summed(await figures.counted(work, Asked(month, "month", ends, community), None)).get(month.names[0], Figures())
    work.announce(DayCounted(
        area=community, day_id=key, day=begins.date(), filed=await told.filed(work, community, since=begins, before=ends),
        **{name: (rate.numerator, rate.denominator, rate.unanswered) for name, rate in vars(known).items()},
    ))
    return True
