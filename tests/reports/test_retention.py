"""Whose a report was is forgotten by age: words, photos and names go, the figures and the chain stay."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders.doors import Doors
from builders.life import brought_to, file, step
from builders.world import GRID, OFFICER, RESIDENT, SECOND_RESIDENT

from services.reports.actions import retention


@pytest.fixture
def years(monkeypatch: pytest.MonkeyPatch, reports_doors: Doors) -> Callable[[float], None]:
    """Move this service's clock: `years(3.1)`."""

    def shift(many: float) -> None:
        offset = timedelta(days=365 * many)
        monkeypatch.setattr(reports_doors.running.settings.clock, "now", lambda: datetime.now(UTC) + offset)

    return shift


async def figures(doors: Doors) -> Any:
    """All that is asked of the reports and their steps, of any time."""
    month = datetime.now(UTC).strftime("%Y-%m")
    async with doors.client(OFFICER) as client:
        answer = await client.get("/api/v1/figures", params={"from": month, "to": month})
    people = await doors.rows("select count(distinct reporter_id) as n, avg(satisfaction) as stars from reports")
    steps = await doors.rows("select action, level, role, reason_code, at from transitions order by report_id, seq")
    assert answer.status_code == 200, answer.text
    return answer.json()["groups"], people, steps


async def test_after_three_years_nobody_is_named_and_the_figures_are_the_same(
    reports_doors: Doors, years: Callable[[float], None]
) -> None:
    first, second = await brought_to(reports_doors, "resolved"), await brought_to(reports_doors, "resolved")
    await step(reports_doors, RESIDENT, first, "rating")
    going = await file(reports_doors, SECOND_RESIDENT)
    before = await figures(reports_doors)
    asked = "select id, reporter_id, sealed_text from reports order by id"
    was = await reports_doors.rows(asked)
    years(2.9)
    await retention.run(reports_doors.running)
    assert await reports_doors.rows(asked) == was
    years(3.1)
    assert await reports_doors.running.database.do(retention.de_identify) == 2
    assert await reports_doors.running.database.do(retention.de_identify) == 0
    rows = {str(row.id): row for row in await reports_doors.rows(asked)}
    assert rows[going].reporter_id == SECOND_RESIDENT.id  # what is not done is not forgotten
    assert rows[first].reporter_id == rows[second].reporter_id != RESIDENT.id
    assert {bytes(rows[key].sealed_text) for key in (first, second)} == {b""}
    telling = "select * from transitions where report_id <> :id and (sealed_note is not null or actor_id = :who)"
    assert await reports_doors.rows(telling, who=RESIDENT.id, id=going) == []
    photos = await reports_doors.rows("select state, claimed_by, owner_id from uploads")
    assert {(row.state, row.claimed_by) for row in photos} == {("forgotten", None)}
    assert not {row.owner_id for row in photos} & {GRID.id, RESIDENT.id}
    years(0)
    assert await figures(reports_doors) == before
    async with reports_doors.client(OFFICER) as client:
        chain = (await client.get(f"/api/v1/reports/{first}/chain")).json()
        assert (chain["sound"], chain["broken_at"]) == (True, None)
        shown = (await client.get(f"/api/v1/reports/{first}")).json()
    assert "灯不亮" not in str(shown)
    async with reports_doors.client(RESIDENT) as client:
        assert (await client.get(f"/api/v1/reports/{first}")).status_code == 404
