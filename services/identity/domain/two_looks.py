"""What two members of staff look at, one after the other, before it is so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from chassis.errors import Forbidden

LOOKS = 5  # second looks that say something else than the first: whoever guesses on is not reading


class NotByTheSame(Forbidden):
    """Two members of staff look at the papers: who registered somebody does not confirm it."""

    zh = "须由另一名工作人员核对，不能确认自己登记的人员"


@dataclass(eq=False, kw_only=True)
class TwoLooks:
    """What the first said waits for the second, who says it anew without being shown it; what only waiting needs is forgotten."""

    waits: ClassVar[timedelta]  # then it is over
    forgets: ClassVar[str]  # the column of what was said first
    over: ClassVar[type[Exception]]  # the refusal of what is decided, waited too long, or is not at this step
    differs: ClassVar[type[Exception]]  # the refusal of a second look that says something else

    state: str = "waiting"
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    differed: int = 0

    def must_be(self, state: str, *, since: datetime, at: datetime) -> None:
        """Refused as over unless it is at this step, and began lately enough."""
        if self.state != state or at - since >= self.waits:
            raise self.over

    def second(self, state: str, *, by: UUID, but: set[UUID], first: Any, said: Any, at: datetime) -> None:
        """It is so from now on, if somebody else says the same; NotByTheSame, and what says that they say otherwise."""
        if by in but:
            raise NotByTheSame
        if said != first:
            self.differed += 1
            if self.differed >= LOOKS:
                self.decide("over", None, at)
            raise self.differs
        self.decide(state, by, at)

    def decide(self, state: str, by: UUID | None, at: datetime) -> None:
        """It waits no more."""
        self.state, self.decided_by, self.decided_at = state, by, at
        setattr(self, self.forgets, None)
