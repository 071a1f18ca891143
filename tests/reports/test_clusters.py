"""并案: one problem, many voices. The forest stays flat, every chain verifies, and what is taken out stands where it stood."""

import asyncio
import json
import random
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.life import brought_to, file, named, photo, step
from builders.world import (
    ADMIN,
    FAR_GRID,
    FAR_RESIDENT,
    FAR_ROOM,
    GRID,
    LONG_AGO,
    OFFICER,
    OTHER_GRID,
    RESIDENT,
    SECOND_RESIDENT,
    Person,
)
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from chassis import bus, directory, privacy
from chassis.testing import arrived
from contracts.area import Role
from contracts.identity import AssignmentChanged, BindingChanged
from services.reports import jobs

ABOVE = Person(role=Role.SUBDISTRICT_OFFICER, area="510104.clx")


async def merge(doors: Doors, key: str, master: str, person: Person = GRID) -> httpx.Response:
    return await step(doors, person, key, "merge", {"master_id": master})


async def unmerge(doors: Doors, key: str, person: Person = GRID) -> httpx.Response:
    return await step(doors, person, key, "unmerge", {})


async def seen(doors: Doors, key: str, person: Person = GRID, what: str = "") -> Any:
    async with doors.client(person) as client:
        return (await client.get(f"/api/v1/reports/{key}{what}")).json()


async def support(doors: Doors, key: str, person: Person = SECOND_RESIDENT) -> None:
    async with doors.client(person) as client:
        assert (await client.post(f"/api/v1/reports/{key}/support")).status_code == 200


async def directory_knows(doors: Doors, person: Person) -> None:
    moved_in = BindingChanged(area=str(person.home), binding_id=uuid4(), person_id=person.id, kind="family", starts_at=LONG_AGO)
    await bus.handle(doors.running.database, directory.consumers("reports"), arrived(moved_in, LONG_AGO))


async def voices(doors: Doors, topic: str) -> set[UUID]:
    """Whom the newest event of a topic names."""
    asked = "select body from outbox where topic = :topic order by pos desc limit 1"
    [row] = await doors.rows(asked, topic=f"reports.{topic}.v1")
    return {UUID(one) for one in json.loads(row.body)["voices"]}


async def serve_above(doors: Doors) -> None:
    said = AssignmentChanged(
        area=str(ABOVE.area), assignment_id=uuid4(), person_id=ABOVE.id, role=Role.SUBDISTRICT_OFFICER, display_name="某某",
        starts_at=LONG_AGO,
    )
    await bus.handle(doors.running.database, directory.consumers("reports"), arrived(said, LONG_AGO))
    doors.running.directory._known.clear()


STANDING = (
    "status", "level", "assignee_id", "reopen_count", "text", "area", "category", "reporter_id", "merged_into", "supporters",
)


@pytest.mark.parametrize("status", ["submitted", "accepted"])
async def test_what_is_taken_out_stands_exactly_where_it_stood(reports_doors: Doors, status: str) -> None:
    key, master = await brought_to(reports_doors, status), await file(reports_doors, SECOND_RESIDENT)
    before = await seen(reports_doors, key)
    clocks = [(one["kind"], one["state"]) for one in await seen(reports_doors, key, what="/clocks")]
    merged = await merge(reports_doors, key, master)
    assert (merged.status_code, merged.json()["status"]) == (200, "merged")
    number = (await seen(reports_doors, master))["number"]
    assert (await seen(reports_doors, key, RESIDENT))["merged_into"] == {"number": number, "status": "submitted"}
    assert {one["state"] for one in await seen(reports_doors, key, what="/clocks")} <= {"paused", "met"}
    async with reports_doors.client(GRID) as client:
        listed = (await client.get("/api/v1/reports", params={"master_id": master})).json()
    assert [one["id"] for one in listed["items"]] == [key]
    out = (await unmerge(reports_doors, key)).json()
    assert {name: out[name] for name in STANDING} == {name: before[name] for name in STANDING}
    assert [(one["kind"], one["state"]) for one in await seen(reports_doors, key, what="/clocks")] == clocks
    assert (await seen(reports_doors, key, what="/chain"))["sound"]
    told = [(one["action"], one["reason_code"]) for one in await seen(reports_doors, key, what="/history")][-2:]
    assert told == [("merge", number), ("unmerge", None)]
    said = [topic.split(".")[1] for topic in await reports_doors.said()]
    assert said[-2:] == ["report_merged", "report_unmerged"]


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_merged_and_taken_out_the_forest_stays_flat(reports_doors: Doors, seed: int) -> None:
    chance = random.Random(seed)
    keys = [await file(reports_doors, chance.choice((RESIDENT, SECOND_RESIDENT))) for _ in range(6)]
    for key in keys[::2]:
        assert (await step(reports_doors, GRID, key, "acceptance")).status_code == 200
    stood = {key: (await seen(reports_doors, key))["status"] for key in keys}
    led: dict[str, str] = {}
    for _ in range(24):
        key, master = chance.choice(keys), chance.choice(keys)
        if chance.random() < 0.6:
            fits = key != master and key not in led and master not in led and key not in led.values()
            answer = await merge(reports_doors, key, master)
            assert (answer.status_code == 200) == fits, (key, master, led, answer.text)
            led |= {key: master} if fits else {}
        else:
            assert ((await unmerge(reports_doors, key)).status_code == 200) == (led.pop(key, None) is not None)
        rows = await reports_doors.rows("select id::text, master_id::text from reports where master_id is not null")
        assert {row.id: row.master_id for row in rows} == led
        assert not set(led) & set(led.values())
    for key in keys:
        now = await seen(reports_doors, key)
        assert now["status"] == ("merged" if key in led else stood[key])
        assert (await seen(reports_doors, key, what="/chain"))["sound"]


