"""点位码: whoever scans one is told where it hangs and what is open there; none is made up, none opens once it was taken down."""

import asyncio
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.life import PLUMBERS, brought_to, file, mark, named, step, unit
from builders.world import (
    ADMIN,
    FAR_GRID,
    FAR_OFFICER,
    FAR_RESIDENT,
    GRID,
    GUARD,
    HERE,
    OFFICER,
    OTHER_GRID,
    RESIDENT,
    ROOM,
    SECOND_RESIDENT,
    THERE,
    UNIT,
    YARD,
    Person,
)
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy.exc import IntegrityError

from chassis import bus, directory
from chassis.crypto import Keys
from chassis.testing import arrived
from contracts.identity import AreaChanged
from services.reports.domain.anchor import AnchorUnknown, Sign, read, spelled

SPOT: dict[str, Any] = {"place": {"area": UNIT}, "asset": "楼道照明", "category": "lighting"}


def signer(key: bytes, column: str = "anchors.code") -> Sign:
    keys = Keys(kek=b"k" * 32, index=key)
    return lambda said: keys.blind(column, said)


async def enter(doors: Doors, person: Person = OFFICER, **more: object) -> httpx.Response:
    await mark(doors)
    async with doors.client(person) as client:
        return await client.post("/api/v1/anchors", json=SPOT | more, headers=keyed())


