"""疑似重复: whoever is about to report is asked about what is open there, and staff about what was filed twice; of no person."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.life import brought_to, file, mark, named, step
from builders.world import (
    FAR_GRID,
    FAR_RESIDENT,
    FAR_ROOM,
    GRID,
    HERE,
    OFFICER,
    OTHER_GRID,
    RESIDENT,
    ROOM,
    SECOND_RESIDENT,
    STRANGER,
    UNIT,
    YARD,
    Person,
)
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import text

from chassis import bus, privacy
from chassis.testing import arrived
from contracts.reports import ReportSubmitted
from services.reports import consumers
from services.reports.domain.coordinates import Point
from services.reports.domain.double import alike
from services.reports.store import doubles

SPOT = {"lat": 30.62, "lng": 104.12, "crs": "wgs84"}
AWAY = SPOT | {"lat": 30.62 + 35 / 111_195}  # 35 metres north
DARK = "楼道灯坏了，晚上看不见路"


async def filed(doors: Doors, person: Person = RESIDENT, **said: object) -> dict[str, Any]:
    body = {"text": DARK, "category": "lighting", "client_token": str(uuid4()), **said}
    if "anchor" not in body:
        body.setdefault("place", {"area": UNIT})
    async with doors.client(person) as client:
        answer = await client.post("/api/v1/reports", json=body, headers=keyed())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def ask(doors: Doors, person: Person = SECOND_RESIDENT, **said: object) -> httpx.Response:
    body = {"category": "lighting", **said}
    async with doors.client(person) as client:
        return await client.post("/api/v1/doubles", json=body)


async def numbers(doors: Doors, person: Person = SECOND_RESIDENT, **said: object) -> list[str]:
    return [one["number"] for one in (await ask(doors, person, **said)).json()]


async def hung(doors: Doors) -> dict[str, Any]:
    await mark(doors)
    spot = {"place": {"area": UNIT}, "asset": "楼道照明", "category": "lighting"}
    async with doors.client(OFFICER) as client:
        return dict((await client.post("/api/v1/anchors", json=spot, headers=keyed())).json())


async def heard(doors: Doors, report: dict[str, Any]) -> None:
    """The worker handles the event of a filing."""
    event = ReportSubmitted(
        area=report["area"], report_id=report["id"], number=report["number"], category=report["category"],
        reporter_id=report["reporter_id"],
    )
    await bus.handle(doors.running.database, consumers.doubles, arrived(event, doors.running.settings.clock.now()))


async def waiting(doors: Doors, person: Person = GRID) -> list[Any]:
    async with doors.client(person) as client:
        return list((await client.get("/api/v1/doubles")).json()["items"])


async def dismiss(doors: Doors, key: str, person: Person = GRID) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/doubles/{key}/dismissal")


async def test_what_is_open_there_is_told_with_the_reason_and_of_no_person(reports_doors: Doors) -> None:
    code = (await hung(reports_doors))["code"]
    by_code = await filed(reports_doors, anchor=code, text="灯坏了，电话 13912345678")
    async with reports_doors.client(SECOND_RESIDENT) as client:
        assert (await client.post(f"/api/v1/reports/{by_code['id']}/support")).status_code == 200
    answer = await ask(reports_doors, anchor=code, category=None)
    assert answer.json() == [{
        "id": by_code["id"], "number": by_code["number"], "category": "lighting", "status": "submitted",
        "since": by_code["submitted_at"], "supporters": 1, "why": ["同一点位", "同类问题"],
    }]
    for private in ("13912345678", "灯坏了", str(RESIDENT.id), str(SECOND_RESIDENT.id), UNIT):
        assert private not in answer.text
    assert (await ask(reports_doors, place={"area": UNIT})).json()[0]["why"] == ["同一单元", "同类问题"]


async def test_by_a_point_alone_what_is_near_is_told_and_how_near(reports_doors: Doors) -> None:
    near = await filed(reports_doors, place={"area": UNIT, **SPOT})
    await filed(reports_doors, place={"area": UNIT, **SPOT, "lat": 30.6230})  # 330 metres
    [told] = (await ask(reports_doors, point=AWAY)).json()
    assert (told["number"], told["why"]) == (near["number"], ["40 米内", "同类问题"])
    shifted = Point(30.62, 104.12).gcj02()
    [same] = (await ask(reports_doors, point={"lat": shifted.lat, "lng": shifted.lng})).json()  # as a Chinese map says it
    assert same["why"] == ["10 米内", "同类问题"]


async def test_what_is_elsewhere_over_at_home_or_of_another_kind_is_not_told(reports_doors: Doors) -> None:
    for place in ({"area": ROOM}, {"area": HERE}, {"area": ROOM, **SPOT}):
        await filed(reports_doors, place=place)
    await filed(reports_doors, category="noise", text=DARK)
    for ended, (person, what) in {"withdrawal": (RESIDENT, "withdrawal"), "refusal": (OFFICER, "refusal")}.items():
        assert (await step(reports_doors, person, await file(reports_doors), what)).status_code == 200, ended
    await brought_to(reports_doors, "resolved")
    assert await numbers(reports_doors, place={"area": UNIT, **SPOT}) == []
    assert await numbers(reports_doors, point=SPOT) == []


async def test_a_master_is_told_and_its_members_are_not(reports_doors: Doors) -> None:
    master, member = await filed(reports_doors), await filed(reports_doors)
    assert (await step(reports_doors, GRID, member["id"], "merge", {"master_id": master["id"]})).status_code == 200
    assert await numbers(reports_doors, place={"area": UNIT}) == [master["number"]]


async def test_nobody_reads_a_neighbours_words_from_the_order_of_what_is_told(reports_doors: Doors) -> None:
    """It was tried: one's own report beside theirs, pairs of letters as the text, who stands first; 127 questions read it."""
    other = await filed(reports_doors, text="门口的路灯杆歪了")
    same = await filed(reports_doors, text=DARK)
    assert (await ask(reports_doors, place={"area": UNIT}, text="灯杆歪了")).status_code == 422
    await reports_doors.rows("update reports set sealed_text = 'none can open it' returning id")
    assert await numbers(reports_doors, place={"area": UNIT}) == [same["number"], other["number"]]


