"""导出: a list leaves the platform with a reason, after a second factor, within bounds, as texts alone, once, and marked."""

import asyncio
import csv
import io
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from builders.day import PHONE, filed, told
from builders.doors import Doors, keyed
from builders.life import file, mark, named
from builders.world import FAR_OFFICER, GRID, OFFICER, RESIDENT, SECOND_RESIDENT, Person
from openpyxl import load_workbook

from chassis import privacy
from services.reports import jobs
from services.reports.domain import export as rules
from services.reports.domain import sheet

ID = "510104199001011234"


async def shown(doors: Doors, person: Person = OFFICER, minutes: float = 1, level: str = "2fa") -> httpx.AsyncClient:
    """Somebody who showed a second factor so long ago; identity was heard a moment ago."""
    await mark(doors)
    at = doors.running.settings.clock.now() - timedelta(minutes=minutes)
    return doors.client(person, acr=level, auth_time=int(at.timestamp()))


async def ask(doors: Doors, person: Person = OFFICER, client: httpx.AsyncClient | None = None, **other: Any) -> httpx.Response:
    async with client or await shown(doors, person) as asking:
        body = {"worklist": "every", "purpose": "meeting", "written": "csv", **other}
        return await asking.post("/api/v1/exports", json=body, headers=keyed())


async def fetch(doors: Doors, key: str, person: Person = OFFICER, **headers: str) -> httpx.Response:
    async with await shown(doors, person) as client:
        return await client.post(f"/api/v1/exports/{key}/retrieval", headers=headers)


async def made(doors: Doors, **other: Any) -> str:
    answer = await ask(doors, **other)
    assert answer.status_code == 201, answer.text
    await jobs.make_exports(doors.running)
    return str(answer.json()["id"])


async def state(doors: Doors, key: str) -> Any:
    async with doors.client(OFFICER) as client:
        return (await client.get(f"/api/v1/exports/{key}")).json()


async def test_a_list_is_made_in_the_background_and_fetched_once_with_its_mark(reports_doors: Doors) -> None:
    await filed(reports_doors, f"灯不亮，电话 {PHONE}，身份证 {ID}，" + "很长" * 100)
    await filed(reports_doors, "漏水", "water")
    key = await made(reports_doors, filters={"category": ["lighting"]})
    assert {name: (await state(reports_doors, key))[name] for name in ("state", "done", "total")} == {
        "state": "ready", "done": 1, "total": 1,
    }
    answer = await fetch(reports_doors, key)
    assert answer.headers["cache-control"] == "no-store"
    [[line], titles, one] = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (line.split("｜")[0], "某某" in line, "共 1 条" in line, "工作例会" in line) == (f"导出编号 {key}", True, True, True)
    assert (titles[0], one[1], one[2], one[-1]) == ("编号", "已提交", "楼道照明", key)
    assert "很长" * 100 in one[5]
    for secret in (PHONE, ID, str(RESIDENT.id), str(OFFICER.id)):
        assert secret not in answer.text
    again = await fetch(reports_doors, key)
    assert (again.status_code, named(again)) == (410, "list-over")
    audited = await reports_doors.rows("select action, actor_id from audit where subject = :it order by at", it=f"exports/{key}")
    assert [(row.action, row.actor_id) for row in audited] == [("exports.make", OFFICER.id), ("exports.fetch", OFFICER.id)]


async def test_k01_no_cell_of_a_workbook_is_calculated(reports_doors: Doors) -> None:
    for words in ("=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "＝1+1", " =cmd|'/c calc'!A0", "正常\x0b\u202e说明"):
        await filed(reports_doors, words)
    key = await made(reports_doors, written="xlsx")
    book = load_workbook(io.BytesIO((await fetch(reports_doors, key)).content))
    rows = list(book.worksheets[0].iter_rows(min_row=3))
    assert len(rows) == 8
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} == {"s"}
    assert all(not str(cell.value).lstrip().startswith(("=", "+", "-", "@", "＝")) for row in rows for cell in row)
    assert key in str(book.worksheets[0].oddFooter.center.text)
    assert {row[-1].value for row in rows} == {key}


@pytest.mark.parametrize("cell", ["=1", " =1", "\n=1", "＋1", "@x", "-1", "\x00=1", "\u202e=1"])
def test_a_cell_is_text_whatever_it_begins_with(cell: str) -> None:
    assert sheet.safe(cell).startswith("'")


