"""Recordings in hand: whoever develops one may be killed, be slow, or come back late; each is developed once."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from builders.doors import Doors
from builders.life import file
from builders.recordings import listed, sent, video, voice, works

from services.reports import jobs
from services.reports.actions import developing, studio
from services.reports.domain.recording import Kind


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch, reports_doors: Doors) -> Any:
    """Move this service's clock by so many minutes."""
    clock = reports_doors.running.settings.clock
    return lambda minutes: monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(minutes=minutes))


async def test_of_who_is_killed_in_the_middle_another_does_it_once(reports_doors: Doors, later: Any) -> None:
    report, _ = await sent(reports_doors, video(8, "1280x720"), "video")
    worker = asyncio.create_task(jobs.develop_videos(reports_doors.running))
    await asyncio.sleep(0.4)
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker
    await works(reports_doors)
    [one] = await listed(reports_doors, report)
    assert one["state"] == "waiting", "it is the first one's for three minutes"
    later(4)
    await works(reports_doors)
    later(0)
    [one] = await listed(reports_doors, report)
    assert one["state"] == "ready"
    [row] = await reports_doors.rows("select tries, failures from recordings")
    assert (row.tries, row.failures) == (2, 1)


async def test_who_comes_back_late_changes_nothing(reports_doors: Doors, later: Any) -> None:
    await sent(reports_doors, voice(), "voice")
    database = reports_doors.running.database
    first = await database.do(partial(developing.take, kind=Kind.VOICE))
    later(4)
    second = await database.do(partial(developing.take, kind=Kind.VOICE))
    assert first is not None
    assert second is not None
    late = developing.Outcome(reason="lost")
    await database.do(partial(developing.hear, taken=first, outcome=late))
    [row] = await reports_doors.rows("select reason, tries from recordings")
    assert (row.reason, row.tries) == (None, 2)
    await database.do(partial(developing.hear, taken=second, outcome=late))
    [row] = await reports_doors.rows("select reason, leased_until from recordings")
    assert (row.reason, row.leased_until) == ("lost", None)


async def test_two_workers_develop_each_once(reports_doors: Doors) -> None:
    report = await file(reports_doors)
    for _ in range(4):
        await sent(reports_doors, voice(), "voice", report)
    await asyncio.gather(works(reports_doors), works(reports_doors), works(reports_doors))
    assert [one["state"] for one in await listed(reports_doors, report)] == ["ready"] * 4
    assert [row.tries for row in await reports_doors.rows("select tries from recordings")] == [1] * 4


async def test_what_takes_too_long_lets_others_go_first_and_is_given_up(
    reports_doors: Doors, later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, slow = await sent(reports_doors, video(8, "1280x720"), "video")
    monkeypatch.setattr(studio, "_SECONDS", 0.2)
    await works(reports_doors)
    monkeypatch.setattr(studio, "_SECONDS", 60)
    await sent(reports_doors, video(1), "video", report)
    await works(reports_doors)
    assert [one["state"] for one in await listed(reports_doors, report)] == ["waiting", "ready"]
    monkeypatch.setattr(studio, "_SECONDS", 0.2)
    for minutes in (4, 8, 12, 12):
        later(minutes)
        await works(reports_doors)
    later(0)
    found = {one["id"]: (one["state"], one["reason"]) for one in await listed(reports_doors, report)}
    assert found[slow] == ("rejected", "too-costly")


async def test_while_there_is_no_program_it_waits(reports_doors: Doors, later: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    report, _ = await sent(reports_doors, voice(), "voice")
    monkeypatch.setitem(studio._ENV, "PATH", "/nowhere")
    for minutes in range(0, 30, 2):
        later(minutes)
        await works(reports_doors)
    monkeypatch.undo()
    [one] = await listed(reports_doors, report)
    assert one["state"] == "waiting"
