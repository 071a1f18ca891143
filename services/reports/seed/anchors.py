"""The demo's 点位码: a few in each courtyard, entered by the community's officer."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from chassis import directory
from chassis.db import Work
from chassis.process import Running
from chassis.rights import Actor, Assignment
from contracts.area import Role, contains
from services.reports.actions import anchors as acts
from services.reports.domain.anchor import AnchorThere
from services.reports.domain.demo import SPOTS
from services.reports.domain.rights import RIGHTS

_COURTYARD, _TRIES = 5, 120  # its depth in the tree; half seconds


async def hang(running: Running, at: datetime) -> None:
    """Enter what does not hang yet; waits for identity's word that all of the directory was published."""
    for _ in range(_TRIES):
        async with running.database.reading() as work:
            if await work.session.scalar(select(directory.mark.c.marked_at).limit(1)) is not None:
                break
        await asyncio.sleep(0.5)
    paths, officers = await _directory(running)
    for officer, community in officers:
        actor = Actor(officer, (Assignment(Role.COMMUNITY_OFFICER, community),), (), RIGHTS)
        for entry in _entries([path for path in paths if contains(community, path)]):
            await _entered(running, actor, entry, at)


def _entries(paths: Sequence[str]) -> list[acts.Entry]:
    """For every courtyard each spot, at the first area of its depth."""
    yards = sorted(path for path in paths if path.count(".") + 1 == _COURTYARD)
    found = [(spot, [path for path in paths if path.count(".") + 1 == spot.depth and contains(yard, path)])
             for yard in yards for spot in SPOTS]
    return [acts.Entry(min(places), spot.asset, spot.category) for spot, places in found if places]


async def _directory(running: Running) -> tuple[list[str], list[tuple[UUID, str]]]:
    """The paths of the tree, and who is the officer of which community."""
    held = directory.assignments.c
    async with running.database.reading() as work:
        asked = select(held.person_id, held.area).where(held.role == Role.COMMUNITY_OFFICER).order_by(held.area)
        officers = [(row.person_id, row.area) for row in await work.session.execute(asked)]
        return list(await work.session.scalars(select(directory.areas.c.path))), officers


async def _entered(running: Running, actor: Actor, entry: acts.Entry, at: datetime) -> None:
    async def enter(work: Work) -> None:
        await acts.enter(work, by=actor, entry=entry)

    try:
        await running.database.do(enter, now=at)
    except AnchorThere:
        return