async def test_of_another_community_nothing_is_told(reports_doors: Doors) -> None:
    code = (await hung(reports_doors))["code"]
    await filed(reports_doors, place={"area": UNIT, **SPOT})
    for person in (FAR_RESIDENT, FAR_GRID, STRANGER):
        for where in ({"place": {"area": UNIT}}, {"point": SPOT}, {"anchor": code}):
            assert (await ask(reports_doors, person, **where)).json() == []
    far = {"area": FAR_ROOM.rpartition(".")[0], **SPOT}
    theirs = await filed(reports_doors, FAR_RESIDENT, place=far)
    assert theirs["id"] not in (await ask(reports_doors, point=SPOT)).text
    assert [one["id"] for one in (await ask(reports_doors, FAR_GRID, point=SPOT)).json()] == [theirs["id"]]


@pytest.mark.parametrize("where", [
    {}, {"place": {"area": UNIT}, "point": SPOT}, {"place": {"area": UNIT}, "category": None}, {"point": SPOT, "anchor": True},
])
async def test_a_question_says_where_and_once(reports_doors: Doors, where: dict[str, Any]) -> None:
    code = (await hung(reports_doors))["code"]
    answer = await ask(reports_doors, **(where | ({"anchor": code} if "anchor" in where else {})))
    assert (answer.status_code, named(answer)) == (422, "place-or-anchor")


async def test_an_old_poster_asks_nothing(reports_doors: Doors) -> None:
    anchor = await hung(reports_doors)
    async with reports_doors.client(OFFICER) as client:
        assert (await client.post(f"/api/v1/anchors/{anchor['id']}/revocation")).status_code == 200
    answer = await ask(reports_doors, anchor=anchor["code"])
    assert (answer.status_code, named(answer)) == (404, "anchor-unknown")


async def test_a_question_is_kept_nowhere(reports_doors: Doors) -> None:
    await filed(reports_doors)
    before = await reports_doors.rows("select count(*) from transitions")
    assert (await ask(reports_doors, place={"area": UNIT})).status_code == 200
    assert await reports_doors.rows("select count(*) from transitions") == before
    assert await reports_doors.said() == ["reports.report_submitted.v1"]
    assert await reports_doors.rows("select 1 from doubles") == []


async def test_a_forgotten_reporters_words_count_no_longer(reports_doors: Doors) -> None:
    await filed(reports_doors)
    held = reports_doors.running.service.personal
    assert held is not None
    await reports_doors.running.database.do(lambda work: privacy.erase(work, held, RESIDENT.id))
    assert len(await numbers(reports_doors, place={"area": UNIT})) == 1  # the problem is still there


async def test_after_filing_staff_are_shown_the_likeliest_of_those_before(reports_doors: Doors) -> None:
    first = await filed(reports_doors, place={"area": UNIT, **SPOT})
    await filed(reports_doors, category="noise", text="半夜装修")
    later = await filed(reports_doors, SECOND_RESIDENT, place={"area": UNIT, **AWAY}, text="楼道的灯坏了，晚上看不见路")
    for report in (first, later, later):  # delivered twice, and in any order
        await heard(reports_doors, report)
    [pair] = await waiting(reports_doors)
    assert (pair["report_id"], pair["other_id"]) == (later["id"], first["id"])
    assert pair["why"] == ["同一单元", "同类问题", "描述相近"]
    assert 45 <= pair["score"] <= 100
    assert not {"text", "reporter_id"} & set(pair)
    for person in (OTHER_GRID, FAR_GRID, RESIDENT, STRANGER):
        assert await waiting(reports_doors, person) == []


