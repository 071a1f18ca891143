"""A doctor's hours under test, and the slots that came of them."""

from datetime import date
from typing import Any

from builders.days import today
from builders.doors import Doors
from builders.hut import ask
from builders.world import DOCTOR, HERE, OFFICER


def hours(**more: Any) -> dict[str, Any]:
    """Mornings all week, three visits."""
    return {
        "area": HERE, "doctor_id": str(DOCTOR.id), "weekdays": [1, 2, 3, 4, 5, 6, 7], "begins": "09:00", "ends": "10:00",
        "minutes": 20, "first_day": str(today()), "on_holidays": True, **more,
    }


async def laid_down(doors: Doors, **more: Any) -> dict[str, Any]:
    answer = await ask(doors, OFFICER, "schedules", hours(**more))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def offered(doors: Doors, day: date) -> list[Any]:
    on = "(starts_at at time zone 'Asia/Shanghai')::date = :day"
    sql = f"select id, starts_at, opens_at, closed from slots where {on} order by starts_at"
    return await doors.rows(sql, day=day)
