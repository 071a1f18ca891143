"""What reports does by the clock."""

from collections.abc import Awaitable, Callable

from sqlalchemy import select

from chassis.db import Work
from chassis.process import Running
from services.reports.actions import clusters, exports, handovers, photos, publications, waiting, whistles
from services.reports.actions.darkroom import Darkroom
from services.reports.actions.keeping import keep
from services.reports.actions.shutter import Shutter
from services.reports.domain.machine import Status
from services.reports.domain.report import SETTLED_AFTER, Report
from services.reports.store import queries
from services.reports.store.tables import reports


async def close_settled(running: Running) -> None:
    """Close what was resolved a week ago and nobody objected to."""
    await _each(running, _close_one)


async def ring_clocks(running: Running) -> None:
    """Remind of what is soon due, hand up what is over; two sweepers hold different reports."""
    await _each(running, waiting.ring_one)


async def resume_waiting(running: Running) -> None:
    """Go on with what has waited long enough."""
    await _each(running, waiting.resume_one)


async def make_exports(running: Running) -> None:
    """Make the lists that were asked for, and throw away what nobody may fetch any more."""
    while await exports.work_one(running):
        pass
    while await exports.sweep_one(running):
        pass


async def hand_over(running: Running) -> None:
    """What lies with who is away goes to who takes over; what a handover that is over gave out comes back."""
    await _each(running, handovers.back_one)
    await _each(running, handovers.hand_one)


async def tell_late(running: Running) -> None:
    """Say of each summoned unit that is not there in time that it is late."""
    await _each(running, whistles.tell_late)


async def develop_photos(running: Running) -> None:
    """Develop what residents and staff sent, oldest first."""
    async with Darkroom() as darkroom:
        while await running.database.do(lambda work: photos.develop_one(work, running.files, darkroom)):
            pass


async def cover_photos(running: Running) -> None:
    """Look for faces and plates in what was developed, and make the copies that everybody sees."""
    async with Shutter() as shutter:
        while await running.database.do(lambda work: publications.take_one(work, running.files, shutter)):
            pass


async def forget_photos(running: Running) -> None:
    """Delete the photos of who was forgotten."""
    while await running.database.do(lambda work: photos.forget_one(work, running.files)):
        pass


async def _each(running: Running, one: Callable[[Work], Awaitable[bool]]) -> None:
    """One after the other, while there is one; none while the demo's past is told: what was due then comes later in its story."""

    async def next_one(work: Work) -> bool:
        return await queries.past_is_told(work) and await one(work)

    while await running.database.do(next_one):
        pass


async def _close_one(work: Work) -> bool:
    settled = reports.c.resolved_at <= work.now - SETTLED_AFTER
    asked = select(Report).where(reports.c.status == Status.RESOLVED, settled).limit(1).with_for_update(skip_locked=True)
    report = await work.session.scalar(asked)
    if report is None:
        return False
    work.announce(await clusters.heard(work, report, report.close(by=None, at=work.now)))
    await keep(work, report, None)
    return True
