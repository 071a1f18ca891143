"""What a report can be about, and that staff may say it is about something else (改类)."""

import re
from dataclasses import dataclass

from chassis.errors import Conflict

CATEGORIES = (
    "lighting", "water", "electricity", "sanitation", "road", "greening", "safety", "noise", "parking", "inquiry", "suggestion",
    "other",
)
NOTHING_TO_SEE = frozenset({"noise", "inquiry", "suggestion"})  # no photo shows it mended; of `other` nobody knows
# a step that changes it says both, `lighting>water`, `lighting.stairwell>water.leak`: what it was at any instant is in the chain
TO, BELOW = ">", "."
DEEPEST = 4  # levels below the twelve
PATTERN = r"^[a-z][a-z0-9-]{0,29}(\.[a-z][a-z0-9-]{0,29}){0,3}$"
LONGEST_CODE = 30 * DEEPEST + DEEPEST - 1


@dataclass(frozen=True)
class About:
    """What a report is about: its category, what below that, and in which version of its community's catalogue it was said."""

    category: str
    subcategory: str | None = None
    version: int = 0

    @property
    def code(self) -> str:
        """As the chain and messages say it, `lighting` or `lighting.stairwell.bulb`: the category ends where the first dot is."""
        return self.category if self.subcategory is None else f"{self.category}{BELOW}{self.subcategory}"

    def is_what_was_read(self, read: "About", to: "About") -> bool:
        """Whether somebody read this before they said `to`; who knows of no subcategories has read the category alone."""
        knows = read.subcategory is not None or to.category == read.category
        return read.category == self.category and (not knows or read.subcategory == self.subcategory)


class SameCategory(Conflict):
    """A report is moved into another category or subcategory, not into the one it has."""

    zh = "该报事已是此类别，请选择其他类别"


class CategoryMoved(Conflict):
    """Somebody else changed the category after it was read; `current` is the one it has now, `subcategory` what is below it."""

    zh = "该报事的类别刚被其他人调整，请刷新后再试"


def is_physical(category: str) -> bool:
    """Whether what is mended can be photographed afterwards."""
    return category not in NOTHING_TO_SEE


def is_code(said: str) -> bool:
    """Whether a subcategory can be called so."""
    return re.fullmatch(PATTERN, said) is not None


def is_at_or_below(subcategory: str | None, named: str) -> bool:
    """Whether it is this node or one below it."""
    return subcategory is not None and f"{subcategory}.".startswith(f"{named}.")


def moved(former: About, to: About) -> str:
    """As the chain says it."""
    return f"{former.code}{TO}{to.code}"
