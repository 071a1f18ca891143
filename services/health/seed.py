"""The demo's hours with the doctor: mornings all week, twenty minutes each, given out a week before at seven."""

import asyncio
from datetime import time
from functools import partial
from uuid import UUID

from sqlalchemy import select

from chassis import directory
from chassis.db import Work
from chassis.process import Running
from contracts.area import Role
from contracts.calendar import CHENGDU
from services.health.actions import schedules as acts
from services.health.domain.schedule import Schedule
from services.health.store import queries


async def run(running: Running) -> None:
    """Lay down hours for whoever has none; waits until the directory names a doctor."""
    for doctor, area in await _doctors(running):
        await running.database.do(partial(_mornings, doctor=doctor, area=area))


async def _mornings(work: Work, *, doctor: UUID, area: str) -> None:
    if await queries.schedules_of(work, doctor):
        return
    await acts.keep(work, Schedule(
        work.new_id(), area, doctor, [1, 2, 3, 4, 5, 6, 7], time(9), time(12), 20, 1, work.now.astimezone(CHENGDU).date(),
        opens_days=7, opens_at=time(7), on_holidays=True,
    ))


async def _doctors(running: Running) -> list[tuple[UUID, str]]:
    asked = select(directory.assignments).where(directory.assignments.c.role == Role.DOCTOR)
    for _ in range(120):
        async with running.database.reading() as work:
            found = [(row.person_id, row.area) for row in await work.session.execute(asked)]
        if found:
            return found
        await asyncio.sleep(0.5)
    raise TimeoutError("the directory did not arrive: is identity's worker running?")
