"""子报事, at the same moment and broken late: no report is ever over of which a part is open, and none is half divided."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from builders.day import told
from builders.doors import Doors
from builders.life import brought_to, named, step
from builders.merged import Two, hear
from builders.parts import WORDS, along, divide, divided, mended, read, sound, waiting
from builders.world import GRID, OFFICER, RESIDENT, SECOND_RESIDENT
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from chassis import privacy
from services.reports.actions import parts as acts
from services.reports.actions import personal, retention

_HOLD = "select 1 from reports where id = cast(:key as uuid) for update"


@pytest.mark.parametrize("first", ["resolution", "parts"])
async def test_who_divides_and_who_resolves_wait_for_each_other(reports_doors: Doors, first: str) -> None:
    """All of them wait for the report; whoever is first decides for those behind."""
    key = await brought_to(reports_doors, "processing")

    async def act(what: str) -> Any:
        return await (step(reports_doors, GRID, key, what) if what == "resolution" else divide(reports_doors, key))

    async with reports_doors.whole.begin() as holding:
        await holding.execute(text(_HOLD), {"key": key})
        acting = []
        for turn, what in enumerate(sorted(["resolution", "parts"] * 3, key=lambda one: one != first), start=1):
            acting.append(asyncio.create_task(act(what)))
            await waiting(reports_doors, turn)
    answers = [one.status_code for one in await asyncio.gather(*acting)]
    assert answers == ([200] + [409] * 5 if first == "resolution" else [201] * 3 + [409] * 3)
    await sound(reports_doors)


async def test_while_the_last_part_is_being_resolved_its_report_is_not(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    part = (await divided(reports_doors, key))["id"]
    for what in ("acceptance", "assignment", "processing"):
        await step(reports_doors, GRID, part, what)
    async with reports_doors.whole.begin() as holding:
        await holding.execute(text(_HOLD), {"key": part})
        ending = [asyncio.create_task(step(reports_doors, GRID, part, "resolution")) for _ in range(6)]
        await waiting(reports_doors, 6)
        early = await step(reports_doors, GRID, key, "resolution")
        assert (early.status_code, named(early)) == (409, "parts-open")
    assert sorted(one.status_code for one in await asyncio.gather(*ending)) == [200] + [409] * 5
    assert (await step(reports_doors, GRID, key, "resolution")).status_code == 200
    await sound(reports_doors)


async def test_of_both_at_once_neither_leaves_the_other_behind(reports_doors: Doors) -> None:
    for _ in range(3):
        key = await brought_to(reports_doors, "assigned")
        answers = await asyncio.gather(
            step(reports_doors, RESIDENT, key, "withdrawal"), *(divide(reports_doors, key) for _ in range(4))
        )
        assert answers[0].status_code == 200
        assert {one.status_code for one in answers[1:]} <= {201, 409}
        await sound(reports_doors)


async def test_what_fails_late_leaves_nothing(reports_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await brought_to(reports_doors, "processing")
    kept: Any = acts.keep
    before = await _all(reports_doors)

    async def breaks(work: Any, report: Any, *more: Any) -> Any:
        if report.parent_id is None:
            raise RuntimeError("killed after the part was written")
        return await kept(work, report, *more)

    monkeypatch.setattr(acts, "keep", breaks)
    assert (await divide(reports_doors, key)).status_code == 500
    assert await _all(reports_doors) == before
    monkeypatch.setattr(acts, "keep", kept)
    await divided(reports_doors, key)


async def _all(doors: Doors) -> list[Any]:
    asked = ("select id, last_seq, last_hash from reports", "select * from clocks order by id", "select pos from outbox",
             "select * from numbers", "select report_id from dues")
    return [await doors.rows(one) for one in asked]


async def test_its_words_end_with_the_reporters_key_and_nothing_is_written_anew(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "processing")
    part = await divided(reports_doors, key)
    copy = await reports_doors.running.database.do(lambda work: personal.export(work, RESIDENT.id))
    whole = await read(reports_doors, key)
    assert [one["number"] for one in copy["reports"]] == [whole["number"]]
    assert copy["parts"] == [{"report": whole["number"], **{name: part[name] for name in ("number", "category", "status")}}]
    assert WORDS not in str(copy)
    held = reports_doors.running.service.personal
    assert held is not None
    await reports_doors.running.database.do(lambda work: privacy.erase(work, held, RESIDENT.id))
    assert WORDS not in str(await read(reports_doors, part["id"]))
    answer = await divide(reports_doors, key)
    assert (answer.status_code, named(answer)) == (409, "reporter-forgotten")
    await along(reports_doors, part["id"], "acceptance", "assignment", "processing")


async def test_it_follows_a_reporter_who_is_another_and_comes_back(reports_doors: Doors) -> None:
    two = Two(survivor=SECOND_RESIDENT.id, source=RESIDENT.id)
    key = await brought_to(reports_doors, "processing")
    part = (await divided(reports_doors, key))["id"]
    await hear(reports_doors, two.merged)
    assert ((await read(reports_doors, part))["text"], await read(reports_doors, part, SECOND_RESIDENT)) == (WORDS, 404)
    assert len((await read(reports_doors, key, SECOND_RESIDENT))["parts"]) == 1
    await hear(reports_doors, two.split)
    await told(reports_doors, "delete from person_keys where person_id = :person", person=SECOND_RESIDENT.id)
    assert (await read(reports_doors, part))["text"] == WORDS
    await sound(reports_doors)


async def test_after_years_its_words_are_gone_and_it_still_hangs_where_it_did(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await brought_to(reports_doors, "processing")
    part = (await divided(reports_doors, key))["id"]
    await mended(reports_doors, part)
    await step(reports_doors, GRID, key, "resolution")
    clock = reports_doors.running.settings.clock
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=4000))
    await retention.run(reports_doors.running)
    monkeypatch.undo()
    rows = await reports_doors.rows("select sealed_text, reporter_id, parent_id from reports order by id")
    assert {bytes(row.sealed_text) for row in rows} == {b""}
    assert len({row.reporter_id for row in rows} - {RESIDENT.id}) == 1
    assert [row.parent_id is not None for row in rows] == [False, True]
    assert (await read(reports_doors, part, OFFICER, "/chain"))["sound"]


@pytest.mark.parametrize("wrong", [
    "divided_by = null", "parent_id = id", "satisfaction = 3", "supporters = 1",
    "status = 'merged', merged_from = 'accepted', master_id = parent_id",
])
async def test_the_database_knows_what_a_part_is(reports_doors: Doors, wrong: str) -> None:
    await divided(reports_doors, await brought_to(reports_doors, "processing"))
    async with reports_doors.whole.connect() as connection:
        with pytest.raises(IntegrityError):
            await connection.exec_driver_sql(f"update reports set {wrong} where parent_id is not null")
