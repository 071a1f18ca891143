"""Reminders before a visit: once each, to whom it concerns, and of what is still so."""

import asyncio
import json
from datetime import timedelta

import pytest
from builders.doors import Doors
from builders.hut import ask, book, offer
from builders.visit import shifted
from builders.world import RESIDENT

from services.health.actions import reminders


async def booked(doors: Doors, begins: timedelta) -> str:
    return str((await book(doors, RESIDENT, await offer(doors, begins))).json()["id"])


async def reminded(doors: Doors, times: int = 1) -> list[str]:
    """What was said after so many workers looked at once."""
    await asyncio.gather(*(reminders.remind_all(doors.running) for _ in range(times)))
    rows = await doors.rows("select body from outbox where topic = 'health.appointment_reminded.v1' order by pos")
    said = [json.loads(row.body) for row in rows]
    return [one["ahead"] for one in said]


async def test_a_day_and_an_hour_before_each_once_whoever_looks(health_doors: Doors) -> None:
    key = await booked(health_doors, timedelta(days=3))
    assert await reminded(health_doors) == []
    await shifted(health_doors, key, -2 * 1440 + 1)
    assert await reminded(health_doors) == []
    await shifted(health_doors, key, -2)
    await booked_long_ago(health_doors)
    assert await reminded(health_doors, 6) == ["day"]
    await shifted(health_doors, key, -1440 + 62)
    assert await reminded(health_doors) == ["day"]
    await shifted(health_doors, key, -2)
    assert await reminded(health_doors, 6) == ["day", "hour"]
    assert await reminded(health_doors, 3) == ["day", "hour"]


async def booked_long_ago(doors: Doors) -> None:
    async with doors.whole.begin() as connection:
        await connection.exec_driver_sql("update appointments set booked_at = booked_at - interval '9 days'")


@pytest.mark.parametrize("minutes", [90, 30])
async def test_who_books_later_than_that_is_not_told_what_they_know(health_doors: Doors, minutes: int) -> None:
    await booked(health_doors, timedelta(minutes=minutes))
    assert await reminded(health_doors) == []


async def test_nobody_is_reminded_of_what_was_given_back_called_off_or_begun(health_doors: Doors) -> None:
    key = await booked(health_doors, timedelta(hours=20))
    await booked_long_ago(health_doors)
    await ask(health_doors, RESIDENT, f"appointments/{key}/cancellation")
    assert await reminded(health_doors) == []
    other = await booked(health_doors, timedelta(hours=21))
    await booked_long_ago(health_doors)
    async with health_doors.whole.begin() as connection:
        off = "update slots set closed = true, called_off = 'illness', called_off_at = now()"
        await connection.exec_driver_sql(off)
    assert await reminded(health_doors) == []
    async with health_doors.whole.begin() as connection:
        await connection.exec_driver_sql("update slots set closed = false, called_off = null, called_off_at = null")
    await shifted(health_doors, other, -21 * 60 - 1)
    assert await reminded(health_doors) == []


async def test_after_an_outage_of_a_day_the_nearer_one_is_said_alone(health_doors: Doors) -> None:
    await booked(health_doors, timedelta(minutes=50))
    await booked_long_ago(health_doors)
    assert await reminded(health_doors) == ["hour"]
