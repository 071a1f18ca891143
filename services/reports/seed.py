"""The demo's reports: sixty over three months, by the same actions as real ones, with past times and drawn photos."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid5

from PIL import Image, ImageDraw, ImageFilter
from sqlalchemy import select

from chassis import directory, uploads
from chassis.db import Work
from chassis.process import Running
from chassis.rights import Actor, Assignment
from contracts.area import Role, contains
from services.reports.actions import reports as acts
from services.reports.domain.coordinates import Point
from services.reports.domain.demo import REASONS, STORIES, Story
from services.reports.domain.report import Report
from services.reports.domain.rights import RIGHTS
from services.reports.store import queries

COUNT, DAYS = 60, 90
_NAMESPACE = UUID("6ba7b811-9dad-41d1-80b4-00c04fd430c8")
_CENTRE = Point(30.6206, 104.1262)  # 成龙路街道, WGS-84


async def run(running: Running) -> None:
    """File what is not filed yet; waits until the directory has arrived."""
    homes, workers, names = await _directory(running)
    chance = random.Random(20260101)  # noqa: S311 - the same demo every time
    now = running.settings.clock.now()
    for n in range(COUNT):
        age = timedelta(days=DAYS * (1 - n / COUNT), hours=chance.uniform(1, 20))
        reporter, room = homes[n * 5 % len(homes)]
        worker = next(person for person, area in workers if contains(area, room))
        case = _Case(n, story=STORIES[n % len(STORIES)], reporter=reporter, room=room, worker=worker, at=now - age, names=names)
        await _live(running, chance, case)


class _Case:
    """One report of the demo: who, where, what, when."""

    def __init__(
        self, n: int, *, story: Story, reporter: UUID, room: str, worker: UUID, at: datetime, names: dict[str, str]
    ) -> None:
        self.n, self.story, self.at = n, story, at
        self.token = uuid5(_NAMESPACE, f"demo report {n}")
        self.reporter = Actor(reporter, (), (room,), RIGHTS)
        self.area = room.rpartition(".")[0]
        self.worker = Actor(worker, (Assignment(Role.GRID_WORKER, self.area),), (), RIGHTS)
        parts = self.area.split(".")
        self.place = "".join(names.get(".".join(parts[:length]), "") for length in range(5, len(parts) + 1))


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


async def _live(running: Running, chance: random.Random, case: _Case) -> None:
    async with running.database.reading() as work:
        if await queries.by_client_token(work, case.reporter.id, case.token) is not None:
            return
    at = case.at
    before = await _photos(running, case.reporter.id, case, after=False)
    point = Point(_CENTRE.lat + chance.uniform(-0.004, 0.004), _CENTRE.lng + chance.uniform(-0.004, 0.004))
    filing = acts.Filing(case.story.text.format(place=case.place), case.story.category, case.area, case.token, point, before)
    report: Report = await running.database.do(
        lambda work: acts.file(work, running.files, by=case.reporter, filing=filing), now=at
    )
    for step in _steps(running, case, report.id)[: _length(case.n)]:
        at += timedelta(minutes=chance.uniform(20, 600))
        if at < running.settings.clock.now():
            await step(at)


def _length(n: int) -> int:
    """How far a report has come: the newest stand at the beginning, most are closed."""
    return max(0, COUNT - 1 - n) if n > COUNT - 6 else (7 if n % 11 == 0 else 5)


def _steps(running: Running, case: _Case, report: UUID) -> list[Callable[[datetime], Awaitable[Any]]]:
    def step(act: Callable[[Work], Awaitable[Any]]) -> Callable[[datetime], Awaitable[Any]]:
        return lambda at: running.database.do(act, now=at)

    async def resolve(at: datetime) -> None:
        photos = await _photos(running, case.worker.id, case, after=True)
        await running.database.do(lambda work: acts.resolve(
            work, running.files, report, by=case.worker, note=case.story.mended, photos=photos
        ), now=at)

    stars = (5, 4, 5, 3, 5, 4, 2)[case.n % 7]
    return [
        step(lambda work: acts.accept(work, report, by=case.worker)),
        step(lambda work: acts.assign(work, report, by=case.worker, to=case.worker.id)),
        step(lambda work: acts.process(work, report, by=case.worker)),
        resolve,
        step(lambda work: acts.rate(work, report, by=case.reporter, satisfaction=stars)),
        step(lambda work: acts.reopen(work, report, by=case.reporter, reason=REASONS[case.n % 2])),
        step(lambda work: acts.accept(work, report, by=case.worker)),
    ]


async def _photos(running: Running, owner: UUID, case: _Case, *, after: bool) -> list[UUID]:
    """Draw, upload and return the ids; by the same grant and claim as a phone's photos."""
    made = []
    for k in range(1 if after or case.n % 3 else 2):
        content = await asyncio.to_thread(draw, case.n * 10 + k, after=after)

        async def granted(work: Work, size: int = len(content)) -> uploads.Grant:
            return await uploads.grant(
                work, running.files, owner=owner, kind=acts.PHOTO, content_type="image/jpeg", size=size
            )

        grant: uploads.Grant = await running.database.do(granted)  # now: an old grant would be swept away
        async with running.database.reading() as work:
            key = await work.session.scalar(select(uploads.uploads.c.key).where(uploads.uploads.c.id == grant.id))
        await running.files.put(key or "", content, "image/jpeg")
        made.append(grant.id)
    return made


def draw(seed: int, *, after: bool) -> bytes:
    """A photo of a stairwell: dark and stained before, lit and clean after."""
    chance = random.Random(seed)  # noqa: S311 - a drawing
    wall = chance.choice([(196, 188, 170), (178, 190, 186), (205, 196, 186)])
    light = 1.0 if after else 0.45
    picture = Image.new("RGB", (960, 720), _dim(wall, light))
    pen = ImageDraw.Draw(picture)
    pen.polygon([(0, 720), (960, 720), (700, 470), (260, 470)], fill=_dim((128, 122, 116), light))
    for step in range(8):
        y = 470 - step * 28
        pen.rectangle([330 + step * 18, y - 20, 700 - step * 8, y], fill=_dim((150 + step * 6,) * 3, light))
    lamp = (430 + chance.randrange(120), 60)
    pen.ellipse([lamp[0] - 34, lamp[1] - 20, lamp[0] + 34, lamp[1] + 20], fill=(255, 244, 200) if after else (70, 66, 60))
    for _ in range(0 if after else chance.randrange(5, 12)):
        x, y, r = chance.randrange(960), chance.randrange(470, 720), chance.randrange(12, 60)
        pen.ellipse([x - r, y - r // 3, x + r, y + r // 3], fill=_dim((90, 82, 70), light))
    out = BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1.2)).save(out, "JPEG", quality=78)
    return out.getvalue()


def _dim(colour: tuple[int, int, int], light: float) -> tuple[int, int, int]:
    red, green, blue = (min(255, int(part * light)) for part in colour)
    return red, green, blue
