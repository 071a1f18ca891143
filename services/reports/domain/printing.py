"""印制批次: which posters were printed together, when and by whom; what was printed hangs until somebody takes it down."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import Conflict, Invalid
from contracts.area import community_of


class PrintedTogether(Invalid):
    """A batch says what is printed by an area or by anchors, one of the two, each once, all of them of one community."""

    zh = "请指定一个区域或同一社区的点位码，二者取其一"


class PosterHangs(Conflict):
    """The version of a poster that opens something stays; it is taken down by revoking it, or by another in its place."""

    zh = "该版本的点位码正在使用，请先停用或换发"


class NothingToTakeDown(Conflict):
    """Of this version nothing was printed in a batch, or somebody said already that it was taken down."""

    zh = "该版本没有待清理的海报"


@dataclass(eq=False)
class Printing:
    """A batch: its `area` is the community, in which it is counted."""

    id: UUID
    area: str
    turn: int
    printed_at: datetime
    printed_by: UUID

    @property
    def number(self) -> str:
        """As it stands in small print on each of its posters."""
        return numbered(self.turn)


def numbered(turn: int) -> str:
    """The number of the so manieth batch of a community."""
    return f"YZ-{turn:04d}"


def one_community(areas: Iterable[str]) -> str:
    """Where all of these lie; PrintedTogether."""
    found = {community_of(area) for area in areas}
    if len(found) != 1:
        raise PrintedTogether
    return found.pop()
