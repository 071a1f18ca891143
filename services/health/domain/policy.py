"""What giving a seat back late, and not coming, costs: policy that a community or a hospital lays down, version after version.

Study: handbook health, section 7 (cancel deadline: midnight of the visit's day, 17:00 the day before, half an hour before, all
occur; no-shows: so many in so many months, then no booking for so many days). A booking goes by the version it was made under.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.errors import Invalid
from contracts.calendar import CHENGDU

SECOND_THOUGHTS = timedelta(minutes=30)  # so long after booking it is given back for nothing, however near the visit is


class Cause(StrEnum):
    """Why a seat was lost to everybody."""

    MISSED = "missed"  # 未到诊
    LATE = "late"  # 逾期取消


class PolicyUnfit(Invalid):
    """A policy says until when a seat is given back for nothing, in one of two ways, and holds from now on or later."""

    zh = "规则不正确：取消期限请在“就诊前若干分钟”和“就诊前若干天的几点”中填写一种，生效时间不能早于现在"


@dataclass(eq=False)
class Policy:
    """One version: `minutes_before` the visit, or `days_before` its day at `at` (Chengdu), a seat is given back for nothing.

    After that it is late and costs `late_points`; not coming costs `missed_points`. `limit_points` within `months` of 30 days
    end booking by oneself for `days`; those of 65 and over are spared that, if `spares_seniors`.
    """

    id: UUID
    area: str
    version: int
    from_at: datetime
    decided_by: UUID
    decided_at: datetime
    hospital_id: UUID | None = None
    minutes_before: int | None = None
    days_before: int | None = None
    at: time | None = None
    late_points: int = 0
    missed_points: int = 1
    limit_points: int = 3
    months: int = 12
    days: int = 30
    spares_seniors: bool = True

    def check(self) -> None:
        """PolicyUnfit."""
        by_day = self.days_before is not None and self.at is not None
        half = (self.days_before is None) != (self.at is None)
        zoned = self.at is not None and self.at.tzinfo is not None
        if half or zoned or by_day == (self.minutes_before is not None) or self.from_at < self.decided_at:
            raise PolicyUnfit

    def deadline(self, starts_at: datetime) -> datetime:
        """Until when a seat in a visit that begins then is given back for nothing; never after it begins."""
        if self.days_before is None or self.at is None:
            return starts_at - timedelta(minutes=self.minutes_before or 0)
        day = starts_at.astimezone(CHENGDU).date() - timedelta(days=self.days_before)
        return min(datetime.combine(day, self.at, CHENGDU).astimezone(UTC), starts_at)

    def points(self, cause: Cause) -> int:
        """What it costs."""
        return self.missed_points if cause is Cause.MISSED else self.late_points


_NOBODY = UUID(int=0)
_ALWAYS = datetime(2020, 1, 1, tzinfo=UTC)


def default() -> Policy:
    """What holds where nobody has laid down anything: version 0."""
    return Policy(_NOBODY, "", 0, _ALWAYS, _NOBODY, _ALWAYS, days_before=1, at=time(17))


def promised(deadline: datetime, starts_at: datetime, *, at: datetime) -> datetime:
    """Until when what is booked now is given back for nothing."""
    return max(deadline, min(at + SECOND_THOUGHTS, starts_at))
