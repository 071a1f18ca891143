"""When reports asks to wait with forgetting somebody, and what becomes of their photos."""

from uuid import uuid4

from builders.doors import Doors, keyed
from builders.world import RESIDENT, UNIT
from sqlalchemy import text

from chassis import privacy
from services.reports import jobs


async def filed(doors: Doors) -> str:
    draft = {"text": "灯", "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4())}
    async with doors.client(RESIDENT) as resident:
        return str((await resident.post("/api/v1/reports", json=draft, headers=keyed())).json()["id"])


async def change(doors: Doors, sql: str, **values: object) -> None:
    async with doors.whole.begin() as connection:
        await connection.execute(text(sql), values)


async def why(doors: Doors) -> str | None:
    held = doors.running.service.personal
    assert held is not None
    async with doors.running.database.reading() as work:
        return await held.hold(work, RESIDENT.id)


async def test_an_open_whistle_and_an_appeal_that_is_not_decided_are_reasons_to_wait(reports_doors: Doors) -> None:
    key = await filed(reports_doors)
    assert await why(reports_doors) is None
    await change(reports_doors, "update reports set appealed_at = now()")
    assert await why(reports_doors) == "under-appeal"
    await change(reports_doors, "update reports set status = 'declined'")
    assert await why(reports_doors) is None
    columns = "id, report_id, unit_id, blown_by, blown_at, due_at, overdue"
    summoned = f"insert into summonses ({columns}) values (:id, :key, :id, :id, now(), now(), false)"
    await change(reports_doors, summoned, id=uuid4(), key=key)
    assert await why(reports_doors) == "open-whistle"
    await change(reports_doors, "update summonses set closed_at = now()")
    assert await why(reports_doors) is None


async def test_their_photos_are_nobodys_at_once_and_gone_when_no_url_takes_them_again(reports_doors: Doors) -> None:
    running, held = reports_doors.running, reports_doors.running.service.personal
    assert held is not None
    await running.files.prepare()
    key = running.files.new_key()
    for one in (key, running.files.key_beside(key, "web"), running.files.key_beside(key, "thumb")):
        await running.files.put(one, b"x", "image/jpeg")
    columns = "id, owner_id, kind, content_type, size, key, state, created_at"
    row = f"insert into uploads ({columns}) values (:id, :owner, 'p', 'image/jpeg', 1, :key, 'ready', now())"
    await change(reports_doors, row, id=uuid4(), owner=RESIDENT.id, key=key)
    await running.database.do(lambda work: privacy.erase(work, held, RESIDENT.id))
    assert await reports_doors.rows("select 1 from uploads where owner_id = :id", id=RESIDENT.id) == []
    await jobs.forget_photos(running)
    assert await running.files.size(key) == 1
    await change(reports_doors, "update uploads set created_at = now() - interval '13 minutes'")
    await jobs.forget_photos(running)
    assert [await running.files.size(one) for one in (key, running.files.key_beside(key, "web"))] == [None, None]
    assert await reports_doors.rows("select 1 from uploads") == []
