"""A report arrives: once, in its place, with its photos, and never with more said of it than is meant."""

import asyncio
from uuid import uuid4

import pytest
from builders.doors import Doors, keyed
from builders.wire import until
from builders.world import FAR_GRID, FAR_RESIDENT, GRID, RESIDENT, SECOND_RESIDENT, UNIT
from sqlalchemy import text

from services.reports.domain.coordinates import Point

_HELD_UP = """select count(*) >= 2 from pg_locks join pg_database on database = pg_database.oid
    where datname = current_database() and not granted"""


def draft(**more: object) -> dict[str, object]:
    return {
        "text": "3栋2单元楼道灯不亮", "category": "lighting", "place": {"area": UNIT, "lat": 30.62, "lng": 104.12},
        "client_token": str(uuid4()), **more,
    }


async def test_a_filed_report_is_numbered_announced_and_offers_what_can_be_done(reports_doors: Doors) -> None:
    async with reports_doors.client(RESIDENT) as resident:
        answer = await resident.post("/api/v1/reports", json=draft(), headers=keyed())
    assert answer.status_code == 201
    said = answer.json()
    assert said["number"].startswith("GH-")
    assert said["status"] == "submitted"
    assert {"name": "accept", "refused": "not-allowed-here"} in said["actions"]
    assert await reports_doors.said() == ["reports.report_submitted.v1"]


async def test_a_place_stays_as_it_was_said_and_is_shifted_once(reports_doors: Doors) -> None:
    for place in ({"lat": 30.62, "lng": 104.12, "accuracy_m": 12.5}, {"lat": 30.62, "lng": 104.12, "crs": "wgs84"}):
        async with reports_doors.client(RESIDENT) as resident:
            made = (await resident.post("/api/v1/reports", json=draft(place={"area": UNIT, **place}), headers=keyed())).json()
            again = (await resident.get(f"/api/v1/reports/{made['id']}")).json()
        assert again["said"] == made["said"] == {"crs": "gcj02", "accuracy_m": None, **place}
        meant = Point(**{"crs": "gcj02", **{name: place[name] for name in place if name != "accuracy_m"}}).wgs84()
        assert (made["lat"], made["lng"]) == (meant.lat, meant.lng)
    async with reports_doors.client(RESIDENT) as resident:
        nowhere = await resident.post("/api/v1/reports", json=draft(place={"area": UNIT}), headers=keyed())
        assert nowhere.json()["said"] is None
        for accuracy in (-1, 10_001, "near"):
            wrong = draft(place={"area": UNIT, "lat": 30.62, "lng": 104.12, "accuracy_m": accuracy})
            assert (await resident.post("/api/v1/reports", json=wrong, headers=keyed())).status_code == 422


async def test_the_text_is_sealed_at_rest_and_in_no_event(reports_doors: Doors) -> None:
    async with reports_doors.client(RESIDENT) as resident:
        answer = await resident.post("/api/v1/reports", json=draft(text="我家电话 13912345678"), headers=keyed())
    assert answer.status_code == 201
    kept = str(await reports_doors.rows("select * from reports")) + str(await reports_doors.rows("select * from outbox"))
    kept += str(await reports_doors.rows("select * from idempotency"))
    assert "13912345678" not in kept


@pytest.mark.parametrize("text", ["", " \n\t", "\0", "楼道\0灯不亮", "楼道灯不亮\n\0"])
async def test_a_text_of_nothing_or_with_a_nul_is_refused_wherever_it_is_written(text: str, reports_doors: Doors) -> None:
    async with reports_doors.client(RESIDENT) as resident, reports_doors.client(GRID) as grid:
        assert (await resident.post("/api/v1/reports", json=draft(text=text), headers=keyed())).status_code == 422
        report = (await resident.post("/api/v1/reports", json=draft(text="楼道灯\n不亮"), headers=keyed())).json()
        for body in ({"reason": text}, {"note": text, "photos": []}):
            path = f"/api/v1/reports/{report['id']}/{'return' if 'reason' in body else 'resolution'}"
            assert (await grid.post(path, json=body)).status_code == 422
    assert await reports_doors.said() == ["reports.report_submitted.v1"]


async def test_a_draft_sent_twice_becomes_one_report(reports_doors: Doors) -> None:
    body = draft()
    async with reports_doors.client(RESIDENT) as resident:
        first = await resident.post("/api/v1/reports", json=body, headers=keyed())
        again = await resident.post("/api/v1/reports", json=body, headers=keyed())
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert await reports_doors.said() == ["reports.report_submitted.v1"]


async def test_twenty_drafts_at_once_become_one_report(reports_doors: Doors) -> None:
    body = draft()
    async with reports_doors.client(RESIDENT) as resident:
        answers = await asyncio.gather(*(resident.post("/api/v1/reports", json=body, headers=keyed()) for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert len(await reports_doors.rows("select 1 from reports")) == 1


async def test_a_report_needs_an_idempotency_key(reports_doors: Doors) -> None:
    async with reports_doors.client(RESIDENT) as resident:
        answer = await resident.post("/api/v1/reports", json=draft())
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/problems/idempotency-key-required")
    assert await reports_doors.said() == []


async def test_a_place_that_is_not_in_the_tree_is_refused(reports_doors: Doors) -> None:
    async with reports_doors.client(RESIDENT) as resident:
        answer = await resident.post("/api/v1/reports", json=draft(place={"area": "510104.clx.nowhere"}), headers=keyed())
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/problems/no-such-area")


async def test_the_place_is_kept_in_wgs84(reports_doors: Doors) -> None:
    async with reports_doors.client(RESIDENT) as resident:
        said = (await resident.post("/api/v1/reports", json=draft(), headers=keyed())).json()
    assert abs(said["lat"] - 30.62) > 0.0005  # the phone said GCJ-02, which lies some 300 m off here
    assert abs(said["lng"] - 104.12) > 0.0005


async def test_others_do_not_see_it_and_the_neighbour_community_not_at_all(reports_doors: Doors) -> None:
    async with reports_doors.client(RESIDENT) as resident:
        key = (await resident.post("/api/v1/reports", json=draft(), headers=keyed())).json()["id"]
    for person, status in ((RESIDENT, 200), (GRID, 200), (SECOND_RESIDENT, 404), (FAR_GRID, 404), (FAR_RESIDENT, 404)):
        async with reports_doors.client(person) as client:
            assert (await client.get(f"/api/v1/reports/{key}")).status_code == status
            listed = (await client.get("/api/v1/reports")).json()
            assert [one["id"] for one in listed["items"]] == ([key] if status == 200 else [])
            assert (await client.get(f"/api/v1/reports/{key}/history")).status_code == status
            if status == 404:
                assert (await client.post(f"/api/v1/reports/{key}/acceptance")).status_code == 404


async def test_twenty_twins_of_a_draft_under_different_keys_become_one_report(reports_doors: Doors) -> None:
    """The first is held up where it takes its number, so that the next comes to look while nothing is to be seen."""
    body = draft()
    async with reports_doors.client(RESIDENT) as resident, reports_doors.whole.connect() as elsewhere:
        await elsewhere.execute(text("lock table numbers in exclusive mode"))
        twins = [asyncio.create_task(resident.post("/api/v1/reports", json=body, headers=keyed())) for _ in range(20)]
        await until(lambda: elsewhere.scalar(text(_HELD_UP)))
        await elsewhere.rollback()
        answers = await asyncio.gather(*twins)
    assert [answer.status_code for answer in answers] == [201] * 20
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await reports_doors.rows("select 1 from reports")) == 1
    assert await reports_doors.said() == ["reports.report_submitted.v1"]
