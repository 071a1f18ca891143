"""The demo's hospital, the hut's booth, and hours with the doctor there.

Mornings all week, twenty minutes each, given out a week before at seven.
"""

import asyncio
from dataclasses import asdict
from datetime import time
from functools import partial
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from chassis import directory
from chassis.db import Work
from chassis.process import Running
from contracts.area import Role
from contracts.calendar import CHENGDU
from services.health.actions import schedules as acts
from services.health.domain.hospital import Department, Hospital, Room
from services.health.domain.schedule import Schedule
from services.health.store import queries
from services.health.store.tables import departments, hospitals, rooms

_HOSPITAL, _DEPARTMENTS, _BOOTH = "国槐社区卫生服务中心", ("全科医学科", "中医科"), "健康小屋一号诊间"


async def run(running: Running) -> None:
    """Lay down hours for whoever has none; waits until the directory names a doctor."""
    for doctor, area in await _doctors(running):
        await running.database.do(partial(_mornings, doctor=doctor, area=area))


async def _mornings(work: Work, *, doctor: UUID, area: str) -> None:
    department, booth = await _furnished(work, area)
    if await queries.schedules_of(work, doctor):
        return
    await acts.keep(work, Schedule(
        work.new_id(), area, doctor, [1, 2, 3, 4, 5, 6, 7], time(9), time(12), 20, 1, work.now.astimezone(CHENGDU).date(),
        opens_days=7, opens_at=time(7), on_holidays=True, department_id=department, room_id=booth,
    ))


async def _furnished(work: Work, area: str) -> tuple[UUID, UUID]:
    """The department and the room of the hours."""
    hospital = Hospital(_stable(area, _HOSPITAL), area, _HOSPITAL)
    general, other = (Department(_stable(area, name), area, hospital.id, name) for name in _DEPARTMENTS)
    booth = Room(_stable(area, _BOOTH), area, _BOOTH)
    for table, made in ((hospitals, hospital), (departments, general), (departments, other), (rooms, booth)):
        await work.session.execute(insert(table).values(asdict(made)).on_conflict_do_nothing())
    return general.id, booth.id


def _stable(area: str, name: str) -> UUID:
    """The same id for the same thing whenever it is laid down."""
    return uuid5(UUID(int=0), f"{area} {name}")


async def _doctors(running: Running) -> list[tuple[UUID, str]]:
    asked = select(directory.assignments).where(directory.assignments.c.role == Role.DOCTOR)
    for _ in range(120):
        async with running.database.reading() as work:
            found = [(row.person_id, row.area) for row in await work.session.execute(asked)]
        if found:
            return found
        await asyncio.sleep(0.5)
    raise TimeoutError("the directory did not arrive: is identity's worker running?")
