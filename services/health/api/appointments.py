"""Appointments with the family doctor."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.health.actions import appointments as acts
from services.health.domain.appointment import Appointment
from services.health.store import queries

router = new_router("/api/v1/appointments", tags=["appointments"])


class NewAppointment(Body):
    """Which time."""

    slot_id: UUID


class AppointmentView(BaseModel):
    """A booked time."""

    id: UUID
    slot_id: UUID
    person_id: UUID
    booked_at: datetime


class AppointmentItem(AppointmentView):
    """A booked time in a list, with its hours."""

    starts_at: datetime
    ends_at: datetime


@router.post("", status_code=201, response_model=AppointmentView)
async def book_appointment(new: NewAppointment, actor: Actor, work: Working) -> Appointment:
    """Book a time with the doctor for oneself."""
    return await acts.book(work, new.slot_id, by=actor)


@router.get("", response_model=Page[AppointmentItem])
async def list_appointments(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """One's own appointments; for the hut's staff, those of the hut."""
    scope = actor.scope("appointments.read")
    return await queries.APPOINTMENTS.page(work, asked, scope)
