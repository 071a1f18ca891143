"""How a report stands, and how a step changes that: what every act of `report.py` does alike."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.reports.domain.category import About
from services.reports.domain.chain import Transition
from services.reports.domain.channel import Channel
from services.reports.domain.coordinates import Point
from services.reports.domain.ladder import above
from services.reports.domain.machine import NotTheAssignee, Status, Step, step_from
from services.reports.domain.part import UNDIVIDED, Parts
from services.reports.domain.severity import Severity


@dataclass(eq=False)
class Standing:
    """What is kept of a report, and the steps it took in this transaction."""

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
    anchor_id: UUID | None = None
    assignee_id: UUID | None = None
    resolved_at: datetime | None = None
    satisfaction: int | None = None
    reopen_count: int = 0
    level: int = 1
    return_count: int = 0
    appealed_at: datetime | None = None
    waits_until: datetime | None = None
    supporters: int = 0
    master_id: UUID | None = None
    merged_from: str | None = None
    last_seq: int = 0
    last_hash: bytes = b""
    updated_at: datetime | None = None
    parent_id: UUID | None = None  # the report it is a part of; then it is sealed for that one's reporter
    channel: str = Channel.APP.value
    severity: Severity = Severity.MINOR
    said_lat: float | None = None  # as it was said, on which datum; lat and lng are the same place on WGS-84
    said_lng: float | None = None
    said_crs: str | None = None
    accuracy_m: float | None = None  # as the phone says it; a place that was pinned on a map has none
    subcategory: str | None = None  # below its category, in the catalogue of its community
    category_version: int = 0  # of the catalogue in which it was said
    sealed_answers: bytes | None = None  # to what its category asks besides
    divided_by: UUID | None = None  # the unit of who divided it, and the parent itself where they are of none
    parts: Parts = field(default=UNDIVIDED, init=False)  # as far as an act asks for them; no column
    steps: list[Transition] = field(default_factory=list, init=False)

    @property
    def owner_id(self) -> UUID:
        """A report belongs to who filed it; a part to the unit that made it, so that no person has an owner's rights in it."""
        return self.divided_by or self.reporter_id

    @property
    def about(self) -> About:
        """What it is about."""
        return About(self.category, self.subcategory, self.category_version)

    @property
    def point(self) -> Point | None:
        """Where it is, on WGS-84, if that is known."""
        return Point(self.lat, self.lng) if self.lat is not None and self.lng is not None else None

    def lies(self, said: Point, accuracy: float | None) -> None:
        """Where it is: the pair stays as it was said, so that nothing is ever shifted twice."""
        place = said.wgs84()
        self.lat, self.lng, self.accuracy_m = place.lat, place.lng, accuracy
        self.said_lat, self.said_lng, self.said_crs = said.lat, said.lng, said.crs

    def named(self) -> dict[str, object]:
        """What an event for staff says of it: no reporter; who has it in hand, and the assignee as who sees it live."""
        said = self._said() | self._in_hand()
        del said["reporter_id"]
        return said | {"recipients": (self.assignee_id,) if self.assignee_id else ()}

    def _said(self, *others: UUID) -> dict[str, object]:
        people = dict.fromkeys((*self.hearers, *((self.assignee_id,) if self.assignee_id else ()), *others))
        return self.called() | {"recipients": tuple(people)}

    @property
    def hearers(self) -> tuple[UUID, ...]:
        """Its reporter; of a part its parent's reporter hears nothing."""
        return (self.reporter_id,) if self.parent_id is None else ()

    def called(self) -> dict[str, object]:
        """What every event says of it that names a reporter, who alone hears of it."""
        return {
            "area": self.area, "recipients": self.hearers, "report_id": self.id, "number": self.number,
            "reporter_id": self.owner_id, "parent_id": self.parent_id,
        }

    def _in_hand(self) -> dict[str, object]:
        return {"assignee_id": self.assignee_id, "level": self.level}

    def _rise(self) -> None:
        self.level, self.return_count = above(self.level, self.area), 0

    def _begun(self, action: str, by: UUID | None) -> Step:
        step = step_from(action, self.status)
        if step.assignee_only and by is not None and by != self.assignee_id:
            raise NotTheAssignee
        held_up = step.held_up(self)
        if held_up is not None:
            raise held_up.refusal(**held_up.tells(self))
        return step

    def _take(
        self, action: str, by: UUID | None, at: datetime, note: str | None = None, reason_code: str | None = None
    ) -> None:
        self._go(self._begun(action, by), by, at, note, reason_code)

    def _go(
        self, step: Step, by: UUID | None, at: datetime, note: str | None = None, reason_code: str | None = None
    ) -> None:
        before = self.status
        if step.leads is not None:
            self.status, self.waits_until = step.leads, None
        self._note(step.action, before, by, at, note=note, reason_code=reason_code)

    def _note(
        self, action: str, before: Status | None, by: UUID | None, at: datetime, *, note: str | None = None,
        reason_code: str | None = None,
    ) -> None:
        self.last_seq, self.updated_at = self.last_seq + 1, at
        made = Transition(
            self.id, self.last_seq, action, before, self.status, by, at, note, reason_code=reason_code, level=self.level
        )
        self.__dict__.setdefault("steps", []).append(made)
