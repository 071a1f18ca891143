"""疑似重复: how likely two reports say the same, by place, category, words and age; and what staff decide of it."""

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import Conflict
from contracts.area import contains
from services.reports.domain.coordinates import Point

REACH = 150.0  # metres beyond which two points are two places
MOST_TOLD, MOST_SUGGESTED = 5, 3
_LIKELY_PLACE, _SUGGESTED = 0.2, 0.45
_HALF_LIFE = 30.0  # days
_UNREAD = 0.3  # how like two texts are of which one cannot be read
_ALIKE = 0.5
_BY_DEPTH = {7: (0.95, "同一单元"), 6: (0.8, "同一楼栋"), 5: (0.5, "同一院落")}  # of the larger of two areas, one in the other
_KIN = {
    frozenset(pair): 0.6
    for pair in (
        ("lighting", "electricity"), ("water", "sanitation"), ("road", "safety"), ("road", "parking"), ("greening", "sanitation"),
        ("electricity", "safety"), ("noise", "parking"),
    )
}
_OTHER_KIN = 0.5  # of what was filed as "other" to anything


class DoubleSettled(Conflict):
    """Whether two reports are the same is decided once: somebody said they are not, or merged them."""

    zh = "该条疑似重复已有人处理"


@dataclass(frozen=True)
class Sought:
    """What somebody is about to report, or just reported."""

    category: str
    at: datetime
    text: str | None = None
    area: str | None = None
    anchor_id: UUID | None = None
    point: Point | None = None


@dataclass(frozen=True)
class Candidate:
    """A report that is open near there; `text` is None where it cannot be read any longer."""

    id: UUID
    number: str
    category: str
    status: str
    since: datetime
    supporters: int
    area: str
    anchor_id: UUID | None
    point: Point | None
    text: str | None


@dataclass(frozen=True)
class Likeness:
    """How like two reports are, 0 to 1: with their words, and by place, category and age alone; and why, in words."""

    whole: float
    without_words: float
    why: tuple[str, ...]
    words_alike: bool

    @property
    def is_told(self) -> bool:
        """Whether one is asked about it before one files. The words decide nothing: nobody finds out another's by guessing."""
        return self.without_words >= _LIKELY_PLACE

    @property
    def is_suggested(self) -> bool:
        """Whether staff are asked about it."""
        return self.whole >= _SUGGESTED


def likeness(sought: Sought, found: Candidate) -> Likeness:
    """Distance × kinship of categories × age, and that × likeness of the words."""
    near, where = _place(sought, found)
    kin = _kinship(sought.category, found.category)
    days = max(0.0, (sought.at - found.since).total_seconds() / 86400)
    without = near * kin * 0.5 ** (days / _HALF_LIFE)
    words = _UNREAD if sought.text is None or found.text is None else alike(sought.text, found.text)
    why = (where, "同类问题" if sought.category == found.category else "类别相近")
    return Likeness(without * (0.4 + 0.6 * words), without, why, words >= _ALIKE)


def alike(one: str, other: str) -> float:
    """Dice's coefficient over pairs of characters, 0 to 1; marks, spaces, width and case count for nothing."""
    a, b = _pairs(one), _pairs(other)
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def _pairs(said: str) -> set[str]:
    plain = re.sub(r"\W", "", unicodedata.normalize("NFKC", said).lower())
    return {plain[i : i + 2] for i in range(len(plain) - 1)}


def _kinship(one: str, other: str) -> float:
    if one == other:
        return 1.0
    return _KIN.get(frozenset((one, other)), _OTHER_KIN if "other" in {one, other} else 0.1)


def _place(sought: Sought, found: Candidate) -> tuple[float, str]:
    """How near, and how that is said: the same anchor, else the nearer of point and area."""
    if sought.anchor_id is not None and sought.anchor_id == found.anchor_id:
        return 1.0, "同一点位"
    return max(_by_point(sought.point, found.point), _by_area(sought.area, found.area))


def _by_point(one: Point | None, other: Point | None) -> tuple[float, str]:
    if one is None or other is None:
        return 0.0, ""
    away = one.metres_to(other)
    return max(0.0, 1 - away / REACH), f"{max(1, math.ceil(away / 10)) * 10} 米内"


def _by_area(one: str | None, other: str) -> tuple[float, str]:
    if one is None or not (contains(one, other) or contains(other, one)):
        return 0.0, ""
    return _BY_DEPTH.get(min(one.count("."), other.count(".")) + 1, (0.1, "同一片区"))


@dataclass(eq=False)
class Double:
    """A suggestion to staff: that a report is the same as an earlier one; settled once."""

    id: UUID
    report_id: UUID
    other_id: UUID
    area: str
    score: int
    why: list[str]
    found_at: datetime
    settled_at: datetime | None = None
    settled_by: UUID | None = None

    def dismiss(self, *, by: UUID, at: datetime) -> None:
        """They are two problems."""
        if self.settled_at is not None:
            raise DoubleSettled
        self.settled_at, self.settled_by = at, by