@pytest.mark.parametrize(("minutes", "level"), [(11, "2fa"), (1, "1fa"), (1, ""), (11, "1fa")])
async def test_k02_no_export_without_a_second_factor_shown_within_ten_minutes(
    reports_doors: Doors, minutes: float, level: str
) -> None:
    await filed(reports_doors)
    key = await made(reports_doors)
    answer = await ask(reports_doors, client=await shown(reports_doors, minutes=minutes, level=level))
    assert (answer.status_code, named(answer)) == (401, "proof-not-fresh")
    assert 'error="insufficient_user_authentication", acr_values="2fa", max_age="600"' in answer.headers["www-authenticate"]
    async with await shown(reports_doors, minutes=minutes, level=level) as client:
        assert (await client.post(f"/api/v1/exports/{key}/retrieval")).status_code == 401
    assert (await state(reports_doors, key))["state"] == "ready"


@pytest.mark.parametrize(("other", "why"), [
    ({"purpose": None}, "invalid-request"), ({"purpose": "因为张三要"}, "invalid-request"),
    ({"written": "pdf"}, "invalid-request"),
    ({"filters": {"category": ["water"]}}, "list-empty"), ({"worklist": "x"}, "invalid-request"),
    ({"filters": {"q": "a b c d e"}}, "sought-unfit"),
])
async def test_k02_no_export_without_a_reason_of_the_list(reports_doors: Doors, other: dict[str, Any], why: str) -> None:
    await filed(reports_doors)
    answer = await ask(reports_doors, **other)
    assert (answer.status_code, named(answer)) == (422, why)
    assert await reports_doors.rows("select 1 from exports") == []


