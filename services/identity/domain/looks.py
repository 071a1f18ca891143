"""Looking for residents and reading of them in the clear: for which reasons, how often, what a mask leaves."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from chassis.errors import Invalid, TooMany
from contracts.area import contains
from services.identity.domain.sign_in import Limits

# a word, no sentence: people write names into sentences
Reason = Literal["contact", "visit", "emergency", "identify", "requested"]
Shown = Literal["name", "phone"]
Look = Literal["search", "reveal"]
Way = Literal["phone", "name", "id-card", "residence-permit", "passport", "permanent-residence"]

# of one member of staff: a walk through a building, and no walk through a community
BUDGETS: dict[Look, Limits] = {
    "search": ((timedelta(hours=1), 60), (timedelta(days=1), 200)),
    "reveal": ((timedelta(hours=1), 30), (timedelta(days=1), 60)),
}
MOST_OPENED = 20_000  # names of an area that are opened to find one
MOST_FOUND = 20


class LooksTooOften(TooMany):
    """A member of staff searches, or reads in the clear, more often than their budget."""

    zh = "查询次数过多，请稍后再试；确有需要请联系管理员"


class AreaTooLarge(Invalid):
    """A name is looked for in an area of at most 20,000 residents: name a smaller one."""

    zh = "范围过大，请选择更小的区域后再按姓名查找"


def narrowed(serves: Sequence[str], area: str | None) -> list[str]:
    """Where one looks: all one serves, or what of that lies in the area one names; nothing, where one does not serve."""
    if area is None:
        return list(serves)
    return [area] if any(contains(one, area) for one in serves) else [one for one in serves if contains(area, one)]


def masked_phone(number: str) -> str:
    """138****8000: known again by who has it."""
    return f"{number[:3]}****{number[-4:]}"
