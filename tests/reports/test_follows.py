"""关注: who follows a place hears of what is filed there and that it is mended; of no dwelling, and nobody who is gone."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.life import mark, named
from builders.world import (
    FAR_RESIDENT,
    GRID,
    HERE,
    LONG_AGO,
    NEXT_ROOM,
    OFFICER,
    RESIDENT,
    ROOM,
    SECOND_RESIDENT,
    STRANGER,
    UNIT,
    YARD,
    Person,
)
from sqlalchemy.exc import IntegrityError

from chassis import bus, directory, privacy
from chassis.testing import arrived
from contracts.identity import BindingChanged
from contracts.reports import ReportResolved, ReportSubmitted
from services.reports import consumers
from services.reports.domain import follow as rules

HOME_PATH = "/api/v1/follows"


async def follow(doors: Doors, person: Person = SECOND_RESIDENT, **said: object) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post(HOME_PATH, json=said, headers=keyed())


async def followed(doors: Doors, person: Person = SECOND_RESIDENT) -> list[Any]:
    async with doors.client(person) as client:
        return list((await client.get(HOME_PATH)).json())


async def filed(doors: Doors, area: str = UNIT, *, category: str = "lighting", **said: object) -> dict[str, Any]:
    draft = {"text": "灯不亮", "category": category, "client_token": str(uuid4()), "place": {"area": area}} | said
    async with doors.client(RESIDENT) as client:
        answer = await client.post("/api/v1/reports", json=draft, headers=keyed())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def heard(
    doors: Doors, report: dict[str, Any], *, mended: bool = False, voices: tuple[UUID, ...] = (),
) -> list[dict[str, Any]]:
    """What is said once the worker has handled the step: to whom, and of what."""
    of = {"area": report["area"], "report_id": report["id"], "number": report["number"], "reporter_id": report["reporter_id"]}
    filing = ReportSubmitted(**of, category=report["category"])
    step = ReportResolved(**of, resolved_by=GRID.id, voices=voices) if mended else filing
    before = len(await doors.rows("select 1 from outbox"))
    await bus.handle(doors.running.database, consumers.followers, arrived(step, doors.running.settings.clock.now()))
    said = await doors.rows("select topic, convert_from(body, 'utf8')::jsonb as body from outbox order by pos")
    return [dict(row.body) for row in said[before:] if row.topic == "reports.followers_told.v1"]


async def test_who_follows_a_place_hears_of_what_is_filed_there_and_that_it_is_mended(reports_doors: Doors) -> None:
    answer = await follow(reports_doors, area=YARD)
    assert (answer.status_code, answer.json()["area"], answer.json()["category"]) == (201, YARD, None)
    report = await filed(reports_doors)
    [told] = await heard(reports_doors, report)
    assert told == {
        "report_id": report["id"], "number": report["number"], "step": "submitted", "parent_id": None,
        "followers": [str(SECOND_RESIDENT.id)],
    }
    assert [one["step"] for one in await heard(reports_doors, report, mended=True)] == ["resolved"]


async def test_nobody_is_told_what_they_know_already(reports_doors: Doors) -> None:
    for person in (RESIDENT, SECOND_RESIDENT):
        await follow(reports_doors, person, area=YARD)
    report = await filed(reports_doors)
    assert [one["followers"] for one in await heard(reports_doors, report)] == [[str(SECOND_RESIDENT.id)]]
    assert await heard(reports_doors, report, mended=True, voices=(SECOND_RESIDENT.id,)) == []


async def test_a_category_and_a_poster_narrow_what_is_heard(reports_doors: Doors) -> None:
    await mark(reports_doors)
    spot = {"place": {"area": UNIT}, "asset": "楼道照明", "category": "lighting"}
    async with reports_doors.client(OFFICER) as client:
        poster = (await client.post("/api/v1/anchors", json=spot, headers=keyed())).json()
    assert (await follow(reports_doors, area=HERE, category="noise")).status_code == 201
    assert await heard(reports_doors, await filed(reports_doors)) == []
    assert len(await heard(reports_doors, await filed(reports_doors, category="noise"))) == 1
    by_code = await follow(reports_doors, anchor=poster["code"])
    assert (by_code.status_code, by_code.json()["anchor_id"], by_code.json()["area"]) == (201, poster["id"], UNIT)
    assert await heard(reports_doors, await filed(reports_doors)) == []
    scanned = await filed(reports_doors, anchor=poster["code"], place=None)
    assert len(await heard(reports_doors, scanned)) == 1


async def test_of_a_dwelling_nothing_is_told_and_none_is_followed(reports_doors: Doors) -> None:
    await follow(reports_doors, area=YARD)
    assert await heard(reports_doors, await filed(reports_doors, ROOM)) == []
    for place in (ROOM, NEXT_ROOM, "510104.clx"):
        answer = await follow(reports_doors, area=place)
        assert (answer.status_code, named(answer)) == (422, "nothing-to-follow"), place


@pytest.mark.parametrize(("person", "said", "why"), [
    (FAR_RESIDENT, {"area": UNIT}, (404, "not-found")), (STRANGER, {"area": UNIT}, (404, "not-found")),
    (SECOND_RESIDENT, {}, (422, "nothing-to-follow")),
    (SECOND_RESIDENT, {"area": UNIT, "anchor": "x" * 40}, (422, "nothing-to-follow")),
    (SECOND_RESIDENT, {"area": f"{HERE}.nowhere"}, (422, "no-such-area")),
    (SECOND_RESIDENT, {"anchor": "x" * 40}, (404, "anchor-unknown")),
])
async def test_what_cannot_be_followed_is_refused(
    reports_doors: Doors, person: Person, said: dict[str, Any], why: tuple[int, str],
) -> None:
    answer = await follow(reports_doors, person, **said)
    assert (answer.status_code, named(answer)) == why
    assert await reports_doors.rows("select 1 from follows") == []


async def test_the_same_twice_is_one_and_of_twelve_at_once_twenty_are_kept(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch,
) -> None:
    twins = await asyncio.gather(*(follow(reports_doors, area=UNIT) for _ in range(12)))
    assert {one.status_code for one in twins} == {201}
    assert len({one.json()["id"] for one in twins}) == 1
    monkeypatch.setattr("services.reports.actions.follows.MOST", 4)
    categories = ("lighting", "water", "road", "noise", "parking", "safety")
    more = await asyncio.gather(*(follow(reports_doors, area=UNIT, category=one) for one in categories))
    assert sorted(one.status_code for one in more) == [201] * 3 + [409] * 3
    assert {named(one) for one in more if one.status_code == 409} == {"follows-enough"}
    assert len(await followed(reports_doors)) == 4
    twice = (
        "insert into follows (id, person_id, area, followed_at) "
        "select gen_random_uuid(), person_id, area, now() from follows where category is null"
    )
    with pytest.raises(IntegrityError):
        await reports_doors.rows(twice)


async def test_it_is_ended_by_whose_it_is_alone(reports_doors: Doors) -> None:
    key = (await follow(reports_doors, area=UNIT)).json()["id"]
    for person, status in ((RESIDENT, 404), (OFFICER, 404), (SECOND_RESIDENT, 204), (SECOND_RESIDENT, 404)):
        async with reports_doors.client(person) as client:
            assert (await client.delete(f"{HOME_PATH}/{key}")).status_code == status
    assert await heard(reports_doors, await filed(reports_doors)) == []


async def test_who_moved_away_hears_nothing_more(reports_doors: Doors) -> None:
    await follow(reports_doors, area=YARD)
    now = reports_doors.running.settings.clock.now()
    [home] = await reports_doors.rows("select id from directory_bindings where person_id = :who", who=SECOND_RESIDENT.id)
    left = BindingChanged(
        area=NEXT_ROOM, binding_id=home.id, person_id=SECOND_RESIDENT.id, kind="owner", starts_at=LONG_AGO, ends_at=now,
    )
    await bus.handle(reports_doors.running.database, directory.consumers("reports"), arrived(left, now, sequence=2))
    assert await heard(reports_doors, await filed(reports_doors)) == []


async def test_many_are_told_in_parts_and_each_once(reports_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.reports.actions.follows.TOLD_TOGETHER", 2)
    crowd = [Person(home=NEXT_ROOM) for _ in range(5)]
    for person in crowd:
        moved_in = BindingChanged(area=NEXT_ROOM, binding_id=uuid4(), person_id=person.id, kind="family", starts_at=LONG_AGO)
        await bus.handle(reports_doors.running.database, directory.consumers("reports"), arrived(moved_in, LONG_AGO))
        for said in ({"area": UNIT}, {"area": YARD}):
            assert (await follow(reports_doors, person, **said)).status_code == 201
    parts = [one["followers"] for one in await heard(reports_doors, await filed(reports_doors))]
    assert [len(part) for part in parts] == [2, 2, 1]
    assert {one for part in parts for one in part} == {str(person.id) for person in crowd}


async def test_what_somebody_followed_is_handed_out_and_forgotten(reports_doors: Doors) -> None:
    await follow(reports_doors, area=UNIT, category="noise")
    held = reports_doors.running.service.personal
    assert held is not None
    told = await reports_doors.running.database.do(lambda work: held.export(work, SECOND_RESIDENT.id))
    assert [(one["area"], one["category"]) for one in told["follows"]] == [(UNIT, "noise")]
    await reports_doors.running.database.do(lambda work: privacy.erase(work, held, SECOND_RESIDENT.id))
    assert await reports_doors.rows("select 1 from follows") == []


def test_twenty_are_followed_and_two_hundred_told_together() -> None:
    assert (rules.MOST, rules.TOLD_TOGETHER) == (20, 200)
