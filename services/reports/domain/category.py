"""What a report can be about, and that staff may say it is about something else (改类)."""

from chassis.errors import Conflict

CATEGORIES = (
    "lighting", "water", "electricity", "sanitation", "road", "greening", "safety", "noise", "parking", "inquiry", "suggestion",
    "other",
)
NOTHING_TO_SEE = frozenset({"noise", "inquiry", "suggestion"})  # no photo shows it mended; of `other` nobody knows
TO = ">"  # a step that changes it says both, `lighting>water`: so what it was at any instant stands in the chain


class SameCategory(Conflict):
    """A report is moved into another category, not into the one it has."""

    zh = "该报事已是此类别，请选择其他类别"


class CategoryMoved(Conflict):
    """Somebody else changed the category after it was read; `current` is the one it has now."""

    zh = "该报事的类别刚被其他人调整，请刷新后再试"


def is_physical(category: str) -> bool:
    """Whether what is mended can be photographed afterwards."""
    return category not in NOTHING_TO_SEE


def moved(former: str, to: str) -> str:
    """As the chain says it."""
    return f"{former}{TO}{to}"
