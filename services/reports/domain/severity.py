"""紧急程度: how grave what is reported is, in four levels that staff set.

The levels are those of China's law on emergencies (突发事件应对法, article 3: 一般、较大、重大、特别重大), their words those
of the Common Alerting Protocol 1.2 (OASIS, section 3.2.2, `severity`); its `Unknown` is none of ours: every report has a level.
"""

from collections.abc import Mapping
from enum import StrEnum

from chassis.errors import Conflict
from services.reports.domain.category import TO


class Severity(StrEnum):
    """From the least to the gravest."""

    MINOR = "minor"  # 一般
    MODERATE = "moderate"  # 较大
    SEVERE = "severe"  # 重大
    EXTREME = "extreme"  # 特别重大

    @property
    def rank(self) -> int:
        """1 to 4."""
        return list(Severity).index(self) + 1


NAMES: Mapping[Severity, str] = {
    Severity.MINOR: "一般", Severity.MODERATE: "较大", Severity.SEVERE: "重大", Severity.EXTREME: "特别重大",
}
BY_CATEGORY: Mapping[str, Severity] = {"safety": Severity.MODERATE}  # as it is filed; what is not named here is minor
IN_DANGER = Severity.MODERATE  # what a resident's word alone makes of it; more is for staff, who look
TOLD_FROM = Severity.SEVERE  # from here on the office hears of it at once


class SameSeverity(Conflict):
    """A report is set to another severity, not to the one it has."""

    zh = "该报事已是此紧急程度，请选择其他程度"


class SeverityMoved(Conflict):
    """Somebody else changed the severity after it was read; `current` is the one it has now."""

    zh = "该报事的紧急程度刚被其他人调整，请刷新后再试"


def begins(category: str, *, is_dangerous: bool) -> Severity:
    """With which a report begins: its category's, and where a resident says that there is danger now, a little more at most."""
    usual = BY_CATEGORY.get(category, Severity.MINOR)
    return graver(usual, IN_DANGER) if is_dangerous else usual


def graver(one: Severity, other: Severity) -> Severity:
    """The graver of two."""
    return max(one, other, key=lambda severity: severity.rank)


def at_least(least: str) -> list[str]:
    """This level and all above it."""
    return [severity.value for severity in Severity if severity.rank >= Severity(least).rank]


def changed(former: str, to: str) -> str:
    """As the chain says it: `minor>severe`, so that what it was at any instant stands there."""
    return f"{former}{TO}{to}"
