"""交接: all that somebody has in hand goes to somebody else while they are away, and what is left comes back by itself."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from builders.day import told
from builders.doors import Doors, keyed
from builders.life import brought_to, named, step
from builders.world import FAR_GRID, FAR_OFFICER, GRID, GUARD, OFFICER, OTHER_GRID, RESIDENT, Person

from chassis import privacy
from services.reports import jobs


async def make(doors: Doors, person: Person = GRID, away: Person = GRID, to: Person = OFFICER, **other: Any) -> httpx.Response:
    now = doors.running.settings.clock.now()
    span = {"starts_at": (now - timedelta(hours=1)).isoformat(), "ends_at": (now + timedelta(days=3)).isoformat()}
    body = {"from_id": str(away.id), "to_id": str(to.id), "why": "leave", **span, **other}
    async with doors.client(person) as client:
        return await client.post("/api/v1/handovers", json=body, headers=keyed())


async def run(doors: Doors) -> None:
    await jobs.hand_over(doors.running)


async def hands(doors: Doors) -> dict[str, Person | None]:
    people = {one.id: one for one in (GRID, OFFICER, OTHER_GRID)}
    return {str(row.id): people.get(row.assignee_id) for row in await doors.rows("select id, assignee_id from reports")}


async def over(doors: Doors) -> None:
    """Its time is over."""
    ended = "update handovers set starts_at = now() - interval '2 days', ends_at = now() - interval '1 second'"
    await told(doors, ended)
    await run(doors)


async def test_the_whole_list_goes_over_and_what_is_left_comes_back(reports_doors: Doors) -> None:
    keys = [await brought_to(reports_doors, state) for state in ("assigned", "processing")]
    untouched = await brought_to(reports_doors, "accepted")
    asking = await brought_to(reports_doors, "processing")
    await step(reports_doors, GRID, asking, "question")
    assert (await make(reports_doors)).status_code == 201
    await run(reports_doors)
    assert await hands(reports_doors) == {keys[0]: OFFICER, keys[1]: OFFICER, untouched: None, asking: GRID}
    later = await brought_to(reports_doors, "assigned")
    await step(reports_doors, RESIDENT, asking, "supplement")
    await run(reports_doors)
    assert {(await hands(reports_doors))[key] for key in (later, asking)} == {OFFICER}  # what comes meanwhile goes over as well
    for what in ("processing", "resolution"):
        assert (await step(reports_doors, OFFICER, keys[0], what)).status_code == 200
    await step(reports_doors, OFFICER, keys[1], "processing")
    await over(reports_doors)
    assert await hands(reports_doors) == {
        keys[0]: OFFICER, keys[1]: GRID, untouched: None, asking: GRID, later: GRID,  # what was resolved meanwhile stays
    }
    for key in (*keys, later, asking):
        async with reports_doors.client(OFFICER) as client:
            assert (await client.get(f"/api/v1/reports/{key}/chain")).json()["sound"]
    [reason] = [one["note"] for one in await history(reports_doors, keys[1]) if one["action"] == "reassign"][:1]
    assert reason == "原处置人休假"


async def history(doors: Doors, key: str) -> list[Any]:
    async with doors.client(RESIDENT) as client:
        return list((await client.get(f"/api/v1/reports/{key}/history")).json())


async def test_before_its_time_nothing_goes_over_and_ended_early_it_comes_back(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    soon = (reports_doors.running.settings.clock.now() + timedelta(days=1)).isoformat()
    made = (await make(reports_doors, starts_at=soon)).json()
    await run(reports_doors)
    assert (await hands(reports_doors))[key] is GRID
    await told(reports_doors, "update handovers set starts_at = now() - interval '1 hour'")
    await run(reports_doors)
    assert (await hands(reports_doors))[key] is OFFICER
    async with reports_doors.client(GRID) as client:
        answers = await asyncio.gather(*(client.post(f"/api/v1/handovers/{made['id']}/ending") for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [200, *[409] * 11]
    await run(reports_doors)
    assert (await hands(reports_doors))[key] is GRID
    assert await reports_doors.rows("select 1 from handed where back_at is null") == []


async def test_many_workers_hand_each_over_once(reports_doors: Doors) -> None:
    keys = [await brought_to(reports_doors, "assigned") for _ in range(4)]
    await make(reports_doors)
    await asyncio.gather(*(run(reports_doors) for _ in range(6)))
    assert await hands(reports_doors) == dict.fromkeys(keys, OFFICER)
    taken = await reports_doors.rows("select report_id from transitions where action = 'assign' group by 1 having count(*) <> 2")
    assert taken == []


async def test_who_cannot_take_it_over_or_was_forgotten_keeps_nothing_waiting(reports_doors: Doors) -> None:
    far = await brought_to(reports_doors, "assigned")
    forgotten = await brought_to(reports_doors, "processing")
    await told(reports_doors, "update reports set area = '510104.clx.jinxiu' where id = cast(:key as uuid)", key=far)
    held = reports_doors.running.service.personal
    assert held is not None
    await reports_doors.running.database.do(lambda work: privacy.erase(work, held, RESIDENT.id))
    await make(reports_doors)
    await run(reports_doors)
    assert await hands(reports_doors) == {far: GRID, forgotten: GRID}


async def test_who_serves_there_no_more_gets_nothing_back(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    await make(reports_doors)
    await run(reports_doors)
    left = "update directory_assignments set ends_at = now() - interval '1 hour' where person_id = :person"
    await told(reports_doors, left, person=GRID.id)
    await over(reports_doors)
    assert (await hands(reports_doors))[key] is OFFICER


@pytest.mark.parametrize(("person", "away", "to", "status"), [
    (OFFICER, GRID, OFFICER, 201), (OTHER_GRID, GRID, OFFICER, 404),
    (FAR_OFFICER, GRID, OFFICER, 404), (RESIDENT, GRID, OFFICER, 404),
    (GRID, GRID, GRID, 422), (GRID, GRID, FAR_GRID, 422), (GRID, GRID, RESIDENT, 422), (GRID, GRID, GUARD, 422),
    (OFFICER, RESIDENT, OFFICER, 404), (GUARD, GRID, OFFICER, 404),
])
async def test_who_hands_over_whose(reports_doors: Doors, person: Person, away: Person, to: Person, status: int) -> None:
    answer = await make(reports_doors, person, away, to)
    assert answer.status_code == status, answer.text
    assert len(await reports_doors.rows("select 1 from handovers")) == (status == 201)


@pytest.mark.parametrize("days", [(3, 1), (-9, -1), (0, 61), (181, 190), (1, 1)])
async def test_times_that_do_not_do_are_refused(reports_doors: Doors, days: tuple[int, int]) -> None:
    now = reports_doors.running.settings.clock.now()
    begins, ends = ((now + timedelta(days=day)).isoformat() for day in days)
    answer = await make(reports_doors, starts_at=begins, ends_at=ends)
    assert (answer.status_code, named(answer)) == (422, "handover-unfit")


@pytest.mark.parametrize(("begins", "ends"), [
    ("9999-12-30T00:00:00Z", "9999-12-31T00:00:00Z"), ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),
])
async def test_times_at_the_edge_of_the_calendar_are_refused(reports_doors: Doors, begins: str, ends: str) -> None:
    answer = await make(reports_doors, starts_at=begins, ends_at=ends)
    assert (answer.status_code, named(answer)) == (422, "handover-unfit")


async def test_of_twelve_at_once_one_is_made_and_none_goes_round_in_a_circle(reports_doors: Doors) -> None:
    there = [make(reports_doors) for _ in range(6)]
    back = [make(reports_doors, OFFICER, OFFICER, GRID) for _ in range(6)]
    answers = await asyncio.gather(*there, *back)
    assert sorted(one.status_code for one in answers) == [201, *[409] * 11]
    assert {named(one) for one in answers if one.status_code == 409} == {"handover-there", "receiver-away"}
    assert len(await reports_doors.rows("select 1 from handovers")) == 1


async def test_who_sees_it(reports_doors: Doors) -> None:
    made = (await make(reports_doors)).json()
    for person, seen in ((GRID, True), (OFFICER, True), (OTHER_GRID, False), (FAR_OFFICER, False), (RESIDENT, False)):
        async with reports_doors.client(person) as client:
            listed = (await client.get("/api/v1/handovers?under_way=true")).json()["items"]
            assert [one["id"] for one in listed] == ([made["id"]] if seen else [])
            if not seen:
                assert (await client.post(f"/api/v1/handovers/{made['id']}/ending")).status_code == 404
