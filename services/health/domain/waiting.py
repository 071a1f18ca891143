"""候补: somebody waits for a seat, and is offered one that becomes free before it is sold to everybody.

Study: handbook health, section 1 (rows 11, 12), 6.5-8, 7 (候补). A place in line is no state that a job keeps: who has what they
waited for, whose days are over and who left is in line no more by a comparison (`store/waiting.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.errors import Conflict, Invalid
from contracts.calendar import CHENGDU
from services.health.domain.calling_off import NOTICE
from services.health.domain.schedule import AHEAD

WAITS = 3  # at most so many of a person at once
OFFERED = timedelta(hours=2)  # so long what became free is the first one's, an hour before the visit at the latest
OFFERS = 3  # who let so many pass is in line no more: a seat that is held for somebody is nobody else's meanwhile
_LONGEST = 2 * AHEAD


class What(StrEnum):
    """What one waits for: one slot, or any seat of a doctor, of a team's doctors, of a department."""

    SLOT = "slot"
    DOCTOR = "doctor"
    TEAM = "team"
    DEPARTMENT = "department"


class WaitUnfit(Invalid):
    """One waits between two days that are not over, of the next eight weeks; for one slot until two hours before it begins."""

    zh = "候补日期不正确：请填写起止日期，须在今天起八周之内；指定时段的，须在开始前两小时以前"


class WaitThere(Conflict):
    """One stands in a line once."""

    zh = "您已在此候补队列中"


class WaitsEnough(Conflict):
    """A person waits for three things at once at most."""

    zh = "每人最多同时候补三项，请先退出其中一项"


class HasWhatIsWaited(Conflict):
    """Who has a seat of what they would wait for does not wait."""

    zh = "您在所选日期内已有相应的预约，无需候补"


class NoLineThere(Conflict):
    """A seat that is a hospital's own is given out by the hospital: nobody stands in line for it here."""

    zh = "该号源归医院，不能在此候补"


@dataclass(eq=False)
class Wait:
    """A person waits for what begins from `since` on and before `until`; `area` is where."""

    id: UUID
    area: str
    person_id: UUID
    what: What
    target_id: UUID
    since: datetime
    until: datetime
    asked_at: datetime
    acting_id: UUID | None = None  # who asked for them, by proxy
    left_at: datetime | None = None

    @property
    def owner_id(self) -> UUID:
        """A place in line is its person's."""
        return self.person_id

    def check_beside(self, others: Sequence[Any]) -> None:
        """What the person is in line for already leaves room for this; `others` are rows of it."""
        for other in others:
            meets = other.since < self.until and self.since < other.until
            if meets and (other.what, other.target_id) == (self.what, self.target_id):
                raise WaitThere(wait_id=str(other.id))
        if len(others) >= WAITS:
            raise WaitsEnough

    def leave(self, *, at: datetime) -> None:
        """The place is given up; once is for ever."""
        self.left_at = self.left_at or at


def between(first_day: date | None, last_day: date | None, *, at: datetime) -> tuple[datetime, datetime]:
    """From when on and before when, in Chengdu's days; WaitUnfit."""
    today = at.astimezone(CHENGDU).date()
    if first_day is None or last_day is None or not max(first_day, today) <= last_day <= today + _LONGEST:
        raise WaitUnfit
    return datetime.combine(first_day, time(), CHENGDU), datetime.combine(last_day + timedelta(days=1), time(), CHENGDU)


def check_ahead(starts_at: datetime, *, at: datetime) -> None:
    """WaitUnfit for a slot that begins so soon that nobody is offered it any more."""
    if starts_at <= at + NOTICE:
        raise WaitUnfit