async def test_what_is_near_but_says_something_else_is_not_suggested(reports_doors: Doors) -> None:
    await filed(reports_doors, text="门口的路灯杆歪了")
    await heard(reports_doors, await filed(reports_doors, text="五楼感应开关失灵"))
    assert await waiting(reports_doors) == []


async def test_what_was_merged_need_not_be_looked_at(reports_doors: Doors) -> None:
    first, later = await filed(reports_doors), await filed(reports_doors)
    await heard(reports_doors, later)
    [pair] = await waiting(reports_doors)
    assert (await step(reports_doors, GRID, later["id"], "merge", {"master_id": first["id"]})).status_code == 200
    assert await waiting(reports_doors) == []
    assert (await step(reports_doors, GRID, later["id"], "unmerge", {})).status_code == 200
    assert await waiting(reports_doors) == []  # somebody looked, and thought otherwise afterwards
    assert named(await dismiss(reports_doors, pair["id"])) == "double-settled"


async def test_of_twelve_who_dismiss_it_at_once_one_does(reports_doors: Doors) -> None:
    await filed(reports_doors)
    await heard(reports_doors, await filed(reports_doors))
    [pair] = await waiting(reports_doors)
    for person, status in ((RESIDENT, 404), (OTHER_GRID, 404), (FAR_GRID, 404)):
        assert (await dismiss(reports_doors, pair["id"], person)).status_code == status
    answers = await asyncio.gather(*(dismiss(reports_doors, pair["id"], person) for person in (GRID, OFFICER) * 6))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    assert await waiting(reports_doors) == []


@given(some.text(), some.text())
def test_likeness_of_words_is_between_nothing_and_all_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= alike(one, other) == alike(other, one) <= 1
    assert alike(one, one) in {0.0, 1.0}


def test_marks_spaces_width_and_case_count_for_nothing() -> None:
    assert alike("楼道灯，坏了！ ABC", "楼道灯坏了ａｂｃ") == 1.0


_MANY = """
insert into reports (id, number, client_token, reporter_id, area, category, status, sealed_text, lat, lng, anchor_id,
                     reopen_count, submitted_at, updated_at, last_seq, last_hash)
select gen_random_uuid(), 'GH-' || n, gen_random_uuid(), gen_random_uuid(), text2ltree(:area), 'lighting', 'accepted', '\\x01',
       30.62 + (n % 317) * 0.000004, 104.12 + (n % 311) * 0.000004, case when n % 3 = 0 then cast(:anchor as uuid) end, 0,
       now(), now(), 1, '\\x01'
from generate_series(1, 100000) n
"""


async def test_however_much_is_open_there_no_more_than_a_handful_is_looked_at(reports_doors: Doors) -> None:
    """100,000 open reports at one place, the worst that can be: each way to look is a short walk along an index."""
    anchor = await hung(reports_doors)
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text(_MANY), {"area": UNIT, "anchor": anchor["id"]})
    async with reports_doors.whole.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("analyze reports"))
    here: dict[str, Any] = {"communities": [HERE]}
    ways = (
        (doubles.BY_ANCHOR, here | {"anchor": UUID(anchor["id"])}, 20), (doubles.BY_AREA, here | {"around": [YARD, UNIT]}, 20),
        (doubles.BY_POINT, here | doubles.box(Point(30.6203, 104.1203)), 30),
    )
    async with reports_doors.running.database.work() as work:
        driver = await work._line.driver()
        for asked, values, most in ways:
            said = await driver.fetchval("explain (analyze, format json) " + asked.text, *asked.arguments(values))
            looked = [node for node in nodes(said[0]["Plan"]) if node.get("Relation Name") == "reports"]
            assert looked
            assert {node["Node Type"] for node in looked} == {"Index Scan"}
            assert sum(node["Actual Rows"] * node["Actual Loops"] for node in looked) <= most
            assert sum(node.get("Rows Removed by Filter", 0) for node in looked) == 0
    assert len((await ask(reports_doors, anchor=anchor["code"])).json()) == 5


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan and all that is below it."""
    return [plan, *(below for one in plan.get("Plans", []) for below in nodes(one))]


async def test_what_is_old_is_told_later_and_at_last_no_more(reports_doors: Doors) -> None:
    old, new = await filed(reports_doors), await filed(reports_doors)
    for days, told in ((20, [new["number"], old["number"]]), (100, [new["number"]])):
        async with reports_doors.whole.begin() as connection:
            aged = text("update reports set submitted_at = now() - cast(:age as interval) where number = :number")
            await connection.execute(aged, {"age": timedelta(days=days), "number": old["number"]})
        assert await numbers(reports_doors, place={"area": UNIT}) == told
