"""Who reads a person's report leaves a trace that the person finds in their register."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from builders.doors import Doors
from builders.life import file
from builders.world import GRID, HERE, OFFICER, RESIDENT, Person

from chassis import bus, directory, seen
from chassis.testing import arrived
from contracts.area import Role
from contracts.identity import AssignmentChanged
from services.reports.actions.seen import LOOKS


async def reads(doors: Doors, who: Person, key: str) -> int:
    async with doors.client(who) as client:
        return (await client.get(f"/api/v1/reports/{key}")).status_code


async def told(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    with monkeypatch.context() as now:
        now.setattr(seen, "_SETTLED", timedelta(0))
        await LOOKS.tell(doors.running)
    rows = await doors.rows("select body from outbox where topic = 'reports.record_shown.v1' order by pos")
    return [bytes(row.body).decode() for row in rows]


async def test_who_serves_there_and_reads_a_report_is_audited_and_its_person_hears_once_a_day(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await file(reports_doors)
    assert await reads(reports_doors, RESIDENT, key) == 200
    assert await told(reports_doors, monkeypatch) == []
    for _ in range(3):
        assert await reads(reports_doors, GRID, key) == 200
    assert await reads(reports_doors, OFFICER, key) == 200
    rows = await reports_doors.rows("select actor_id, subject, reason from audit where action = 'reports.read' order by pos")
    assert [(row.actor_id, row.subject, row.reason) for row in rows] == [
        (who.id, f"report/{key}", None) for who in (GRID, GRID, GRID, OFFICER)
    ]
    for _ in range(2):
        said = await told(reports_doors, monkeypatch)
    assert len(said) == 2
    assert all(str(RESIDENT.id) in one and "灯不亮" not in one for one in said)


async def test_of_twelve_looks_at_once_the_register_keeps_one_line(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await file(reports_doors)
    await asyncio.gather(*(reads(reports_doors, GRID, key) for _ in range(12)))
    said = await told(reports_doors, monkeypatch)
    assert len(said) == 1
    assert len({one.partition('"access_id":"')[2][:36] for one in said}) == 1


async def test_a_look_that_only_an_emergency_allows_says_so(reports_doors: Doors) -> None:
    key, now = await file(reports_doors), datetime.now(UTC)
    lent = Person(role=Role.GRID_WORKER, area=HERE)
    said = AssignmentChanged(
        area=HERE, assignment_id=uuid4(), person_id=lent.id, role=Role.GRID_WORKER, display_name="某某（紧急授权）",
        starts_at=now - timedelta(minutes=1), ends_at=now + timedelta(minutes=29), basis="emergency",
    )
    await bus.handle(reports_doors.running.database, directory.consumers("reports"), arrived(said, now))
    assert await reads(reports_doors, lent, key) == 200
    [row] = await reports_doors.rows("select actor_id, reason from audit where action = 'reports.read'")
    assert (row.actor_id, row.reason) == (lent.id, "emergency")
