"""Doctors' hours."""

from datetime import date, time
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field, WithJsonSchema, model_validator

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from contracts.area import PATTERN
from services.health.actions import calling_off
from services.health.actions import schedules as acts
from services.health.domain.calling_off import Reason
from services.health.domain.online import Modality
from services.health.domain.schedule import Half, Schedule
from services.health.store import queries

router = new_router("/api/v1/schedules", tags=["schedules"])

Weekday = Annotated[int, Field(ge=1, le=7)]
# JSON Schema's `time` is RFC 3339's, with an offset; hours in a hut are local
LocalTime = Annotated[time, WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"})]
Day = Annotated[date, Field(ge=date(2020, 1, 1), le=date(2199, 12, 31))]


class NewSchedule(Body):
    """Hours in local time (Asia/Shanghai); weekdays by ISO 8601, 1 is Monday.

    The first `set_aside` seats of each visit are for those who are entitled, until `back_days` before at `back_at`.
    Visits are in a room of the hut, if one is named, which other doctors' hours may name too: whoever is booked first has it.
    """

    area: Annotated[str, Field(max_length=256, pattern=PATTERN)]
    doctor_id: UUID
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    begins: LocalTime
    ends: LocalTime
    minutes: Annotated[int, Field(ge=5, le=240)]
    capacity: Annotated[int, Field(ge=1, le=200)] = 1
    first_day: Day
    last_day: Day | None = None
    opens_days: Annotated[int, Field(ge=0, le=90)] | None = None
    opens_at: LocalTime | None = None
    on_holidays: bool = False
    set_aside: Annotated[int, Field(ge=0, le=200)] = 0
    back_days: Annotated[int, Field(ge=0, le=90)] | None = None
    back_at: LocalTime | None = None
    department_id: UUID | None = None
    room_id: UUID | None = None
    modality: Modality = Modality.IN_PERSON

    @model_validator(mode="after")
    def _whole(self) -> "NewSchedule":
        if (self.opens_days is None) != (self.opens_at is None):
            raise ValueError("opens_days and opens_at come together")
        if (self.back_days is None) != (self.back_at is None):
            raise ValueError("back_days and back_at come together")
        moments = (self.begins, self.ends, self.opens_at, self.back_at)
        if any(moment is not None and moment.tzinfo is not None for moment in moments):
            raise ValueError("times are local and carry no zone")
        return self


class ScheduleView(BaseModel):
    """A doctor's weekly hours."""

    id: UUID
    area: str
    doctor_id: UUID
    weekdays: list[int]
    begins: LocalTime
    ends: LocalTime
    minutes: int
    capacity: int
    first_day: date
    last_day: date | None
    opens_days: int | None
    opens_at: LocalTime | None
    on_holidays: bool
    set_aside: int
    back_days: int | None
    back_at: LocalTime | None
    department_id: UUID | None
    room_id: UUID | None
    modality: Modality


class ScheduleFilter(Paging):
    """Whose."""

    doctor_id: UUID | None = None


class OneDay(Body):
    """A day, or half of it, on which the doctor is there although the week says no, or is not although it says yes (停诊)."""

    day: Day
    half: Half | None = None
    works: bool


class ExceptionView(BaseModel):
    """A day that is not as the week says: whether the doctor is there in each half; null is as the week says."""

    day: date
    morning: bool | None
    afternoon: bool | None


class CallingOff(Body):
    """A day, or half of it, that is called off (停诊), and why."""

    day: Day
    half: Half | None = None
    reason: Reason


class LastDay(Body):
    """The day after which there are no more hours."""

    last_day: Day


class CalledOff(BaseModel):
    """How many have booked what is called off and are told, and offered the next seat, in a moment; 0 once all are."""

    booked: int


class Affected(BaseModel):
    """How many have booked a time that is closed by this; they stay booked, and have to be called."""

    booked: int


@router.post("", status_code=201, response_model=ScheduleView)
async def lay_down_schedule(new: NewSchedule, actor: Actor, work: Working) -> Schedule:
    """Lay down hours; the slots of the next four weeks are there at once, later ones come day by day."""
    said = new.model_dump() | {"weekdays": sorted(set(new.weekdays))}
    return await acts.lay_down(work, Schedule(work.new_id(), **said), by=actor)


@router.get("", response_model=Page[ScheduleView])
async def list_schedules(actor: Actor, work: Working, asked: Annotated[ScheduleFilter, Query()]) -> Any:
    """The doctors' hours in the hut of one's own community, or of the areas one serves."""
    return await queries.SCHEDULES.page(work, asked, actor.scope("schedules.read"), doctor_id=asked.doctor_id)


@router.get("/{schedule_id}", response_model=ScheduleView)
async def get_schedule(schedule_id: UUID, actor: Actor, work: Working) -> Schedule:
    """One doctor's hours."""
    return await acts.look(work, schedule_id, by=actor)


@router.post("/{schedule_id}/days", response_model=Affected)
async def change_schedule_day(schedule_id: UUID, one: OneDay, actor: Actor, work: Working) -> Affected:
    """Open or close a day, or half of it, by itself; saying it again changes nothing."""
    return Affected(booked=await acts.change_day(work, schedule_id, one.day, one.half, by=actor, works=one.works))


@router.get("/{schedule_id}/days", response_model=Page[ExceptionView])
async def list_schedule_days(schedule_id: UUID, actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """The days on which the hours are not those of the week, the earliest first."""
    schedule = await acts.look(work, schedule_id, by=actor)
    return await queries.DAYS.page(work, asked, schedule_id=schedule.id)


@router.post("/{schedule_id}/calling-off", response_model=CalledOff)
async def call_off_schedule(schedule_id: UUID, off: CallingOff, actor: Actor, work: Working) -> CalledOff:
    """Call a day off, or half of it: who has booked it is told why, and a seat is held for them for a day."""
    return CalledOff(booked=await calling_off.call_off(work, schedule_id, off.day, off.half, off.reason, by=actor))


@router.post("/{schedule_id}/ending", response_model=Affected)
async def end_schedule(schedule_id: UUID, until: LastDay, actor: Actor, work: Working) -> Affected:
    """The hours end with a day."""
    return Affected(booked=await acts.end(work, schedule_id, until.last_day, by=actor))
