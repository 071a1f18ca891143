"""主动治理: what comes again at the same place soon after it was mended is a cause, not a case: somebody owns it until a day.

After Beijing's 未诉先办 and 主动治理 (北京市接诉即办工作条例, chapter 4): what many say, and say again, is taken up by itself.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.errors import Conflict, Forbidden, Invalid
from contracts.reports_causes import CureBegun, CureDue, CureHandedOn, CureOverdue

AGAIN_WITHIN = timedelta(days=30)  # after it was resolved; the house's own bound, named in the answer's documentation
LONGEST = timedelta(days=365)
OVERDUE = timedelta(days=7)  # after the day on which it was to be looked at: then the officers hear


class Outcome(StrEnum):
    """How a cure ended."""

    CURED = "cured"  # 已根治
    EASED = "eased"  # 有所缓解
    NOT_CURED = "not_cured"  # 未能解决


class CureDateUnfit(Invalid):
    """A cure is looked at again on a day to come, within a year."""

    zh = "复查日期应为今天之后、一年以内的日期"


class CureThere(Conflict):
    """Of one cause at one place one cure is under way."""

    zh = "该地点的同类问题已有主动治理事项"


class CureEnded(Conflict):
    """A cure ends once."""

    zh = "该治理事项已经结束"


class CureOwned(Conflict):
    """A cure is given to somebody else than who has it."""

    zh = "该治理事项已由此人负责"


class OwnerNotServing(Invalid):
    """Who owns a cure holds an office where it lies."""

    zh = "负责人未在该区域任职"


class OwnerLeft(Forbidden):
    """Who owned a cure and serves there no more leaves its end to the office."""

    zh = "您已不在该区域任职，请由社区结束该治理事项"


@dataclass(eq=False)
class Repeat:
    """A report of what was mended at the same place no longer than 30 days before."""

    id: UUID
    report_id: UUID
    former_id: UUID
    area: str
    anchor_id: UUID | None
    category: str
    found_at: datetime


@dataclass(eq=False)
class Cure:
    """治理事项: whose it is, when it is looked at again, and how it ended."""

    id: UUID
    repeat_id: UUID
    area: str
    anchor_id: UUID | None
    category: str
    owner_id: UUID
    review_on: date
    opened_by: UUID
    opened_at: datetime
    outcome: str | None = None
    ended_by: UUID | None = None
    ended_at: datetime | None = None
    reminded_at: datetime | None = None
    overdue_at: datetime | None = None

    def remind(self, today: date, at: datetime) -> CureDue | CureOverdue:
        """Its day has come, or it is a week over: each is said once, of two that are due the first first."""
        self._must_go_on()
        said: dict[str, Any] = {"area": self.area, "cure_id": self.id, "owner_id": self.owner_id, "review_on": self.review_on}
        if self.reminded_at is None:
            self.reminded_at = at
            return CureDue(**said, recipients=(self.owner_id,))
        if self.overdue_at is not None or today < self.review_on + OVERDUE:
            raise CureEnded
        self.overdue_at = at
        return CureOverdue(**said)

    def hand_on(self, owner: UUID) -> CureHandedOn:
        """Somebody else owns it from now on, until the same day: CureEnded, CureOwned."""
        self._must_go_on()
        if owner == self.owner_id:
            raise CureOwned
        former, self.owner_id = self.owner_id, owner
        return CureHandedOn(
            area=self.area, recipients=(owner, former), cure_id=self.id, owner_id=owner, former_id=former,
            review_on=self.review_on,
        )

    def begun(self) -> CureBegun:
        """Its owner hears that it is theirs, and until when."""
        return CureBegun(
            area=self.area, recipients=(self.owner_id,), cure_id=self.id, owner_id=self.owner_id, review_on=self.review_on,
        )

    def end(self, outcome: Outcome, *, by: UUID, at: datetime) -> None:
        """It is over: CureEnded."""
        self._must_go_on()
        self.outcome, self.ended_by, self.ended_at = outcome.value, by, at

    def _must_go_on(self) -> None:
        if self.ended_at is not None:
            raise CureEnded


@dataclass(eq=False)
class CureNote:
    """What staff write of a cure, for each other alone; it is written once and stays.

    It may name people and is nobody's own, so it is sealed under a key of its cure: whoever reads the database reads none.
    """

    id: UUID
    cure_id: UUID
    written_by: UUID
    written_at: datetime
    sealed_text: bytes = b""


def must_be_fit(review_on: date, today: date) -> None:
    """The day on which it is looked at again: CureDateUnfit."""
    if not today < review_on <= today + LONGEST:
        raise CureDateUnfit
