"""批量: many at once are each decided as if alone; what is refused of one changes nothing of it and nothing of the others."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.day import filed, told
from builders.doors import Doors, keyed
from builders.life import brought_to, named, step
from builders.world import FAR_GRID, GRID, OFFICER, RESIDENT, THERE, Person

from chassis import privacy

ACCEPT = {"name": "accept"}


async def batch(doors: Doors, keys: list[str], act: dict[str, Any], person: Person = GRID, **headers: str) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post("/api/v1/batches", json={"report_ids": keys, "act": act}, headers=keyed() | headers)


def outcomes(answer: httpx.Response) -> list[tuple[int, str | None]]:
    assert answer.status_code == 201, answer.text
    return [(one["status"], (one["problem"] or {}).get("type", "").rpartition("/")[2] or None) for one in answer.json()]


async def statuses(doors: Doors, keys: list[str]) -> list[str]:
    rows = {str(row.id): row.status for row in await doors.rows("select id, status from reports")}
    return [rows[key] for key in keys]


async def test_each_is_decided_by_itself_and_answered_in_the_order_asked(reports_doors: Doors) -> None:
    fresh, done, mine = await filed(reports_doors), await brought_to(reports_doors, "resolved"), await filed(reports_doors)
    nobody = str(uuid4())
    answer = await batch(reports_doors, [mine, done, nobody, fresh], ACCEPT)
    assert outcomes(answer) == [(200, None), (409, "not-in-this-state"), (404, "not-found"), (200, None)]
    [_, refused, *_] = answer.json()
    assert (refused["problem"]["current"], refused["report_id"]) == ("resolved", done)
    assert await statuses(reports_doors, [fresh, done, mine]) == ["accepted", "resolved", "accepted"]
    assert (await reports_doors.said()).count("reports.report_accepted.v1") == 3  # one of them before


async def test_a16_one_foreign_id_among_ten_is_not_there_and_the_nine_are_done(reports_doors: Doors) -> None:
    ours = [await filed(reports_doors) for _ in range(9)]
    foreign = await filed(reports_doors)
    moving = "update reports set area = cast(:there as ltree) where id = cast(:key as uuid)"
    await told(reports_doors, moving, there=f"{THERE}.g01", key=foreign)
    before = await reports_doors.rows("select * from reports where id = cast(:key as uuid)", key=foreign)
    keys = [*ours[:4], foreign, *ours[4:]]
    answer = await batch(reports_doors, keys, ACCEPT)
    assert outcomes(answer) == [*[(200, None)] * 4, (404, "not-found"), *[(200, None)] * 5]
    unknown = (await batch(reports_doors, [str(uuid4())], ACCEPT)).json()[0]
    assert {**answer.json()[4], "report_id": ""} == {**unknown, "report_id": ""}  # as if there were none
    assert await reports_doors.rows("select * from reports where id = cast(:key as uuid)", key=foreign) == before
    assert await reports_doors.rows("select 1 from transitions where report_id = cast(:k as uuid) and seq > 1", k=foreign) == []


async def test_what_fails_late_leaves_nothing_and_says_nothing(reports_doors: Doors) -> None:
    """A reporter who is forgotten has no key: the step is decided and announced before its reason cannot be sealed."""
    keys = [await brought_to(reports_doors, "processing") for _ in range(2)]
    other = await filed(reports_doors, person=GRID)
    for what in ("acceptance", "assignment"):
        assert (await step(reports_doors, OFFICER, other, what)).status_code == 200
    assert (await step(reports_doors, GRID, other, "processing")).status_code == 200
    held = reports_doors.running.service.personal
    assert held is not None
    await reports_doors.running.database.do(lambda work: privacy.erase(work, held, RESIDENT.id))
    before = await reports_doors.said()
    act = {"name": "reassign", "assignee_id": str(OFFICER.id), "reason": "休假"}
    answer = await batch(reports_doors, [keys[0], other, keys[1]], act)
    assert outcomes(answer) == [(410, "person-forgotten"), (200, None), (410, "person-forgotten")]
    assert await statuses(reports_doors, [*keys, other]) == ["processing", "processing", "assigned"]
    assert await reports_doors.said() == [*before, "reports.report_assigned.v1"]
    for key in [*keys, other]:
        async with reports_doors.client(OFFICER) as client:
            assert (await client.get(f"/api/v1/reports/{key}/chain")).json()["sound"]


@pytest.mark.parametrize(("act", "state", "becomes"), [
    ({"name": "assign", "assignee_id": str(GRID.id)}, "accepted", "assigned"),
    ({"name": "reassign", "assignee_id": str(OFFICER.id), "reason": "休假"}, "processing", "assigned"),
    ({"name": "escalate", "reason": "需社区协调"}, "processing", "escalated"), ({"name": "close"}, "resolved", "closed"),
    ({"name": "note", "text": "已联系物业"}, "submitted", "submitted"),
])
async def test_every_act_does_what_its_own_door_does(
    reports_doors: Doors, act: dict[str, Any], state: str, becomes: str
) -> None:
    keys = [await brought_to(reports_doors, state) for _ in range(2)]
    assert outcomes(await batch(reports_doors, keys, act, OFFICER)) == [(200, None)] * 2
    assert await statuses(reports_doors, keys) == [becomes] * 2


async def test_many_are_closed_as_the_same_as_another(reports_doors: Doors) -> None:
    master, *members = [await filed(reports_doors) for _ in range(4)]
    act = {"name": "merge", "master_id": master}
    assert outcomes(await batch(reports_doors, [*members, master], act)) == [*[(200, None)] * 3, (422, "merged-into-itself")]
    assert await statuses(reports_doors, [master, *members]) == ["submitted", *["merged"] * 3]


async def test_who_may_not_do_it_to_one_does_it_to_none(reports_doors: Doors) -> None:
    keys = [await filed(reports_doors) for _ in range(2)]
    assert outcomes(await batch(reports_doors, keys, ACCEPT, FAR_GRID)) == [(404, "not-found")] * 2
    assert outcomes(await batch(reports_doors, keys, ACCEPT, RESIDENT)) == [(403, "not-allowed-here")] * 2
    async with reports_doors.client(GRID, client_id="desk", scope="batches.do") as program:
        answer = await program.post("/api/v1/batches", json={"report_ids": keys, "act": ACCEPT}, headers=keyed())
        assert (answer.status_code, named(answer)) == (403, "scope-missing")
    assert await statuses(reports_doors, keys) == ["submitted"] * 2


@pytest.mark.parametrize(("body", "why"), [
    ({"report_ids": [], "act": ACCEPT}, "invalid-request"), ({"report_ids": [str(uuid4())] * 2, "act": ACCEPT}, "named-twice"),
    ({"report_ids": [str(uuid4()) for _ in range(101)], "act": ACCEPT}, "invalid-request"),
    ({"report_ids": [str(uuid4())], "act": {"name": "decline"}}, "invalid-request"),
    ({"report_ids": [str(uuid4())], "act": {"name": "assign"}}, "invalid-request"),
    ({"report_ids": [str(uuid4())], "act": {"name": "accept", "assignee_id": str(uuid4())}}, "invalid-request"),
    ({"report_ids": ["x"], "act": ACCEPT}, "invalid-request"),
])
async def test_what_is_no_batch_is_refused_whole(reports_doors: Doors, body: dict[str, Any], why: str) -> None:
    async with reports_doors.client(GRID) as client:
        answer = await client.post("/api/v1/batches", json=body, headers=keyed())
        assert (answer.status_code, named(answer)) == (422, why)
        assert (await client.post("/api/v1/batches", json=body)).status_code == 422


async def test_of_twenty_at_once_each_report_is_accepted_once_and_a_twin_is_answered_alike(reports_doors: Doors) -> None:
    keys = [await filed(reports_doors) for _ in range(5)]
    turned = [keys[n % 5 :] + keys[: n % 5] for n in range(12)]
    answers = await asyncio.gather(*(batch(reports_doors, order, ACCEPT) for order in turned))
    done = [one["report_id"] for answer in answers for one in answer.json() if one["outcome"] == "done"]
    assert sorted(done) == sorted(keys)
    note = {"name": "note", "text": "已联系物业"}
    same = {"idempotency-key": str(uuid4())}
    twins = await asyncio.gather(*(batch(reports_doors, keys, note, **same) for _ in range(12)))
    assert len({answer.text for answer in twins}) == 1
    assert len(await reports_doors.rows("select 1 from notes")) == 5
