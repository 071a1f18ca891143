"""工作清单: what staff have before them, by due time and by distance, inside their area, with counts that agree."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from builders.day import PHONE, ask, filed, ids, moved, told
from builders.doors import Doors
from builders.life import PLUMBERS, brought_to, file, mark, named, step, unit
from builders.world import FAR_GRID, FAR_OFFICER, GRID, HERE, OFFICER, OTHER_GRID, RESIDENT, UNIT, YARD
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import text

from chassis.pages import CursorRefused
from services.reports.domain import labels
from services.reports.domain.coordinates import Point
from services.reports.domain.worklist import Cursor, Filters, List, Order, Question


async def test_the_soonest_due_comes_first_with_what_it_is_called_and_what_can_be_done(reports_doors: Doors) -> None:
    late, soon, later = [await filed(reports_doors) for _ in range(3)]
    now = reports_doors.running.settings.clock.now()
    for key, hours in ((late, -1), (soon, 2), (later, 50)):
        await moved(reports_doors, key, now + timedelta(hours=hours))
    assert await ids(reports_doors) == [late, soon, later]
    [first, *_] = (await ask(reports_doors)).json()["items"]
    assert (first["category_label"], first["status_label"], first["level_label"]) == ("楼道照明", "已提交", "网格员")
    assert (first["due"]["overdue"], first["due"]["label"], first["place"]) == (True, "办结", "g03 dgy1 b03 u2")
    acts = {one["name"]: one for one in first["actions"]}
    assert (acts["accept"]["label"], acts["accept"]["href"]) == ("受理报事", f"/api/v1/reports/{late}/acceptance")
    assert not {"process", "rate", "withdraw"} & acts.keys()
    assert (await ids(reports_doors, "overdue"), await ids(reports_doors, "soon")) == ([late], [soon])
    assert await ids(reports_doors, overdue=True) == [late]


async def test_of_places_where_one_does_not_serve_nothing_is_seen_whatever_is_asked(reports_doors: Doors) -> None:
    await filed(reports_doors)
    for person in (OTHER_GRID, FAR_GRID, FAR_OFFICER, RESIDENT):
        for asked in ({}, {"area": UNIT}, {"q": "灯"}, {"category": "lighting"}, {"mine": True}):
            assert await ids(reports_doors, "every", person, **asked) == []
        async with reports_doors.client(person) as client:
            assert {one["total"] for one in (await client.get("/api/v1/worklists")).json()} == {0}
    assert len(await ids(reports_doors, "every", OFFICER)) == 1


async def test_counts_agree_with_lists(reports_doors: Doors) -> None:
    await unit(reports_doors, PLUMBERS, HERE)
    for state in ("submitted", "accepted", "assigned", "processing", "resolved"):
        await brought_to(reports_doors, state)
    asking = await brought_to(reports_doors, "processing")
    assert (await step(reports_doors, GRID, asking, "question")).status_code == 200
    whistled = await brought_to(reports_doors, "processing")
    assert (await step(reports_doors, GRID, whistled, "whistle")).status_code == 200
    for asked in ({}, {"mine": True}, {"category": "lighting", "level": 1}, {"status": ["assigned", "processing"]}):
        async with reports_doors.client(GRID) as client:
            told = {one["name"]: one["total"] for one in (await client.get("/api/v1/worklists", params=asked)).json()}
        assert told == {one.value: len(await ids(reports_doors, one.value, limit=100, **asked)) for one in List}
    assert (await ids(reports_doors, "waiting"), await ids(reports_doors, unit_id=str(PLUMBERS))) == ([asking], [whistled])
    assert told["open"] == 2
    assert {one["due"] for one in (await ask(reports_doors, "waiting")).json()["items"]} == {None}


async def test_each_filter_lets_through_what_it_says(reports_doors: Doors) -> None:
    plain = await filed(reports_doors)
    water = await filed(reports_doors, "漏水", "water", area=YARD)
    reopened = await brought_to(reports_doors, "resolved")
    await step(reports_doors, RESIDENT, reopened, "reopening")
    mine = await brought_to(reports_doors, "assigned")
    every = {plain, water, reopened, mine}
    asked: list[tuple[dict[str, Any], set[str]]] = [
        ({}, every), ({"category": "water"}, {water}), ({"category": ["water", "lighting"]}, every),
        ({"reopened": True}, {reopened}),
        ({"mine": True}, {mine}), ({"area": UNIT}, every - {water}), ({"area": YARD}, every), ({"status": "assigned"}, {mine}),
        ({"level": 2}, set()), ({"has_photo": True}, set()), ({"unit_id": str(uuid4())}, set()),
        ({"category": "water", "mine": True}, set()),
    ]
    for filters, found in asked:
        assert set(await ids(reports_doors, "open", **filters)) == found, filters


@pytest.mark.parametrize(("asked", "why"), [
    ({"category": "x"}, "invalid-request"), ({"status": "x"}, "invalid-request"), ({"level": 5}, "invalid-request"),
    ({"area": "x y"}, "invalid-request"), ({"other": 1}, "invalid-request"), ({"limit": 101}, "invalid-request"),
    ({"order": "near"}, "origin-unfit"), ({"lat": 30.6, "lng": 104.1}, "origin-unfit"),
    ({"order": "near", "lat": 30.6, "crs": "wgs84"}, "origin-unfit"),
    ({"order": "near", "lat": 30.6, "lng": 104.1}, "origin-unfit"),
    ({"order": "due", "lat": 30.6, "lng": 104.1, "crs": "wgs84"}, "origin-unfit"), ({"q": "  "}, "sought-unfit"),
    ({"q": "a b c d e"}, "sought-unfit"), ({"q": "a\x00b"}, "sought-unfit"),
    ({"order": "x"}, "invalid-request"), ({"cursor": "AAAA"}, "cursor-refused"),
    ({"cursor": "A" * 50}, "cursor-refused"), ({"order": "near", "lat": "nan", "lng": 1, "crs": "wgs84"}, "invalid-request"),
])
async def test_what_cannot_be_asked_is_refused(reports_doors: Doors, asked: dict[str, Any], why: str) -> None:
    answer = await ask(reports_doors, **asked)
    assert (answer.status_code, named(answer)) == (422, why)


async def walked(doors: Doors, between: Any = None, **asked: Any) -> list[str]:
    """Every page, two a page; something happens after the first."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await ask(doors, limit=2, **asked, **cursor)).json()
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            return found
        if between is not None and not cursor:
            await between()
        cursor = {"cursor": page["next"]}


