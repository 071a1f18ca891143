"""收回: who sent a photo or a recording takes it back; it is gone from everybody at once, and that it was there is not."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from builders import photos
from builders.checks import checks, decide, found_in
from builders.doors import Doors
from builders.life import brought_to, file, named, step
from builders.recordings import ask, listed, ready, sent, submit, there, voice, works
from builders.world import FAR_OFFICER, GRID, OFFICER, RESIDENT, SECOND_RESIDENT, Person
from sqlalchemy import text

from services.reports import jobs
from services.reports.actions import developing, personal
from services.reports.domain.recording import Kind


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch, reports_doors: Doors) -> Any:
    """Move this service's clock by so many minutes."""
    clock = reports_doors.running.settings.clock
    return lambda minutes: monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(minutes=minutes))


async def back(doors: Doors, report: str, what: str, key: str, person: Person | None = RESIDENT) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.delete(f"/api/v1/reports/{report}/{what}/{key}")


async def shown(doors: Doors, report: str, person: Person = OFFICER) -> list[dict[str, Any]]:
    """The photos of a report as it is shown."""
    async with doors.client(person) as client:
        return list((await client.get(f"/api/v1/reports/{report}")).json()["photos"])


@pytest.mark.parametrize("kind", ["voice", "video"])
async def test_a_recording_is_heard_by_nobody_any_more_and_staff_read_that_there_was_one(
    reports_doors: Doors, later: Any, kind: str
) -> None:
    report, one = await ready(reports_doors, kind)
    assert (await back(reports_doors, report, "recordings", one["id"])).status_code == 204
    for person in (OFFICER, RESIDENT):
        [gone] = await listed(reports_doors, report, person)
        told = {name: value for name, value in gone.items() if value is not None}
        assert set(told) == {"id", "kind", "role", "state", "sender_id", "created_at"}
        assert (told["id"], told["state"]) == (one["id"], "taken_back")
    await jobs.forget_recordings(reports_doors.running)
    assert not any((await there(reports_doors, one["id"])).values()), "at once, and not when its URL is over"
    assert await reports_doors.rows("select 1 from checks where kind = 'video'") == []
    [row] = await reports_doors.rows("select sha256, milliseconds, made_size, stills, swept_at from recordings")
    assert tuple(row) == (None, None, None, 0, None)
    async with reports_doors.client(OFFICER) as client:
        assert (await client.get(one["url"])).status_code == 404


async def test_what_was_put_once_more_is_deleted_when_its_url_takes_it_no_more(reports_doors: Doors, later: Any) -> None:
    report, key = await sent(reports_doors, voice(), "voice")
    assert (await back(reports_doors, report, "recordings", key)).status_code == 204
    await works(reports_doors)
    await jobs.forget_recordings(reports_doors.running)
    assert await there(reports_doors, key) == {"sent": True, "developed": False} | {f"still{n}": False for n in range(5)}
    later(13)
    await jobs.forget_recordings(reports_doors.running)
    assert not any((await there(reports_doors, key)).values())
    [row] = await reports_doors.rows("select state, swept_at is not null from recordings")
    assert tuple(row) == ("taken_back", True)


async def test_what_is_developed_while_it_is_taken_back_is_never_ready_and_leaves_nothing(
    reports_doors: Doors, later: Any
) -> None:
    report, key = await sent(reports_doors, voice(), "voice")
    database, files = reports_doors.running.database, reports_doors.running.files
    later(11)
    taken = await database.do(partial(developing.take, kind=Kind.VOICE))
    assert taken is not None
    later(0)
    assert (await back(reports_doors, report, "recordings", key)).status_code == 204
    later(13)
    await jobs.forget_recordings(reports_doors.running)
    assert (await there(reports_doors, key))["sent"], "whoever develops it may still write"
    outcome = await developing.developed(files, taken)
    await database.do(partial(developing.hear, taken=taken, outcome=outcome))
    assert [one["state"] for one in await _at(reports_doors, later, report)] == ["taken_back"]
    later(15)
    await jobs.forget_recordings(reports_doors.running)
    assert not any((await there(reports_doors, key)).values())


async def _at(doors: Doors, later: Any, report: str) -> list[dict[str, Any]]:
    later(0)
    return await listed(doors, report)


