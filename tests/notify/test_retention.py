"""An inbox is no archive: a notice is gone after its year."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from builders.doors import Doors
from builders.world import RESIDENT
from notify.test_notices import hear

from contracts.identity import DeviceAdded
from services.notify.actions import retention


@pytest.fixture
def years(monkeypatch: pytest.MonkeyPatch, notify_doors: Doors) -> Callable[[float], None]:
    """Move this service's clock: `years(3.1)`."""

    def shift(many: float) -> None:
        offset = timedelta(days=365 * many)
        monkeypatch.setattr(notify_doors.running.settings.clock, "now", lambda: datetime.now(UTC) + offset)

    return shift


async def test_a_notice_is_gone_after_a_year_and_not_a_day_before(notify_doors: Doors, years: Callable[[float], None]) -> None:
    for _ in range(3):
        await hear(notify_doors, DeviceAdded(person_id=RESIDENT.id, device="windows", recipients=(RESIDENT.id, uuid4())))
    [first] = await notify_doors.rows("select min(created_at) as at, count(*) as n from notices")
    ago = (datetime.now(UTC) - first.at).total_seconds() / 86_400
    years((364.9 - ago) / 365)
    await retention.run(notify_doors.running)
    assert len(await notify_doors.rows("select 1 from notices")) == first.n
    years(1.01)
    await retention.run(notify_doors.running)
    assert await notify_doors.rows("select 1 from notices") == []
