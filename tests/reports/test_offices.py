"""Whose a report is: refused and appealed once, withdrawn before work, handed up; its chain finds every forgery."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest
from builders.doors import Doors
from builders.life import brought_to, file, named, step
from builders.world import FAR_OFFICER, GRID, HERE, OFFICER, RESIDENT, SECOND_RESIDENT, UNIT
from sqlalchemy import text

from contracts.area import Role
from contracts.reports import LADDER
from services.reports.domain.chain import CLEAR, Transition
from services.reports.domain.ladder import TOP, above


async def shown(doors: Doors, key: str) -> dict[str, Any]:
    async with doors.client(RESIDENT) as resident:
        return dict((await resident.get(f"/api/v1/reports/{key}")).json())


async def chain(doors: Doors, key: str) -> dict[str, Any]:
    async with doors.client(GRID) as grid:
        return dict((await grid.get(f"/api/v1/reports/{key}/chain")).json())


async def forge(doors: Doors, sql: str, **values: Any) -> None:
    async with doors.whole.begin() as connection:
        await connection.execute(text(sql), values)


def test_the_courtyard_is_passed_over_where_there_is_none_and_the_subdistrict_is_the_last() -> None:
    assert [above(level, UNIT) for level in (1, 2, 3, 4)] == [2, 3, 4, 4]
    assert [above(level, f"{HERE}.g03") for level in (1, 2, 3, 4)] == [3, 3, 4, 4]
    assert (LADDER[0], LADDER[TOP - 1]) == (Role.GRID_WORKER, Role.SUBDISTRICT_OFFICER)


async def test_a_refusal_says_why_and_where_to_go_and_is_appealed_once(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    assert named(await step(reports_doors, GRID, key, "refusal")) == "not-allowed-here"
    assert (await step(reports_doors, OFFICER, key, "refusal")).json()["status"] == "declined"
    assert (await step(reports_doors, RESIDENT, key, "appeal")).json()["status"] == "reopened"
    await step(reports_doors, GRID, key, "acceptance")
    assert (await step(reports_doors, OFFICER, key, "refusal")).status_code == 200
    again = await step(reports_doors, RESIDENT, key, "appeal")
    assert (again.status_code, named(again)) == (409, "appealed-already")
    assert {"name": "appeal", "refused": "appealed-already"} in (await shown(reports_doors, key))["actions"]
    assert await reports_doors.said() == [f"reports.report_{name}.v1" for name in (
        "submitted", "declined", "reopened", "accepted", "declined",
    )]
    for row in await reports_doors.rows("select body, headers from outbox"):
        assert "95598" not in row.body.decode() + str(row.headers)


@pytest.mark.parametrize("body", [{}, {"reason_code": "because", "instead": "别处"}, {"reason_code": "in-court", "instead": " "}])
async def test_a_refusal_without_a_listed_reason_and_a_way_is_refused(reports_doors: Doors, body: dict[str, str]) -> None:
    key = await file(reports_doors)
    assert (await step(reports_doors, OFFICER, key, "refusal", body)).status_code == 422
    assert (await shown(reports_doors, key))["status"] == "submitted"


@pytest.mark.parametrize(("status", "answered"), [("submitted", 200), ("accepted", 200), ("assigned", 200), ("processing", 409)])
async def test_it_is_withdrawn_until_work_begins_and_by_its_reporter_alone(
    reports_doors: Doors, status: str, answered: int
) -> None:
    key = await brought_to(reports_doors, status)
    assert (await step(reports_doors, SECOND_RESIDENT, key, "withdrawal")).status_code == 404
    assert (await step(reports_doors, GRID, key, "withdrawal")).status_code == 403
    assert (await step(reports_doors, RESIDENT, key, "withdrawal")).status_code == answered


async def test_withdrawing_and_beginning_at_once_have_one_winner(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    answers = await asyncio.gather(*(
        step(reports_doors, person, key, what)
        for person, what in [(RESIDENT, "withdrawal"), (GRID, "processing")] for _ in range(5)
    ))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    assert (await chain(reports_doors, key))["sound"]


async def test_the_second_return_goes_one_office_up_by_itself(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    first = (await step(reports_doors, GRID, key, "return")).json()
    assert (first["status"], first["level"], first["assignee_id"]) == ("returned", 1, None)
    await step(reports_doors, GRID, key, "assignment")
    second = (await step(reports_doors, GRID, key, "return")).json()
    assert (second["status"], second["level"]) == ("escalated", 2)
    assert (await reports_doors.said())[-2:] == ["reports.report_returned.v1", "reports.report_escalated.v1"]
    last = (await reports_doors.rows("select * from transitions order by seq desc limit 1"))[0]
    assert (last.action, last.actor_id, last.role, last.reason_code, last.level) == ("escalate", None, None, "return-limit", 2)


async def test_staff_hand_it_up_to_the_subdistrict_and_no_further(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    levels = [(await step(reports_doors, GRID, key, "escalation")).json()["level"] for _ in range(3)]
    assert levels == [2, 3, 4]
    assert (await shown(reports_doors, key))["assignee_id"] == str(GRID.id)  # whoever had it stays named
    last = await step(reports_doors, GRID, key, "escalation")
    assert (last.status_code, named(last)) == (409, "at-the-top")
    assert (await step(reports_doors, FAR_OFFICER, key, "escalation")).status_code == 404


async def test_what_is_reopened_again_goes_one_office_up(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "resolved")
    assert (await step(reports_doors, RESIDENT, key, "reopening")).json()["level"] == 1
    for what in ("acceptance", "assignment", "processing", "resolution"):
        assert (await step(reports_doors, GRID, key, what)).status_code == 200
    again = (await step(reports_doors, RESIDENT, key, "reopening")).json()
    assert (again["status"], again["level"], again["reopen_count"]) == ("reopened", 2, 2)
    assert (await reports_doors.said())[-2:] == ["reports.report_reopened.v1", "reports.report_escalated.v1"]


@pytest.mark.parametrize("forgery", [
    "update transitions set actor_id = reporter_id from reports where seq = 2",
    "update transitions set at = at + interval '1 second' where seq = 3",
    "update transitions set role = 'community_officer' where seq = 2",
    "update transitions set level = 2 where seq = 2",
    "update transitions set reason_code = 'by-staff' where seq = 4",
    "update transitions set sealed_note = sealed_note || '\\x00'::bytea where seq = 4",
    "update transitions set sealed_note = null where seq = 4",
    "delete from transitions where seq = 3",
    "delete from transitions where seq = 4",
    "update transitions set seq = seq + 1 where seq = 4",
])
async def test_whatever_is_changed_left_out_or_cut_off_is_found(reports_doors: Doors, forgery: str) -> None:
    key = await brought_to(reports_doors, "assigned")
    await step(reports_doors, GRID, key, "return")
    assert await chain(reports_doors, key) == {"sound": True, "steps": 4, "broken_at": None, "unprovable": []}
    await forge(reports_doors, forgery)
    assert not (await chain(reports_doors, key))["sound"]


async def test_the_chain_is_sound_when_the_persons_key_is_gone(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    await step(reports_doors, GRID, key, "return")
    await forge(reports_doors, "delete from person_keys")
    assert await chain(reports_doors, key) == {"sound": True, "steps": 4, "broken_at": None, "unprovable": []}


async def test_steps_of_the_old_spelling_are_proved_while_their_text_can_be_read(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    await step(reports_doors, GRID, key, "return")
    rows, previous = await reports_doors.rows("select * from transitions order by seq"), b""
    for row in rows:
        note = "不是我负责的楼栋" if row.sealed_note else None
        old = Transition(
            UUID(key), row.seq, row.action, row.from_status, row.to_status, row.actor_id, row.at, note,
            spelling=CLEAR, previous_hash=previous,
        )
        await forge(
            reports_doors, "update transitions set spelling = 1, hash = :hash, previous_hash = :previous where seq = :seq",
            hash=old.digest(), previous=previous, seq=row.seq,
        )
        previous = old.digest()
    await forge(reports_doors, "update reports set last_hash = :last", last=previous)
    assert (await chain(reports_doors, key))["sound"]
    await forge(reports_doors, "delete from person_keys")
    assert await chain(reports_doors, key) == {"sound": True, "steps": 4, "broken_at": None, "unprovable": [4]}


async def test_the_chain_is_no_business_of_the_neighbours_nor_of_its_reporter(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    for person, status in ((GRID, 200), (RESIDENT, 403), (SECOND_RESIDENT, 404), (FAR_OFFICER, 404)):
        async with reports_doors.client(person) as client:
            assert (await client.get(f"/api/v1/reports/{key}/chain")).status_code == status


async def test_staff_are_told_with_who_has_it_in_hand_and_the_office_it_lies_with(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    for what, person in (("escalation", GRID), ("assignment", GRID), ("return", GRID), ("withdrawal", RESIDENT)):
        assert (await step(reports_doors, person, key, what)).status_code == 200
    said = {row.topic.split(".")[1]: json.loads(row.body) for row in await reports_doors.rows("select topic, body from outbox")}
    assert (said["report_returned"]["assignee_id"], said["report_returned"]["level"]) == (None, 2)
    assert (said["report_withdrawn"]["assignee_id"], said["report_withdrawn"]["level"]) == (None, 2)
    await step(reports_doors, RESIDENT, await brought_to(reports_doors, "assigned"), "withdrawal")
    [last] = await reports_doors.rows("select body from outbox order by pos desc limit 1")
    assert (json.loads(last.body)["assignee_id"], json.loads(last.body)["level"]) == (str(GRID.id), 1)
