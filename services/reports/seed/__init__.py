"""The demo's reports: three hundred over six months, by the same actions as real ones, with past times and drawn photos."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select

from chassis import directory, uploads
from chassis.db import Work
from chassis.files import StoreUnavailable
from chassis.process import Running
from chassis.rights import Actor, Assignment
from contracts.area import Role, contains, lineage
from services.reports.actions import reports as acts
from services.reports.domain.coordinates import Point
from services.reports.domain.demo import LIVES, REASONS, STORIES, Story
from services.reports.domain.report import Report
from services.reports.domain.rights import RIGHTS
from services.reports.seed import anchors
from services.reports.seed.scenes import draw
from services.reports.store import queries

COUNT, DAYS = 300, 183
_AT_ONCE, _TRIES = 4, 5
_NAMESPACE = UUID("6ba7b811-9dad-41d1-80b4-00c04fd430c8")
_CENTRE = Point(30.6206, 104.1262)  # 成龙路街道, WGS-84


async def run(running: Running) -> None:
    """File what is not filed yet; waits until the directory has arrived."""
    homes, workers, names = await _directory(running)
    now, turn = running.settings.clock.now(), asyncio.Semaphore(_AT_ONCE)
    await anchors.hang(running, now - timedelta(days=DAYS))

    async def lived(n: int) -> None:
        chance = random.Random(f"demo report {n}")  # noqa: S311 - the same demo every time
        reporter, room = chance.choice(homes)
        worker = next(person for person, area in workers if contains(area, room))
        case = _Case(n, chance, reporter=reporter, room=room, worker=worker, at=_moment(n, chance, now), names=names)
        async with turn:
            await _live(running, case)

    async with running.database.work() as telling:
        await queries.telling_the_past(telling)
        async with asyncio.TaskGroup() as group:
            for n in range(COUNT):
                group.create_task(lived(n))


def _moment(n: int, chance: random.Random, now: datetime) -> datetime:
    """Spread over the days, more of them lately, by day and evening; the last five came within the last hours."""
    if n >= COUNT - 5:
        return now - timedelta(minutes=chance.uniform(5, 90))
    day = (now - timedelta(days=1 + DAYS * (1 - n / COUNT) ** 1.15)).replace(hour=0, minute=0)
    return day + timedelta(hours=max(-1.0, min(14.5, chance.gauss(6, 4))))  # UTC; 06:00 is two in the afternoon there


class _Case:
    """One report of the demo: who, where, what, when, and how its life goes."""

    def __init__(
        self, n: int, chance: random.Random, *, reporter: UUID, room: str, worker: UUID, at: datetime, names: dict[str, str]
    ) -> None:
        self.n, self.chance, self.at = n, chance, at
        self.story: Story = chance.choice(STORIES)
        self.life = chance.choices([life.steps for life in LIVES], [life.weight for life in LIVES])[0]
        self.token = uuid5(_NAMESPACE, f"demo report {n}")
        self.reporter = Actor(reporter, (), (room,), RIGHTS)
        self.area = room.rpartition(".")[0]
        self.worker = Actor(worker, (Assignment(Role.GRID_WORKER, self.area),), (), RIGHTS)
        self.place = "".join(names.get(path, "") for path in lineage(self.area)[4:])


async def _directory(running: Running) -> tuple[list[tuple[UUID, str]], list[tuple[UUID, str]], dict[str, str]]:
    """Homes, grid workers and names of areas, once identity's events have come."""
    for _ in range(120):
        async with running.database.reading() as work:
            homes = list(await work.session.execute(select(directory.bindings).order_by(directory.bindings.c.area)))
            found = await work.session.execute(
                select(directory.assignments).where(directory.assignments.c.role == Role.GRID_WORKER)
            )
            workers = [(row.person_id, row.area) for row in found]
            named = {row.path: row.name for row in await work.session.execute(select(directory.areas))}
        if homes and all(any(contains(area, home.area) for _, area in workers) for home in homes):
            return [(row.person_id, row.area) for row in homes], workers, named
        await asyncio.sleep(0.5)
    raise TimeoutError("the directory did not arrive: is identity's worker running?")


