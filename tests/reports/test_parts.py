"""子报事: who has a report in hand divides it; the parts live as reports do, and it is over when none of them is open."""

import asyncio
import random
from uuid import UUID, uuid4

import pytest
from builders.day import told
from builders.doors import Doors, keyed
from builders.life import ACTING, BODIES, PLUMBERS, brought_to, file, named, step, unit
from builders.parts import WORDS, along, divide, divided, mended, read, sound
from builders.world import FAR_OFFICER, GRID, HERE, OFFICER, OTHER_GRID, RESIDENT, SECOND_RESIDENT, THERE, UNIT

from services.reports.domain.machine import STEPS


async def test_a_part_lives_as_a_report_does_and_its_reporter_reads_how_it_stands(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    part = await divided(reports_doors, key)
    whole = await read(reports_doors, key)
    assert (part["status"], part["category"], part["area"], part["level"], part["text"]) == ("submitted", "road", UNIT, 1, WORDS)
    assert (part["parent_id"], part["parent_number"]) == (key, whole["number"])
    assert part["number"] != whole["number"]
    assert part["reporter_id"] not in {str(RESIDENT.id), str(GRID.id)}
    told_of = {name: part[name] for name in ("id", "number", "category", "status")}
    assert (whole["parts"], whole["status"]) == ([told_of], "processing")
    assert (await read(reports_doors, key, RESIDENT))["parts"] == [told_of | {"id": None}]
    async with reports_doors.client(RESIDENT) as resident:
        for asked in ({}, {"mine": "true"}, {"parent_id": key}):
            shown = (await resident.get("/api/v1/reports", params=asked)).json()
            assert [one["id"] for one in shown["items"]] == ([key] if "parent_id" not in asked else [])
    async with reports_doors.client(GRID) as grid:
        [listed] = (await grid.get("/api/v1/reports", params={"parent_id": key})).json()["items"]
    assert (listed["text"], listed["parent_number"], listed["reporter_id"]) == (WORDS, whole["number"], part["reporter_id"])
    assert (await read(reports_doors, key, what="/history"))[-1]["reason_code"] == part["number"]
    assert [one["kind"] for one in await read(reports_doors, part["id"], what="/clocks")] == ["respond", "resolve"]
    await mended(reports_doors, part["id"])
    await along(reports_doors, part["id"], "closure")
    assert [one["status"] for one in (await read(reports_doors, key, RESIDENT))["parts"]] == ["closed"]
    await along(reports_doors, key, "resolution")
    await sound(reports_doors)


async def test_no_word_of_it_and_no_reporter_is_said_outside(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    before = len(await reports_doors.said())
    part = await divided(reports_doors, key)
    await mended(reports_doors, part["id"])
    rows = (await reports_doors.rows("select body, headers from outbox order by pos"))[before:]
    assert len(rows) == 5
    for row in rows:
        said = row.body.decode() + str(row.headers)
        assert str(RESIDENT.id) not in said
        assert WORDS not in said
        assert f'"parent_id":"{key}"' in row.body.decode().replace(" ", "")
    [kept] = await reports_doors.rows("select sealed_text from reports where parent_id is not null")
    assert "路面".encode() not in bytes(kept.sealed_text)


async def test_it_is_divided_by_who_has_it_in_hand_and_while_they_have(reports_doors: Doors) -> None:
    for status in ("submitted", "accepted", "resolved"):
        answer = await divide(reports_doors, await brought_to(reports_doors, status))
        assert (answer.status_code, named(answer)) == (409, "not-in-this-state")
    key = await brought_to(reports_doors, "assigned")
    for person, status, problem in (
        (OFFICER, 409, "not-the-assignee"), (RESIDENT, 403, "not-allowed-here"), (OTHER_GRID, 404, "not-found"),
        (SECOND_RESIDENT, 404, "not-found"), (FAR_OFFICER, 404, "not-found"),
    ):
        answer = await divide(reports_doors, key, person)
        assert (answer.status_code, named(answer)) == (status, problem)
    await unit(reports_doors, PLUMBERS, UNIT)
    await divided(reports_doors, key)
    await along(reports_doors, key, "processing", "whistle")
    await divided(reports_doors, key)
    await along(reports_doors, key, "resumption", "question")
    await divided(reports_doors, key)
    assert len(await reports_doors.rows("select 1 from reports where parent_id is not null")) == 3


async def test_it_lies_where_who_divides_says_in_the_same_community(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    there = await divided(reports_doors, key, area=f"{HERE}.g01", level=3)
    assert (there["area"], there["level"]) == (f"{HERE}.g01", 3)
    assert await read(reports_doors, there["id"], OTHER_GRID, "/history") != 404
    assert await read(reports_doors, key, OTHER_GRID) == 404
    for area, problem in ((f"{THERE}.g01", "part-elsewhere"), (f"{HERE}.g77", "no-such-area"), ("510104.clx", "part-elsewhere")):
        answer = await divide(reports_doors, key, area=area)
        assert (answer.status_code, named(answer)) == (422, problem)
    assert (await divide(reports_doors, key, level=5)).status_code == 422
    assert len(await reports_doors.rows("select 1 from reports where parent_id is not null")) == 1


@pytest.mark.parametrize("what", ["parts", "question", "merge"])
async def test_what_is_done_with_a_whole_is_not_done_with_a_part(reports_doors: Doors, what: str) -> None:
    key = await brought_to(reports_doors, "processing")
    part = (await divided(reports_doors, key))["id"]
    if what == "merge":
        other = await file(reports_doors)
        answers = [
            await step(reports_doors, GRID, part, what, {"master_id": other}),
            await step(reports_doors, GRID, other, what, {"master_id": part}),
        ]
    else:
        await along(reports_doors, part, "acceptance", "assignment", "processing")
        answers = [await step(reports_doors, GRID, part, what)]
    assert [(one.status_code, named(one)) for one in answers] == [(409, "part-of-another")] * len(answers)
    await sound(reports_doors)


async def test_nobody_has_a_reporters_or_a_neighbours_say_in_a_part(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    part = (await divided(reports_doors, key))["id"]
    for what in ("support", "appraisal", "withdrawal", "rating", "reopening", "appeal", "supplement"):
        body = {"satisfaction": 5} if what == "appraisal" else BODIES.get(what)
        for person in (RESIDENT, SECOND_RESIDENT):
            answer = await step(reports_doors, person, part, what, body)
            assert answer.status_code == 404, (what, answer.text)
        assert (await step(reports_doors, GRID, part, what, body)).status_code == 403
    async with reports_doors.client(GRID) as grid:
        said = {"text": "明天完工", "visibility": "told"}
        answers = [
            await grid.post(f"/api/v1/reports/{part}/notes", json=said, headers=keyed()),
            await grid.post(f"/api/v1/reports/{part}/notes", json=said | {"visibility": "staff"}, headers=keyed()),
        ]
    assert [one.status_code for one in answers] == [409, 201]
    async with reports_doors.client(OFFICER) as officer:
        shown = await officer.post(f"/api/v1/reports/{part}/photos/{uuid4()}/preparation")
    assert (shown.status_code, named(shown)) == (409, "part-of-another")


async def test_it_is_not_over_while_a_part_is_open(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    first, second = await divided(reports_doors, key), await divided(reports_doors, key)
    answer = await step(reports_doors, GRID, key, "resolution")
    assert (answer.status_code, named(answer)) == (409, "parts-open")
    assert answer.json()["parts"] == [first["number"], second["number"]]
    offers = {one["name"]: one for one in (await read(reports_doors, key))["actions"]}
    assert offers["resolve"] == {"name": "resolve", "refused": "parts-open"}
    async with reports_doors.client(GRID) as grid:
        items = {one["id"]: one for one in (await grid.get("/api/v1/worklists/open")).json()["items"]}
    assert "resolve" not in {one["name"] for one in items[key]["actions"]}
    assert (items[key]["parts"], items[key]["open_parts"]) == (2, 2)
    assert items[first["id"]]["parent_number"] == items[key]["number"]
    await mended(reports_doors, first["id"])
    assert (await step(reports_doors, GRID, key, "resolution")).json()["parts"] == [second["number"]]
    gone = await step(reports_doors, GRID, second["id"], "abandonment")
    assert (gone.status_code, gone.json()["status"]) == (200, "withdrawn")
    await along(reports_doors, key, "resolution")
    assert await reports_doors.rows("select 1 from clocks where state = 'running' and report_id <> :key", key=UUID(key)) == []
    await sound(reports_doors)


async def test_it_is_neither_refused_nor_merged_while_a_part_is_open(reports_doors: Doors) -> None:
    key, other = await brought_to(reports_doors, "assigned"), await file(reports_doors)
    part = await divided(reports_doors, key)
    await along(reports_doors, key, "return", "acceptance")
    for person, what, body in ((OFFICER, "refusal", BODIES["refusal"]), (GRID, "merge", {"master_id": other})):
        answer = await step(reports_doors, person, key, what, body)
        assert (answer.status_code, named(answer), answer.json()["parts"]) == (409, "parts-open", [part["number"]])
    assert (await step(reports_doors, OFFICER, part["id"], "refusal")).status_code == 200
    assert (await step(reports_doors, GRID, key, "merge", {"master_id": other})).status_code == 200
    await sound(reports_doors)


async def test_what_its_reporter_withdraws_lets_its_parts_go(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    open_one, done = await divided(reports_doors, key), await divided(reports_doors, key)
    await along(reports_doors, open_one["id"], "acceptance", "assignment", "processing")
    await mended(reports_doors, done["id"])
    assert (await step(reports_doors, RESIDENT, key, "withdrawal")).status_code == 200
    last = (await read(reports_doors, open_one["id"], what="/history"))[-1]
    assert (last["action"], last["actor_id"], last["reason_code"]) == ("abandon", None, "parent-withdrawn")
    assert [one["status"] for one in (await read(reports_doors, key))["parts"]] == ["withdrawn", "resolved"]
    assert (await reports_doors.said()).count("reports.report_withdrawn.v1") == 2
    assert await reports_doors.rows("select 1 from dues") == []
    await sound(reports_doors)


async def test_only_a_part_is_abandoned_and_by_who_serves_where_it_lies(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    answer = await step(reports_doors, GRID, key, "abandonment")
    assert (answer.status_code, named(answer)) == (409, "not-a-part")
    part = (await divided(reports_doors, key, area=f"{HERE}.g01"))["id"]
    for person in (GRID, RESIDENT, FAR_OFFICER):
        assert (await step(reports_doors, person, part, "abandonment")).status_code == 404
    answers = await asyncio.gather(*(step(reports_doors, OTHER_GRID, part, "abandonment") for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    assert (await read(reports_doors, part, OFFICER, "/history"))[-1]["note"] == BODIES["abandonment"]["reason"]


@pytest.mark.parametrize("seed", range(4))
async def test_a_random_walk_of_both_does_what_was_offered(reports_doors: Doors, seed: int) -> None:
    chance = random.Random(seed)
    await unit(reports_doors, PLUMBERS, UNIT)
    key = await brought_to(reports_doors, "processing")
    both = [key, (await divided(reports_doors, key))["id"]]
    for _ in range(20):
        taken, which = chance.choice(list(STEPS.values())), chance.choice(both)
        person = ACTING.get(taken.action, GRID)
        person = GRID if which != key and person is RESIDENT else person
        offers = {one["name"]: one for one in (await read(reports_doors, which, person))["actions"]}
        body = {"master_id": key} if taken.action == "merge" else None
        answer = await step(reports_doors, person, which, taken.href, body if body or taken.action != "divide" else (
            BODIES["parts"] | {"client_token": str(uuid4())}
        ))
        if taken.action not in {"merge", "reassign", "reclassify", "grade"}:  # these may name itself, or what it is already
            assert (answer.status_code in {200, 201}) == ("href" in offers[taken.action]), (taken.action, answer.text)
        if answer.status_code == 201:
            both.append(answer.json()["id"])
        await sound(reports_doors)


async def test_of_twelve_at_once_ten_are_parts_and_the_same_twelve_times_is_one(reports_doors: Doors) -> None:
    key, token = await brought_to(reports_doors, "processing"), str(uuid4())
    same = await asyncio.gather(*(divide(reports_doors, key, client_token=token) for _ in range(12)))
    assert [one.status_code for one in same] == [201] * 12
    assert len({one.json()["id"] for one in same}) == 1
    answers = await asyncio.gather(*(divide(reports_doors, key) for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [201] * 9 + [409] * 3
    assert {named(one) for one in answers if one.status_code == 409} == {"parts-too-many"}
    await told(reports_doors, "update reports set status = 'withdrawn' where parent_id is not null")
    assert named(await divide(reports_doors, key)) == "parts-too-many"
