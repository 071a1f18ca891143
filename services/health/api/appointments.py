"""Appointments with the family doctor."""

from datetime import date, datetime, time
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, Discriminator, Tag, model_validator

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from contracts.calendar import CHENGDU
from services.health.actions import appointments as acts
from services.health.api.schedules import Day
from services.health.domain.appointment import Appointment, State
from services.health.domain.team import AnyOf
from services.health.store import queries

router = new_router("/api/v1/appointments", tags=["appointments"])


class SomeTime(Body):
    """Which time."""

    slot_id: UUID


class AnyOfTeam(Body):
    """Any doctor of a team: in the visit that begins then, or on a day as soon as may be."""

    team_id: UUID
    starts_at: AwareDatetime | None = None
    day: Day | None = None

    @model_validator(mode="after")
    def _one(self) -> "AnyOfTeam":
        if (self.starts_at is None) == (self.day is None):
            raise ValueError("either starts_at or day is said")
        return self

    def wish(self) -> AnyOf:
        """Between which moments the visit begins."""
        if self.starts_at is not None:
            return AnyOf(self.team_id, self.starts_at, self.starts_at)
        day = self.day or date.min
        return AnyOf(self.team_id, datetime.combine(day, time.min, CHENGDU), datetime.combine(day, time.max, CHENGDU))


class HeldSeat(Body):
    """Which hold."""

    hold_id: UUID


def _which(body: Any) -> str | None:
    """What is to be booked is told by its name, so that a fault is told of that alone."""
    return next((name for name in ("slot_id", "hold_id", "team_id") if isinstance(body, dict) and name in body), None)


Wanted = Annotated[
    Annotated[SomeTime, Tag("slot_id")] | Annotated[HeldSeat, Tag("hold_id")] | Annotated[AnyOfTeam, Tag("team_id")],
    Discriminator(_which, custom_error_type="wanted", custom_error_message="a slot_id, a hold_id or a team_id is needed"),
]


class AppointmentView(BaseModel):
    """A person's seat; `seat` is the number they are called by (序号)."""

    id: UUID
    slot_id: UUID
    doctor_id: UUID
    person_id: UUID
    seat: int
    state: State
    starts_at: datetime
    ends_at: datetime
    booked_at: datetime


@router.post("", status_code=201, response_model=AppointmentView)
async def book_appointment(new: Wanted, actor: Actor, work: Working) -> Appointment:
    """Book a time with the doctor for oneself, what one holds, or any doctor of a team who has a seat then."""
    if isinstance(new, HeldSeat):
        return await acts.confirm(work, new.hold_id, by=actor)
    if isinstance(new, AnyOfTeam):
        return await acts.book_any(work, new.wish(), by=actor)
    return await acts.book(work, new.slot_id, by=actor)


@router.get("", response_model=Page[AppointmentView])
async def list_appointments(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """One's own appointments; for the hut's staff, those of the hut."""
    scope = actor.scope("appointments.read")
    return await queries.APPOINTMENTS.page(work, asked, scope)


@router.get("/{appointment_id}", response_model=AppointmentView)
async def get_appointment(appointment_id: UUID, actor: Actor, work: Working) -> Appointment:
    """One appointment."""
    return await acts.look(work, appointment_id, by=actor)


@router.post("/{appointment_id}/cancellation", response_model=AppointmentView)
async def cancel_appointment(appointment_id: UUID, actor: Actor, work: Working) -> Appointment:
    """Give the seat back before the visit begins."""
    return await acts.cancel(work, appointment_id, by=actor)


@router.post("/{appointment_id}/rescheduling", status_code=201, response_model=AppointmentView)
async def reschedule_appointment(appointment_id: UUID, to: SomeTime, actor: Actor, work: Working) -> Appointment:
    """Move to another time; the answer is the appointment that holds now. Without a free seat there, the old one stays."""
    return await acts.reschedule(work, appointment_id, by=actor, to=to.slot_id)