async def test_of_two_staff_at_once_one_wins_and_two_merging_into_each_other_make_no_circle(reports_doors: Doors) -> None:
    first, second, third = [await file(reports_doors) for _ in range(3)]
    answers = await asyncio.gather(*(
        merge(reports_doors, first, master, person) for _ in range(6) for master, person in ((second, GRID), (third, OFFICER))
    ))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    out = await asyncio.gather(*(unmerge(reports_doors, first, person) for person in (GRID, OFFICER) * 6))
    assert sorted(one.status_code for one in out) == [200] + [409] * 11
    crossed = await asyncio.gather(*(
        merge(reports_doors, key, master) for _ in range(10) for key, master in ((second, third), (third, second))
    ))
    assert sorted(one.status_code for one in crossed) == [200] + [409] * 19
    rows = await reports_doors.rows("select id, master_id from reports")
    assert len([row for row in rows if row.master_id is not None]) == 1


async def test_a_report_is_merged_into_another_that_is_open_and_no_member(reports_doors: Doors) -> None:
    master, member, other = [await file(reports_doors) for _ in range(3)]
    itself = await merge(reports_doors, master, master)
    assert (itself.status_code, named(itself)) == (422, "merged-into-itself")
    assert (await merge(reports_doors, member, master)).status_code == 200
    into_member = await merge(reports_doors, other, member)
    assert (into_member.status_code, named(into_member), into_member.json()["current"]) == (409, "master-not-open", "merged")
    leading = await merge(reports_doors, master, other)
    assert (leading.status_code, named(leading)) == (409, "leads-others")
    again = await merge(reports_doors, member, other)
    assert (again.status_code, named(again)) == (409, "not-in-this-state")
    for ended in (await brought_to(reports_doors, "resolved"), await file(reports_doors)):
        if (await seen(reports_doors, ended))["status"] == "submitted":
            assert (await step(reports_doors, RESIDENT, ended, "withdrawal")).status_code == 200
        over = await merge(reports_doors, other, ended)
        assert (over.status_code, named(over)) == (409, "master-not-open")
    at_work = await brought_to(reports_doors, "processing")
    assert (await merge(reports_doors, at_work, other)).status_code == 409
    assert (await merge(reports_doors, other, at_work)).status_code == 200  # what is worked on may lead


async def test_two_communities_have_two_problems(reports_doors: Doors) -> None:
    await serve_above(reports_doors)
    draft = {"text": "灯", "category": "lighting", "place": {"area": FAR_ROOM.rpartition(".")[0]}, "client_token": str(uuid4())}
    async with reports_doors.client(FAR_RESIDENT) as client:
        far = (await client.post("/api/v1/reports", json=draft, headers=keyed())).json()["id"]
    here = await file(reports_doors)
    for person, refused in (
        (ABOVE, (409, "other-community")), (GRID, (404, "not-found")), (FAR_GRID, (404, "not-found")),
        (ADMIN, (403, "not-allowed-here")),
    ):
        answer = await merge(reports_doors, here, far, person)
        assert (answer.status_code, named(answer)) == refused
    for person in (OTHER_GRID, SECOND_RESIDENT):
        assert (await merge(reports_doors, here, await file(reports_doors), person)).status_code == 404
    assert (await merge(reports_doors, here, await file(reports_doors), RESIDENT)).status_code == 403


