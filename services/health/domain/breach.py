"""失约: a seat was lost to everybody because its person did not come, or gave it back late; points, what they end, an appeal.

Study: handbook health, section 7 (no-show → ban) and 6.5-10: a no-show gives points only when the reminder was provably
delivered; points are explainable and appealable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.errors import Conflict, Forbidden
from contracts import health as said
from contracts.event import Event
from services.health.domain.policy import Cause, Policy

MONTH = timedelta(days=30)


class Plea(StrEnum):
    """Why its person holds that it is none; a word of the list, because nobody need tell more."""

    WAS_THERE = "was_there"  # 本人已到
    ILL = "ill"  # 突发疾病或急事
    NOT_TOLD = "not_told"  # 没有收到提醒
    OTHER = "other"  # 其他原因


class Finding(StrEnum):
    """How an appeal was decided."""

    WAS_THERE = "was_there"  # 经核实已到
    EXCUSED = "excused"  # 有正当理由
    OUR_FAULT = "our_fault"  # 平台或小屋的原因
    STANDS = "stands"  # 失约属实


class Barred(Conflict):
    """Who has so many points books nothing by themselves until `until`; the hut's staff books for them all the same."""

    zh = "因失约累计，您暂时不能自助预约，可到健康小屋由工作人员预约；如有异议，可对失约记录申诉"


class AppealedOnce(Conflict):
    """One appeals once."""

    zh = "该失约记录已申诉过，每条只能申诉一次"


class NothingAppealed(Conflict):
    """What is decided is an appeal that is open."""

    zh = "该失约记录没有待处理的申诉"


class NotByThoseConcerned(Forbidden):
    """Nobody decides of their own breach, nor of one that they entered."""

    zh = "不能处理本人的失约记录，也不能处理本人造成的记录"


@dataclass(eq=False)
class Breach:
    """One of an appointment; it may cost nothing and is counted all the same. `entered_by` is by whose act it came about."""

    id: UUID
    area: str
    person_id: UUID
    appointment_id: UUID
    cause: Cause
    points: int
    at: datetime
    policy_id: UUID | None = None
    entered_by: UUID | None = None
    sanction_id: UUID | None = None
    plea: str | None = None
    appealed_at: datetime | None = None
    finding: str | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None

    @property
    def owner_id(self) -> UUID:
        """It is its person's."""
        return self.person_id

    @property
    def stands(self) -> bool:
        """Whether it was not found to be none."""
        return self.finding in {None, Finding.STANDS}

    def counted(self, starts_at: datetime) -> Event:
        """Its person hears of it."""
        return said.BreachCounted(
            area=self.area, recipients=(self.person_id,), breach_id=self.id, appointment_id=self.appointment_id,
            starts_at=starts_at, cause=self.cause.value, points=self.points,
        )

    def appeal(self, plea: Plea, *, at: datetime) -> Event:
        """Its person holds that it is none: until that is decided it counts for nothing."""
        if self.appealed_at is not None:
            raise AppealedOnce
        self.plea, self.appealed_at = plea.value, at
        return said.BreachAppealed(area=self.area, recipients=(self.person_id,), breach_id=self.id)

    def decide(self, finding: Finding, *, by: UUID, at: datetime) -> Event:
        """Somebody else says in a word of the list what is so."""
        if by in {self.person_id, self.entered_by}:
            raise NotByThoseConcerned
        if self.plea is None or self.finding is not None:
            raise NothingAppealed
        self.finding, self.decided_by, self.decided_at = finding.value, by, at
        return said.BreachDecided(area=self.area, recipients=(self.person_id,), breach_id=self.id, finding=finding.value)


@dataclass(eq=False)
class Sanction:
    """A person books nothing by themselves there until `ends_at`; it rests while an appeal against a breach of it is open."""

    id: UUID
    area: str
    person_id: UUID
    begins_at: datetime
    ends_at: datetime
    limit_points: int
    spares_seniors: bool
    lifted_at: datetime | None = None

    def begun(self) -> Event:
        """Its person hears of it."""
        return said.SanctionBegun(area=self.area, recipients=(self.person_id,), sanction_id=self.id, until=self.ends_at)

    def lift(self, *, at: datetime) -> Event:
        """It is over, because what it rests on is not so."""
        self.lifted_at = at
        return said.SanctionLifted(area=self.area, recipients=(self.person_id,), sanction_id=self.id)


def total(breaches: Sequence[Any]) -> int:
    """Their points."""
    return sum(one.points for one in breaches)


def imposed(policy: Policy, breaches: Sequence[Any], *, key: UUID, of: Breach, area: str, at: datetime) -> Sanction | None:
    """What these breaches, none of which counted for another one, come to under a policy; none below its limit."""
    if total(breaches) < policy.limit_points:
        return None
    ends = at + timedelta(days=policy.days)
    return Sanction(key, area, of.person_id, at, ends, policy.limit_points, policy.spares_seniors)