async def test_whoever_dies_while_deleting_it_does_it_again(
    reports_doors: Doors, later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, one = await ready(reports_doors)
    await back(reports_doors, report, "recordings", one["id"])
    delete, gone = type(reports_doors.running.files).delete, []

    async def dying(self: Any, key: str) -> None:
        await delete(self, key)
        gone.append(key)
        raise ConnectionError

    with monkeypatch.context() as during, pytest.raises(ConnectionError):
        during.setattr(type(reports_doors.running.files), "delete", dying)
        await jobs.forget_recordings(reports_doors.running)
    assert len(gone) == 1
    await jobs.forget_recordings(reports_doors.running)
    [row] = await reports_doors.rows("select milliseconds from recordings")
    assert row.milliseconds is None


async def test_its_sender_takes_it_back_and_nobody_else_and_twice_is_once(reports_doors: Doors) -> None:
    report, key = await sent(reports_doors, voice(), "voice")
    _, staffs = await sent(reports_doors, voice(), "voice", report, GRID)
    other = await file(reports_doors)
    for where, what, person, status in (
        (report, key, SECOND_RESIDENT, 404), (report, key, GRID, 404), (report, key, FAR_OFFICER, 404), (report, key, None, 401),
        (other, key, RESIDENT, 404), (report, staffs, RESIDENT, 404),
        (report, key, RESIDENT, 204), (report, key, RESIDENT, 204), (report, staffs, GRID, 204),
    ):
        assert (await back(reports_doors, where, "recordings", what, person)).status_code == status
    handed = await submit(reports_doors, report, key)
    assert (handed.status_code, handed.json()["state"]) == (200, "taken_back")


async def test_of_a_place_that_nothing_was_handed_in_for_nothing_is_told(reports_doors: Doors, later: Any) -> None:
    report = await file(reports_doors)
    granted = (await ask(reports_doors, report, "voice", 99)).json()
    for _ in range(2):
        assert (await back(reports_doors, report, "recordings", granted["id"])).status_code == 204
    assert await listed(reports_doors, report) == []
    later(13)
    await jobs.forget_recordings(reports_doors.running)
    assert await reports_doors.rows("select 1 from recordings") == []


async def test_it_makes_room_for_another(reports_doors: Doors) -> None:
    report = await file(reports_doors)
    keys = [(await ask(reports_doors, report, "voice", 99)).json()["id"] for _ in range(5)]
    assert (await ask(reports_doors, report, "voice", 99)).status_code == 409
    await back(reports_doors, report, "recordings", keys[0])
    assert (await ask(reports_doors, report, "voice", 99)).status_code == 201


async def test_of_what_is_over_nothing_is_taken_back(reports_doors: Doors) -> None:
    report, key = await sent(reports_doors, voice(), "voice")
    await step(reports_doors, RESIDENT, report, "withdrawal", {})
    answer = await back(reports_doors, report, "recordings", key)
    assert (answer.status_code, named(answer)) == (409, "not-taken-back")
    other, picture = await photos.filed(reports_doors)
    await step(reports_doors, RESIDENT, other, "withdrawal", {})
    assert named(await back(reports_doors, other, "photos", picture)) == "not-taken-back"
    assert [one["state"] for one in await shown(reports_doors, other)] == ["ready"]


async def test_what_a_report_was_resolved_by_stays(reports_doors: Doors) -> None:
    report = await brought_to(reports_doors, "processing")
    _, early = await sent(reports_doors, voice(), "voice", report, GRID, role="after")
    _, kept = await sent(reports_doors, voice(), "voice", report, GRID, role="after")
    assert (await back(reports_doors, report, "recordings", early, GRID)).status_code == 204
    assert (await step(reports_doors, GRID, report, "resolution")).status_code == 200
    assert named(await back(reports_doors, report, "recordings", kept, GRID)) == "not-taken-back"
    [after] = await shown(reports_doors, report)
    assert named(await back(reports_doors, report, "photos", after["id"], GRID)) == "not-taken-back"
    _, since = await sent(reports_doors, voice(), "voice", report, GRID, role="after")
    assert (await back(reports_doors, report, "recordings", since, GRID)).status_code == 204


async def test_what_staff_have_yet_to_look_at_waits_for_them(reports_doors: Doors) -> None:
    report, picture = await photos.filed(reports_doors)
    await found_in(reports_doors, picture, "Block")
    await jobs.check_contents(reports_doors.running)
    await found_in(reports_doors, picture, "Pass")  # the rule is one for all tests
    [check] = [one for one in await checks(reports_doors, report) if one["kind"] == "photo"]
    assert check["state"] == "blocked"
    assert named(await back(reports_doors, report, "photos", picture)) == "not-taken-back"
    assert (await decide(reports_doors, check["id"], "clearance")).status_code == 200
    assert (await back(reports_doors, report, "photos", picture)).status_code == 204


async def test_a_photo_is_seen_by_nobody_any_more_and_staff_read_that_there_was_one(
    reports_doors: Doors, later: Any
) -> None:
    report, picture = await photos.published(reports_doors)
    [row] = await reports_doors.rows("select key, web_key, thumb_key from uploads")
    [copy] = await reports_doors.rows("select copy_key from publications")
    assert (await back(reports_doors, report, "photos", picture)).status_code == 204
    assert (await reports_doors.said())[-1] == "reports.photo_concealed.v1"
    assert (await photos.opened(reports_doors, picture)).status_code == 404
    for person in (OFFICER, RESIDENT):
        [gone] = await shown(reports_doors, report, person)
        assert {name: value for name, value in gone.items() if value is not None} == {
            "id": picture, "role": "before", "state": "taken_back"
        }
    async with reports_doors.client(OFFICER) as client:
        assert (await client.get(f"/api/v1/reports/{report}/photos")).json() == []
    await jobs.forget_photos(reports_doors.running)
    files = reports_doors.running.files
    for key in (*row, *copy):
        assert await files.size(key) is None
    assert await reports_doors.rows("select 1 from publications union all select 1 from prints") == []
    assert (await back(reports_doors, report, "photos", picture)).status_code == 204, "said twice it is done once"
    assert (await reports_doors.said()).count("reports.photo_concealed.v1") == 1
    later(13)
    await jobs.forget_photos(reports_doors.running)
    [swept] = await reports_doors.rows("select state, swept_at is not null from uploads")
    assert tuple(swept) == ("taken_back", True)


async def test_a_photo_that_was_not_developed_yet_never_is(reports_doors: Doors, later: Any) -> None:
    report, picture = await photos.filed(reports_doors, develops=False)
    assert (await back(reports_doors, report, "photos", picture)).status_code == 204
    await jobs.develop_photos(reports_doors.running)
    assert [one["state"] for one in await shown(reports_doors, report)] == ["taken_back"]
    [row] = await reports_doors.rows("select key from uploads")
    later(13)
    await jobs.forget_photos(reports_doors.running)
    assert await reports_doors.running.files.size(row.key) is None


async def test_a_photo_is_taken_back_by_who_sent_it(reports_doors: Doors) -> None:
    report, picture = await photos.filed(reports_doors)
    other = await file(reports_doors)
    for where, person, status in (
        (report, SECOND_RESIDENT, 404), (report, GRID, 404), (report, FAR_OFFICER, 404), (report, None, 401),
        (other, RESIDENT, 404),
    ):
        assert (await back(reports_doors, where, "photos", picture, person)).status_code == status
    assert [one["state"] for one in await shown(reports_doors, report)] == ["ready"]


@pytest.mark.parametrize("what", ["recordings", "photos"])
async def test_twelve_at_once_take_it_back_once(reports_doors: Doors, what: str) -> None:
    report, key = await (sent(reports_doors, voice(), "voice") if what == "recordings" else photos.published(reports_doors))
    async with reports_doors.whole.begin() as connection:  # all have begun before the first goes on
        await connection.execute(text("select 1 from reports for update"))
        asking = [asyncio.create_task(back(reports_doors, report, what, key)) for _ in range(12)]
        await asyncio.sleep(1)
    assert [one.status_code for one in await asyncio.gather(*asking)] == [204] * 12
    assert (await reports_doors.said()).count("reports.photo_concealed.v1") == (1 if what == "photos" else 0)


async def test_of_taking_back_and_resolving_at_once_what_it_was_resolved_by_stays(reports_doors: Doors) -> None:
    report = await brought_to(reports_doors, "processing")
    _, key = await sent(reports_doors, voice(), "voice", report, GRID, role="after")
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text("select 1 from reports for update"))
        resolving = asyncio.create_task(step(reports_doors, GRID, report, "resolution"))
        await asyncio.sleep(0.5)
        taking = asyncio.create_task(back(reports_doors, report, "recordings", key, GRID))
        await asyncio.sleep(1)
    assert (await resolving).status_code == 200
    assert named(await taking) == "not-taken-back"


async def test_of_who_is_forgotten_not_even_that_stays(reports_doors: Doors, later: Any) -> None:
    report, one = await ready(reports_doors)
    _, picture = await photos.filed(reports_doors)
    await back(reports_doors, report, "recordings", one["id"])
    assert (await back(reports_doors, _, "photos", picture)).status_code == 204
    assert await reports_doors.running.database.do(partial(personal.erase, person=RESIDENT.id)) == 2
    later(13)
    await jobs.forget_recordings(reports_doors.running)
    await jobs.forget_photos(reports_doors.running)
    assert await reports_doors.rows("select 1 from recordings union all select 1 from uploads") == []