async def test_k02_no_more_rows_than_the_limit(reports_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.reports.actions import exports

    monkeypatch.setattr(exports, "MOST_ROWS", 2)
    for _ in range(3):
        await filed(reports_doors)
    answer = await ask(reports_doors)
    assert (answer.status_code, named(answer)) == (422, "list-too-long")
    monkeypatch.setattr(exports, "MOST_ROWS", 3)
    key = await made(reports_doors)
    await filed(reports_doors)
    assert (await state(reports_doors, key))["done"] == 3


async def test_k03_no_number_of_papers_or_phone_leaves_whole(reports_doors: Doors) -> None:
    for words in (f"证{ID}号", f"1 3 9 {PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}", f"{ID}X", f"+86{PHONE}", "6222021234567890123"):
        await filed(reports_doors, words)
    for written in ("csv", "xlsx"):
        content = (await fetch(reports_doors, await made(reports_doors, written=written))).content
        if written == "xlsx":
            content = str([[cell.value for cell in row] for row in load_workbook(io.BytesIO(content)).worksheets[0]]).encode()
        for secret in (ID, PHONE, f"{PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}", "6222021234567890123"):
            assert secret.encode() not in content


async def test_k13_of_fifty_at_once_five_are_made_and_of_twelve_who_fetch_one_has_it(reports_doors: Doors) -> None:
    await filed(reports_doors)
    answers = await asyncio.gather(*(ask(reports_doors) for _ in range(50)))
    assert sorted(one.status_code for one in answers) == [*[201] * 5, *[429] * 45]
    assert {named(one) for one in answers if one.status_code == 429} == {"lists-too-many"}
    await asyncio.gather(*(jobs.make_exports(reports_doors.running) for _ in range(4)))
    [row, *_] = await reports_doors.rows("select id, tries, state from exports")
    assert {(one.tries, one.state) for one in await reports_doors.rows("select tries, state from exports")} == {(1, "ready")}
    fetched = await asyncio.gather(*(fetch(reports_doors, str(row.id)) for _ in range(12)))
    assert sorted(one.status_code for one in fetched) == [200, *[410] * 11]


async def test_it_is_for_who_asked_while_they_serve(reports_doors: Doors) -> None:
    await filed(reports_doors)
    for person, status in ((GRID, 403), (RESIDENT, 403)):
        assert (await ask(reports_doors, person)).status_code == status
    assert named(await ask(reports_doors, FAR_OFFICER)) == "list-empty"
    key = await made(reports_doors)
    for person in (FAR_OFFICER, GRID, RESIDENT):
        assert (await fetch(reports_doors, key, person)).status_code == 404
        async with reports_doors.client(person) as client:
            assert (await client.get(f"/api/v1/exports/{key}")).status_code == 404
            assert (await client.get("/api/v1/exports")).json()["items"] == []
    left = "update directory_assignments set ends_at = now() - interval '1 hour' where person_id = :person"
    await told(reports_doors, left, person=OFFICER.id)
    reports_doors.running.directory._known.clear()
    assert (await fetch(reports_doors, key)).status_code == 403


async def test_while_it_is_not_sure_who_serves_nothing_leaves(reports_doors: Doors) -> None:
    await filed(reports_doors)
    key = await made(reports_doors)
    await mark(reports_doors, age=60)
    at = int(reports_doors.running.settings.clock.now().timestamp())
    await told(reports_doors, "update directory_mark set marked_at = now() - interval '1 minute'")
    async with reports_doors.client(OFFICER, acr="2fa", auth_time=at) as client:
        body = {"worklist": "every", "purpose": "meeting"}
        assert (await client.post("/api/v1/exports", json=body, headers=keyed())).status_code == 503
        assert (await client.post(f"/api/v1/exports/{key}/retrieval")).status_code == 503
    assert (await state(reports_doors, key))["state"] == "ready"


async def test_after_72_hours_or_fetched_its_file_is_gone_and_in_the_store_it_was_sealed(reports_doors: Doors) -> None:
    await filed(reports_doors, "门厅积水")
    keys = [await made(reports_doors) for _ in range(2)]
    files = {str(row.id): row.file_key for row in await reports_doors.rows("select id, file_key from exports")}
    assert "门厅积水".encode() not in await reports_doors.running.files.get(files[keys[0]])
    assert (await fetch(reports_doors, keys[0])).status_code == 200
    passed = "update exports set over_at = now() - interval '1 second', fetched_at = fetched_at - interval '1 hour'"
    await told(reports_doors, passed)
    assert (await fetch(reports_doors, keys[1])).status_code == 410
    await jobs.make_exports(reports_doors.running)
    assert [await reports_doors.running.files.size(files[key]) for key in keys] == [None, None]
    assert (await state(reports_doors, keys[1]))["state"] == "over"


async def test_one_whose_maker_died_is_made_by_another_and_the_dead_one_says_nothing_more(reports_doors: Doors) -> None:
    await filed(reports_doors)
    key = (await ask(reports_doors)).json()["id"]
    answer = await fetch(reports_doors, key)
    assert (answer.status_code, named(answer), answer.json()["total"]) == (409, "list-not-ready", 1)
    await told(reports_doors, "update exports set state = 'working', tries = 1, worked_at = now() - interval '3 minutes'")
    await jobs.make_exports(reports_doors.running)
    assert (await state(reports_doors, key))["state"] == "ready"
    await told(reports_doors, "update exports set state = 'working', tries = 3, worked_at = now() - interval '3 minutes'")
    await jobs.make_exports(reports_doors.running)
    assert (await state(reports_doors, key))["state"] == "failed"
    assert (await fetch(reports_doors, key)).status_code == 410


async def test_an_answer_that_is_given_once_is_kept_under_no_key(reports_doors: Doors) -> None:
    await filed(reports_doors)
    key = await made(reports_doors)
    assert (await fetch(reports_doors, key, **{"idempotency-key": "same"})).status_code == 200
    assert (await fetch(reports_doors, key, **{"idempotency-key": "same"})).status_code == 410
    assert timedelta(hours=72) == rules.KEPT


async def test_of_who_is_forgotten_nothing_waits(reports_doors: Doors) -> None:
    await filed(reports_doors)
    await ask(reports_doors)
    held = reports_doors.running.service.personal
    assert held is not None
    await reports_doors.running.database.do(lambda work: privacy.erase(work, held, OFFICER.id))
    [row] = await reports_doors.rows("select state, asked_by from exports")
    assert (row.state, row.asked_by == OFFICER.id) == ("over", False)


async def told_of_export(doors: Doors) -> list[tuple[str, str]]:
    rows = await doors.rows("select body from outbox where topic = 'reports.record_shown.v1' order by pos")
    said = [json.loads(bytes(row.body)) for row in rows]
    return [(one["person_id"], one["actor_id"]) for one in said if one["act"] == "exports.make"]


async def test_whose_reports_left_with_a_list_reads_it_in_their_register_once(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.reports.actions.exports._TOLD_AT_ONCE", 1)
    for person in (RESIDENT, RESIDENT, SECOND_RESIDENT, OFFICER):
        await file(reports_doors, person)
    key = await made(reports_doors)
    assert await told_of_export(reports_doors) == [], "nobody has it yet"
    assert (await fetch(reports_doors, key)).status_code == 200
    await asyncio.gather(*(jobs.make_exports(reports_doors.running) for _ in range(4)))
    people = sorted(str(one.id) for one in (RESIDENT, SECOND_RESIDENT))
    assert sorted(await told_of_export(reports_doors)) == [(one, str(OFFICER.id)) for one in people], "not of their own"
    assert await reports_doors.rows("select 1 from exported") == []
    await jobs.make_exports(reports_doors.running)
    assert len(await told_of_export(reports_doors)) == 2


async def test_of_a_list_that_nobody_fetched_nothing_is_said_and_nothing_kept(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    await file(reports_doors)
    await made(reports_doors)
    assert len(await reports_doors.rows("select 1 from exported")) == 1
    clock = reports_doors.running.settings.clock
    later = clock.now() + timedelta(hours=73)
    monkeypatch.setattr(clock, "now", lambda: later)
    await jobs.make_exports(reports_doors.running)
    assert (await reports_doors.rows("select 1 from exported"), await told_of_export(reports_doors)) == ([], [])
