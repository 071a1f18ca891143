"""渠道与代报: by which way a report came, and what staff file for a resident who agreed to it, whose report it then is."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.life import mark, named
from builders.photos import sent as portrait
from builders.world import (
    FAR_OFFICER,
    FAR_RESIDENT,
    GRID,
    HERE,
    OFFICER,
    OTHER_GRID,
    RESIDENT,
    SECOND_RESIDENT,
    STRANGER,
    UNIT,
    Person,
)

from tests.reports.test_open311 import key_for, lamp
from tests.reports.test_open311 import sent as by_program


def said(**more: Any) -> dict[str, Any]:
    return {"text": "灯不亮", "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4()), **more}


def behalf(person: Person, heard: str = "phone") -> dict[str, Any]:
    return {"person_id": str(person.id), "heard": heard, "consents": True}


async def sent(doors: Doors, person: Person, body: dict[str, Any]) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post("/api/v1/reports", json=body, headers=keyed())


async def scanned(doors: Doors) -> dict[str, Any]:
    """What is said at a poster."""
    await mark(doors)
    async with doors.client(OFFICER) as client:
        hung = await client.post("/api/v1/anchors", json={"place": {"area": UNIT}, "asset": "楼道照明", "category": "lighting"},
                                 headers=keyed())
    return {"text": "灯不亮", "anchor": hung.json()["code"], "client_token": str(uuid4())}


async def handed_in(doors: Doors) -> None:
    """Something written on paper."""
    rows = f"原编号,类别,描述,区域编码,经度,纬度,坐标系\n巡-1,供水,水管漏水,{UNIT},,,\n"
    async with doors.client(GRID) as client:
        headers = {**keyed(), "content-type": "text/csv"}
        answer = await client.post("/api/v1/report-sheets", content=rows.encode(), headers=headers)
    assert answer.status_code == 200, answer.text


async def test_a_report_says_by_which_way_it_came_and_lists_are_asked_for_one(reports_doors: Doors) -> None:
    ways = {
        "app": (RESIDENT, said()), "patrol": (GRID, said()), "poster": (RESIDENT, await scanned(reports_doors)),
        "phone": (GRID, said(behalf=behalf(RESIDENT))), "visit": (OFFICER, said(behalf=behalf(RESIDENT, "visit"))),
        "hotline": (OFFICER, said(behalf=behalf(SECOND_RESIDENT, "hotline"))),
    }
    for way, (person, body) in ways.items():
        answer = await sent(reports_doors, person, body)
        assert (answer.status_code, answer.json().get("channel")) == (201, way), answer.text
    await handed_in(reports_doors)
    assert (await by_program(reports_doors, lamp(await key_for(reports_doors)))).status_code == 201
    async with reports_doors.client(OFFICER) as client:
        for way in (*ways, "paper", "open311"):
            found = (await client.get("/api/v1/reports", params={"channel": way})).json()["items"]
            assert [one["channel"] for one in found] == [way]
        assert (await client.get("/api/v1/reports", params={"channel": "fax"})).status_code == 422


async def test_staff_who_report_where_they_do_not_serve_report_as_anybody(reports_doors: Doors) -> None:
    assert (await sent(reports_doors, OTHER_GRID, said())).json()["channel"] == "app"


async def test_what_staff_file_for_a_resident_is_the_residents_and_says_whose_act_it_was(reports_doors: Doors) -> None:
    picture = await portrait(reports_doors, GRID)
    made = await sent(reports_doors, GRID, said(behalf=behalf(RESIDENT), photos=[picture]))
    assert (made.status_code, [one["id"] for one in made.json()["photos"]]) == (201, [picture]), made.text
    key = made.json()["id"]
    async with reports_doors.client(RESIDENT) as client:
        mine = (await client.get("/api/v1/reports?mine=true")).json()["items"]
        assert [(one["id"], one["reporter_id"]) for one in mine] == [(key, str(RESIDENT.id))]
        (step,) = (await client.get(f"/api/v1/reports/{key}/history")).json()
        assert (step["actor_id"], step["acting_id"]) == (str(RESIDENT.id), str(GRID.id))
        assert (await client.post(f"/api/v1/reports/{key}/withdrawal", headers=keyed())).status_code == 200
    (row,) = await reports_doors.rows("select headers from outbox where topic = 'reports.report_submitted.v1'")
    assert str(GRID.id) in str(row.headers), "so that notify tells the resident who did it for them (代办)"
    (done,) = await reports_doors.rows("select actor_id, reason from audit where action = 'reports.file_for'")
    assert (done.actor_id, done.reason) == (GRID.id, "phone")


@pytest.mark.parametrize(("by", "person", "place", "answer"), [
    (RESIDENT, SECOND_RESIDENT, UNIT, (404, "not-found")), (FAR_OFFICER, FAR_RESIDENT, UNIT, (404, "not-found")),
    (GRID, FAR_RESIDENT, UNIT, (409, "not-their-neighbour")), (GRID, STRANGER, UNIT, (409, "not-their-neighbour")),
    (GRID, GRID, UNIT, (409, "not-their-neighbour")), (OTHER_GRID, RESIDENT, UNIT, (404, "not-found")),
    (OFFICER, RESIDENT, f"{HERE}.g99", (422, "no-such-area")),
])
async def test_nobody_files_for_others_but_who_serves_there_for_who_lives_there(
    reports_doors: Doors, by: Person, person: Person, place: str, answer: tuple[int, str]
) -> None:
    refused = await sent(reports_doors, by, said(behalf=behalf(person), place={"area": place}))
    assert (refused.status_code, named(refused)) == answer, refused.text
    assert await reports_doors.rows("select 1 from reports") == []


@pytest.mark.parametrize("wrong", [{"consents": False}, {"consents": None}, {"heard": "app"}, {"person_id": "somebody"}])
async def test_without_the_residents_word_nothing_is_filed(reports_doors: Doors, wrong: dict[str, Any]) -> None:
    answer = await sent(reports_doors, GRID, said(behalf={**behalf(RESIDENT), **wrong}))
    assert answer.status_code == 422
    assert await reports_doors.rows("select 1 from reports") == []


async def test_one_draft_for_a_resident_is_one_report_of_twelve_at_once(reports_doors: Doors) -> None:
    body = said(behalf=behalf(RESIDENT))
    answers = await asyncio.gather(*(sent(reports_doors, GRID, body) for _ in range(12)))
    assert {one.status_code for one in answers} == {201}
    assert len({one.json()["id"] for one in answers}) == 1
    assert len(await reports_doors.rows("select 1 from reports")) == 1
