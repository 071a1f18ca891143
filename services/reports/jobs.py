"""What reports does by the clock."""

from sqlalchemy import select

from chassis.db import Work
from chassis.process import Running
from services.reports.actions import photos, waiting, whistles
from services.reports.actions import reports as acts
from services.reports.actions.darkroom import Darkroom
from services.reports.domain.machine import Status
from services.reports.domain.report import SETTLED_AFTER, Report
from services.reports.store.tables import reports


async def close_settled(running: Running) -> None:
    """Close what was resolved a week ago and nobody objected to."""
    while await running.database.do(_close_one):
        pass


async def ring_clocks(running: Running) -> None:
    """Remind of what is soon due, hand up what is over; two sweepers hold different reports."""
    while await running.database.do(waiting.ring_one):
        pass


async def resume_waiting(running: Running) -> None:
    """Go on with what has waited long enough."""
    while await running.database.do(waiting.resume_one):
        pass


async def tell_late(running: Running) -> None:
    """Say of each summoned unit that is not there in time that it is late."""
    while await running.database.do(whistles.tell_late):
        pass


async def develop_photos(running: Running) -> None:
    """Develop what residents and staff sent, oldest first."""
    async with Darkroom() as darkroom:
        while await running.database.do(lambda work: photos.develop_one(work, running.files, darkroom)):
            pass


async def _close_one(work: Work) -> bool:
    settled = reports.c.resolved_at <= work.now - SETTLED_AFTER
    asked = select(Report).where(reports.c.status == Status.RESOLVED, settled).limit(1).with_for_update(skip_locked=True)
    report = await work.session.scalar(asked)
    if report is None:
        return False
    work.announce(report.close(by=None, at=work.now))
    await acts.keep(work, report, None)
    return True
