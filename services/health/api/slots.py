"""Slots: times with the doctor that can be booked."""

from datetime import date, datetime, time
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, Discriminator, Field, Tag, model_validator

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from contracts.calendar import CHENGDU
from services.health.actions import free
from services.health.api.schedules import Day
from services.health.domain.online import Modality, VisitKind
from services.health.domain.team import AnyOf

router = new_router("/api/v1/slots", tags=["slots"])


class SlotView(BaseModel):
    """A time with seats that are free; from `opens_at` on they can be taken.

    `free` is for the person who asks: 0 where all that is left is set aside for others, until `set_aside_until`.
    """

    id: UUID
    area: str
    doctor_id: UUID
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None
    capacity: int
    free: int
    set_aside: int
    set_aside_until: datetime | None
    department_id: UUID | None
    room_id: UUID | None
    cancel_until: Annotated[datetime, Field(description="given back for nothing until then, and half an hour after booking")]
    modality: Modality
    kinds: Annotated[list[VisitKind], Field(description="by video, what whoever asks may have it for; none of what is in person")]


class SlotFilter(Paging):
    """Which times: of a hospital or department, in a room, of one doctor, of a team's doctors, from a moment on, before one."""

    hospital_id: UUID | None = None
    department_id: UUID | None = None
    room_id: UUID | None = None
    doctor_id: UUID | None = None
    team_id: UUID | None = None
    modality: Modality | None = None
    own_team_first: bool = False
    since: AwareDatetime | None = None
    before: AwareDatetime | None = None


class SomeTime(Body):
    """Which time; of a visit by video what it is, and without a word a consultation."""

    slot_id: UUID
    visit_kind: VisitKind | None = None

    @property
    def wanted(self) -> UUID:
        """That slot."""
        return self.slot_id


class AnyOfTeam(Body):
    """Any doctor of a team: in the visit that begins then, or on a day as soon as may be; by video, if a kind is said."""

    team_id: UUID
    visit_kind: VisitKind | None = None
    starts_at: AwareDatetime | None = None
    day: Day | None = None

    @model_validator(mode="after")
    def _one(self) -> "AnyOfTeam":
        if (self.starts_at is None) == (self.day is None):
            raise ValueError("either starts_at or day is said")
        return self

    @property
    def wanted(self) -> AnyOf:
        """Between which moments the visit begins."""
        if self.starts_at is not None:
            return AnyOf(self.team_id, self.starts_at, self.starts_at, kind=self.visit_kind)
        day = self.day or date.min
        begin, end = datetime.combine(day, time.min, CHENGDU), datetime.combine(day, time.max, CHENGDU)
        return AnyOf(self.team_id, begin, end, kind=self.visit_kind)


def which(body: Any) -> str | None:
    """What is wanted is told by its name, so that a fault is told of that alone."""
    return next((name for name in ("slot_id", "hold_id", "team_id") if isinstance(body, dict) and name in body), None)


BySlot = Annotated[SomeTime, Tag("slot_id")]
ByTeam = Annotated[AnyOfTeam, Tag("team_id")]
Time = Annotated[
    BySlot | ByTeam, Discriminator(which, custom_error_type="wanted", custom_error_message="a slot_id or a team_id is needed"),
]


@router.get("", response_model=Page[SlotView])
async def list_slots(actor: Actor, work: Working, asked: Annotated[SlotFilter, Query()]) -> Any:
    """Free times in the hut of one's own community, the soonest first; if so asked, those of one's contracted team before."""
    which = asked.model_dump(exclude={"limit", "cursor", "own_team_first"})
    return await free.times(work, asked, which, by=actor, own_team_first=asked.own_team_first)
