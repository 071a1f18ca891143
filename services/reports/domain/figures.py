"""三率: how often one was answered in time (响应率), mended (解决率) and content (满意率), counted honestly from the log.

The practice is Beijing's 接诉即办 (北京市接诉即办工作条例, in force since 24 September 2021): whoever asked is called back
and says whether somebody came, whether it is mended, and whether they are content. Here nobody is called: a resident answers by
rating, or by reopening, and silence is shown as what it is. Every rate carries those it knows nothing of and a lower bound, so
that one quick case leads no ranking.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from chassis.errors import Invalid
from contracts.calendar import CHENGDU

CONTENT = 4  # stars from which on somebody is content: 满意 and 基本满意 of the five answers of the practice
MOST_MONTHS = 24
ANSWERS = ("rate", "reopen")  # by which one says whether it is mended
_Z = 1.959964  # the 0.975 quantile of the normal distribution: 95 % of two sides


class MonthsOutOfOrder(Invalid):
    """Figures are asked from a month to the same or a later one, two years at most."""

    zh = "起止月份不正确：起始月份不能晚于截止月份，最多查询 24 个月"


class NotYetKnown(Invalid):
    """What was known at an instant is asked of the past, not of what is to come."""

    zh = "查询时点不能晚于当前时间"


@dataclass(frozen=True)
class Months:
    """A range of local months, both ends counted in."""

    first: date
    last: date

    @classmethod
    def named(cls, first: str, last: str) -> Self:
        """From their names (`2026-11`); MonthsOutOfOrder."""
        made = cls(date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{last}-01"))
        if not 0 <= _ordinal(made.last) - _ordinal(made.first) < MOST_MONTHS:
            raise MonthsOutOfOrder
        return made

    @classmethod
    def until(cls, at: datetime, many: int) -> Self:
        """So many months, the last the one before the month of an instant."""
        last = _ordinal(at.astimezone(CHENGDU).date()) - 1
        return cls(_month(last - many + 1), _month(last))

    @property
    def names(self) -> list[str]:
        """Each of them, in order."""
        return [f"{_month(one):%Y-%m}" for one in range(_ordinal(self.first), _ordinal(self.last) + 1)]

    @property
    def since(self) -> datetime:
        """When the first begins."""
        return _begins(self.first)

    @property
    def before(self) -> datetime:
        """When the last is over."""
        return _begins(_month(_ordinal(self.last) + 1))


@dataclass(frozen=True)
class Rate:
    """How many of those it is known of; `unanswered` are those it is not known of (yet), in neither number."""

    numerator: int = 0
    denominator: int = 0
    unanswered: int = 0

    @property
    def value(self) -> float | None:
        """The share, None of nothing."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def low(self) -> float | None:
        """The lower end of Wilson's score interval at 95 % (E. B. Wilson, JASA 22 (1927) 209-212); None of nothing."""
        if not (self.denominator and self.numerator):
            return 0.0 if self.denominator else None
        n, part = self.denominator, self.numerator / self.denominator
        middle = part + _Z**2 / (2 * n)
        spread = _Z * math.sqrt(part * (1 - part) / n + _Z**2 / (4 * n**2))
        return (middle - spread) / (1 + _Z**2 / n)

    def __add__(self, other: "Rate") -> "Rate":
        """Of both."""
        return Rate(
            self.numerator + other.numerator, self.denominator + other.denominator, self.unanswered + other.unanswered
        )


NOTHING = Rate()


@dataclass(frozen=True)
class Dispatch:
    """派单 as the log knew it at an instant: the assignee had begun, another step had taken it away, its time was over."""

    began: bool
    taken_away: bool
    over: bool

    def response(self, many: int = 1) -> Rate:
        """Begun before its time was over is answered; one taken away within its time is no longer wanted and not counted."""
        if self.over:
            return Rate(0, many)
        if self.began:
            return Rate(many, many)
        return Rate() if self.taken_away else Rate(unanswered=many)


@dataclass(frozen=True)
class Resolution:
    """办结 as the log knew it at an instant: the last thing said of it, and the stars if it was rated.

    `answer` is `rate`, `reopen`, `close` (nobody said anything in a week, or an officer closed it), or None before all of them.
    """

    answer: str | None
    stars: int | None = None

    def resolved(self, many: int = 1) -> Rate:
        """Who rates it says it is mended; who reopens it, be it after a rating, says it is not; closing it says nothing."""
        if self.answer not in ANSWERS:
            return Rate(unanswered=many)
        return Rate(many if self.answer == "rate" else 0, many)

    def satisfied(self, many: int = 1) -> Rate:
        """Who reopens it is not content, whatever they said before."""
        if self.answer == "reopen":
            return Rate(0, many)
        return Rate(unanswered=many) if self.stars is None else content(self.stars, many)


def content(stars: int, many: int = 1) -> Rate:
    """So many people gave so many stars: the reporter, or a voice that met the same."""
    return Rate(many if stars >= CONTENT else 0, many)


@dataclass(frozen=True)
class Figures:
    """The three rates of a group: a month, a grid, an office, a category."""

    response: Rate = Rate()
    resolved: Rate = Rate()
    satisfied: Rate = Rate()

    @property
    def cases(self) -> int:
        """How many the largest of the three speaks of: dispatches, or resolutions."""
        return max(rate.denominator + rate.unanswered for rate in (self.response, self.resolved, self.satisfied))

    def __add__(self, other: "Figures") -> "Figures":
        """Of both groups."""
        return Figures(
            self.response + other.response, self.resolved + other.resolved, self.satisfied + other.satisfied
        )


@dataclass(frozen=True)
class Taken:
    """How long it took, of so many: within `p50` seconds one of two, within `p90` nine of ten; None of nothing."""

    many: int = 0
    p50: float | None = None
    p90: float | None = None


@dataclass(frozen=True)
class Pace:
    """时效 of a group: how often a dispatch was given back, a resolution reopened; dispatch to work, filing to resolution."""

    returned: Rate = Rate()
    reopened: Rate = Rate()
    contact: Taken = Taken()
    mended: Taken = Taken()


def summed(parts: Iterable[tuple[str, Figures]]) -> dict[str, Figures]:
    """What is known of each group, put together."""
    found: dict[str, Figures] = {}
    for group, figures in parts:
        found[group] = found.get(group, Figures()) + figures
    return found


def must_be_known(asked: datetime | None, at: datetime) -> datetime:
    """The instant that was asked for, now if none was: NotYetKnown."""
    if asked is not None and asked > at:
        raise NotYetKnown
    return asked or at


def _ordinal(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month(ordinal: int) -> date:
    return date(ordinal // 12, ordinal % 12 + 1, 1)


def _begins(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHENGDU)
