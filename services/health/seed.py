"""The demo's hours with the doctor: the next seven days, twenty minutes each."""

import asyncio
from datetime import datetime, time, timedelta, timezone
from functools import partial
from uuid import UUID

from sqlalchemy import select

from chassis import directory
from chassis.db import Work
from chassis.process import Running
from contracts.area import Role
from services.health.actions import appointments as acts

_CHENGDU = timezone(timedelta(hours=8))
_LENGTH = timedelta(minutes=20)


async def run(running: Running) -> None:
    """Offer what is not offered yet; waits until the directory names a doctor."""
    doctors = await _doctors(running)
    today = running.settings.clock.now().astimezone(_CHENGDU).date()
    for doctor, area in doctors:
        for day in range(1, 8):
            begins = datetime.combine(today + timedelta(days=day), time(9), _CHENGDU)
            await running.database.do(partial(_morning, begins=begins, doctor=doctor, area=area))


async def _morning(work: Work, *, begins: datetime, doctor: UUID, area: str) -> None:
    for n in range(9):
        start = begins + n * _LENGTH
        await acts.publish(work, area=area, doctor=doctor, starts_at=start, ends_at=start + _LENGTH)


async def _doctors(running: Running) -> list[tuple[UUID, str]]:
    asked = select(directory.assignments).where(directory.assignments.c.role == Role.DOCTOR)
    for _ in range(120):
        async with running.database.reading() as work:
            found = [(row.person_id, row.area) for row in await work.session.execute(asked)]
        if found:
            return found
        await asyncio.sleep(0.5)
    raise TimeoutError("the directory did not arrive: is identity's worker running?")
