"""Work in hand goes from one to another: with a reason, once, to who serves there, and everybody sees whose it is."""

import asyncio
import json

import pytest
from builders.doors import Doors
from builders.life import BODIES, PLUMBERS, brought_to, named, step, unit
from builders.world import FAR_GRID, FAR_OFFICER, GRID, GUARD, OFFICER, OTHER_GRID, RESIDENT, UNIT

REASON = BODIES["reassignment"]["reason"]


async def test_who_works_on_it_is_replaced_and_the_next_begins_anew(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    changed = (await step(reports_doors, OFFICER, key, "reassignment")).json()
    assert (changed["status"], changed["assignee_id"]) == ("assigned", str(OFFICER.id))
    assert named(await step(reports_doors, GRID, key, "processing")) == "not-the-assignee"
    assert (await step(reports_doors, OFFICER, key, "processing")).json()["status"] == "processing"
    assert (await reports_doors.said())[-2:] == ["reports.report_assigned.v1", "reports.report_started.v1"]


async def test_the_event_names_who_had_it_and_not_why(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    await step(reports_doors, GRID, key, "reassignment")
    rows = await reports_doors.rows("select body, headers from outbox where topic = 'reports.report_assigned.v1' order by pos")
    first, second = [json.loads(row.body) for row in rows]
    assert (first["assignee_id"], first["former_id"]) == (str(GRID.id), None)
    assert (second["assignee_id"], second["former_id"]) == (str(OFFICER.id), str(GRID.id))
    assert all(str(one.id) in str(rows[1].headers) for one in (RESIDENT, GRID, OFFICER))
    assert all("疾病" not in row.body.decode() + str(row.headers) for row in rows)


async def test_the_step_is_in_the_chain_and_the_reporter_reads_the_reason(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    await step(reports_doors, OFFICER, key, "reassignment")
    async with reports_doors.client(RESIDENT) as resident, reports_doors.client(GRID) as grid:
        last = (await resident.get(f"/api/v1/reports/{key}/history")).json()[-1]
        assert (await grid.get(f"/api/v1/reports/{key}/chain")).json() == {
            "sound": True, "steps": 5, "broken_at": None, "unprovable": [],
        }
    told = {name: last[name] for name in ("action", "from_status", "to_status", "actor_id", "role", "note")}
    assert told == {
        "action": "reassign", "from_status": "processing", "to_status": "assigned", "actor_id": str(OFFICER.id),
        "role": "community_officer", "note": REASON,
    }


async def test_it_goes_to_another_who_serves_there_and_to_nobody_else(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    for person, status, problem in (
        (GRID, 409, "in-their-hands"), (FAR_GRID, 422, "assignee-not-serving"), (OTHER_GRID, 422, "assignee-not-serving"),
        (RESIDENT, 422, "assignee-not-serving"), (GUARD, 422, "assignee-not-serving"),
    ):
        answer = await step(reports_doors, OFFICER, key, "reassignment", {"assignee_id": str(person.id), "reason": REASON})
        assert (answer.status_code, named(answer)) == (status, problem)
    for person, status in ((RESIDENT, 403), (GUARD, 403), (FAR_OFFICER, 404), (OTHER_GRID, 404)):
        assert (await step(reports_doors, person, key, "reassignment")).status_code == status
    assert (await reports_doors.rows("select assignee_id from reports"))[0].assignee_id == GRID.id


@pytest.mark.parametrize("body", [
    {"assignee_id": str(OFFICER.id)}, {"assignee_id": str(OFFICER.id), "reason": " "}, {"reason": "病"},
])
async def test_it_needs_a_name_and_a_reason(reports_doors: Doors, body: dict[str, str]) -> None:
    key = await brought_to(reports_doors, "processing")
    assert (await step(reports_doors, OFFICER, key, "reassignment", body)).status_code == 422


@pytest.mark.parametrize("status", ["submitted", "accepted", "assigned", "resolved"])
async def test_only_work_in_hand_is_taken_out_of_it(reports_doors: Doors, status: str) -> None:
    key = await brought_to(reports_doors, status)
    answer = await step(reports_doors, OFFICER, key, "reassignment")
    assert (answer.status_code, named(answer)) == (409, "not-in-this-state")


async def test_of_many_who_take_it_at_once_or_resolve_it_one_wins(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    answers = await asyncio.gather(*(step(reports_doors, OFFICER, key, "reassignment") for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    await step(reports_doors, OFFICER, key, "processing")
    back = {"assignee_id": str(GRID.id), "reason": REASON}
    resolved, taken = await asyncio.gather(
        step(reports_doors, OFFICER, key, "resolution"), step(reports_doors, GRID, key, "reassignment", back)
    )
    assert {resolved.status_code, taken.status_code} == {200, 409}


async def test_the_contact_begins_anew_and_the_time_to_resolve_runs_on(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    await step(reports_doors, OFFICER, key, "reassignment")
    rows = await reports_doors.rows("select kind, state from clocks")
    assert sorted((row.kind, row.state) for row in rows) == [
        ("contact", "met"), ("contact", "running"), ("resolve", "running"), ("respond", "met"),
    ]


async def test_units_that_were_summoned_are_still_awaited(reports_doors: Doors) -> None:
    await unit(reports_doors, PLUMBERS, UNIT)
    key = await brought_to(reports_doors, "processing")
    await step(reports_doors, GRID, key, "whistle")
    assert (await step(reports_doors, OFFICER, key, "reassignment")).json()["status"] == "assigned"
    [summons] = await reports_doors.rows("select closed_at from summonses")
    assert summons.closed_at is None


async def test_one_who_is_assigned_instead_of_another_is_named_too(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    await step(reports_doors, GRID, key, "assignment", {"assignee_id": str(OFFICER.id)})
    [last] = await reports_doors.rows("select body from outbox order by pos desc limit 1")
    assert json.loads(last.body)["former_id"] == str(GRID.id)
