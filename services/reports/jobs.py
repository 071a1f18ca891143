"""What reports does by the clock."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from sqlalchemy import select

from chassis.db import Work
from chassis.outgoing import Caller
from chassis.process import Running
from services.reports.actions import (
    checks,
    classifying,
    clusters,
    cures,
    developing,
    exports,
    handovers,
    hooks,
    photos,
    publications,
    taking_back,
    telling,
    waiting,
    whistles,
)
from services.reports.actions.darkroom import Darkroom
from services.reports.actions.keeping import keep
from services.reports.actions.shutter import Shutter
from services.reports.clients import moderation
from services.reports.clients.moderation import Moderation
from services.reports.domain.machine import Status
from services.reports.domain.recording import Kind as Recorded
from services.reports.domain.report import SETTLED_AFTER, Report
from services.reports.settings import ReportsSettings
from services.reports.store import hooks as kept
from services.reports.store import queries
from services.reports.store.tables import reports

_LANES = 4  # an address that is slow keeps one of them busy


async def close_settled(running: Running) -> None:
    """Close what was resolved a week ago and nobody objected to."""
    await _each(running, _close_one)


async def ring_clocks(running: Running) -> None:
    """Remind of what is soon due, hand up what is over; two sweepers hold different reports."""
    await _each(running, waiting.ring_some)


async def count_days(running: Running) -> None:
    """Say how yesterday was in each community, and what was not said of the days before."""
    await _each(running, telling.count_a_day)


async def resume_waiting(running: Running) -> None:
    """Go on with what has waited long enough."""
    await _each(running, waiting.resume_one)


async def make_exports(running: Running) -> None:
    """Make the lists that were asked for, and throw away what nobody may fetch any more."""
    while await exports.work_one(running):
        pass
    while await exports.sweep_one(running):
        pass
    while await running.database.do(exports.tell_one):
        pass


async def hand_over(running: Running) -> None:
    """What lies with who is away goes to who takes over; what a handover that is over gave out comes back."""
    await _each(running, handovers.back_one)
    await _each(running, handovers.hand_one)


async def remind_cures(running: Running) -> None:
    """Say whose cause is to be looked at today, and to the officers what is a week over."""
    await _each(running, cures.remind_one)


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


async def learn_categories(running: Running) -> None:
    """Learn from what was mended which words are about what; once a day."""
    await classifying.learn(running.database)


async def develop_voices(running: Running) -> None:
    """Write anew what was said, oldest first; nobody who speaks waits for a video."""
    while await developing.next_one(running, Recorded.VOICE):
        pass


async def develop_videos(running: Running) -> None:
    """The same of what was filmed."""
    while await developing.next_one(running, Recorded.VIDEO):
        pass


async def forget_recordings(running: Running) -> None:
    """Delete the recordings of who was forgotten, and what was sent and is not needed any more."""
    while await running.database.do(lambda work: developing.forget_one(work, running.files)):
        pass
    while await running.database.do(lambda work: developing.delete_one(work, running.files)):
        pass
    while await running.database.do(lambda work: developing.sweep_one(work, running.files)):
        pass


async def check_contents(running: Running) -> None:
    """Have what was written and photographed looked at; when nobody answers, the next round goes on."""
    provider = moderation.of(_settings(running))
    while provider is not None and await check_one(running, provider):
        pass


async def remind_of_checks(running: Running) -> None:
    """Say of what has waited for staff too long that it does."""
    await _each(running, checks.remind_one)


async def check_one(running: Running, provider: Moderation) -> bool:
    """Ask one question, and write down what came of it; False if none is due or nobody answers. Nothing is held meanwhile."""
    taken: checks.Taken | None = await running.database.do(checks.take)
    if taken is None:
        return False
    verdict = await checks.asked(taken, running.files, provider)
    await running.database.do(partial(checks.hear, taken=taken, verdict=verdict))
    return verdict is not None


async def tell_hooks(running: Running) -> None:
    """Tell addresses how reports went on, several at once; any number of workers may."""
    if await tell_one(running):
        async with asyncio.TaskGroup() as lanes:
            for _ in range(_LANES):
                lanes.create_task(_lane(running))


async def _lane(running: Running) -> None:
    while await tell_one(running):
        pass


async def tell_one(running: Running, caller: Caller = Caller()) -> bool:  # noqa: B008 - it is frozen, and has nothing of its own
    """Make the next delivery, and write down what came of it; False if none is due. Nothing is held meanwhile."""
    taken: hooks.Taken | None = await running.database.do(hooks.take)
    if taken is None:
        return False
    took, status = await caller.tell(taken.endpoint, taken.body, taken.headers)
    await running.database.do(partial(hooks.told, taken=taken, took=took, status=status))
    return True


async def forget_deliveries(running: Running) -> None:
    """What was told a month ago is in no log any more."""
    while await running.database.do(kept.forget):
        pass


async def forget_photos(running: Running) -> None:
    """Delete the photos of who was forgotten, and what was taken back."""
    while await running.database.do(lambda work: photos.forget_one(work, running.files)):
        pass
    while await running.database.do(lambda work: taking_back.delete_photo(work, running.files)):
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


def _settings(running: Running) -> ReportsSettings:
    """Those of this service."""
    if not isinstance(running.settings, ReportsSettings):
        raise TypeError(running.settings)
    return running.settings
