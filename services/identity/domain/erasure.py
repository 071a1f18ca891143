"""Being forgotten: asked for, thought over for seven days, looked at by every service, done by every service."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.errors import Conflict, NotFound
from contracts.calendar import CHENGDU, is_workday

COOLING = timedelta(days=7)  # handbook 4.7: so long it can be taken back
LOOK_AGAIN = timedelta(days=1)  # where a service had a reason to wait
WORKING_DAYS = 15  # the strictest figure for apps (工信部 2020 164 号): asked on one day, done on the fifteenth working day after


class State(StrEnum):
    """Where a request to be forgotten stands."""

    COOLING = "cooling"  # 冷静期
    LOOKING = "looking"  # 核查中
    HELD = "held"  # 暂缓
    ERASING = "erasing"  # 删除中
    CLOSED = "closed"  # 已完成
    WITHDRAWN = "withdrawn"  # 已撤回


BEFORE = (State.COOLING, State.LOOKING, State.HELD)  # nothing is erased yet
OPEN = (*BEFORE, State.ERASING)


class ErasureThere(Conflict):
    """The person asked to be forgotten already, and it is under way."""

    zh = "您已申请注销账号，请勿重复申请"


class ErasureNotThere(NotFound):
    """Nobody asked for this person to be forgotten, or it was taken back."""

    zh = "没有正在进行的注销申请"


class ErasureBegun(Conflict):
    """What was erased does not come back: a request can be taken back until the services begin."""

    zh = "注销已经开始执行，无法撤回"


def due_on(asked_at: datetime) -> date:
    """The last day of the term: the fifteenth working day after the one on which it was asked for, as people here count days."""
    day, left = asked_at.astimezone(CHENGDU).date(), WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= is_workday(day)
    return day


@dataclass(eq=False)
class Erasure:
    """A request to be forgotten."""

    id: UUID
    person_id: UUID
    area: str | None  # where they live, for whoever watches over the register there
    asked_at: datetime
    cools_until: datetime
    state: State = State.COOLING
    look_id: UUID | None = None  # of the last time the services were asked whether there is a reason to wait
    next_at: datetime | None = None  # when they are asked again
    begun_at: datetime | None = None
    closed_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @classmethod
    def ask(cls, key: UUID, person: UUID, area: str | None, *, at: datetime) -> "Erasure":
        """Nothing happens for seven days."""
        return cls(key, person, area, at, at + COOLING, next_at=at + COOLING)

    def withdraw(self, *, at: datetime) -> None:
        """They stay. ErasureBegun once a service may have erased something."""
        if self.state not in BEFORE:
            raise ErasureBegun
        self.state, self.withdrawn_at, self.next_at = State.WITHDRAWN, at, None

    def look(self, look: UUID) -> None:
        """Every service is asked once more."""
        self.state, self.look_id, self.next_at = State.LOOKING, look, None

    def hold(self, *, at: datetime) -> None:
        """One of them had a reason to wait."""
        self.state, self.next_at = State.HELD, at + LOOK_AGAIN

    def begin(self, *, at: datetime) -> None:
        """None of them had: from now on it cannot be taken back."""
        self.state, self.begun_at = State.ERASING, at

    def close(self, *, at: datetime) -> None:
        """All have erased."""
        self.state, self.closed_at = State.CLOSED, at

    @property
    def due_on(self) -> date:
        """The last day of the term."""
        return due_on(self.asked_at)

    def is_overdue(self, now: datetime) -> bool:
        """Not done, and its last day is over."""
        return self.state in OPEN and now.astimezone(CHENGDU).date() > self.due_on
