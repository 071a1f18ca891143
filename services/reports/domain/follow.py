"""关注: a neighbour wants to hear of a place, or of one category there: what is filed, and that it is mended."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import Conflict, Invalid
from services.reports.domain.anchor import NARROWEST, WIDEST

MOST = 20  # of a person
TOLD_TOGETHER = 200  # followers in one event


class FollowsEnough(Conflict):
    """A person follows twenty places at most."""

    zh = "关注已达 20 个，请先取消不需要的关注"


class NothingToFollow(Invalid):
    """What is followed is a poster, or a place from the community down to where all pass: of no dwelling is anything told."""

    zh = "请关注一个点位码，或社区、网格、院落、楼栋等公共区域"


@dataclass(eq=False)
class Follow:
    """What one person wants to hear of; without a category, of all."""

    id: UUID
    person_id: UUID
    area: str
    followed_at: datetime
    anchor_id: UUID | None = None
    category: str | None = None

    def must_be_public(self) -> None:
        """NothingToFollow of what is wider than a community, or a dwelling."""
        if not WIDEST <= self.area.count(".") + 1 <= NARROWEST:
            raise NothingToFollow
