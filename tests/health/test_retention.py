"""Whose an appointment was is forgotten by age; that the seat was booked stays."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from builders.doors import Doors
from builders.hut import book, offer
from builders.world import RESIDENT

from services.health.actions import retention


@pytest.fixture
def years(monkeypatch: pytest.MonkeyPatch, health_doors: Doors) -> Callable[[float], None]:
    """Move this service's clock: `years(3.1)`."""

    def shift(many: float) -> None:
        offset = timedelta(days=365 * many)
        monkeypatch.setattr(health_doors.running.settings.clock, "now", lambda: datetime.now(UTC) + offset)

    return shift


async def test_after_three_years_it_is_nobodys_and_still_counted(health_doors: Doors, years: Callable[[float], None]) -> None:
    slot = await offer(health_doors)
    assert (await book(health_doors, RESIDENT, slot)).status_code == 201
    asked = "select person_id, seat, state, slot_id, day from appointments"
    [before] = await health_doors.rows(asked)
    years(2.9)
    await retention.run(health_doors.running)
    assert await health_doors.rows(asked) == [before]
    years(3.1)
    await retention.run(health_doors.running)
    [after] = await health_doors.rows(asked)
    assert after.person_id != RESIDENT.id
    assert tuple(after)[1:] == tuple(before)[1:]
    held = health_doors.running.service.personal
    assert held is not None
    async with health_doors.running.database.reading() as work:
        assert (await held.export(work, RESIDENT.id))["appointments"] == []
    await retention.run(health_doors.running)
    assert await health_doors.rows(asked) == [after]
