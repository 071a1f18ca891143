"""The public board: what everybody may know, none of whom is found out by it."""

from typing import Any

from chassis.db import Work
from services.reports.actions.anchors import hanging_by
from services.reports.domain import board as rules
from services.reports.domain.clustered import Clusters
from services.reports.domain.figures import Figures, summed
from services.reports.domain.terms import midnight
from services.reports.store import board, clustered, figures, places
from services.reports.store.figures import Asked


async def listed(work: Work) -> list[dict[str, str]]:
    """The communities that have a board."""
    return [{"area": area, "name": name} for area, name in (await board.communities(work)).items()]


async def shown(work: Work, area: str) -> dict[str, Any]:
    """A community's board: NoSuchCommunity."""
    named = (await board.communities(work)).get(area) if rules.is_board(area) else None
    if named is None:
        raise rules.NoSuchCommunity
    at = midnight(work.now)
    months, known_at = rules.settled(at, rules.MONTHS_SHOWN)
    last, _ = rules.settled(at, 1)
    by_month, speaking = await _counted(work, Asked(months, "month", known_at, area))
    per_household = await clustered.counted(work, clustered.Wanted(area, months, "month", known_at))
    categories = rules.folded(*await _counted(work, Asked(last, "category", known_at, area)))
    grids = rules.folded(*await _counted(work, Asked(last, "grid", known_at, area)))
    called = await places.names(work, grids)
    return {
        "area": area, "name": named, "known_at": known_at, "open_at": at, "fewest": rules.FEWEST,
        "months": [
            _month(name, by_month.get(name, Figures()), speaking.get(name, 0))
            | {"clusters": per_household.get(name, Clusters()).told}
            for name in months.names
        ],
        "categories": [{"group": name, **_told(*categories[name])} for name in sorted(categories)],
        # what was filed for the community and no grid of it is of none
        "grids": [
            {"group": name, "name": called.get(name) if name != area else None, **_told(*grids[name])} for name in sorted(grids)
        ],
        "open": rules.counted(await board.open_in(work, area, at)),
    }


async def at_a_place(work: Work, code: str) -> dict[str, Any]:
    """What a poster tells of the last month that changes no more; AnchorUnknown of one that hangs no longer."""
    anchor = await hanging_by(work, code)
    month, at = rules.settled(midnight(work.now), 1)
    found = await board.by_anchor(work, anchor.id, since=month.since, before=month.before, at=at)
    return {"month": month.names[0], "known_at": at, "figures": vars(found) if found.is_told else None}


async def _counted(work: Work, asked: Asked) -> tuple[dict[str, Figures], dict[str, int]]:
    return summed(await figures.counted(work, asked, None)), await figures.people(work, asked)


def _month(group: str, found: Figures, people: int) -> dict[str, Any]:
    return {"group": group, **_told(found, people), "unanswered": rules.silent(found)}


def _told(found: Figures, people: int) -> dict[str, Any]:
    return dict(rules.bounded(found, people))
