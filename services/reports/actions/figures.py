"""Figures are read by who serves there; what was known at an instant stays what was known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chassis.db import Work
from chassis.rights import Actor, Scope
from services.reports.actions.punctual import on_time
from services.reports.domain.clock import Kind
from services.reports.domain.figures import Months, Pace, must_be_known, summed
from services.reports.domain.punctual import OnTime
from services.reports.store import clustered as store
from services.reports.store import figures, repeated
from services.reports.store.figures import Asked, GroupBy


@dataclass(frozen=True)
class Wanted:
    """What is asked: from one month (`2026-10`) to another, in which groups, of which area, as known at which instant."""

    first: str
    last: str
    by: GroupBy
    area: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Where:
    """The area that is asked about."""

    area: str


async def shown(work: Work, *, by: Actor, wanted: Wanted) -> dict[str, Any]:
    """The three rates of each group where this person serves: MonthsOutOfOrder, NotYetKnown, NotFound of an area elsewhere."""
    asked, scope = _asked(work, by, wanted)
    return _told(asked.at, summed(await figures.counted(work, asked, scope)))


async def paced(work: Work, *, by: Actor, wanted: Wanted) -> dict[str, Any]:
    """How long it takes there, how often it comes back, how many clocks were kept; the same refusals."""
    asked, scope = _asked(work, by, wanted)
    paces, kept = dict(await figures.paced(work, asked, scope)), await on_time(work, asked, scope)
    nothing = {kind.value: OnTime() for kind in Kind}
    groups = [
        {"group": group, **vars(paces.get(group, Pace())), "on_time": kept.get(group, nothing)}
        for group in sorted({*paces, *kept})
    ]
    return {"at": asked.at, "groups": groups}


async def clustered(work: Work, *, by: Actor, wanted: Wanted, area: str) -> dict[str, Any]:
    """Clusters against households of an area where this person serves: the same refusals."""
    asked, _ = _asked(work, by, replace(wanted, area=area))
    grouped: Any = asked.by
    found = await store.counted(work, store.Wanted(area, asked.months, grouped, asked.at))
    groups = [{"group": group, "clusters": one.clusters, "households": one.households, "per_thousand": one.per_thousand}
              for group, one in sorted(found.items())]
    return {"at": asked.at, "groups": groups}


async def repeating(work: Work, *, by: Actor, wanted: Wanted, groups: repeated.By) -> dict[str, Any]:
    """How much of what is filed there comes again: the same refusals."""
    asked, scope = _asked(work, by, wanted)
    found = await repeated.counted(work, asked, groups, scope)
    return {"at": asked.at, "groups": [{"group": group, "repeated": found[group]} for group in sorted(found)]}


def _asked(work: Work, by: Actor, wanted: Wanted) -> tuple[Asked, Scope]:
    scope = by.scope("figures.read")
    if wanted.area is not None:
        by.may("figures.read").check(Where(wanted.area))
    at = must_be_known(wanted.at, work.now)
    return Asked(Months.named(wanted.first, wanted.last), wanted.by, at, wanted.area), scope


def _told(at: datetime, found: Mapping[str, Any]) -> dict[str, Any]:
    return {"at": at, "groups": [{"group": group, **vars(found[group])} for group in sorted(found)]}
