"""Two who were registered are one person (合并): which of them stays, what stands against it, and how long it can be undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from uuid import UUID

from chassis.errors import Conflict, Forbidden, Invalid
from contracts.area import lineage
from contracts.identity_merges import PeopleMerged, PeopleSplit
from services.identity.domain.two_looks import TwoLooks

WAITS = timedelta(days=7)  # for the second look
WINDOW = timedelta(days=30)  # so long they can be split again (identity study, row 79)

# a word, no sentence: people write names into sentences
Reason = Literal["same-papers", "same-phone", "said-so", "registered-twice"]
SplitReason = Literal["two-people", "mistaken", "asked"]
Against = Literal["numbers", "serves", "password", "merged", "absorbed", "acting", "ward", "vouched", "under-way"]


class MergeUnfit(Conflict):
    """Something stands against it that two members of staff do not decide by looking: `against` says what, in words of a list.

    Two numbers of one kind of papers are two people. An office, a password, what one entrusted to the other or vouched for the
    other is ended first, so that nobody gains by a merge what they were not given.
    """

    zh = "这两个登记目前不能合并，请先处理列出的事项"


class MergeOfOne(Invalid):
    """Two are merged, not one with themselves."""

    zh = "请选择两个不同的登记"


class MergeThere(Conflict):
    """The same two wait for a second look already."""

    zh = "这两个登记已提交合并，等待第二人核对"


class MergeDecided(Conflict):
    """It was confirmed, refused or split already, waited for a week, or was never confirmed."""

    zh = "该合并已处理、已过期或尚未生效"


class MergeDiffers(Conflict):
    """The second look names other people, or what would move is not what the first one saw: it changed meanwhile."""

    zh = "所填人员或将合并的内容与提交时不一致，请重新查看；确有变化的，请拒绝后重新提交"
    keeps = True


class NotOnesOwnMerge(Forbidden):
    """Nobody proposes, confirms, refuses or undoes a merge of themselves, whatever they serve as."""

    zh = "不能办理本人的合并或恢复，请由其他工作人员办理"


class SplitTooLate(Conflict):
    """Two can be split within thirty days; then what the source's values were sealed by is destroyed."""

    zh = "合并已超过三十天，不能再恢复为两个登记"


class PersonMerged(Forbidden):
    """This registration was merged into another one of the same person, by which they sign in."""

    zh = "该登记已与您的另一个登记合并，请用保留的手机号登录；如有疑问请联系社区"


@dataclass(frozen=True)
class Known:
    """What decides about one of the two."""

    id: UUID
    created_at: datetime
    serves: bool  # holds an office, now or to come
    has_login: bool
    absorbed: bool  # somebody was merged into them
    numbers: frozenset[tuple[str, bytes]]  # papers and blind index
    is_home: bool  # lives somewhere


def stays(one: Known, other: Known) -> tuple[Known, Known]:
    """Who stays and who leads there, whoever proposes it.

    An office, then a password, then those who were merged before, then a verified number, then a home; of two alike the older.
    """
    def weight(known: Known) -> tuple[Any, ...]:
        age = -known.created_at.timestamp()
        return known.serves, known.has_login, known.absorbed, bool(known.numbers), known.is_home, age, str(known.id)

    return (one, other) if weight(one) > weight(other) else (other, one)


def against(survivor: Known, source: Known) -> list[Against]:
    """What stands against it by what is known of each alone."""
    mine = dict(survivor.numbers)
    found: dict[Against, bool] = {
        "numbers": any(mine.get(papers, index) != index for papers, index in source.numbers),
        "serves": source.serves, "password": source.has_login, "absorbed": source.absorbed,
    }
    return [word for word, is_so in found.items() if is_so]


def smallest(places: Sequence[str]) -> str | None:
    """The smallest area that holds all of them; None without any, or where they share none."""
    paths = [set(lineage(place)) for place in places]
    return max(set.intersection(*paths), key=len, default=None) if paths else None


@dataclass(eq=False)
class Merge(TwoLooks):
    """Two who are one, say two members of staff who serve where both live; it can be undone for thirty days."""

    waits: ClassVar = WAITS
    forgets: ClassVar = "noted"
    over: ClassVar = MergeDecided
    differs: ClassVar = MergeDiffers

    id: UUID
    survivor_id: UUID
    source_id: UUID
    area: str
    reason: str
    proposed_by: UUID
    proposed_at: datetime
    noted: dict[str, Any] | None
    kept: dict[str, Any] | None = None
    until: datetime | None = None
    split_by: UUID | None = None
    split_at: datetime | None = None
    split_reason: str | None = None

    def must_not_be(self, by: UUID) -> None:
        """NotOnesOwnMerge of one of the two."""
        if by in {self.survivor_id, self.source_id}:
            raise NotOnesOwnMerge

    def confirm(self, *, by: UUID, whom: tuple[UUID, UUID], now: dict[str, Any], at: datetime) -> PeopleMerged:
        """The second look, by somebody else, who names who stays and who leads there, and for whom the same would move."""
        self.must_not_be(by)
        self.must_be("waiting", since=self.proposed_at, at=at)
        first = (self.survivor_id, self.source_id, self.noted)
        self.second("merged", by=by, but={self.proposed_by}, first=first, said=(*whom, now), at=at)
        self.until = at + WINDOW
        return PeopleMerged(**self._said())

    def refuse(self, *, by: UUID, at: datetime) -> None:
        """They are two."""
        self.must_not_be(by)
        self.must_be("waiting", since=self.proposed_at, at=at)
        self.decide("refused", by, at)

    def split(self, *, by: UUID, reason: str, at: datetime) -> PeopleSplit:
        """They are two after all. SplitTooLate."""
        self.must_not_be(by)
        if self.state != "merged" or self.until is None:
            raise MergeDecided
        if at >= self.until:
            raise SplitTooLate
        self.state, self.split_by, self.split_at, self.split_reason = "split", by, at, reason
        return PeopleSplit(**self._said())

    def _said(self) -> dict[str, Any]:
        return {
            "merge_id": self.id, "survivor_id": self.survivor_id, "source_id": self.source_id, "until": self.until,
        }
