"""Who has an appointment is reminded of it, a day before and an hour before; that they saw it is what notify says, and when."""

from functools import partial
from uuid import UUID

from sqlalchemy import update

from chassis.db import Work
from chassis.process import Running
from contracts.notify import ReminderSeen
from services.health.domain.reminder import Ahead
from services.health.store import reminders, visits
from services.health.store.tables import appointments


async def remind_all(running: Running) -> None:
    """A job; any number of workers may."""
    for ahead in Ahead:
        async with running.database.reading() as work:
            found = await reminders.due(work, ahead)
        for key in found:
            await running.database.do(partial(_remind, key=key, ahead=ahead))


async def _remind(work: Work, *, key: UUID, ahead: Ahead) -> None:
    """One that is booked still; what is given back or moved at this moment is another's to say."""
    seat = await visits.awaited(work, key)
    if seat is not None and await reminders.is_first(work, key, ahead):
        work.announce(seat.remind(ahead))


async def hear(work: Work, event: ReminderSeen) -> None:
    """The first time counts, at the moment notify says; of an appointment nobody knows nothing is kept."""
    if work.received is None:
        raise TypeError("what was seen is heard by an event")
    unseen = appointments.c.id == event.appointment_id, appointments.c.reminder_seen_at.is_(None)
    await work.session.execute(update(appointments).where(*unseen).values(reminder_seen_at=work.received.time))
