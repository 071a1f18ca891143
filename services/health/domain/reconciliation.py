"""Reconciliation 对账 with a hospital: what it keeps against what we keep; four verdicts, each with its remedy, and people."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.errors import Conflict
from services.health.domain.appointment import Appointment
from services.health.domain.ask import Theirs
from services.health.domain.machine import State


class Verdict(StrEnum):
    """How the two sides stand to each other about one appointment."""

    BOTH = "both"  # 双方一致
    OURS_ONLY = "ours_only"  # 仅我方有
    THEIRS_ONLY = "theirs_only"  # 仅医院有
    DIFFER = "differ"  # 双方不一致


class Remedy(StrEnum):
    """What was done about it."""

    ASKED_AGAIN = "asked_again"  # 已再次请医院保留
    CANCELLED_THERE = "cancelled_there"  # 已请医院取消
    CORRECTED = "corrected"  # 已请医院按我方时间更正
    DISPLACED = "displaced"  # 已通知居民重新预约
    PEOPLE = "people"  # 须人工处理


class Settlement(StrEnum):
    """Why a divergence is one no more."""

    AGREED = "agreed"  # 双方已一致（系统自动）
    CALLED = "called"  # 已电话联系居民
    REBOOKED = "rebooked"  # 已为居民另行预约
    CORRECTED_THERE = "corrected_there"  # 医院已更正
    NOTHING_TO_DO = "nothing_to_do"  # 无须处理


class SettledAlready(Conflict):
    """A divergence is settled once, by people or by both sides agreeing again."""

    zh = "该差异已处理"


class NotAsked(Conflict):
    """A hospital without a connected system has nothing to be reconciled with."""

    zh = "该医院没有接入系统，不能对账"


@dataclass(frozen=True)
class Finding:
    """A verdict about one appointment: our id of it, and what the hospital keeps."""

    verdict: Verdict
    key: UUID | None
    theirs: Theirs | None

    @property
    def subject(self) -> str:
        """What it is about, the same every night: their name of it if it is theirs alone, else our id."""
        return self.theirs.ref if self.verdict is Verdict.THEIRS_ONLY and self.theirs is not None else str(self.key)


@dataclass(frozen=True)
class Ours:
    """An appointment of ours that is somebody's: what is compared."""

    key: UUID
    ref: str | None
    starts_at: datetime
    ends_at: datetime


def compare(ours: Iterable[Ours], theirs: Iterable[Theirs]) -> Iterator[Finding]:
    """One finding for each of ours, and one for each of theirs that is not one of those: nothing is passed over."""
    named: defaultdict[UUID | None, list[Theirs]] = defaultdict(list)
    for one in sorted(theirs, key=lambda one: one.ref):
        named[one.key].append(one)
    for mine in ours:
        meant = named.get(mine.key, [])
        match = next((one for one in meant if one.ref == mine.ref), meant[0] if meant else None)
        if match is not None:
            meant.remove(match)
        yield Finding(_verdict(mine, match), mine.key, match)
    yield from (Finding(Verdict.THEIRS_ONLY, key, one) for key, rest in named.items() for one in rest)


def by_appointment(findings: Iterable[Finding]) -> list[list[Finding]]:
    """What was found of each appointment together: about one that was asked of meanwhile nothing is decided."""
    about: defaultdict[UUID | None, list[Finding]] = defaultdict(list)
    for one in findings:
        about[one.key].append(one)
    return [*about.values()]


def _verdict(mine: Ours, match: Theirs | None) -> Verdict:
    if match is None:
        return Verdict.OURS_ONLY
    return Verdict.BOTH if _seconds(match) == _seconds(mine) else Verdict.DIFFER


def _seconds(one: Ours | Theirs) -> tuple[datetime, datetime]:
    """From when to when, as exactly as every wire says it."""
    return one.starts_at.replace(microsecond=0), one.ends_at.replace(microsecond=0)


@dataclass(eq=False)
class Divergence:
    """The two sides do not say the same of one appointment; open until they do, or until somebody settles it."""

    id: UUID
    area: str
    hospital_id: UUID
    subject: str
    verdict: Verdict
    remedy: Remedy
    found_at: datetime
    starts_at: datetime  # of the visit
    appointment_id: UUID | None = None
    external_ref: str | None = None
    settled_at: datetime | None = None
    settled_by: UUID | None = None
    settlement: Settlement | None = None

    def settle(self, why: Settlement, *, by: UUID | None, at: datetime) -> None:
        """Closed by somebody who says why, or by both sides agreeing."""
        if self.settled_at is not None:
            raise SettledAlready
        self.settled_at, self.settled_by, self.settlement = at, by, why


@dataclass(eq=False)
class Reconciliation:
    """One comparison with a hospital, of a night or as somebody ordered it; what it found, once it is over."""

    id: UUID
    area: str
    hospital_id: UUID
    ordered_at: datetime
    due_at: datetime
    ordered_by: UUID | None = None  # None: of the night
    night: str | None = None
    leased_until: datetime | None = None
    tries: int = 0
    ended_at: datetime | None = None
    failed: bool = False
    both: int = 0
    ours_only: int = 0
    theirs_only: int = 0
    differ: int = 0

    @property
    def tried_again_at(self) -> datetime | None:
        """When the hospital is asked again that did not show its side; None while it is asked, and when it need not be."""
        is_put_off = self.ended_at is None and self.leased_until is None and self.due_at > self.ordered_at
        return self.due_at if is_put_off else None


def remedy(finding: Finding, seat: Appointment | None, before: Remedy | None, *, at: datetime) -> Remedy | None:
    """What is to be done; None if nothing is. `before` is what was done about it and did not help."""
    if finding.verdict is Verdict.BOTH:
        return None
    if seat is None or seat.starts_at <= at or before is Remedy.PEOPLE:
        return Remedy.PEOPLE  # nobody cancels what may be somebody else's, and nothing helps what is over
    if finding.verdict is Verdict.THEIRS_ONLY:
        return Remedy.CANCELLED_THERE
    if finding.verdict is Verdict.DIFFER:
        return Remedy.DISPLACED if seat.theirs else Remedy.CORRECTED
    return _of_ours_only(seat, before)


def _of_ours_only(seat: Appointment, before: Remedy | None) -> Remedy | None:
    if seat.state is State.CANCELLING:
        return None  # it is gone there, as it was to be
    if before is not Remedy.ASKED_AGAIN:
        return Remedy.ASKED_AGAIN
    return Remedy.DISPLACED if seat.theirs else Remedy.PEOPLE  # it said yes once more, and keeps nothing
