"""Who has an appointment is reminded of it, a day before and an hour before; any number of workers may."""

from functools import partial
from uuid import UUID

from chassis.db import Work
from chassis.process import Running
from services.health.domain.reminder import Ahead
from services.health.store import reminders, visits


async def remind_all(running: Running) -> None:
    """A job."""
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
