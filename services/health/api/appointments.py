"""Appointments with the family doctor."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, Discriminator, Field, Tag

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.health.actions import appointments as acts
from services.health.actions import visits
from services.health.api.slots import BySlot, ByTeam, Time, which
from services.health.domain.appointment import Appointment
from services.health.domain.arrival import Place
from services.health.domain.machine import State
from services.health.domain.online import VisitKind
from services.health.store import queries

router = new_router("/api/v1/appointments", tags=["appointments"])


class HeldSeat(Body):
    """Which hold; what the visit by video is, if it is to be something else than when it was held."""

    hold_id: UUID
    visit_kind: VisitKind | None = None


Wanted = Annotated[
    BySlot | ByTeam | Annotated[HeldSeat, Tag("hold_id")],
    Discriminator(which, custom_error_type="wanted", custom_error_message="a slot_id, a hold_id or a team_id is needed"),
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
    department_id: UUID | None
    room_id: UUID | None
    arrived_at: datetime | None
    called_at: datetime | None
    ended_at: datetime | None
    cancel_until: Annotated[datetime | None, Field(description="until then it is given back for nothing; afterwards it is late")]
    acting_id: Annotated[UUID | None, Field(description="who took the person's last step for them, by proxy (代办)")]
    visit_kind: Annotated[VisitKind | None, Field(description="of a visit by video; null is in person")]


class ForSomebody(Body):
    """A slot, and the resident it is for."""

    slot_id: UUID
    person_id: UUID
    visit_kind: VisitKind | None = None


class CheckIn(Body):
    """The code on the screen of the room, for who checks in for themselves; the hut's staff need none."""

    code: Annotated[str, Field(min_length=8, max_length=8, pattern=r"^[A-Z2-7]{8}$")] | None = None


class PlaceView(BaseModel):
    """The number one is called by, and how many are before it."""

    token: str
    before: int


@router.post("", status_code=201, response_model=AppointmentView)
async def book_appointment(new: Wanted, actor: Actor, work: Working) -> Appointment:
    """Book a time with the doctor for oneself, what one holds, or any doctor of a team who has a seat then."""
    if isinstance(new, HeldSeat):
        return await acts.confirm(work, new.hold_id, kind=new.visit_kind, by=actor)
    return await acts.book(work, new.wanted, kind=new.visit_kind, by=actor)


@router.post("/at-the-hut", status_code=201, response_model=AppointmentView)
async def book_for_resident(new: ForSomebody, actor: Actor, work: Working) -> Appointment:
    """The hut's staff books for a resident, also for one who may not by themselves."""
    return await acts.book_for(work, new.slot_id, new.person_id, kind=new.visit_kind, by=actor)


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
async def reschedule_appointment(appointment_id: UUID, to: Time, actor: Actor, work: Working) -> Appointment:
    """Move to another time, or to any doctor of a team; the answer is the appointment that holds now.

    Without a free seat there, the old one stays.
    """
    return await acts.reschedule(work, appointment_id, by=actor, to=to.wanted, kind=to.visit_kind)


@router.post("/{appointment_id}/check-in", response_model=AppointmentView)
async def check_in_appointment(appointment_id: UUID, new: CheckIn, actor: Actor, work: Working, request: Request) -> Appointment:
    """Say that one is there, from an hour before the visit until its end; the hut's staff may for a person."""
    blind = request.app.state.running.settings.keys.blind
    return await visits.check_in(work, appointment_id, new.code, by=actor, blind=blind)


@router.get("/{appointment_id}/queue", response_model=PlaceView)
async def get_place_in_queue(appointment_id: UUID, actor: Actor, work: Working) -> Place:
    """How many are called before somebody who has checked in."""
    return await visits.place(work, appointment_id, by=actor)


@router.post("/{appointment_id}/call", response_model=AppointmentView)
async def call_appointment(appointment_id: UUID, actor: Actor, work: Working) -> Appointment:
    """Call in whoever has checked in."""
    return await visits.call(work, appointment_id, by=actor)


@router.post("/{appointment_id}/fulfilment", response_model=AppointmentView)
async def fulfil_appointment(appointment_id: UUID, actor: Actor, work: Working) -> Appointment:
    """Say that the visit is over."""
    return await visits.fulfil(work, appointment_id, by=actor)
