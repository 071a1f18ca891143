"""转入: dirty data of other cities is looked at row by row; all of it is taken, once, or none; what is closed stays there."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from builders.doors import Doors
from builders.world import GRID, HERE
from hypothesis import given
from hypothesis import strategies as some

from services.reports.__main__ import operate, take_over
from services.reports.actions import intake as acts
from services.reports.domain.intake import CategoriesUnfit, FileUnfit, Intake, IntakeWrong, read, table
from services.reports.domain.sender import NoSuchSender

FILES = Path(__file__).with_name("intake")
NOW = datetime(2026, 11, 27, tzinfo=UTC)
NEW_YORK, CHENGDU = ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")


def looked(name: str | bytes, zone: ZoneInfo = NEW_YORK, **categories: str) -> Intake:
    content = name if isinstance(name, bytes) else (FILES / name).read_bytes()
    return read(content, source="nyc", zone=zone, now=NOW, categories=categories)


def wrong(found: Intake) -> dict[int, str]:
    return {one.row: one.why for one in found.problems}


def test_new_yorks_rows_with_a_mark_at_the_beginning_lines_in_quotes_and_hours_that_were_none() -> None:
    found = looked("nyc.csv")
    assert (wrong(found), found.passed) == ({}, {"closed": 1, "twice": 1})
    lamp, dumped, noise = found.drafts
    assert (lamp.key, lamp.category, lamp.row) == ("10000001", "lighting", 2)
    assert "Lamp out,\r\nboth sides of the gate\n地点：1 EXAMPLE LANE\n" in lamp.text
    assert lamp.text.endswith("（转自 nyc，原编号 10000001，提交于 2019-03-10 03:30）")
    assert lamp.point is not None
    assert (lamp.point.lat, lamp.point.lng, lamp.point.crs) == (30.6401, 104.0602, "wgs84")
    assert (dumped.point, noise.point) == (None, None), "0,0 and half a point are none"
    assert "提交于 2024-11-03 01:30" in noise.text


def test_bostons_rows_are_wrong_one_by_one() -> None:
    found = looked("boston.csv")
    assert [draft.key for draft in found.drafts] == ["101000000001"]
    assert wrong(found) == {
        3: "closed-before-opened", 4: "opened-unfit", 5: "opened-in-future", 6: "category-unknown", 7: "point-unfit",
        8: "twice-and-different", 9: "key-unfit", 10: "cells-too-many",
    }
    assert looked("boston.csv", **{"space debris": "safety"}).drafts[1].category == "safety"
    assert 6 not in wrong(looked("boston.csv", **{"*": "other"}))


def test_san_franciscos_rows_and_georeports() -> None:
    found = looked("sf.csv")
    assert [draft.category for draft in found.drafts] == ["sanitation", "parking"]
    assert (wrong(found), found.passed) == ({}, {"closed": 1})
    found = looked("georeport.json", CHENGDU)
    assert [(draft.key, draft.category, draft.point is None) for draft in found.drafts] == [
        ("3000001", "greening", False), ("3000003", "road", True),
    ]
    assert "提交于 2010-04-14 22:37" in found.drafts[0].text, "a zone that is named is believed"
    assert "提交于 2010-04-14 06:37" in found.drafts[1].text, "else it is the file's"
    assert found.passed == {"closed": 1}


HEAD = b"Unique Key,Created Date,Complaint Type\n"


@pytest.mark.parametrize("content", [
    b"", b"\xff\xfe", b"a,b\n1,2", b"Unique Key,Created Date\n1,2", b"Unique Key,Unique Key,Created Date,Complaint Type\n", b"{",
    b"[1]", b'{"a": 1}', b"[" * 100_000, HEAD + b"\0,1,2", HEAD + b"1,2,3\n" * 20_001, HEAD + b'"' + b"x" * 200_000,
], ids=range(12))
def test_what_is_no_such_file_is_refused(content: bytes) -> None:
    with pytest.raises(FileUnfit):
        looked(content)


@pytest.mark.parametrize("said", [b"", b"[]", b'{"x": "nothing"}', b'{"x": 1}', b'{"x": ["road"]}', b"\xff"])
def test_a_table_leads_to_categories_of_ours(said: bytes) -> None:
    with pytest.raises(CategoriesUnfit):
        table(said)
    assert table(b'{" Street  LIGHT ": "lighting"}') == {"street light": "lighting"}


@pytest.mark.parametrize(("cell", "why"), [
    ("2024-01-02,,nan,1", "point-unfit"), ("2024-01-02,,inf,1", "point-unfit"), ("2024-01-02,,1e999,1", "point-unfit"),
    ("0001-01-01,,,", "opened-unfit"), ("9999-12-31T23:59:59-23:59,,,", "opened-unfit"), ("1899-01-01,,,", "opened-unfit"),
    ("2024-01-02,never,,", "closed-unfit"), ("tomorrow,,,", "opened-unfit"), ("2026-11-28,,,", "opened-in-future"),
])
def test_what_is_no_date_and_no_place_is_wrong(cell: str, why: str) -> None:
    head = "Unique Key,Complaint Type,Created Date,Closed Date,Latitude,Longitude\n"
    assert wrong(looked(f"{head}1,Pothole,{cell}\n".encode())) == {2: why}


@given(some.lists(some.lists(some.text(max_size=30), min_size=1, max_size=8), max_size=12))
def test_whatever_stands_in_the_rows_each_is_taken_passed_or_wrong(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([["Unique Key", "Created Date", "Complaint Type", "Latitude", "Longitude", "Descriptor"], *rows])
    try:
        content = out.getvalue().encode()
        found = looked(content, **{"*": "other"})
    except (UnicodeEncodeError, FileUnfit):
        return
    there = sum(any(cell.strip() for cell in row) for row in rows)
    assert len(found.drafts) + found.passed.total() + len(found.problems) == there


def test_the_report_of_what_is_wrong_calculates_nothing() -> None:
    head = "Unique Key,Created Date,Complaint Type\n"
    content = head + '"=cmd|x",never,Pothole\n＋1,never,Pothole\n"a,b",never,Pothole\n'
    sheet = acts.report(looked(content.encode())).decode("utf-8-sig")
    assert [row[1] for row in csv.reader(io.StringIO(sheet))][1:] == ["'=cmd|x", "'＋1", "a,b"]
    assert acts.told(looked(content.encode())) == ["to take: 0", "wrong: 3 opened-unfit (rows 2, 3, 4)"]


async def sender(doors: Doors, name: str = "nyc") -> None:
    await operate(doors.running, ["add", name, "--community", HERE, "--owner", "区城管局", "--daily", "1"])


async def asked(doors: Doors, what: str, name: str, *more: str) -> list[str]:
    return await take_over(doors.running, [what, str(FILES / name), "--sender", "nyc", "--zone", "America/New_York", *more])


async def test_all_of_a_file_is_taken_once_after_it_was_looked_at(reports_doors: Doors, tmp_path: Path) -> None:
    await sender(reports_doors)
    out = tmp_path / "wrong.csv"
    assert (await asked(reports_doors, "look", "nyc.csv", "--report", str(out)))[-1] == "nothing was taken"
    assert await reports_doors.rows("select 1 from reports") == []
    assert out.read_text("utf-8-sig").count("\n") == 1, "nothing is wrong"
    assert (await asked(reports_doors, "take", "nyc.csv"))[-1] == "taken: 3 new reports, 0 were there"
    assert (await asked(reports_doors, "take", "nyc.csv"))[-1] == "taken: 0 new reports, 3 were there"
    rows = await reports_doors.rows("select category, status, area::text as area, submitted_at from reports order by number")
    assert [(row.category, row.status, row.area) for row in rows] == [
        ("lighting", "submitted", HERE), ("sanitation", "submitted", HERE), ("noise", "submitted", HERE),
    ]
    assert all(abs((datetime.now(UTC) - row.submitted_at).total_seconds()) < 60 for row in rows), "clocks begin now"
    assert await reports_doors.said() == ["reports.report_submitted.v1"] * 3
    assert "Lamp out" not in str(await reports_doors.rows("select * from reports")), "sealed as every text"
    async with reports_doors.client(GRID) as client:
        assert (await client.get("/api/v1/reports")).status_code == 200


async def test_while_a_row_is_wrong_nothing_is_taken(reports_doors: Doors, tmp_path: Path) -> None:
    await sender(reports_doors)
    out = tmp_path / "wrong.csv"
    with pytest.raises(IntakeWrong):
        await asked(reports_doors, "take", "boston.csv", "--report", str(out))
    assert await reports_doors.rows("select 1 from reports") == []
    assert out.read_text("utf-8-sig").count("\n") == 9
    with pytest.raises(NoSuchSender):
        await take_over(reports_doors.running, ["take", str(FILES / "nyc.csv"), "--sender", "nobody"])


async def test_six_who_take_the_same_file_at_once_make_each_report_once(reports_doors: Doors) -> None:
    await sender(reports_doors)
    told = await asyncio.gather(*(asked(reports_doors, "take", "nyc.csv") for _ in range(6)))
    assert sorted(one[-1] for one in told) == ["taken: 0 new reports, 3 were there"] * 5 + ["taken: 3 new reports, 0 were there"]
    assert len(await reports_doors.rows("select 1 from reports")) == 3


async def test_a_file_that_breaks_late_leaves_nothing(reports_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    await sender(reports_doors)
    file, filed = acts.acts.file, []

    async def breaks(*given: object, **more: object) -> object:
        filed.append(1)
        if len(filed) == 3:
            raise ConnectionError
        return await file(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(acts.acts, "file", breaks)
    with pytest.raises(ConnectionError):
        await asked(reports_doors, "take", "nyc.csv")
    assert await reports_doors.rows("select 1 from reports") == []
    assert await reports_doors.said() == []


async def test_an_operators_table_comes_first(reports_doors: Doors, tmp_path: Path) -> None:
    await sender(reports_doors)
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"Graffiti": "other"}))
    assert (await asked(reports_doors, "take", "sf.csv", "--categories", str(own)))[-1] == "taken: 2 new reports, 0 were there"
    rows = await reports_doors.rows("select category from reports order by number")
    assert [row.category for row in rows] == ["other", "parking"]
