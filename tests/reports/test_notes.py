"""批注: staff write for each other or for the reporter, who reads what is for them and nothing else."""

from typing import Any

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.life import file, named
from builders.world import DOCTOR, FAR_GRID, FAR_RESIDENT, GRID, OFFICER, OTHER_GRID, RESIDENT, SECOND_RESIDENT, Person

from chassis import privacy
from services.reports.actions.looking import FORGOTTEN

SECRET = "住户 13912345678 情绪激动，上门请两人同行"


async def write(doors: Doors, key: str, text: str, person: Person = GRID, **other: str) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/reports/{key}/notes", json={"text": text, **other}, headers=keyed())


async def read(doors: Doors, key: str, person: Person) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.get(f"/api/v1/reports/{key}/notes")


async def texts(doors: Doors, key: str, person: Person) -> list[Any]:
    return [one["text"] for one in (await read(doors, key, person)).json()]


async def test_the_reporter_reads_what_is_for_them_and_staff_read_all(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    assert (await write(reports_doors, key, SECRET)).status_code == 201
    assert (await write(reports_doors, key, "配件周三到货", OFFICER, visibility="told")).json()["visibility"] == "told"
    assert await texts(reports_doors, key, RESIDENT) == ["配件周三到货"]
    assert await texts(reports_doors, key, GRID) == [SECRET, "配件周三到货"]


async def test_who_filed_it_reads_no_staff_note_though_they_serve_there(reports_doors: Doors) -> None:
    key = await file(reports_doors, GRID)
    await write(reports_doors, key, SECRET, OFFICER)
    assert await texts(reports_doors, key, GRID) == []


async def test_nobody_else_reads_or_writes(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    strangers = dict.fromkeys((SECOND_RESIDENT, OTHER_GRID, FAR_GRID, FAR_RESIDENT), 404)
    for person, refused in {RESIDENT: 403, DOCTOR: 403, **strangers}.items():
        assert (await write(reports_doors, key, "x", person)).status_code == refused
        if person is not RESIDENT:
            assert (await read(reports_doors, key, person)).status_code == refused
    assert await reports_doors.rows("select 1 from notes") == []


async def test_a_note_is_sealed_and_forgotten_with_the_reporter(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    await write(reports_doors, key, SECRET)
    [row] = await reports_doors.rows("select sealed_text from notes")
    assert SECRET.encode() not in row.sealed_text
    held = reports_doors.running.service.personal
    assert held is not None
    told = await reports_doors.running.database.do(lambda work: held.export(work, RESIDENT.id))
    assert SECRET not in str(told)
    await reports_doors.running.database.do(lambda work: privacy.erase(work, held, RESIDENT.id))
    assert await texts(reports_doors, key, GRID) == [FORGOTTEN]


@pytest.mark.parametrize("body", [{"text": ""}, {"text": "x", "visibility": "all"}, {}, {"text": "x", "other": 1}])
async def test_what_is_no_note_is_refused(reports_doors: Doors, body: dict[str, Any]) -> None:
    key = await file(reports_doors)
    async with reports_doors.client(GRID) as client:
        assert (await client.post(f"/api/v1/reports/{key}/notes", json=body, headers=keyed())).status_code == 422
    assert await reports_doors.rows("select 1 from notes") == []


async def test_of_a_reporter_who_is_forgotten_nothing_is_written_anew(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    held = reports_doors.running.service.personal
    assert held is not None
    await reports_doors.running.database.do(lambda work: privacy.erase(work, held, RESIDENT.id))
    answer = await write(reports_doors, key, SECRET)
    assert (answer.status_code, named(answer)) == (409, "reporter-forgotten")
    assert await reports_doors.rows("select 1 from person_keys where person_id = :person", person=RESIDENT.id) == []


async def test_what_a_reporter_is_told_is_theirs_to_take_along(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    await write(reports_doors, key, SECRET)
    await write(reports_doors, key, "配件周三到货", OFFICER, visibility="told")
    held = reports_doors.running.service.personal
    assert held is not None
    told = await reports_doors.running.database.do(lambda work: held.export(work, RESIDENT.id))
    assert [one["text"] for one in told["notes"]] == ["配件周三到货"]
    assert (await reports_doors.running.database.do(lambda work: held.export(work, SECOND_RESIDENT.id)))["notes"] == []


async def test_of_a_note_that_is_for_them_the_reporter_hears_and_of_another_nobody(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    before = await reports_doors.said()
    await write(reports_doors, key, SECRET)
    assert await reports_doors.said() == before
    await write(reports_doors, key, "配件周三到货", OFFICER, visibility="told")
    assert await reports_doors.said() == [*before, "reports.report_noted.v1"]
    [row] = await reports_doors.rows("select * from outbox where topic = 'reports.report_noted.v1'")
    assert str(RESIDENT.id) in str(row)
    assert "配件" not in str(row)
