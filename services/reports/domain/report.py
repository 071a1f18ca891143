"""A report: what is wrong, where, who said so, who is responsible, and how it went."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from chassis.errors import Conflict, Invalid
from contracts.reports import (
    ReportAccepted,
    ReportAssigned,
    ReportClosed,
    ReportRated,
    ReportReopened,
    ReportResolved,
    ReportReturned,
    ReportStarted,
    ReportSubmitted,
)
from services.reports.domain.machine import NotTheAssignee, Status, Step, step_from

REOPEN_WITHIN = timedelta(days=7)
SETTLED_AFTER = timedelta(days=7)
CATEGORIES = ("lighting", "water", "electricity", "sanitation", "road", "greening", "safety", "noise", "parking", "other")


class AfterPhotoMissing(Invalid):
    """What was mended is shown: a resolution carries at least one photo taken afterwards."""

    zh = "办结需要上传处置后的照片"


class ReopenTooLate(Conflict):
    """A report can be reopened within seven days after it was resolved."""

    zh = "已超过办结后 7 天的重办期限，请重新提交报事"


class AssigneeNotServing(Invalid):
    """The person who is to be responsible serves in no office where the place lies."""

    zh = "该人员不负责此区域，请选择其他工作人员"


@dataclass(frozen=True)
class Transition:
    """One step of a report's life; each carries the hash of the one before, so none can be slipped in or out."""

    report_id: UUID
    seq: int
    action: str
    from_status: str | None
    to_status: str
    actor_id: UUID | None
    at: datetime
    note: str | None
    previous_hash: bytes

    def digest(self) -> bytes:
        """SHA-256 over the previous hash and the row in a fixed spelling."""
        row = [
            str(self.report_id), self.seq, self.action, self.from_status, self.to_status,
            str(self.actor_id), self.at.isoformat(), self.note,
        ]
        return hashlib.sha256(self.previous_hash + json.dumps(row, ensure_ascii=False).encode()).digest()


@dataclass(eq=False)
class Report:
    """The entity; every method decides, changes, and returns the event it made true."""

    id: UUID
    number: str
    client_token: UUID
    reporter_id: UUID
    area: str
    category: str
    submitted_at: datetime
    status: Status = Status.SUBMITTED
    sealed_text: bytes = b""
    lat: float | None = None
    lng: float | None = None
    assignee_id: UUID | None = None
    resolved_at: datetime | None = None
    satisfaction: int | None = None
    reopen_count: int = 0
    last_seq: int = 0
    last_hash: bytes = b""
    updated_at: datetime | None = None
    steps: list[Transition] = field(default_factory=list, init=False)

    @property
    def owner_id(self) -> UUID:
        """A report belongs to who filed it."""
        return self.reporter_id

    def submit(self) -> ReportSubmitted:
        """The beginning."""
        self._note("file", None, self.reporter_id, self.submitted_at, None)
        return ReportSubmitted(**self._said(), category=self.category)

    def accept(self, *, by: UUID, at: datetime) -> ReportAccepted:
        """This is ours, and we will see to it."""
        self._take("accept", by, at, None)
        return ReportAccepted(**self._said())

    def assign(self, *, to: UUID, serves: bool, by: UUID, at: datetime) -> ReportAssigned:
        """Make somebody responsible who serves where the place lies."""
        step = step_from("assign", self.status)
        if not serves:
            raise AssigneeNotServing
        self.assignee_id = to
        self._go(step, by, at, None)
        return ReportAssigned(**self._said(to), assignee_id=to)

    def give_back(self, *, by: UUID, at: datetime, reason: str) -> ReportReturned:
        """Not mine after all; somebody else must be found."""
        self._take("return", by, at, reason)
        self.assignee_id = None
        return ReportReturned(**self._said(), returned_by=by)

    def process(self, *, by: UUID, at: datetime) -> ReportStarted:
        """Work begins."""
        self._take("process", by, at, None)
        return ReportStarted(**self._said())

    def resolve(self, *, by: UUID, note: str, photos: int, at: datetime) -> ReportResolved:
        """The work is done, and a photo shows it."""
        step = self._assigned_step("resolve", by)
        if photos == 0:
            raise AfterPhotoMissing
        self.resolved_at = at
        self._go(step, by, at, note)
        return ReportResolved(**self._said(), resolved_by=by)

    def rate(self, *, satisfaction: int, by: UUID, at: datetime) -> tuple[ReportRated, ReportClosed]:
        """The reporter says how it went; with that it is closed."""
        self._take("rate", by, at, None)
        self.satisfaction = satisfaction
        return ReportRated(**self._said(), satisfaction=satisfaction), ReportClosed(**self._said())

    def close(self, *, by: UUID | None, at: datetime) -> ReportClosed:
        """Nobody objected, or an officer looked at it."""
        self._take("close", by, at, None)
        return ReportClosed(**self._said())

    def reopen(self, *, by: UUID, reason: str, at: datetime) -> ReportReopened:
        """It is not mended."""
        step = step_from("reopen", self.status)
        if self.resolved_at is None or at - self.resolved_at > REOPEN_WITHIN:
            raise ReopenTooLate
        self.assignee_id = self.satisfaction = None
        self.reopen_count += 1
        self._go(step, by, at, reason)
        return ReportReopened(**self._said())

    def _said(self, *others: UUID) -> dict[str, object]:
        people = dict.fromkeys((self.reporter_id, *((self.assignee_id,) if self.assignee_id else ()), *others))
        return {
            "area": self.area, "recipients": tuple(people), "report_id": self.id, "number": self.number,
            "reporter_id": self.reporter_id,
        }

    def _assigned_step(self, action: str, by: UUID | None) -> Step:
        step = step_from(action, self.status)
        if step.assignee_only and by != self.assignee_id:
            raise NotTheAssignee
        return step

    def _take(self, action: str, by: UUID | None, at: datetime, note: str | None) -> None:
        self._go(self._assigned_step(action, by), by, at, note)

    def _go(self, step: Step, by: UUID | None, at: datetime, note: str | None) -> None:
        before, self.status = self.status, step.leads
        self._note(step.action, before, by, at, note)

    def _note(self, action: str, before: Status | None, by: UUID | None, at: datetime, note: str | None) -> None:
        made = Transition(self.id, self.last_seq + 1, action, before, self.status, by, at, note, self.last_hash)
        self.last_seq, self.last_hash, self.updated_at = made.seq, made.digest(), at
        self.__dict__.setdefault("steps", []).append(made)
