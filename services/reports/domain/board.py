"""公示: what everybody may know of a community, in numbers of which nobody is found out.

No rate is shown that fewer than five stand behind, and none from which such a one could be reckoned by taking what is shown from
a sum that is shown (threshold rule and secondary suppression: A. Hundepool et al., Statistical Disclosure Control, Wiley 2012,
chapter 4). Five are five people: one who reports much is one. A month is told once all may have answered, and then as it stood
at that instant: a board that went on from day to day would tell each single answer by the difference of two days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.errors import NotFound
from services.reports.domain.figures import Figures, Months, Rate

FEWEST = 5
SETTLES = timedelta(days=8)  # after its end a month changes no more: one answers within seven days, of which the last is whole
MONTHS_SHOWN = 6
REST = "rest"  # the groups that are too small to be shown alone
_COMMUNITY_DEPTH = 3


class NoSuchCommunity(NotFound):
    """A board is a community's."""

    zh = "没有找到该社区"


@dataclass(frozen=True)
class PlaceFigures:
    """What a poster tells of the last month: how many were filed by it, how many of them are mended, half of them how fast."""

    filed: int
    resolved: int
    people: int  # whose reports were mended
    median_hours: float | None

    @property
    def is_told(self) -> bool:
        """Fewer than five people would tell of somebody, however much they filed."""
        return self.people >= FEWEST


def is_board(area: str) -> bool:
    """Whether an area is a community's."""
    return area.count(".") + 1 == _COMMUNITY_DEPTH


def settled(at: datetime, many: int) -> tuple[Months, datetime]:
    """So many months, the last the newest that changes no more, and the instant at which it was so far."""
    months = Months.until(at - SETTLES, many)
    return months, months.before + SETTLES


def is_few(many: int) -> bool:
    """Whether there is somebody, and they could be found out."""
    return 0 < many < FEWEST


def bounded(figures: Figures, people: int) -> dict[str, Rate | None]:
    """Each rate, None while fewer than five stand behind it; what people said needs five people who said something."""
    heard = {"resolved", "satisfied"} if people >= FEWEST else set()
    known = {"response"} | heard
    return {
        name: rate if name in known and rate.denominator >= FEWEST else None for name, rate in vars(figures).items()
    }


def silent(figures: Figures) -> dict[str, int | None]:
    """How many are not known of, by rate: none of the three if one is few, for they are much the same people."""
    found = {name: rate.unanswered for name, rate in vars(figures).items()}
    return dict.fromkeys(found) if any(map(is_few, found.values())) else dict(found)


def is_small(figures: Figures, people: int) -> bool:
    """Whether somebody could be found out by one of its rates."""
    return is_few(people) or any(is_few(rate.denominator) for rate in vars(figures).values())


def folded(groups: Mapping[str, Figures], people: Mapping[str, int]) -> dict[str, tuple[Figures, int]]:
    """The groups of one sum with their people, the small put together as `rest`, with as many others as it takes; else none.

    How many people stand behind the rest is not known, for who spoke of two is one: no fewer than behind its largest.
    """
    told = {name: (groups[name], people.get(name, 0)) for name in groups}
    waiting = sorted(told, key=lambda name: (not is_small(*told[name]), groups[name].cases))
    rest, into = (Figures(), 0), 0
    while into < len(waiting) and (is_small(*told[waiting[into]]) or is_small(*rest)):
        more, into = told[waiting[into]], into + 1
        rest = rest[0] + more[0], max(rest[1], more[1])
    if is_small(*rest):
        return {}
    shown = {name: told[name] for name in waiting[into:]}
    return shown | ({REST: rest} if into else {})


def counted(groups: Mapping[str, int]) -> dict[str, int]:
    """Counts by category, the few put together as `rest` with as many others as it takes; else none at all."""
    waiting = sorted(groups, key=lambda name: (not is_few(groups[name]), groups[name]))
    rest, into = 0, 0
    while into < len(waiting) and (is_few(groups[waiting[into]]) or is_few(rest)):
        rest, into = rest + groups[waiting[into]], into + 1
    if is_few(rest):
        return {}
    return {name: groups[name] for name in waiting[into:]} | ({REST: rest} if into else {})
