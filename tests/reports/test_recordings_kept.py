"""Recordings and their people: forgotten, merged, handed out, kept for so long, and looked at before anything else is shown."""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from builders.checks import checks, decide, steer
from builders.doors import Doors
from builders.life import step
from builders.merged import Two, hear
from builders.recordings import ask, listed, ready, sent, there, video, voice, works
from builders.world import GRID, RESIDENT, SECOND_RESIDENT

from services.reports import jobs
from services.reports.actions import developing, personal, retention
from services.reports.domain.recording import Kind


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch, reports_doors: Doors) -> Any:
    """Move this service's clock by so many minutes."""
    clock = reports_doors.running.settings.clock
    return lambda minutes: monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(minutes=minutes))


async def test_of_who_is_forgotten_nothing_is_heard_at_once_and_nothing_stays(reports_doors: Doors, later: Any) -> None:
    report, one = await ready(reports_doors, "video")
    _, other = await sent(reports_doors, voice(), "voice", report, GRID)
    assert await reports_doors.running.database.do(partial(personal.erase, person=RESIDENT.id)) == 1
    assert [kept["id"] for kept in await listed(reports_doors, report)] == [other]
    await jobs.forget_recordings(reports_doors.running)
    assert (await there(reports_doors, one["id"]))["developed"], "its URL may still be PUT to"
    objects = [row.key for row in await reports_doors.rows("select key from recordings where state = 'forgotten'")]
    files = reports_doors.running.files
    later(13)
    await jobs.forget_recordings(reports_doors.running)
    assert [row.sender_id for row in await reports_doors.rows("select sender_id from recordings")] == [GRID.id]
    assert await reports_doors.rows("select 1 from checks where kind = 'video'") == []
    for key in objects:
        for at in (key, files.key_beside(key, "developed"), files.key_beside(key, "still0")):
            assert await files.size(at) is None


async def test_what_is_developed_while_its_sender_is_forgotten_is_never_ready(reports_doors: Doors, later: Any) -> None:
    report, _ = await sent(reports_doors, voice(), "voice")
    database, files = reports_doors.running.database, reports_doors.running.files
    later(11)
    taken = await database.do(partial(developing.take, kind=Kind.VOICE))
    assert taken is not None
    await database.do(partial(personal.erase, person=RESIDENT.id))
    later(13)
    await jobs.forget_recordings(reports_doors.running)
    assert len(await reports_doors.rows("select 1 from recordings")) == 1, "whoever develops it may still write"
    outcome = await developing.developed(files, taken)
    await database.do(partial(developing.hear, taken=taken, outcome=outcome))
    later(15)
    await jobs.forget_recordings(reports_doors.running)
    assert await reports_doors.rows("select 1 from recordings") == []
    assert await files.size(files.key_beside(taken.key, "developed")) is None
    later(0)
    assert await listed(reports_doors, report) == []


async def test_after_years_recordings_go_with_the_words(reports_doors: Doors, later: Any) -> None:
    report, _ = await ready(reports_doors)
    await step(reports_doors, RESIDENT, report, "withdrawal", {})
    later(60 * 24 * 365 * 3.1)
    assert await reports_doors.running.database.do(retention.de_identify) == 1
    await jobs.forget_recordings(reports_doors.running)
    assert await reports_doors.rows("select 1 from recordings") == []


async def test_a_copy_of_ones_data_names_what_one_sent(reports_doors: Doors) -> None:
    _, one = await ready(reports_doors)
    out = await reports_doors.running.database.do(partial(personal.export, person=RESIDENT.id))
    [told] = out["recordings"]
    assert (told["kind"], told["role"], told["state"], told["milliseconds"]) == ("voice", "context", "ready", one["milliseconds"])
    assert (await reports_doors.running.database.do(partial(personal.export, person=GRID.id)))["recordings"] == []


async def test_two_who_are_one_have_one_set_and_come_apart_again(reports_doors: Doors) -> None:
    await ready(reports_doors)
    two = Two(survivor=SECOND_RESIDENT.id, source=RESIDENT.id)
    asked = "select sender_id from recordings"
    await hear(reports_doors, two.merged)
    assert [row.sender_id for row in await reports_doors.rows(asked)] == [SECOND_RESIDENT.id]
    await hear(reports_doors, two.split)
    assert [row.sender_id for row in await reports_doors.rows(asked)] == [RESIDENT.id]


async def test_what_nobody_sends_is_forgotten_and_what_was_sent_is_deleted_once_more(reports_doors: Doors, later: Any) -> None:
    report, one = await ready(reports_doors)
    await ask(reports_doors, report, "voice", 99)
    [row] = await reports_doors.rows("select key from recordings where state = 'ready'")
    await reports_doors.running.files.put(row.key, b"again", "audio/mp4")  # by the same URL, behind our back
    later(13)
    await jobs.forget_recordings(reports_doors.running)
    assert await there(reports_doors, one["id"]) == {"sent": False, "developed": True} | {f"still{n}": False for n in range(5)}
    assert len(await reports_doors.rows("select 1 from recordings")) == 2
    later(60 * 25)
    await jobs.forget_recordings(reports_doors.running)
    assert [row.state for row in await reports_doors.rows("select state from recordings")] == ["ready"]


async def test_a_video_is_looked_at_by_its_stills_and_a_voice_by_nobody(reports_doors: Doors) -> None:
    report, _ = await sent(reports_doors, video(7), "video")
    await sent(reports_doors, voice(), "voice", report)
    await works(reports_doors)
    [found] = [one for one in await checks(reports_doors, report) if one["kind"] == "video"]
    assert found["state"] == "waiting"
    [row] = await reports_doors.rows("select key, stills from recordings where kind = 'video'")
    files = reports_doors.running.files
    assert row.stills == 3
    last = await files.get(files.key_beside(row.key, "still2"))
    await steer(reports_doors, sha256=hashlib.sha256(last).hexdigest(), suggestion="Block")
    await jobs.check_contents(reports_doors.running)
    [found] = [one for one in await checks(reports_doors, report) if one["kind"] == "video"]
    assert found["state"] == "blocked", "one still of three is enough"
    assert "reports.report_held.v1" in await reports_doors.said()
    assert (await decide(reports_doors, found["id"], "clearance")).status_code == 200
    assert (await reports_doors.said())[-1] == "reports.report_released.v1"
    assert len(await checks(reports_doors, report)) == 1, "nobody outside is asked about a voice"
