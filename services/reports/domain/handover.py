"""交接: somebody who is away hands all they have in hand to somebody else, until a day; what is left then comes back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.errors import Conflict, Invalid

LONGEST = timedelta(days=60)
AHEAD = timedelta(days=180)


class Why(StrEnum):
    """Why somebody is away; a word, no sentence: people write illnesses into sentences."""

    LEAVE = "leave"  # 休假
    HOLIDAY = "holiday"  # 节假日
    TRAINING = "training"  # 培训
    OTHER = "other"  # 其他


SAID = {Why.LEAVE: "原处置人休假", Why.HOLIDAY: "节假日值班交接", Why.TRAINING: "原处置人培训", Why.OTHER: "工作交接"}
BACK = "原处置人已返岗"


class HandoverUnfit(Invalid):
    """A handover ends after it begins and in time to come, lasts sixty days at most, goes to somebody else who serves there."""

    zh = "交接时间须在今后、最长 60 天，且接手人须在同一区域任职、不是本人"


class HandoverThere(Conflict):
    """A person hands over to one at a time."""

    zh = "该时段已有交接安排"


class ReceiverAway(Conflict):
    """Who takes over is there: they hand over nothing of their own in that time, so that no list goes round in a circle."""

    zh = "接手人在该时段也安排了交接，请选择其他人"


class HandoverOver(Conflict):
    """It has ended."""

    zh = "该交接已经结束"


@dataclass(eq=False)
class Handover:
    """From whom, to whom, from when until when."""

    id: UUID
    area: str
    from_id: UUID
    to_id: UUID
    starts_at: datetime
    ends_at: datetime
    why: str
    made_by: UUID
    made_at: datetime
    ended_at: datetime | None = None

    @property
    def owner_id(self) -> UUID:
        """It belongs to who is away."""
        return self.from_id

    def must_be_fit(self, *, serves: bool) -> None:
        """HandoverUnfit."""
        near = self.starts_at <= self.made_at + AHEAD  # looked at first: to the last days of the calendar nothing can be added
        times = near and self.starts_at < self.ends_at <= self.starts_at + LONGEST and self.made_at < self.ends_at
        if not (times and serves and self.from_id != self.to_id):
            raise HandoverUnfit

    def end(self, at: datetime) -> None:
        """Who was away is back before the time, or it is not wanted after all; HandoverOver."""
        if self.ended_at is not None or self.ends_at <= at:
            raise HandoverOver
        self.ended_at = at

    @property
    def reason(self) -> str:
        """As the reporter reads it."""
        return SAID[Why(self.why)]