async def test_what_becomes_of_the_master_is_said_to_every_voice(reports_doors: Doors) -> None:
    master, member = await brought_to(reports_doors, "processing"), await file(reports_doors, SECOND_RESIDENT)
    third = Person(home=SECOND_RESIDENT.home)
    await directory_knows(reports_doors, third)
    await support(reports_doors, member, third)
    assert (await merge(reports_doors, member, master)).status_code == 200
    assert await voices(reports_doors, "report_merged") == {third.id}
    shown = {"note": "已更换", "photos": [await photo(reports_doors, GRID)]}
    assert (await step(reports_doors, GRID, master, "resolution", shown)).status_code == 200
    everybody = {SECOND_RESIDENT.id, third.id}
    assert await voices(reports_doors, "report_resolved") == everybody
    assert (await step(reports_doors, RESIDENT, master, "rating")).status_code == 200
    assert await voices(reports_doors, "report_rated") == await voices(reports_doors, "report_closed") == everybody
    own = await seen(reports_doors, member, SECOND_RESIDENT)
    assert (own["merged_into"]["status"], own["satisfaction"], own["supporters"]) == ("closed", None, 1)


async def test_what_nobody_rated_is_closed_for_every_voice(reports_doors: Doors) -> None:
    master = await brought_to(reports_doors, "processing")
    await support(reports_doors, master)
    shown = {"note": "已更换", "photos": [await photo(reports_doors, GRID)]}
    assert (await step(reports_doors, GRID, master, "resolution", shown)).status_code == 200
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text("update reports set resolved_at = resolved_at - interval '8 days'"))
    await jobs.close_settled(reports_doors.running)
    assert await voices(reports_doors, "report_closed") == {SECOND_RESIDENT.id}


@pytest.mark.parametrize(("what", "person"), [("withdrawal", RESIDENT), ("refusal", OFFICER)])
async def test_a_master_that_ends_unmended_lets_its_members_go(reports_doors: Doors, what: str, person: Person) -> None:
    master, first = await file(reports_doors), await file(reports_doors, SECOND_RESIDENT)
    second = await brought_to(reports_doors, "accepted")
    for key in (first, second):
        assert (await merge(reports_doors, key, master)).status_code == 200
    assert (await step(reports_doors, person, master, what)).status_code == 200
    assert [(await seen(reports_doors, key))["status"] for key in (first, second)] == ["submitted", "accepted"]
    assert (await reports_doors.said()).count("reports.report_unmerged.v1") == 2
    for key in (master, first, second):
        assert (await seen(reports_doors, key, what="/chain"))["sound"]
    assert (await seen(reports_doors, first, what="/history"))[-1]["actor_id"] is None


async def test_a_master_that_is_withdrawn_while_something_is_merged_into_it_holds_nothing(reports_doors: Doors) -> None:
    for _ in range(4):
        master, *members = [await file(reports_doors) for _ in range(5)]
        answers = await asyncio.gather(
            step(reports_doors, RESIDENT, master, "withdrawal"), *(merge(reports_doors, key, master) for key in members)
        )
        assert answers[0].status_code == 200
        assert {one.status_code for one in answers[1:]} <= {200, 409}
        assert await reports_doors.rows("select 1 from reports where master_id = cast(:m as uuid)", m=master) == []


async def test_a_member_is_withdrawn_by_its_reporter(reports_doors: Doors) -> None:
    master, member = await file(reports_doors), await file(reports_doors, SECOND_RESIDENT)
    assert (await merge(reports_doors, member, master)).status_code == 200
    gone = await step(reports_doors, SECOND_RESIDENT, member, "withdrawal")
    assert (gone.status_code, gone.json()["status"], gone.json()["merged_into"]) == (200, "withdrawn", None)
    assert (await seen(reports_doors, member, what="/chain"))["sound"]


