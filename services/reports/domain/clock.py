"""Clocks of a report: how long one may take, when to be reminded, what a pause does. All of it is arithmetic over a calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.reports.domain.calendar import ALWAYS, Calendar

Span = tuple[datetime, datetime]
STANDS_STILL = frozenset({"awaiting_reporter", "on_hold", "merged"})  # where the time to resolve does, as `EFFECTS` have it
REMINDED_AT = (0.5, 0.8)  # parts of the time allowed; at the whole of it the report climbs


class Kind(StrEnum):
    """What is waited for."""

    RESPOND = "respond"  # 受理: that an office says whose it is
    CONTACT = "contact"  # 首次联系: that the assignee begins
    RESOLVE = "resolve"  # 办结


class State(StrEnum):
    """How a clock stands; met, missed and stopped are ends."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    STOPPED = "stopped"  # what it waited for is no longer wanted


@dataclass(frozen=True)
class Policy:
    """How long something may take: working time in duty hours, or by day and night."""

    minutes: int
    by_night: bool = False

    @property
    def allowed(self) -> timedelta:
        """The whole of it."""
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Effect:
    """What an act on a report does to its clocks."""

    starts: tuple[Kind, ...] = ()
    meets: tuple[Kind, ...] = ()
    stops: tuple[Kind, ...] = ()
    pauses: bool = False
    resumes: bool = False
    replaces: tuple[Kind, ...] = ()  # another in its place, from its own start, by what it is about and how grave it is now
    every: bool = False  # whatever stands still or goes on, does so with every clock, not with that of the work alone


EFFECTS: dict[str, Effect] = {
    "file": Effect(starts=(Kind.RESPOND, Kind.RESOLVE)),
    "accept": Effect(meets=(Kind.RESPOND,)),
    "decline": Effect(meets=(Kind.RESPOND,), stops=(Kind.RESOLVE,)),
    "appeal": Effect(starts=(Kind.RESPOND, Kind.RESOLVE)),
    "withdraw": Effect(stops=tuple(Kind)),
    "merge": Effect(pauses=True, every=True),
    "unmerge": Effect(resumes=True, every=True),
    "assign": Effect(starts=(Kind.CONTACT,), meets=(Kind.RESPOND,)),
    "reassign": Effect(starts=(Kind.CONTACT,), meets=(Kind.RESPOND,)),
    "reclassify": Effect(replaces=(Kind.RESOLVE,)),
    "grade": Effect(replaces=(Kind.RESOLVE,)),
    "return": Effect(starts=(Kind.RESPOND,), stops=(Kind.CONTACT,)),
    "process": Effect(meets=(Kind.CONTACT,)),
    "escalate": Effect(starts=(Kind.RESPOND,), stops=(Kind.CONTACT,), resumes=True),
    "ask": Effect(pauses=True),
    "hold": Effect(pauses=True),
    "whistle": Effect(),
    "divide": Effect(),
    "abandon": Effect(stops=tuple(Kind)),
    "supplement": Effect(resumes=True),
    "resume": Effect(resumes=True),
    "resolve": Effect(meets=(Kind.RESOLVE,), stops=(Kind.RESPOND,)),
    "rate": Effect(),
    "close": Effect(),
    "reopen": Effect(starts=(Kind.RESPOND, Kind.RESOLVE)),
}


def due(start: datetime, policy: Policy, calendar: Calendar) -> datetime:
    """When the time that a policy allows is over."""
    return (ALWAYS if policy.by_night else calendar).after(start, policy.allowed)


@dataclass(eq=False)
class Clock:
    """One running wait of a report. `left` is what was left when it was paused; `warned` how many reminders were given."""

    id: UUID
    report_id: UUID
    kind: Kind
    minutes: int
    by_night: bool
    policy_version: int
    started_at: datetime
    due_at: datetime
    next_at: datetime | None = None
    state: State = State.RUNNING
    warned: int = 0
    left: timedelta | None = None
    paused_at: datetime | None = None
    paused_total: timedelta = timedelta()
    ended_at: datetime | None = None

    @property
    def policy(self) -> Policy:
        """What it began with and keeps, whatever a community decides later."""
        return Policy(self.minutes, self.by_night)

    def start(self, calendar: Calendar) -> None:
        """Set it going."""
        self.due_at = due(self.started_at, self.policy, calendar)
        self._aim(self.started_at, self.policy.allowed, calendar)

    def pause(self, at: datetime, calendar: Calendar) -> None:
        """The time stands still; what is over already stays over."""
        if self.state is State.RUNNING:
            self.left = self._by(calendar).between(at, self.due_at)
            self.state, self.paused_at, self.next_at = State.PAUSED, at, None

    def resume(self, at: datetime, calendar: Calendar) -> None:
        """The time goes on; it is due later by the working time that it stood still."""
        if self.state is State.PAUSED and self.paused_at is not None and self.left is not None:
            self.paused_total += self._by(calendar).between(self.paused_at, at)
            self.due_at = self._by(calendar).after(at, self.left)
            self.state, self.paused_at = State.RUNNING, None
            self._aim(at, self.left, calendar)

    def end(self, state: State, at: datetime) -> None:
        """It came, or is no longer wanted; a clock that ran out stays missed."""
        if self.state in {State.RUNNING, State.PAUSED}:
            late = state is State.MET and self.state is State.RUNNING and at > self.due_at
            self.state, self.ended_at, self.next_at = State.MISSED if late else state, at, None

    def ring(self, at: datetime, calendar: Calendar) -> bool:
        """The sweep came by: whether something is due now. Late, double or early, each reminder is given once."""
        if self.state is not State.RUNNING or self.next_at is None or self.next_at > at:
            return False
        if at >= self.due_at:
            self.state, self.ended_at, self.next_at = State.MISSED, at, None
            return True
        left = self._by(calendar).between(at, self.due_at)
        over = self.policy.allowed - left
        self.warned = max(self.warned + 1, sum(over >= part * self.policy.allowed for part in REMINDED_AT))
        self._aim(at, left, calendar)
        return True

    def replaced(self, key: UUID, policy: Policy, calendar: Calendar, stood: Sequence[Span], at: datetime) -> "Clock":
        """Another in its place from its own start, by another policy; `stood` is when the time stood still before it does now.

        What is left is a fifth at least: who would be late by it is reminded first, and has that time.
        """
        made = Clock(
            key, self.report_id, self.kind, policy.minutes, policy.by_night, self.policy_version, self.started_at, at,
            state=self.state, paused_at=self.paused_at,
        )
        days, until = made._by(calendar), self.paused_at or at
        made.paused_total = sum((days.between(*span) for span in stood), timedelta())
        over = days.between(self.started_at, until) - made.paused_total
        left = max(policy.allowed - over, policy.allowed * (1 - REMINDED_AT[-1]))
        made.due_at = days.after(until, left)
        if made.state is State.PAUSED:
            made.left = left
        else:
            made._aim(at, left, calendar)
        self.end(State.STOPPED, at)
        return made

    def is_over(self, at: datetime) -> bool:
        """Its time is, whether or not the sweep said so yet."""
        return self.state is State.RUNNING and at >= self.due_at

    def _aim(self, at: datetime, left: timedelta, calendar: Calendar) -> None:
        """When to look at it next: at the next reminder, or when it is due."""
        over = self.policy.allowed - left
        ahead = [part * self.policy.allowed - over for part in REMINDED_AT[self.warned :]]
        self.next_at = min(self._by(calendar).after(at, max(ahead[0], timedelta())), self.due_at) if ahead else self.due_at

    def _by(self, calendar: Calendar) -> Calendar:
        return ALWAYS if self.by_night else calendar
