"""Whom something concerns, as notify's own directory knows them now; who no longer serves there is not told of it."""

from collections.abc import Sequence
from uuid import UUID

from chassis.db import Work
from chassis.directory import serving
from contracts.reports import LADDER
from services.notify.store import queries


async def office(work: Work, level: int | None, place: str, *, but: UUID | None = None) -> list[UUID]:
    """Who holds the office of this level, 1 to 4 (None: the first); where nobody does but one who knows, the next one up."""
    for role in LADDER[(level or 1) - 1 :]:
        holding = [person for person in await serving(work, role, place) if person != but]
        if holding:
            return holding
    return []


async def next_up(work: Work, level: int | None, place: str) -> list[UUID]:
    """Who holds the next office above the one that has it; the same, where nobody holds a higher one."""
    below: list[UUID] = []
    for role in LADDER[(level or 1) - 1 :]:
        holding = list(await serving(work, role, place))
        if below and holding:
            return holding
        below = below or holding
    return below


async def in_hand(work: Work, people: Sequence[UUID | None], level: int | None, place: str) -> list[UUID]:
    """The first of these people who serves there still; without any, the office that has it."""
    named = [person for person in people if person is not None]
    still = await queries.still_serving(work, named, place)
    first = next((person for person in named if person in still), None)
    return [first] if first is not None else await office(work, level, place)