@pytest.mark.parametrize("wrong", [
    "status = 'merged'", "master_id = id, merged_from = 'submitted', status = 'merged'", "merged_from = 'submitted'",
    "master_id = id",
])
async def test_the_database_knows_what_a_member_is(reports_doors: Doors, wrong: str) -> None:
    await file(reports_doors)
    async with reports_doors.whole.connect() as connection:
        with pytest.raises(IntegrityError):
            await connection.exec_driver_sql(f"update reports set {wrong}")


async def appraise(doors: Doors, key: str, person: Person = SECOND_RESIDENT, stars: object = 4) -> httpx.Response:
    return await step(doors, person, key, "appraisal", {"satisfaction": stars})


async def resolved(doors: Doors, key: str) -> None:
    shown = {"note": "已更换", "photos": [await photo(doors, GRID)]}
    assert (await step(doors, GRID, key, "resolution", shown)).status_code == 200


async def test_every_voice_says_how_it_went_and_it_is_shown_in_numbers(reports_doors: Doors) -> None:
    third = Person(home=SECOND_RESIDENT.home)
    await directory_knows(reports_doors, third)
    master, member = await brought_to(reports_doors, "processing"), await file(reports_doors, SECOND_RESIDENT)
    await support(reports_doors, master, third)
    assert (await merge(reports_doors, member, master)).status_code == 200
    early = await appraise(reports_doors, member)
    assert (early.status_code, named(early), early.json()["current"]) == (409, "not-yet-mended", "processing")
    await resolved(reports_doors, master)
    number = (await seen(reports_doors, master))["number"]
    said = await appraise(reports_doors, member)
    assert (said.status_code, said.json()) == (200, {"number": number, "satisfaction": 4})
    assert (await appraise(reports_doors, master, third, 1)).status_code == 200
    for person in (GRID, RESIDENT):
        assert await seen(reports_doors, master, person, "/appraisals") == {"voices": 2, "stars": [1, 0, 0, 1, 0]}
    bodies = await reports_doors.rows("select outbox::text from outbox where topic = 'reports.report_appraised.v1'")
    assert len(bodies) == 2
    assert not any(str(one.id) in str(bodies) for one in (SECOND_RESIDENT, third))


async def test_of_twelve_answers_of_a_voice_at_once_one_counts_and_after_a_reopening_one_more(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    await support(reports_doors, key)
    await resolved(reports_doors, key)
    answers = await asyncio.gather(*(appraise(reports_doors, key, stars=1 + n % 5) for n in range(12)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    assert {named(one) for one in answers if one.status_code == 409} == {"appraised-already"}
    assert sum((await seen(reports_doors, key, what="/appraisals"))["stars"]) == 1
    assert (await step(reports_doors, RESIDENT, key, "reopening")).status_code == 200
    assert (await seen(reports_doors, key, what="/appraisals"))["stars"] == [0] * 5
    for what in ("acceptance", "assignment", "processing"):
        assert (await step(reports_doors, GRID, key, what)).status_code == 200
    await resolved(reports_doors, key)
    assert (await appraise(reports_doors, key)).status_code == 200


async def test_who_said_nothing_of_it_is_not_asked(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "resolved")
    for person, refused in (
        (RESIDENT, (403, "not-a-voice")), (SECOND_RESIDENT, (403, "not-a-voice")), (GRID, (403, "not-allowed-here")),
        (FAR_RESIDENT, (404, "not-found")), (OTHER_GRID, (404, "not-found")),
    ):
        answer = await appraise(reports_doors, key, person)
        assert (answer.status_code, named(answer)) == refused
    assert (await appraise(reports_doors, key, stars=6)).status_code == 422
    assert await reports_doors.rows("select 1 from appraisals") == []


async def test_a_forgotten_voice_leaves_no_answer_of_theirs(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    await support(reports_doors, key)
    await resolved(reports_doors, key)
    assert (await appraise(reports_doors, key)).status_code == 200
    held = reports_doors.running.service.personal
    assert held is not None
    told = await reports_doors.running.database.do(lambda work: held.export(work, SECOND_RESIDENT.id))
    assert [one["satisfaction"] for one in told["appraisals"]] == [4]
    await reports_doors.running.database.do(lambda work: privacy.erase(work, held, SECOND_RESIDENT.id))
    asked = "select 1 from appraisals where person_id = :person"
    assert await reports_doors.rows(asked, person=SECOND_RESIDENT.id) == []  # the stars stay counted, and are nobody's
