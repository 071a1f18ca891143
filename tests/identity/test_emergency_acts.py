"""Who reviews an emergency sees what was done and looked at under it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from builders.doors import Doors
from builders.world import ADMIN, FAR_OFFICER, GRID, HERE, OFFICER, RESIDENT, Person
from sqlalchemy import text


async def shown(doors: Doors, who: Person, key: UUID) -> Any:
    async with doors.client(who) as client:
        answer = await client.get(f"/api/v1/emergencies/{key}/acts")
    return answer.json() if answer.is_success else answer.status_code


async def test_who_reviews_an_emergency_sees_what_was_done_and_looked_at_under_it(identity_doors: Doors) -> None:
    key, now = uuid4(), datetime.now(UTC)
    begun = now - timedelta(minutes=40)
    said = {"id": key, "who": OFFICER.id, "area": HERE, "begun": begun, "ends": begun + timedelta(minutes=30), "task": uuid4()}
    async with identity_doors.whole.begin() as connection:
        for line in (
            "insert into people (id, created_at) values (:who, :begun)",
            ("insert into assignments (id, person_id, role, area, display_name, starts_at, ends_at, basis, reason)"
            " values (:task, :who, 'grid_worker', cast(:area as ltree), 'x', :begun, :ends, 'emergency', 'fire')"),
            ("insert into emergencies (id, person_id, assignment_id, role, area, reason, taken_at, ends_at)"
            " values (:id, :who, :task, 'grid_worker', cast(:area as ltree), 'fire', :begun, :ends)"),
        ):
            await connection.execute(text(line), said)
        audited = "insert into audit (at, actor_id, action, subject) values (:at, :who, :act, :subject)"
        for at, who, act in (
            (begun - timedelta(minutes=1), OFFICER.id, "before"), (begun + timedelta(minutes=2), OFFICER.id, "people.reveal"),
            (begun + timedelta(minutes=3), GRID.id, "anothers"), (begun + timedelta(minutes=31), OFFICER.id, "after"),
        ):
            await connection.execute(text(audited), {"at": at, "who": who, "act": act, "subject": "person/x"})
        columns = "id, person_id, service, actor_id, act, at"
        line = f"insert into accesses ({columns}) values (:id, :of, 'reports', :who, 'reports.read', :at)"
        await connection.execute(text(line), {
            "id": uuid4(), "of": RESIDENT.id, "who": OFFICER.id, "at": begun + timedelta(minutes=5),
        })
    found = await shown(identity_doors, ADMIN, key)
    assert [(one["service"], one["act"], one["subject"]) for one in found] == [
        ("identity", "people.reveal", "person/x"), ("reports", "reports.read", f"person/{RESIDENT.id}"),
    ]
    assert await shown(identity_doors, FAR_OFFICER, key) == 404
    assert await shown(identity_doors, GRID, key) in {403, 404}
    looked = await identity_doors.rows("select actor_id from audit where action = 'emergencies.read'")
    assert [row.actor_id for row in looked] == [ADMIN.id]
