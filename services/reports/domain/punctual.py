"""准时: whether what was waited for came in time: as its clock reckons, and as if nothing had ever paused it.

A clock stands still while the reporter is asked or the work is held. A rate that leaves this out flatters whoever asks much; so
both are told side by side, and both by the clock's own policy and duty hours.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.reports.domain.calendar import Calendar
from services.reports.domain.clock import EFFECTS, Clock, Effect, Kind, State, due
from services.reports.domain.figures import NOTHING, Rate

TURNING = tuple(sorted(action for action, effect in EFFECTS.items() if effect.pauses or effect.resumes))


@dataclass(frozen=True)
class OnTime:
    """How many came in time, of those that came or whose time was over; what was no longer wanted in time is in neither."""

    pauses_excluded: Rate = NOTHING
    pauses_included: Rate = NOTHING

    def __add__(self, other: "OnTime") -> "OnTime":
        """Of both."""
        return OnTime(self.pauses_excluded + other.pauses_excluded, self.pauses_included + other.pauses_included)


@dataclass(frozen=True)
class Known:
    """What was known of a clock at an instant: how it had ended and when; of one that went on, nothing and that instant."""

    ended: State | None
    at: datetime

    def rate(self, *, late: bool, many: int = 1) -> Rate:
        """What is late counts as late whatever came of it; what was stopped in time is no longer wanted."""
        if late or self.ended is State.MISSED:
            return Rate(0, many)
        if self.ended is State.MET:
            return Rate(many, many)
        return NOTHING if self.ended is State.STOPPED else Rate(unanswered=many)

    def is_late(self, due_at: datetime) -> bool:
        """Whether its time was over before it ended, or is."""
        return due_at <= self.at if self.ended is None else due_at < self.at


def walked(clock: Clock, steps: Iterable[tuple[str, datetime]], calendar: Calendar, known: Known) -> OnTime:
    """A clock that has just been begun, turned again by the steps that its report took until then."""
    plain = known.is_late(due(clock.started_at, clock.policy, calendar))
    clock.start(calendar)
    for action, at in steps:
        if clock.started_at < at <= known.at:
            _turn(clock, EFFECTS[action], at, calendar)
    still = clock.paused_at  # since when it stands still: what is not over then is not over now
    late = known.is_late(clock.due_at) if still is None else clock.due_at < still
    return OnTime(known.rate(late=late), known.rate(late=plain))


def _turn(clock: Clock, effect: Effect, at: datetime, calendar: Calendar) -> None:
    if clock.kind is Kind.RESOLVE or effect.every:
        (clock.pause if effect.pauses else clock.resume)(at, calendar)
