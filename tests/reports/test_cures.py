"""主动治理: what comes again where it was mended is noticed once, and an officer makes somebody own it until it ends."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.life import brought_to, named
from builders.world import FAR_GRID, FAR_OFFICER, GRID, GUARD, OFFICER, OTHER_GRID, RESIDENT, UNIT, YARD, Person
from sqlalchemy import text

from chassis import bus
from chassis.testing import arrived
from contracts.calendar import CHENGDU
from contracts.reports import ReportSubmitted
from services.reports import consumers
from services.reports.actions import cures

SOON = f"{datetime.now(UTC) + timedelta(days=20):%Y-%m-%d}"


async def again(doors: Doors, category: str = "lighting", area: str = UNIT) -> dict[str, Any]:
    """Somebody files it once more, and the worker hears of it, twice."""
    body = {"text": "又坏了", "category": category, "place": {"area": area}, "client_token": str(uuid4())}
    async with doors.client(RESIDENT) as client:
        said = dict((await client.post("/api/v1/reports", json=body, headers=keyed())).json())
    event = ReportSubmitted(
        area=said["area"], report_id=said["id"], number=said["number"], category=category, reporter_id=said["reporter_id"]
    )
    for _ in range(2):
        await bus.handle(doors.running.database, consumers.doubles, arrived(event, doors.running.settings.clock.now()))
    return said


async def listed(doors: Doors, person: Person = GRID, what: str = "repeats") -> list[Any]:
    async with doors.client(person) as client:
        return list((await client.get(f"/api/v1/{what}")).json()["items"])


async def begin(doors: Doors, repeat: str, person: Person = OFFICER, **other: object) -> httpx.Response:
    body = {"repeat_id": repeat, "owner_id": str(GRID.id), "review_on": SOON, **other}
    async with doors.client(person) as client:
        return await client.post("/api/v1/cures", json=body, headers=keyed())


async def end(doors: Doors, key: str, person: Person = GRID, outcome: str = "cured") -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/cures/{key}/conclusion", json={"outcome": outcome})


async def came_again(doors: Doors) -> str:
    await brought_to(doors, "resolved")
    await again(doors)
    [repeat] = await listed(doors)
    return str(repeat["id"])


async def test_what_comes_again_where_it_was_mended_is_noticed_once(reports_doors: Doors) -> None:
    former = await brought_to(reports_doors, "resolved")
    said = await again(reports_doors)
    [repeat] = await listed(reports_doors)
    assert (repeat["report_id"], repeat["former_id"], repeat["cure_id"]) == (said["id"], former, None)
    for person in (OTHER_GRID, FAR_GRID, RESIDENT):
        assert await listed(reports_doors, person) == []


async def test_another_category_another_place_what_is_open_and_what_is_long_ago_are_no_repeats(reports_doors: Doors) -> None:
    former = await brought_to(reports_doors, "resolved")
    await again(reports_doors, category="water")
    await again(reports_doors, area=YARD)
    await brought_to(reports_doors, "processing")
    await again(reports_doors, category="water")
    async with reports_doors.whole.begin() as connection:
        aged = text("update reports set resolved_at = resolved_at - interval '31 days' where id = cast(:key as uuid)")
        await connection.execute(aged, {"key": former})
    await again(reports_doors)
    assert await listed(reports_doors) == []


async def test_an_officer_makes_somebody_own_it_and_it_ends_once(reports_doors: Doors) -> None:
    repeat = await came_again(reports_doors)
    cure = (await begin(reports_doors, repeat)).json()
    assert (cure["owner_id"], cure["review_on"], cure["outcome"]) == (str(GRID.id), SOON, None)
    assert (await listed(reports_doors))[0]["cure_id"] == cure["id"]
    assert [one["id"] for one in await listed(reports_doors, what="cures?under_way=true")] == [cure["id"]]
    for person, refused in ((FAR_OFFICER, 404), (OTHER_GRID, 404), (RESIDENT, 404), (GUARD, 403)):
        assert (await end(reports_doors, cure["id"], person)).status_code == refused
    answers = await asyncio.gather(*(end(reports_doors, cure["id"], outcome="eased") for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [200, *[409] * 11]
    assert {named(one) for one in answers if one.status_code == 409} == {"cure-ended"}
    assert await listed(reports_doors, what="cures?under_way=true") == []
    assert (await begin(reports_doors, repeat)).status_code == 201  # it came again: another


async def test_of_twelve_who_begin_at_once_one_does(reports_doors: Doors) -> None:
    repeat = await came_again(reports_doors)
    answers = await asyncio.gather(*(begin(reports_doors, repeat) for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [201, *[409] * 11]
    assert {named(one) for one in answers if one.status_code == 409} == {"cure-there"}
    assert len(await reports_doors.rows("select 1 from cures")) == 1
    assert (await reports_doors.said()).count("reports.cure_begun.v1") == 1


@pytest.mark.parametrize(("other", "why"), [
    ({"review_on": "2020-01-01"}, "cure-date-unfit"), ({"review_on": "2099-01-01"}, "cure-date-unfit"),
    ({"owner_id": str(FAR_GRID.id)}, "owner-not-serving"), ({"owner_id": str(RESIDENT.id)}, "owner-not-serving"),
])
async def test_a_cure_has_a_day_to_come_and_an_owner_who_serves_there(
    reports_doors: Doors, other: dict[str, str], why: str
) -> None:
    answer = await begin(reports_doors, await came_again(reports_doors), **other)
    assert (answer.status_code, named(answer)) == (422, why)
    assert await reports_doors.rows("select 1 from cures") == []


async def test_the_grid_reads_repeats_and_an_officer_of_the_place_alone_begins(reports_doors: Doors) -> None:
    repeat = await came_again(reports_doors)
    answers = [await begin(reports_doors, repeat, person) for person in (GRID, FAR_OFFICER, RESIDENT)]
    assert [one.status_code for one in answers] == [403, 404, 404]


async def test_an_owner_who_serves_there_no_more_ends_nothing(reports_doors: Doors) -> None:
    cure = (await begin(reports_doors, await came_again(reports_doors))).json()
    async with reports_doors.whole.begin() as connection:
        left = text("update directory_assignments set ends_at = now() - interval '1 hour' where person_id = :person")
        assert (await connection.execute(left, {"person": GRID.id})).rowcount == 1
    answer = await end(reports_doors, cure["id"])
    assert (answer.status_code, named(answer)) == (403, "owner-left")
    assert (await end(reports_doors, cure["id"], OFFICER)).status_code == 200


async def hand_on(doors: Doors, key: str, owner: Person = OFFICER, person: Person = OFFICER) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/cures/{key}/owner", json={"owner_id": str(owner.id)})


async def under_way(doors: Doors) -> str:
    return str((await begin(doors, await came_again(doors))).json()["id"])


async def swept(doors: Doors, day: str) -> int:
    """How many are told by six workers at noon of a local day."""
    noon = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=CHENGDU)

    async def worker() -> int:
        told = 0
        while told < 9 and await doors.running.database.do(cures.remind_one, now=noon):
            told += 1
        return told

    return sum(await asyncio.gather(*(worker() for _ in range(6))))


async def test_its_owner_is_reminded_on_the_day_once_and_the_officers_when_it_is_a_week_over(reports_doors: Doors) -> None:
    key = await under_way(reports_doors)
    day = datetime.fromisoformat(SOON)
    before, week = (f"{day + timedelta(days=ahead):%Y-%m-%d}" for ahead in (-1, 6))
    assert await swept(reports_doors, before) == 0
    assert [await swept(reports_doors, SOON) for _ in range(2)] == [1, 0]
    assert (await reports_doors.said())[-1] == "reports.cure_due.v1"
    assert await swept(reports_doors, week) == 0
    assert [await swept(reports_doors, f"{day + timedelta(days=7):%Y-%m-%d}") for _ in range(2)] == [1, 0]
    said = await reports_doors.said()
    assert (said.count("reports.cure_due.v1"), said.count("reports.cure_overdue.v1")) == (1, 1)
    [row] = await reports_doors.rows("select headers::text as said from outbox where topic = 'reports.cure_due.v1'")
    assert str(GRID.id) in row.said
    assert (await end(reports_doors, key)).status_code == 200


async def test_of_what_has_ended_nobody_is_reminded(reports_doors: Doors) -> None:
    assert (await end(reports_doors, await under_way(reports_doors))).status_code == 200
    assert await swept(reports_doors, SOON) == 0


async def test_a_sweeper_that_died_before_it_was_done_has_said_nothing_and_the_next_one_says_it(reports_doors: Doors) -> None:
    await under_way(reports_doors)
    noon = datetime.fromisoformat(f"{SOON}T12:00:00").replace(tzinfo=CHENGDU)

    async def dies(work: Any) -> bool:
        await cures.remind_one(work)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await reports_doors.running.database.do(dies, now=noon)
    assert "reports.cure_due.v1" not in await reports_doors.said()
    assert await swept(reports_doors, SOON) == 1


async def test_an_officer_makes_somebody_else_own_it_and_both_hear(reports_doors: Doors) -> None:
    key = await under_way(reports_doors)
    for person, refused in ((FAR_OFFICER, 404), (OTHER_GRID, 404), (RESIDENT, 404), (GRID, 403)):
        assert (await hand_on(reports_doors, key, person=person)).status_code == refused
    for other in (FAR_GRID, RESIDENT, OTHER_GRID):
        answer = await hand_on(reports_doors, key, other)
        assert (answer.status_code, named(answer)) == (422, "owner-not-serving")
    answers = await asyncio.gather(*(hand_on(reports_doors, key) for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [200, *[409] * 11]
    assert {named(one) for one in answers if one.status_code == 409} == {"cure-owned"}
    [row] = await reports_doors.rows("select headers::text as said from outbox where topic = 'reports.cure_handed_on.v1'")
    assert all(str(one.id) in row.said for one in (GRID, OFFICER))
    audited = await reports_doors.rows("select reason from audit where action = 'cures.write' order by pos")
    assert [one.reason for one in audited] == ["begun", "handed on"]
    assert (await end(reports_doors, key, GRID)).status_code in {403, 404}
    assert (await end(reports_doors, key, OFFICER)).status_code == 200
    answer = await hand_on(reports_doors, key, GRID)
    assert (answer.status_code, named(answer)) == (409, "cure-ended")


async def test_staff_write_notes_of_it_for_each_other_and_the_database_holds_none_of_their_words(reports_doors: Doors) -> None:
    key = await under_way(reports_doors)
    words = "三单元李翠花说物业每月都来换一次"
    async with reports_doors.client(GRID) as client:
        answer = await client.post(f"/api/v1/cures/{key}/notes", json={"text": words}, headers=keyed())
    assert (answer.status_code, answer.json()["text"]) == (201, words)
    async with reports_doors.client(OFFICER) as client:
        assert [one["text"] for one in (await client.get(f"/api/v1/cures/{key}/notes")).json()] == [words]
    for person in (FAR_OFFICER, OTHER_GRID, RESIDENT):
        async with reports_doors.client(person) as client:
            assert (await client.get(f"/api/v1/cures/{key}/notes")).status_code == 404
            assert (await client.post(f"/api/v1/cures/{key}/notes", json={"text": "x"}, headers=keyed())).status_code == 404
    [row] = await reports_doors.rows("select * from cure_notes")
    assert "李翠花".encode() not in bytes(row.sealed_text)
    async with reports_doors.client(GRID) as client:
        for wrong in ({"text": ""}, {"text": "x", "more": 1}, {}):
            assert (await client.post(f"/api/v1/cures/{key}/notes", json=wrong, headers=keyed())).status_code == 422
    assert len(await reports_doors.rows("select 1 from cure_notes")) == 1


async def repeating(doors: Doors, person: Person = OFFICER, **asked: str) -> Any:
    month = f"{datetime.now(CHENGDU):%Y-%m}"
    async with doors.client(person) as client:
        answer = await client.get("/api/v1/figures/repeats", params={"from": month, "to": month, **asked})
    return answer.json() if answer.status_code == 200 else answer.status_code


async def test_of_all_that_is_filed_it_is_told_how_much_comes_again(reports_doors: Doors) -> None:
    await came_again(reports_doors)
    told = await repeating(reports_doors, group_by="category")
    assert [(one["group"], one["repeated"]["numerator"], one["repeated"]["denominator"]) for one in told["groups"]] == [
        ("lighting", 1, 2),
    ]
    then = told["at"]
    await again(reports_doors)
    await again(reports_doors, category="water")
    assert (await repeating(reports_doors, group_by="category", at=then)) == told
    now = await repeating(reports_doors)
    assert [(one["repeated"]["numerator"], one["repeated"]["denominator"]) for one in now["groups"]] == [(2, 4)]
    assert (await repeating(reports_doors, group_by="anchor"))["groups"] == []
    assert (await repeating(reports_doors, FAR_OFFICER))["groups"] == []
    assert await repeating(reports_doors, FAR_OFFICER, area=UNIT) == 404


async def test_what_was_found_later_is_not_known_before(reports_doors: Doors) -> None:
    await came_again(reports_doors)
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text("update repeats set found_at = found_at + interval '1 day'"))
    [told] = (await repeating(reports_doors))["groups"]
    assert (told["repeated"]["numerator"], told["repeated"]["denominator"]) == (0, 2)