async def _live(running: Running, case: _Case) -> None:
    async with running.database.reading() as work:
        if await queries.by_client_token(work, case.reporter.id, case.token) is not None:
            return
    at, chance = case.at, case.chance
    before = await _photos(running, case.reporter.id, case, after=False)
    point = Point(_CENTRE.lat + chance.uniform(-0.004, 0.004), _CENTRE.lng + chance.uniform(-0.004, 0.004))
    filing = acts.Filing(case.story.text.format(place=case.place), case.story.category, case.area, case.token, point, before)
    report: Report = await running.database.do(
        lambda work: acts.file(work, running.files, by=case.reporter, filing=filing), now=at
    )
    steps = _steps(running, case, report.id)
    for name in case.life:
        at += _PAUSES[name].drawn(chance)
        if at >= running.settings.clock.now():
            return
        await steps[name](at)


@dataclass(frozen=True)
class _Pause:
    """How long people take before a step: a middle, and how far it strays."""

    hours: float
    strays: float = 0.8

    def drawn(self, chance: random.Random) -> timedelta:
        return timedelta(hours=min(self.hours * 6, chance.lognormvariate(0, self.strays) * self.hours))


_PAUSES = {
    "accept": _Pause(1.2), "assign": _Pause(0.6), "return": _Pause(3), "process": _Pause(4), "resolve": _Pause(18, 1.0),
    "rate": _Pause(14), "rate badly": _Pause(8), "close": _Pause(90, 0.4), "reopen": _Pause(20),
}


def _steps(running: Running, case: _Case, report: UUID) -> dict[str, Callable[[datetime], Awaitable[Any]]]:
    def step(act: Callable[[Work], Awaitable[Any]]) -> Callable[[datetime], Awaitable[Any]]:
        return lambda at: running.database.do(act, now=at)

    async def resolve(at: datetime) -> None:
        photos = await _photos(running, case.worker.id, case, after=True)
        await running.database.do(lambda work: acts.resolve(
            work, running.files, report, by=case.worker, note=case.story.mended, photos=photos
        ), now=at)

    stars = case.chance.choices((5, 4, 3), (6, 3, 1))[0]
    return {
        "accept": step(lambda work: acts.accept(work, report, by=case.worker)),
        "assign": step(lambda work: acts.assign(work, report, by=case.worker, to=case.worker.id)),
        "return": step(lambda work: acts.give_back(work, report, by=case.worker, reason="不在现场，请改派。")),
        "process": step(lambda work: acts.process(work, report, by=case.worker)),
        "resolve": resolve,
        "rate": step(lambda work: acts.rate(work, report, by=case.reporter, satisfaction=stars)),
        "rate badly": step(lambda work: acts.rate(work, report, by=case.reporter, satisfaction=2)),
        "close": step(lambda work: acts.close(work, report, by=case.worker)),
        "reopen": step(lambda work: acts.reopen(work, report, by=case.reporter, reason=case.chance.choice(REASONS))),
    }


async def _photos(running: Running, owner: UUID, case: _Case, *, after: bool) -> list[UUID]:
    """Draw, upload and return the ids; by the same grant and claim as a phone's photos."""
    made = []
    for k in range(1 if after else case.chance.choices((1, 2, 3), (6, 3, 1))[0]):
        content = await asyncio.to_thread(draw, case.n * 10 + k, case.story.category, after=after)

        async def granted(work: Work, size: int = len(content)) -> uploads.Grant:
            return await uploads.grant(
                work, running.files, owner=owner, kind=acts.PHOTO, content_type="image/jpeg", size=size
            )

        grant: uploads.Grant = await running.database.do(granted)  # now: an old grant would be swept away
        async with running.database.reading() as work:
            key = await work.session.scalar(select(uploads.uploads.c.key).where(uploads.uploads.c.id == grant.id))
        await _put(running, key or "", content)
        made.append(grant.id)
    return made


async def _put(running: Running, key: str, content: bytes) -> None:
    """Put a photo; the demo's store now and then loses a new object's name to a folder that is taken away beside it."""
    for again in range(_TRIES):
        try:
            await running.files.put(key, content, "image/jpeg")
        except StoreUnavailable:
            if again == _TRIES - 1:
                raise
            await asyncio.sleep(0.2)
        else:
            return