async def hung(doors: Doors, **more: object) -> dict[str, Any]:
    answer = await enter(doors, **more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def change(doors: Doors, key: str, what: str, person: Person = OFFICER, version: int = 1) -> httpx.Response:
    await mark(doors)
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/anchors/{key}/{what}", json={"version": version} if what == "reissue" else None)


async def scan(doors: Doors, code: str, person: Person | None = None) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.get(f"/api/v1/anchors/{code}")


async def filed(doors: Doors, person: Person = RESIDENT, **said: object) -> httpx.Response:
    async with doors.client(person) as client:
        body = {"text": "灯不亮，我家电话 13912345678", "client_token": str(uuid4()), **said}
        return await client.post("/api/v1/reports", json=body, headers=keyed())


async def listed(doors: Doors, path: str, person: Person = OFFICER) -> list[Any]:
    async with doors.client(person) as client:
        return list((await client.get(path)).json()["items"])


async def test_whoever_scans_it_reads_the_place_without_signing_in_and_nobody_keeps_the_answer(reports_doors: Doors) -> None:
    code = (await hung(reports_doors))["code"]
    for person in (None, RESIDENT, FAR_RESIDENT):
        answer = await scan(reports_doors, code, person)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        said = {"place": "guohuai dgy1 b03 u2", "asset": "楼道照明", "category": "lighting", "community": HERE, "open": []}
        assert answer.json() == said


@pytest.mark.parametrize(("area", "place"), [
    (HERE, "guohuai"), (f"{HERE}.g03", "guohuai g03"), (YARD, "guohuai dgy1"), (f"{YARD}.b03", "guohuai dgy1 b03"),
])
async def test_a_place_is_called_by_what_people_know_it_by(reports_doors: Doors, area: str, place: str) -> None:
    code = (await hung(reports_doors, place={"area": area}))["code"]
    assert (await scan(reports_doors, code)).json()["place"] == place


async def test_what_is_open_there_is_told_and_of_no_person(reports_doors: Doors) -> None:
    here, beside = await hung(reports_doors), await hung(reports_doors, asset="配电箱", category="electricity")
    by_code = (await filed(reports_doors, anchor=here["code"])).json()
    by_place = (await filed(reports_doors, category="water", place={"area": UNIT})).json()
    for elsewhere in (ROOM, YARD, HERE):
        assert (await filed(reports_doors, category="water", place={"area": elsewhere})).status_code == 201
    other = (await filed(reports_doors, SECOND_RESIDENT, anchor=beside["code"])).json()
    await brought_to(reports_doors, "resolved")
    withdrawn, declined = [await file(reports_doors) for _ in range(2)]
    assert (await step(reports_doors, RESIDENT, withdrawn, "withdrawal")).status_code == 200
    assert (await step(reports_doors, OFFICER, declined, "refusal")).status_code == 200
    async with reports_doors.client(SECOND_RESIDENT) as neighbour:
        assert (await neighbour.post(f"/api/v1/reports/{by_code['id']}/support", headers=keyed())).status_code == 200
    answer = await scan(reports_doors, here["code"])
    told = [
        {"number": one["number"], "category": one["category"], "status": "submitted", "since": one["submitted_at"],
         "supporters": voices, "photo_id": None}
        for one, voices in ((by_place, 0), (by_code, 1))
    ]
    assert answer.json()["open"] == told
    assert [one["number"] for one in (await scan(reports_doors, beside["code"])).json()["open"]] == [
        other["number"], by_place["number"],
    ]
    for private in ("13912345678", "灯不亮", str(RESIDENT.id), by_code["id"], here["id"], UNIT):
        assert private not in answer.text


async def test_no_more_than_twenty_are_told_and_those_are_the_newest(reports_doors: Doors) -> None:
    code = (await hung(reports_doors))["code"]
    numbers = [(await filed(reports_doors, GRID, anchor=code)).json()["number"] for _ in range(22)]
    assert [one["number"] for one in (await scan(reports_doors, code)).json()["open"]] == numbers[:1:-1]


async def test_what_is_filed_by_a_code_takes_place_and_category_from_it(reports_doors: Doors) -> None:
    spot = await hung(reports_doors, place={"area": UNIT, "lat": 30.62, "lng": 104.12, "crs": "wgs84"})
    said = (await filed(reports_doors, anchor=spot["code"])).json()
    assert {name: said[name] for name in ("area", "category", "anchor_id", "lat", "lng")} == {
        "area": UNIT, "category": "lighting", "anchor_id": spot["id"], "lat": 30.62, "lng": 104.12,
    }
    assert (await filed(reports_doors, anchor=spot["code"], category="noise")).json()["category"] == "noise"
    assert await reports_doors.said() == ["reports.report_submitted.v1"] * 2


@pytest.mark.parametrize("said", [
    {}, {"place": {"area": UNIT}}, {"category": "water"}, {"place": {"area": UNIT}, "category": "water", "anchor": True},
])
async def test_a_report_says_where_and_only_once(reports_doors: Doors, said: dict[str, Any]) -> None:
    code = (await hung(reports_doors))["code"]
    answer = await filed(reports_doors, **(said | ({"anchor": code} if "anchor" in said else {})))
    assert (answer.status_code, named(answer)) == (422, "place-or-anchor")
    assert await reports_doors.rows("select 1 from reports") == []


async def test_the_worklist_is_narrowed_to_an_anchor_within_ones_reach(reports_doors: Doors) -> None:
    spot = await hung(reports_doors)
    await filed(reports_doors, category="water", place={"area": UNIT})
    one = (await filed(reports_doors, anchor=spot["code"])).json()
    for person, seen in ((GRID, [one["id"]]), (RESIDENT, [one["id"]]), (OTHER_GRID, []), (FAR_GRID, []), (SECOND_RESIDENT, [])):
        found = await listed(reports_doors, f"/api/v1/reports?anchor_id={spot['id']}", person)
        assert [row["id"] for row in found] == seen
        assert all(row["anchor_id"] == spot["id"] for row in found)


@given(anchor=some.uuids(), version=some.integers(1, 32767), key=some.binary(min_size=32, max_size=32))
def test_a_code_is_forty_letters_for_an_address_and_reads_back(anchor: UUID, version: int, key: bytes) -> None:
    code = spelled(anchor, version, signer(key))
    assert re.fullmatch(r"[A-Za-z0-9_-]{40}", code)
    assert read(code, signer(key)) == (anchor, version)


@given(
    anchor=some.uuids(), version=some.integers(1, 32767), key=some.binary(min_size=32, max_size=32),
    bit=some.integers(0, 239),
)
def test_a_code_of_which_one_bit_is_another_is_none(anchor: UUID, version: int, key: bytes, bit: int) -> None:
    said = bytearray(urlsafe_b64decode(spelled(anchor, version, signer(key))))
    said[bit // 8] ^= 1 << bit % 8
    with pytest.raises(AnchorUnknown):
        read(urlsafe_b64encode(said).decode(), signer(key))


@given(code=some.text() | some.text(alphabet="AZaz09-_+/=", min_size=38, max_size=42) | some.binary(max_size=40).map(
    lambda said: urlsafe_b64encode(said).decode()
))
def test_no_text_that_was_not_signed_here_is_a_code(code: str) -> None:
    with pytest.raises(AnchorUnknown):
        read(code, signer(b"a" * 32))


_ELSEWHERE = signer(b"?" * 32)
FORGED: dict[str, Callable[[str, UUID], str]] = {
    "nothing of ours": lambda _, __: "x", "too short": lambda code, _: code[:-1], "too long": lambda code, _: f"{code}A",
    "padded": lambda code, _: f"{code}=", "in other letters": lambda code, _: code.swapcase(),
    "of the next version": lambda code, key: spelled(key, 2, _ELSEWHERE)[:24] + code[24:],
    "by another key": lambda _, key: spelled(key, 1, _ELSEWHERE),
    "of another anchor": lambda code, _: spelled(uuid4(), 1, _ELSEWHERE)[:24] + code[24:],
    "Chinese": lambda _, __: "点" * 40,
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_a_code_that_was_not_made_here_opens_nothing_and_says_what_to_do(
    reports_doors: Doors, forge: Callable[[str, UUID], str]
) -> None:
    spot = await hung(reports_doors)
    code = forge(spot["code"], UUID(spot["id"]))
    assert code != spot["code"]
    for answer in (await scan(reports_doors, code), await filed(reports_doors, anchor=code)):
        assert (answer.status_code, named(answer)) == (404, "anchor-unknown")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert "手动选择地点" in answer.json()["detail"]
    assert await reports_doors.rows("select 1 from reports") == []


async def test_another_blind_index_of_the_same_key_is_no_code(reports_doors: Doors) -> None:
    spot = await hung(reports_doors)
    index = reports_doors.running.database.keys.index
    assert spelled(UUID(spot["id"]), 1, signer(index)) == spot["code"]
    assert (await scan(reports_doors, spelled(UUID(spot["id"]), 1, signer(index, "phone")))).status_code == 404
    assert (await scan(reports_doors, spelled(uuid4(), 1, signer(index)))).status_code == 404


async def test_a_poster_that_was_replaced_opens_no_longer_and_the_new_one_does(reports_doors: Doors) -> None:
    old = await hung(reports_doors)
    new = (await change(reports_doors, old["id"], "reissue")).json()
    assert (new["id"], new["version"], new["code"] != old["code"]) == (old["id"], 2, True)
    assert (await scan(reports_doors, new["code"])).status_code == 200
    assert (await filed(reports_doors, anchor=new["code"])).json()["anchor_id"] == old["id"]
    for answer in (await scan(reports_doors, old["code"]), await filed(reports_doors, anchor=old["code"])):
        assert (answer.status_code, named(answer)) == (404, "anchor-unknown")
    assert len(await reports_doors.rows("select 1 from reports")) == 1


async def test_a_poster_that_was_taken_down_opens_no_longer_and_stays_down(reports_doors: Doors) -> None:
    spot = await hung(reports_doors)
    gone = (await change(reports_doors, spot["id"], "revocation")).json()
    assert gone["code"] is None
    assert gone["revoked_at"] is not None
    for answer in (await scan(reports_doors, spot["code"]), await filed(reports_doors, anchor=spot["code"])):
        assert (answer.status_code, named(answer)) == (404, "anchor-unknown")
    for what in ("revocation", "reissue"):
        answer = await change(reports_doors, spot["id"], what)
        assert (answer.status_code, named(answer)) == (409, "anchor-revoked")
    assert (await hung(reports_doors))["id"] != spot["id"]


async def test_a_draft_that_was_filed_stays_filed_when_its_poster_is_taken_down(reports_doors: Doors) -> None:
    spot, token = await hung(reports_doors), str(uuid4())
    first = await filed(reports_doors, anchor=spot["code"], client_token=token)
    await change(reports_doors, spot["id"], "revocation")
    again = await filed(reports_doors, anchor=spot["code"], client_token=token)
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])


async def test_where_the_area_was_closed_nothing_opens(reports_doors: Doors) -> None:
    code = (await hung(reports_doors))["code"]
    [row] = await reports_doors.rows("select id from directory_areas where path = text2ltree(:path)", path=UNIT)
    closed = AreaChanged(area=UNIT, area_id=row.id, path=UNIT, kind="unit", name="u2", closed=True)
    told = arrived(closed, datetime.now(UTC), sequence=2)
    await bus.handle(reports_doors.running.database, directory.consumers("reports"), told)
    assert named(await scan(reports_doors, code)) == "anchor-unknown"
    assert named(await filed(reports_doors, anchor=code)) == "no-such-area"


async def test_of_many_who_reissue_one_version_one_has_it_printed(reports_doors: Doors) -> None:
    spot = await hung(reports_doors)
    answers = await asyncio.gather(*(change(reports_doors, spot["id"], "reissue") for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    assert {named(answer) for answer in answers if answer.status_code == 409} == {"anchor-reissued"}
    assert {answer.json()["current"] for answer in answers if answer.status_code == 409} == {2}
    assert [row.version for row in await reports_doors.rows("select version from anchors")] == [2]


async def test_of_many_who_enter_the_same_one_hangs(reports_doors: Doors) -> None:
    answers = await asyncio.gather(*(enter(reports_doors) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert {named(answer) for answer in answers if answer.status_code == 409} == {"anchor-there"}
    assert len(await reports_doors.rows("select 1 from audit")) == 1


async def test_of_a_revocation_and_a_reissue_at_once_no_code_opens_afterwards(reports_doors: Doors) -> None:
    spot = await hung(reports_doors)
    answers = await asyncio.gather(*(change(reports_doors, spot["id"], what) for what in ("revocation", "reissue") * 5))
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 200} - {None}
    assert sorted(answer.status_code for answer in answers).count(200) == 1 + len(codes)
    for code in codes | {spot["code"]}:
        assert (await scan(reports_doors, code)).status_code == 404


@pytest.mark.parametrize(("person", "status", "seen"), [
    (OFFICER, 200, 1), (ADMIN, 200, 1), (GRID, 403, 0), (GUARD, 403, 0), (OTHER_GRID, 404, 0), (RESIDENT, 404, 0),
    (FAR_OFFICER, 404, 0), (FAR_GRID, 404, 0), (FAR_RESIDENT, 404, 0),
])
async def test_officers_and_admins_keep_the_anchors_of_their_area_and_nobody_else(
    reports_doors: Doors, person: Person, status: int, seen: int
) -> None:
    spot = await hung(reports_doors)
    assert len(await listed(reports_doors, "/api/v1/anchors", person)) == seen
    assert (await enter(reports_doors, person, asset="配电箱")).status_code == (201 if status == 200 else status)
    assert (await change(reports_doors, spot["id"], "reissue", person)).status_code == status
    assert (await change(reports_doors, spot["id"], "revocation", person)).status_code == status
    kept = await reports_doors.rows("select version, revoked_at is null as hangs from anchors where asset = '楼道照明'")
    assert [tuple(row) for row in kept] == [(1, True) if status != 200 else (2, False)]


async def test_nobody_keeps_anchors_without_signing_in(reports_doors: Doors) -> None:
    spot = await hung(reports_doors)
    async with reports_doors.client() as stranger:
        assert (await stranger.get("/api/v1/anchors")).status_code == 401
        assert (await stranger.post("/api/v1/anchors", json=SPOT, headers=keyed())).status_code == 401
        for what in ("revocation", "reissue"):
            assert (await stranger.post(f"/api/v1/anchors/{spot['id']}/{what}", json={"version": 1})).status_code == 401


async def test_the_list_is_narrowed_by_area_and_to_what_hangs(reports_doors: Doors) -> None:
    low, high = await hung(reports_doors), await hung(reports_doors, place={"area": HERE})
    await hung(reports_doors, asset="配电箱")
    await change(reports_doors, low["id"], "revocation")
    whole = await listed(reports_doors, "/api/v1/anchors")
    assert [(one["area"], one["asset"], one["code"] is None) for one in whole] == [
        (UNIT, "配电箱", False), (HERE, "楼道照明", False), (UNIT, "楼道照明", True),
    ]
    assert [one["asset"] for one in await listed(reports_doors, f"/api/v1/anchors?area={YARD}&hanging=true")] == ["配电箱"]
    assert whole[1] == high
    assert await listed(reports_doors, f"/api/v1/anchors?area={THERE}") == []


@pytest.mark.parametrize(("wrong", "problem"), [
    ({"place": {"area": ROOM}}, "not-a-public-place"), ({"place": {"area": "510104.clx"}}, "not-a-public-place"),
    ({"place": {"area": f"{HERE}.nowhere"}}, "no-such-area"), ({"unit_id": str(uuid4())}, "unit-not-serving"),
    ({"asset": ""}, "invalid-request"), ({"asset": "  "}, "invalid-request"), ({"asset": "灯\0"}, "invalid-request"),
    ({"asset": "灯\n"}, "invalid-request"), ({"asset": "灯" * 61}, "invalid-request"), ({"category": None}, "invalid-request"),
    ({"category": "dragons"}, "invalid-request"), ({"place": {"area": UNIT, "lat": 91, "lng": 0}}, "invalid-request"),
    ({"version": 7}, "invalid-request"),
])
async def test_what_cannot_hang_is_refused_and_not_kept(reports_doors: Doors, wrong: dict[str, Any], problem: str) -> None:
    answer = await enter(reports_doors, ADMIN, **wrong)
    assert (answer.status_code, named(answer)) == (422, problem)
    assert await reports_doors.rows("select 1 from anchors") == []
    assert await reports_doors.rows("select 1 from audit") == []


async def test_a_unit_that_serves_there_is_kept_with_it(reports_doors: Doors) -> None:
    await unit(reports_doors, PLUMBERS, HERE)
    assert (await hung(reports_doors, unit_id=str(PLUMBERS)))["unit_id"] == str(PLUMBERS)


async def test_while_it_is_not_sure_who_serves_no_anchor_is_kept(reports_doors: Doors) -> None:
    spot = await hung(reports_doors)
    async with reports_doors.whole.begin() as connection:
        await connection.execute(directory.mark.update().values(marked_at=datetime(2026, 1, 1, tzinfo=UTC)))
    async with reports_doors.client(OFFICER) as client:
        answers = [
            await client.post("/api/v1/anchors", json=SPOT | {"asset": "配电箱"}, headers=keyed()),
            await client.post(f"/api/v1/anchors/{spot['id']}/reissue", json={"version": 1}),
            await client.post(f"/api/v1/anchors/{spot['id']}/revocation"),
        ]
    assert {(answer.status_code, named(answer)) for answer in answers} == {(503, "directory-stale")}
    assert (await scan(reports_doors, spot["code"])).status_code == 200


async def test_who_entered_replaced_and_took_down_is_audited(reports_doors: Doors) -> None:
    spot = await hung(reports_doors)
    await change(reports_doors, spot["id"], "reissue", ADMIN)
    await change(reports_doors, spot["id"], "revocation")
    audited = await reports_doors.rows("select actor_id, action, subject, reason from audit order by pos")
    assert [tuple(row) for row in audited] == [
        (person.id, "anchors.write", f"anchors/{spot['id']}", how)
        for person, how in ((OFFICER, "entered"), (ADMIN, "version 2"), (OFFICER, "revoked"))
    ]


@pytest.mark.parametrize("law", [
    "area = text2ltree(:room)", "area = text2ltree('510104.clx')", "asset = ''", "asset = repeat('灯', 61)", "version = 0",
    "lat = 30", "lat = 91, lng = 0", "lat = 0, lng = -181",
])
async def test_the_database_itself_keeps_no_other_anchor(reports_doors: Doors, law: str) -> None:
    await hung(reports_doors)
    given = {"room": ROOM} if ":room" in law else {}
    with pytest.raises(IntegrityError):
        await reports_doors.rows(f"update anchors set {law} returning 1", **given)
