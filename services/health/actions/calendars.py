"""An appointment for the calendar of a phone: when and where."""

from uuid import UUID

from chassis.db import Work
from chassis.rights import Actor
from services.health.actions import appointments
from services.health.domain.appointment import Appointment
from services.health.domain.hospital import Hospital, Room

HUT = "健康小屋"


async def placed(work: Work, appointment_id: UUID, *, by: Actor) -> tuple[Appointment, str]:
    """The appointment, and where one goes: a hospital's own seat there, all others to the hut, to a room if one is named."""
    by.may("appointments.read")
    seat = await appointments.look(work, appointment_id, by=by)
    if seat.theirs:
        return seat, (await work.session.get_one(Hospital, seat.hospital_id)).name
    if seat.room_id is not None:
        return seat, f"{HUT} {(await work.session.get_one(Room, seat.room_id)).name}"
    return seat, HUT
