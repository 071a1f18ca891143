"""The public board: what everybody may know, as it stood at the last midnight."""

from typing import Any

from chassis.db import Work
from services.reports.actions.anchors import hanging_by
from services.reports.domain import board as rules
from services.reports.domain.figures import Figures, Months, summed
from services.reports.domain.terms import midnight
from services.reports.store import board, figures
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
    months, last = Months.until(at, rules.MONTHS_SHOWN), Months.until(at, 1)
    by_month = await _counted(work, Asked(months, "month", at, area))
    categories = rules.folded(await _counted(work, Asked(last, "category", at, area)))
    return {
        "area": area, "name": named, "known_at": at, "fewest": rules.FEWEST,
        "months": [_told(name, by_month.get(name, Figures())) for name in months.names],
        "categories": [_told(name, categories[name]) for name in sorted(categories)],
        "open": await board.open_in(work, area, at),
    }


async def at_a_place(work: Work, code: str) -> dict[str, Any]:
    """What a poster tells of the last month; AnchorUnknown of one that hangs no longer."""
    anchor = await hanging_by(work, code)
    at = midnight(work.now)
    month = Months.until(at, 1)
    found = await board.by_anchor(work, anchor.id, since=month.since, before=month.before, at=at)
    return {"month": month.names[0], "known_at": at, "figures": vars(found) if found.is_told else None}


async def _counted(work: Work, asked: Asked) -> dict[str, Figures]:
    return summed(await figures.counted(work, asked, None))


def _told(group: str, found: Figures) -> dict[str, Any]:
    return {"group": group, **{name: rules.bounded(rate) for name, rate in vars(found).items()}}