async def test_a_walk_misses_none_while_clocks_move(reports_doors: Doors) -> None:
    keys = [await filed(reports_doors) for _ in range(8)]
    now = reports_doors.running.settings.clock.now()
    for hour, key in enumerate(keys, 1):
        await moved(reports_doors, key, now + timedelta(hours=hour))

    async def between() -> None:
        await moved(reports_doors, keys[7], now + timedelta(minutes=1))  # before what was shown: a plain walk would miss it
        await moved(reports_doors, keys[0], now + timedelta(hours=99))  # shown, and shown again with its new time
        await moved(reports_doors, keys[5], now + timedelta(minutes=2))

    found = await walked(reports_doors, between)
    assert set(found) == set(keys)
    assert found == [*keys[:5], keys[6], keys[7], keys[0], keys[5]]
    assert await walked(reports_doors) == [keys[7], keys[5], *keys[1:5], keys[6], keys[0]]


async def test_a_walk_through_equal_times_shows_each_once(reports_doors: Doors) -> None:
    keys = [await filed(reports_doors) for _ in range(7)]
    for key in keys:
        await moved(reports_doors, key, datetime(2030, 1, 1, tzinfo=UTC))
    assert await walked(reports_doors) == sorted(keys)
    assert await walked(reports_doors, order="new") == sorted(keys, reverse=True)


async def test_the_nearest_comes_first_from_a_point_in_either_datum(reports_doors: Doors) -> None:
    east = [0.0001, 0.001, 0.0102, 0.02, 0.5]
    keys = [await filed(reports_doors, area=UNIT, lat=30.62, lng=104.12 + away, crs="wgs84") for away in east]
    await filed(reports_doors)  # without a point it lies nowhere
    here = {"order": "near", "lat": 30.62, "lng": 104.12, "crs": "wgs84", "within": 2000}
    assert await ids(reports_doors, **here) == keys[:4]
    assert await ids(reports_doors, **{**here, "within": 1000}) == keys[:3]
    assert await walked(reports_doors, **here) == keys[:4]
    items = (await ask(reports_doors, **here)).json()["items"]
    assert [one["metres"] for one in items] == [pytest.approx(away * 95_680, abs=1) for away in east[:4]]
    shifted = Point(30.62, 104.12).gcj02()
    drawn = {**here, "lat": shifted.lat, "lng": shifted.lng, "crs": "gcj02"}
    turned = (await ask(reports_doors, **drawn)).json()["items"]
    assert [one["id"] for one in turned] == keys[:4]
    assert (turned[0]["metres"], turned[0]["lng"]) == (items[0]["metres"], pytest.approx(Point(30.62, 104.1201).gcj02().lng))
    north = await filed(reports_doors, lat=30.6209, lng=104.12, crs="wgs84")  # in degrees nearer than what lies 96 m east
    assert (await ids(reports_doors, **here))[1:3] == [keys[1], north]


async def test_a_cursor_goes_on_with_the_list_it_was_given_by(reports_doors: Doors) -> None:
    for _ in range(3):
        await filed(reports_doors)
    cursor = (await ask(reports_doors, limit=1)).json()["next"]
    for name, other in (("every", {}), ("open", {"mine": True}), ("open", {"order": "new"}), ("open", {"q": "灯"})):
        answer = await ask(reports_doors, name, limit=1, cursor=cursor, **other)
        assert (answer.status_code, named(answer)) == (422, "cursor-refused")


