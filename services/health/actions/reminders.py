"""A day before a visit its person is reminded; that they have seen it is what notify says, and when."""

from functools import partial
from uuid import UUID

from sqlalchemy import update

from chassis.db import Work
from chassis.process import Running
from contracts.notify import ReminderSeen
from services.health.store import visits
from services.health.store.tables import appointments


async def remind_all(running: Running) -> None:
    """Whoever is near their visit, each once; any number of workers may."""
    async with running.database.reading() as work:
        due = await visits.due(work)
    for key in due:
        await running.database.do(partial(_remind, key=key))


async def _remind(work: Work, *, key: UUID) -> None:
    seat = await visits.awaited(work, key)
    if seat is not None and seat.reminded_at is None:
        work.announce(seat.remind(at=work.now))


async def hear(work: Work, event: ReminderSeen) -> None:
    """The first time counts, at the moment notify says; of an appointment nobody knows nothing is kept."""
    if work.received is None:
        raise TypeError("what was seen is heard by an event")
    unseen = appointments.c.id == event.appointment_id, appointments.c.reminder_seen_at.is_(None)
    await work.session.execute(update(appointments).where(*unseen).values(reminder_seen_at=work.received.time))
