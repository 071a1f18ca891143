"""Teams of doctors and the visits they offer."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

from builders.days import today
from builders.doors import Doors
from builders.world import HERE, LONG_AGO

from chassis import bus, directory
from chassis.testing import arrived
from contracts.area import Role
from contracts.calendar import CHENGDU
from contracts.identity import AssignmentChanged
from services.health.actions import appointments

BEGINS = datetime.combine(today(2), time(9), CHENGDU)


async def team(doors: Doors, doctors: int = 4) -> tuple[UUID, list[UUID]]:
    """A team with so many doctors."""
    unit, listening = uuid4(), directory.consumers("health")
    serving = [
        AssignmentChanged(
            area=HERE, assignment_id=uuid4(), person_id=uuid4(), role=Role.DOCTOR, unit_id=unit, display_name="某某",
            starts_at=LONG_AGO,
        ) for _ in range(doctors)
    ]
    for one in serving:
        await bus.handle(doors.running.database, listening, arrived(one, LONG_AGO))
    return unit, [one.person_id for one in serving]


async def _offered_at(doors: Doors, at: datetime, doctor: UUID, capacity: int) -> str:
    long = timedelta(minutes=15)
    key = await doors.running.database.do(lambda work: appointments.publish(
        work, area=HERE, doctor=doctor, starts_at=at, ends_at=at + long, capacity=capacity,
    ))
    return str(key)


async def offered_by(doors: Doors, doctors: Sequence[UUID], *, visits: int = 1, capacity: int = 5) -> list[str]:
    """So many visits of each doctor, one after the other."""
    begins = [BEGINS + timedelta(minutes=20 * n) for n in range(visits)]
    return [await _offered_at(doors, at, doctor, capacity) for doctor in doctors for at in begins]


def then(unit: UUID) -> dict[str, str]:
    """Any doctor of the team, in the first visit."""
    return {"team_id": str(unit), "starts_at": BEGINS.isoformat()}


def that_day(unit: UUID) -> dict[str, str]:
    """Any doctor of the team, on the day."""
    return {"team_id": str(unit), "day": str(BEGINS.date())}
