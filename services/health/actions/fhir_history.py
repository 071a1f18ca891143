"""What an appointment said before: FHIR R4 (4.0.1) 3.1.0.4 (vread) and 3.1.0.12 (history).

Whoever may read it as it is now may read what it was; a consent that is taken back hides both.
"""

from dataclasses import dataclass
from datetime import datetime

from chassis.db import Work
from chassis.errors import NotFound
from chassis.prepared import Row
from chassis.rights import Actor
from services.health.actions import fhir, programs
from services.health.actions.fhir import Door
from services.health.domain.program import through
from services.health.domain.resources import Resource, rendered
from services.health.domain.search import key_of
from services.health.store import versions

_KIND = "Appointment"
_LARGEST = 2**31 - 1  # a number of the database's


@dataclass(frozen=True)
class Window:
    """Which versions are asked for: since when, older than which, how many (0: only how many there are)."""

    since: datetime | None = None
    below: int | None = None
    limit: int = 20


@dataclass(frozen=True)
class History:
    """Versions, newest first, how many there are, and below which number the next page begins."""

    versions: list[Resource]
    total: int
    next: int | None


async def history(work: Work, key: str, asked: Window, *, by: Actor, door: Door) -> History:
    """A page of what it said; NotFound, ConsentWithdrawn."""
    hospital, now = await _there(work, key, by=by, door=door)
    named = key_of(now["id"])
    if named is None:
        raise NotFound
    bound = {"hospital": hospital.id, "program": by.id, "since": asked.since, "below": asked.below}
    rows, total = await versions.of(work, named, **bound, limit=asked.limit + 1)
    shown = rows[: asked.limit]
    more = shown[-1].version if shown and len(rows) > asked.limit else None
    return History([rendered(_KIND, row) for row in shown], total, more)


async def version(work: Work, key: str, number: str, *, by: Actor, door: Door) -> Resource:
    """What it said then; NotFound, ConsentWithdrawn."""
    hospital, now = await _there(work, key, by=by, door=door)
    named = key_of(now["id"])
    is_number = number.isascii() and number.isdigit() and not number.startswith("0") and len(number) <= len(str(_LARGEST))
    if named is None or not is_number or int(number) > _LARGEST:
        raise NotFound
    row = await versions.one(work, named, int(number), hospital=hospital.id, program=by.id)
    if row is None:
        raise NotFound
    return rendered(_KIND, row)


async def _there(work: Work, key: str, *, by: Actor, door: Door) -> tuple[Row, Resource]:
    """The hospital, and the appointment as it is: the right, the consent, the day's sights and the register of accesses."""
    now = await fhir.read(work, _KIND, key, by=by, door=door)
    return await programs.speaking(work, through(by, "fhir.read", _KIND, "r")), now