async def test_texts_of_a_list_are_masked_and_short(reports_doors: Doors) -> None:
    await filed(reports_doors, f"请联系 {PHONE} 或 510104199001011234，{'很' * 200}")
    said = (await ask(reports_doors)).text
    assert PHONE not in said
    assert "510104199001011234" not in said
    assert "139****78" in said
    assert "很" * 120 not in said


@given(some.text("0123456789 -abc电话", max_size=40))
def test_no_phone_is_left_whole(around: str) -> None:
    assert PHONE not in labels.masked(f"{around} 电话{PHONE}。{around}")


@pytest.mark.parametrize("said", [
    "１３９１２３４５６７８", "139-1234-5678", "139 1234 5678", "139.12.34.56.78", "+86 13912345678", "电话13912345678号",
    "510104 19900101 1234", "51010419900101123X", "6222021234567890123",
])
def test_a_number_is_masked_however_it_is_written(said: str) -> None:
    assert "****" in labels.masked(said)
    assert labels.is_private(said)


@pytest.mark.parametrize("said", ["2026-11-26 18:30", "95598", "028-86789012", "3栋2单元1301", "GH-20261126-0042", "12345"])
def test_what_is_nobodys_number_stays(said: str) -> None:
    assert labels.masked(said) == said


async def test_what_is_over_is_ordered_by_no_due_time(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "resolved")
    answer = await ask(reports_doors, "every", order="due")
    assert (answer.status_code, named(answer)) == (422, "order-unfit")
    assert await ids(reports_doors, "to-close") == [key]
    assert await reports_doors.rows("select 1 from dues") == []


async def test_what_becomes_due_is_known_after_every_step_and_ring(reports_doors: Doors) -> None:
    key = await file(reports_doors)

    async def due() -> Any:
        [row] = await reports_doors.rows("select kind, due_at from dues where report_id = cast(:key as uuid)", key=key)
        return row.kind

    assert await due() == "respond"
    for person, what, kind in (
        (GRID, "acceptance", "resolve"), (GRID, "assignment", "contact"), (GRID, "processing", "resolve"),
        (GRID, "question", None), (RESIDENT, "supplement", "resolve"), (GRID, "escalation", "respond"),
    ):
        assert (await step(reports_doors, person, key, what)).status_code == 200
        assert await due() == kind, what


async def test_what_lists_ask_of_what_is_in_hand_is_what_each_report_says_whoever_writes_it(reports_doors: Doors) -> None:
    said = "area, category, status, level, assignee_id, reopen_count"
    differ = f"select id from (select id, {said} from reports except select report_id, {said} from dues) as unlike"

    async def unlike() -> list[Any]:
        return list(await reports_doors.rows(differ))

    key = await file(reports_doors)
    assert await unlike() == []
    for person, what in (
        (GRID, "acceptance"), (GRID, "assignment"), (GRID, "return"), (GRID, "assignment"), (GRID, "processing"),
        (GRID, "question"), (RESIDENT, "supplement"), (GRID, "escalation"),
    ):
        assert (await step(reports_doors, person, key, what)).status_code == 200, what
        assert await unlike() == [], what
    moved = "update reports set category = 'noise', area = area || 'b99', reopen_count = 3 where id = cast(:key as uuid)"
    assert await told(reports_doors, moved, key=key) == 1
    assert await unlike() == []
    assert await ids(reports_doors, category="noise", reopened=True) == [key]


async def test_the_migration_reckons_as_the_service_does(reports_doors: Doors) -> None:
    await mark(reports_doors)
    for state in ("submitted", "assigned", "processing", "resolved"):
        await brought_to(reports_doors, state)
    before = await reports_doors.rows("select report_id, due_at, kind from dues order by 1")
    from importlib import import_module

    reckoned = import_module("services.reports.migrations.0020_what_is_due_when")._RECKONED
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text("delete from dues"))
        await connection.execute(text(reckoned))
    assert await reports_doors.rows("select report_id, due_at, kind from dues order by 1") == before


@given(some.binary(min_size=29, max_size=29))
def test_a_made_up_cursor_is_read_or_refused(said: bytes) -> None:
    import base64

    question = Question(List.OPEN, Order.DUE, Filters())
    for digest in (said[:4], question.digest()):
        try:
            made = Cursor.decode(base64.urlsafe_b64encode(digest + said[4:] + b"7:9:8").decode(), question)
        except CursorRefused:
            assert digest != question.digest() or said[4] > 1 or said[5] > 127
        else:
            assert (made.floor, made.encode(question)[:38]) == (7, base64.urlsafe_b64encode(digest + said[4:])[:38].decode())
