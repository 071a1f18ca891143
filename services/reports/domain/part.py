"""子报事: a report that turns out to be several pieces of work is divided by who has it in hand.

A part is a report of its own that nobody filed: it lives through the same table, and hangs on the one it was divided from.
Two levels and no more: a part has no parts.
"""

from dataclasses import dataclass
from uuid import UUID, uuid5

from chassis.errors import Conflict, Invalid

MOST_PARTS = 10
PARENT_WITHDRAWN = "parent-withdrawn"  # why a part is abandoned that nobody abandoned by itself


class PartOfAnother(Conflict):
    """What is itself a part is not divided, merged, asked about or shown to everybody: its report is."""

    zh = "这是子报事，请在原报事上操作"


class NotAPart(Conflict):
    """Only a part is abandoned; a report that somebody filed is declined, or withdrawn by its reporter."""

    zh = "这不是子报事，不能撤销"


class PartsTooMany(Conflict):
    """A report is divided into ten parts at most, those that are over among them."""

    zh = "一件报事最多分解为 10 件子报事"


class PartsOpen(Conflict):
    """While a part is open its report is not over; `parts` are the numbers of those that are: resolve or abandon them first."""

    zh = "还有子报事未办结，请先办结或撤销子报事"


class PartElsewhere(Invalid):
    """A part lies in the community of the report it belongs to; what another is to do is told to that one."""

    zh = "子报事须在原报事所在的社区内"


@dataclass(frozen=True)
class Parts:
    """Into how many parts a report was divided, and the numbers of those that are open."""

    many: int = 0
    open: tuple[str, ...] = ()


UNDIVIDED = Parts()


def draft(parent: UUID, token: UUID) -> UUID:
    """The token of a part: sent twice it is one part, and no draft of its report's reporter is ever called so."""
    return uuid5(parent, str(token))
