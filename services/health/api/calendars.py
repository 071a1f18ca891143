"""An appointment as an iCalendar event (RFC 5545), for the calendar of a phone: when and where, and nothing else."""

from datetime import datetime
from uuid import UUID

from fastapi import Response
from icalendar import Calendar, Event

from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.health.actions import calendars
from services.health.domain.appointment import Appointment
from services.health.domain.machine import FIRM, State

router = new_router("/api/v1/appointments", tags=["appointments"])
MEDIA_TYPE = "text/calendar"
_ON = frozenset(FIRM) - {State.CANCELLING, State.NOSHOW}


def _written(seat: Appointment, place: str) -> bytes:
    """Whoever sees somebody's calendar need not learn of which doctor, nor what for."""
    event, calendar = Event(), Calendar()
    said: dict[str, str | datetime] = {
        "uid": f"{seat.id}@guohuai", "dtstamp": seat.changed_at or seat.booked_at,
        "dtstart": seat.starts_at, "dtend": seat.ends_at,
        "summary": "预约", "location": place, "status": "CONFIRMED" if seat.state in _ON else "CANCELLED",
    }
    for name, value in said.items():
        event.add(name, value)
    for name, value in (("prodid", "-//guohuai//health//ZH"), ("version", "2.0"), ("method", "PUBLISH")):
        calendar.add(name, value)
    calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made


@router.get("/{appointment_id}/calendar", response_class=Response, responses={200: {"content": {MEDIA_TYPE: {}}}})
async def get_calendar_of_appointment(appointment_id: UUID, actor: Actor, work: Working) -> Response:
    """For the calendar of a phone; asked again it says of the same event what is so now."""
    seat, place = await calendars.placed(work, appointment_id, by=actor)
    return Response(_written(seat, place), media_type=MEDIA_TYPE, headers={"cache-control": "no-store"})
