"""Who ordered a barrier is forgotten by age; that it was opened stays."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.world import FAR_ROOM, GUARD, YARD

import contracts.retention
from contracts.retention import ENDED
from services.gate.actions import retention
from services.gate.domain.gate import Command, Gate


@pytest.fixture
def years(monkeypatch: pytest.MonkeyPatch, gate_doors: Doors) -> Callable[[float], None]:
    """Move this service's clock: `years(3.1)`."""

    def shift(many: float) -> None:
        offset = timedelta(days=365 * many)
        monkeypatch.setattr(gate_doors.running.settings.clock, "now", lambda: datetime.now(UTC) + offset)

    return shift


async def ordered(doors: Doors, area: str, many: int) -> None:
    async def build(work: object) -> None:
        gate = Gate(uuid4(), area, "东门")
        work.session.add(gate)  # type: ignore[attr-defined]
        await work.session.flush()  # type: ignore[attr-defined]
        for _ in range(many):
            work.session.add(Command(uuid4(), gate.id, GUARD.id, "visitor", datetime.now(UTC)))  # type: ignore[attr-defined]

    await doors.running.database.do(build)


async def named(doors: Doors) -> int:
    return len(await doors.rows("select 1 from commands where commanded_by <> :nobody", nobody=UUID(int=0)))


async def test_after_its_days_nobody_is_named_in_batches_once_and_counted(
    gate_doors: Doors, years: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    await ordered(gate_doors, YARD, 5)
    await retention.run(gate_doors.running)
    assert await named(gate_doors) == 5
    years(1.2)
    before = ENDED.labels("gate.command")._value.get()
    assert await gate_doors.running.database.do(retention.de_identify) == 2  # and then it was killed
    await retention.run(gate_doors.running)
    await retention.run(gate_doors.running)
    assert await named(gate_doors) == 0
    assert ENDED.labels("gate.command")._value.get() - before == 3
    assert {row.reason for row in await gate_doors.rows("select reason from commands")} == {"visitor"}


async def test_a_community_has_an_age_of_its_own(
    gate_doors: Doors, years: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(contracts.retention.POLICY, FAR_ROOM.rsplit(".", 5)[0], {"gate.command": 1000})  # type: ignore[arg-type]
    await ordered(gate_doors, YARD, 1)
    await ordered(gate_doors, FAR_ROOM, 1)
    years(2)
    await retention.run(gate_doors.running)
    assert await named(gate_doors) == 1
    years(3)
    await retention.run(gate_doors.running)
    assert await named(gate_doors) == 0
