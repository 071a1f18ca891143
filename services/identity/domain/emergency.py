"""Emergencies (break-glass): a role that somebody takes for half an hour, for there is no time to ask; reviewed by another."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.errors import Conflict, Forbidden
from contracts.area import Role
from contracts.identity import EmergencyBegun, EmergencyEnded, EmergencyReviewed

LIFE = timedelta(minutes=30)
# whose acts touch no grant, no second factor, no audit and no emergency; a test looks through the rules of all services.
# None of the health hut's: who looks at appointments leaves no trace yet, and what is done in an emergency must
TAKEABLE = frozenset({Role.GRID_WORKER, Role.COURTYARD_LEAD, Role.GUARD, Role.PROPERTY})


class NotTakeable(Forbidden):
    """In an emergency one takes a role that acts, and none by which rights, second factors or the audit are administered."""

    zh = "该角色不能以紧急授权方式取得"


class ReviewAwaited(Forbidden):
    """One emergency at a time, and the next one only when another admin has reviewed the last."""

    zh = "上一次紧急授权尚未由其他管理员复核，暂不能再次使用"


class RoleHeld(Conflict):
    """What one has need not be taken."""

    zh = "您已担任该角色，无需紧急授权"


class NotOnesOwnReview(Forbidden):
    """Nobody reviews what they did themselves."""

    zh = "不能复核本人的紧急授权，请由其他管理员复核"


class ReviewerNotFree(Forbidden):
    """Who reviews was an admin before it began, and was not made one by whom they review."""

    zh = "复核人须在紧急授权开始前已是管理员，且不是由被复核人授予"


class EmergencyRunning(Conflict):
    """What is not over yet cannot be judged."""

    zh = "紧急授权尚未结束，结束后方可复核"


class ReviewedAlready(Conflict):
    """An emergency is reviewed once."""

    zh = "该紧急授权已经复核"


class EmergencyOver(Conflict):
    """It has ended."""

    zh = "紧急授权已经结束"


@dataclass(eq=False)
class Emergency:
    """Who took which role where, why, whom it concerns, and what another admin found of it."""

    id: UUID
    person_id: UUID
    assignment_id: UUID
    role: str
    area: str
    reason: str
    concerns_id: UUID | None
    taken_at: datetime
    ends_at: datetime
    told_at: datetime | None = None
    reviewed_by: UUID | None = None
    reviewed_at: datetime | None = None
    finding: str | None = None

    @property
    def owner_id(self) -> UUID:
        return self.person_id

    def begun(self) -> EmergencyBegun:
        return EmergencyBegun.model_validate({**self._said(), "role": self.role, "ends_at": self.ends_at})

    def end(self, *, at: datetime) -> None:
        """It is over before its time."""
        if self.ends_at <= at:
            raise EmergencyOver
        self.ends_at = at

    def told(self, *, at: datetime) -> EmergencyEnded:
        """That it is over is said once."""
        self.told_at = at
        return EmergencyEnded.model_validate({**self._said(), "concerns_id": self.concerns_id, "began_at": self.taken_at})

    def review(self, *, by: UUID, finding: str, at: datetime) -> EmergencyReviewed:
        """Another admin's word on it."""
        if by == self.person_id:
            raise NotOnesOwnReview
        if self.ends_at > at:
            raise EmergencyRunning
        if self.reviewed_at is not None:
            raise ReviewedAlready
        self.reviewed_by, self.reviewed_at, self.finding = by, at, finding
        return EmergencyReviewed.model_validate({
            "area": self.area, "recipients": (self.person_id,), "emergency_id": self.id, "person_id": self.person_id,
            "finding": finding,
        })

    def _said(self) -> dict[str, Any]:
        return {"area": self.area, "emergency_id": self.id, "person_id": self.person_id, "reason": self.reason}
