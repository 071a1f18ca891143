"""公示: what everybody may know of a community, in numbers of which nobody is found out.

No rate is shown that fewer than five stand behind, and none from which such a one could be reckoned by taking what is shown from
a sum that is shown (threshold rule and secondary suppression: A. Hundepool et al., Statistical Disclosure Control, Wiley 2012,
chapter 4). The board stands still from midnight to midnight, so that nobody sees a single answer arrive.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chassis.errors import NotFound
from services.reports.domain.figures import Figures, Rate

FEWEST = 5
MONTHS_SHOWN = 6
REST = "rest"  # the categories that are too small to be shown alone
_COMMUNITY_DEPTH = 3


class NoSuchCommunity(NotFound):
    """A board is a community's."""

    zh = "没有找到该社区"


@dataclass(frozen=True)
class PlaceFigures:
    """What a poster tells of the last month: how many were filed by it, how many of them are mended, half of them how fast."""

    filed: int
    resolved: int
    median_hours: float | None

    @property
    def is_told(self) -> bool:
        """Fewer than five would tell of somebody; so would those that are left over."""
        return self.filed >= FEWEST and self.resolved >= FEWEST


def is_board(area: str) -> bool:
    """Whether an area is a community's."""
    return area.count(".") + 1 == _COMMUNITY_DEPTH


def bounded(rate: Rate) -> Rate | None:
    """The rate, None while fewer than five stand behind it."""
    return rate if rate.denominator >= FEWEST else None


def is_small(figures: Figures) -> bool:
    """Whether somebody could be found out by one of its rates."""
    return any(0 < rate.denominator < FEWEST for rate in (figures.response, figures.resolved, figures.satisfied))


def folded(groups: Mapping[str, Figures]) -> dict[str, Figures]:
    """The groups of one sum, the small ones put together as `rest`, with as many others as it takes; else none at all."""
    waiting = sorted(groups, key=lambda name: (not is_small(groups[name]), groups[name].cases))
    rest, into = Figures(), 0
    while into < len(waiting) and (is_small(groups[waiting[into]]) or is_small(rest)):
        rest, into = rest + groups[waiting[into]], into + 1
    if is_small(rest):
        return {}
    shown = {name: groups[name] for name in waiting[into:]}
    return shown | ({REST: rest} if into else {})

