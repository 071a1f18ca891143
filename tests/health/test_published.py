"""What is open, for everybody: SMART Scheduling Links' manifest and files; made once a minute, and nobody is in them."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from builders.doors import Doors
from builders.fhir import Hospital, accepted, hospital, issue
from builders.house import entered, lie
from builders.hut import book
from builders.world import DOCTOR, RESIDENT
from sqlalchemy import event, text

from contracts.calendar import CHENGDU
from services.health.actions import publishing
from services.health.domain import published
from services.health.domain.resources import CAPACITY, ROOM
from services.health.store import published as store

SOON = timedelta(days=1)


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    return await hospital(health_doors)


async def get(doors: Doors, path: str, **headers: str) -> httpx.Response:
    """Somebody who never signed in."""
    async with doors.client() as anybody:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        answer: httpx.Response = await anybody.get(path, headers=said)
        return answer


async def again(doors: Doors) -> None:
    """A minute later it is looked at once more."""
    async with doors.whole.begin() as connection:
        await connection.execute(text("update published_files set changed_at = changed_at - interval '61 seconds'"))
    await publishing.publish(doors.running)


async def manifest(doors: Doors) -> dict[str, Any]:
    answer = await get(doors, "/fhir/$bulk-publish", accept="application/json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), answer.text
    return dict(answer.json())


async def lines(doors: Doors, kind: str) -> list[dict[str, Any]]:
    """What the files of a kind say, as HL7's models read it."""
    found = []
    for one in (await manifest(doors))["output"]:
        if one["type"] == kind:
            answer = await get(doors, one["url"].removeprefix(doors.issuer), accept="application/fhir+ndjson")
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/fhir+ndjson")
            found += [json.loads(line) for line in answer.text.splitlines()]
    assert all(accepted(one) for one in found)
    return found


async def change(doors: Doors, statement: str, **values: Any) -> None:
    async with doors.whole.begin() as connection:
        await connection.execute(text(statement), values)


async def test_whoever_asks_reads_what_is_open_and_where_it_is_booked(east: Hospital) -> None:
    first, later = await east.offer(capacity=3), await east.offer(timedelta(days=3))
    await east.booked(RESIDENT, first)
    await publishing.publish(east.doors.running)
    said = await manifest(east.doors)
    assert said["request"] == f"{east.doors.issuer}/fhir/$bulk-publish"
    assert datetime.fromisoformat(said["transactionTime"]) <= datetime.now(UTC)
    kinds = [one["type"] for one in said["output"]]
    assert kinds == ["Location", "HealthcareService", "PractitionerRole", "Schedule", "Slot", "Slot"]
    assert all(one["extension"] == {"state": ["510000"]} for one in said["output"])
    slots = await lines(east.doors, "Slot")
    assert [(one["id"], one["status"]) for one in slots] == [(first, "free"), (later, "free")]
    left = [one["valueInteger"] for made in slots for one in made["extension"] if one["url"] == CAPACITY]
    assert left == [2, 1], "of each so many as are left"
    links = {one["url"]: one["valueUrl"] for one in slots[0]["extension"] if "valueUrl" in one}
    assert links == dict.fromkeys(published.DEEP_LINKS, f"{east.doors.issuer}/app/?slot={first}")
    (schedule,), (role,), (service,), (place,) = [
        await lines(east.doors, kind) for kind in ("Schedule", "PractitionerRole", "HealthcareService", "Location")
    ]
    assert {one["schedule"]["reference"] for one in slots} == {f"Schedule/{schedule['id']}"}
    named = [one["reference"] for one in schedule["actor"]]
    assert named == [f"PractitionerRole/{role['id']}", f"HealthcareService/{service['id']}", f"Location/{place['id']}"]
    assert (service["name"], place["name"]) == ("东郊医院心内科", "东郊医院")
    assert [one["id"] for one in await east.found("Schedule")] == [schedule["id"]], "the same id as at the door of programs"


async def test_nobody_is_in_it(east: Hospital) -> None:
    await east.booked(RESIDENT, await east.offer(capacity=2))
    await publishing.publish(east.doors.running)
    whole = json.dumps([(row.name, row.body) for row in await east.doors.rows("select name, body from published_files")])
    (doctor,) = await east.doors.rows("select display_name from directory_assignments where person_id = :id", id=DOCTOR.id)
    for word in (str(RESIDENT.id), str(DOCTOR.id), doctor.display_name, "Patient", "Practitioner/"):
        assert word not in whole, word


@pytest.mark.parametrize("why", [
    "closed", "set_aside", "not_released", "in_the_hut", "video", "no_department", "full", "begun", "far", "room_busy",
])
async def test_what_is_not_open_to_everybody_is_not_there(east: Hospital, why: str) -> None:
    slot, other = await east.offer(), await east.offer(timedelta(days=2))
    key = {"id": UUID(slot)}
    if why == "full":
        await east.booked(RESIDENT, slot)
    elif why in {"in_the_hut", "room_busy"}:
        own = why == "room_busy"
        room = await entered(east.doors, "rooms", name="一号")
        await change(east.doors, "update rooms set hospital_id = :h where :own", h=UUID(east.id), own=own)
        await lie(east.doors, slot, room_id=room)
        if own:
            await lie(east.doors, other, room_id=room)
            at = datetime.now(UTC) + SOON
            same = "update slots set starts_at = :at, ends_at = :till, doctor_id = :d where id = :id"
            await change(east.doors, same, id=UUID(other), at=at, till=at + timedelta(minutes=15), d=UUID(int=7))
            assert (await book(east.doors, RESIDENT, other)).status_code == 201
            other = ""
    else:
        await change(east.doors, {
            "closed": "update slots set closed = true where id = :id",
            "set_aside": "update slots set set_aside = 1, set_aside_until = now() + interval '20 hours' where id = :id",
            "not_released": "update slots set opens_at = now() + interval '20 hours' where id = :id",
            "video": "update slots set modality = 'video_home' where id = :id",
            "no_department": "update slots set department_id = null where id = :id",
            "begun": "update slots set starts_at = now() - interval '1 minute' where id = :id",
            "far": "update slots set starts_at = now() + interval '15 days', ends_at = now() + interval '16 days' where id = :id",
        }[why], **key)
    await publishing.publish(east.doors.running)
    assert [one["id"] for one in await lines(east.doors, "Slot")] == ([other] if other else [])


async def test_a_place_of_the_hospitals_own_is_named_and_one_that_is_closed_is_not_offered(east: Hospital) -> None:
    slot, room = await east.offer(), await entered(east.doors, "rooms", name="三楼")
    await change(east.doors, "update rooms set hospital_id = :h", h=UUID(east.id))
    await lie(east.doors, slot, room_id=room)
    await publishing.publish(east.doors.running)
    places = {one["id"]: one["name"] for one in await lines(east.doors, "Location")}
    assert places == {east.id: "东郊医院", room: "东郊医院 三楼"}
    (made,) = await lines(east.doors, "Slot")
    assert {"url": ROOM, "valueReference": {"reference": f"Location/{room}"}} in made["extension"]
    await change(east.doors, "update rooms set closed_at = now()")
    await again(east.doors)
    assert await lines(east.doors, "Slot") == []


async def test_it_is_looked_at_once_a_minute_whoever_asks_however_often(east: Hospital) -> None:
    await east.offer()
    asked: list[str] = []
    engine = east.doors.running.database.engine.sync_engine

    def heard(_: Any, __: Any, statement: str, *___: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", heard)
    try:
        await asyncio.gather(*(publishing.publish(east.doors.running) for _ in range(12)))
        walks = [one for one in asked if "FROM slots" in one]
        await asyncio.gather(*(get(east.doors, "/fhir/$bulk-publish") for _ in range(12)))
        assert len(walks) == 1
        assert [one for one in asked if "FROM slots" in one] == walks, "who asks has nothing walked through"
    finally:
        event.remove(engine, "before_cursor_execute", heard)
    (before,) = await lines(east.doors, "Slot")
    await east.offer(timedelta(days=2))
    await publishing.publish(east.doors.running)
    assert await lines(east.doors, "Slot") == [before]
    await again(east.doors)
    assert len(await lines(east.doors, "Slot")) == 2


async def test_who_has_it_already_is_told_so_and_what_changed_is_another(east: Hospital) -> None:
    slot = await east.offer()
    await publishing.publish(east.doors.running)
    for path in ("/fhir/$bulk-publish", "/fhir/published/schedule.ndjson"):
        first = await get(east.doors, path)
        assert first.headers["cache-control"] == "public, max-age=60"
        same = await get(east.doors, path, if_none_match=first.headers["etag"])
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
        assert (await get(east.doors, path, if_none_match='"x"')).status_code == 200
        assert (await get(east.doors, path, if_modified_since=first.headers["last-modified"])).status_code == 304
    output = (await manifest(east.doors))["output"]
    (day,) = [one["url"].removeprefix(east.doors.issuer) for one in output if one["type"] == "Slot"]
    before = (await get(east.doors, day)).headers["etag"]
    await again(east.doors)
    assert (await get(east.doors, day)).headers["etag"] == before, "what says the same is the same, whenever it was looked at"
    await change(east.doors, "update slots set capacity = 2 where id = :id", id=UUID(slot))
    await again(east.doors)
    assert (await get(east.doors, day, if_none_match=before)).status_code == 200
    await change(east.doors, "update slots set closed = true")
    await again(east.doors)
    assert (await get(east.doors, day)).status_code == 404, "of a day on which nothing is open there is no file"


async def test_a_day_is_one_of_chengdu_and_of_too_many_the_nearest_are_kept(east: Hospital) -> None:
    later, first = await east.offer(timedelta(days=2)), await east.offer()
    await publishing.publish(east.doors.running)
    days = [datetime.fromisoformat(one["start"]).astimezone(CHENGDU).date() for one in await lines(east.doors, "Slot")]
    named = [one["url"].rpartition("/")[2] for one in (await manifest(east.doors))["output"] if one["type"] == "Slot"]
    assert named == [f"slot-{day}.ndjson" for day in days]
    async with east.doors.running.database.reading() as work:
        until = datetime.now(UTC) + timedelta(days=9)
        found = [[str(row.id) for row in await store.open_to_all(work, until, most)] for most in (1, 2)]
    assert found == [[first], [first, later]]


async def test_what_is_not_there_or_not_asked_for_in_its_form_is_refused(east: Hospital) -> None:
    assert issue(await get(east.doors, "/fhir/$bulk-publish")) == (404, "not-found"), "before it was made"
    await publishing.publish(east.doors.running)
    for name in ("nothing.ndjson", "$bulk-publish", "x" * 65):
        assert issue(await get(east.doors, f"/fhir/published/{name}"))[0] in {404, 422, 400}, name
    assert issue(await get(east.doors, "/fhir/published/slot.ndjson", accept="application/fhir+json")) == (406, "not-acceptable")
    assert issue(await get(east.doors, "/fhir/$bulk-publish", accept="application/fhir+ndjson")) == (406, "not-acceptable")
    assert (await manifest(east.doors))["output"][0]["extension"] == {"state": []}, "nothing is open, and it says so"
    told = (await east.get("metadata")).json()
    assert told["rest"][0]["operation"][0]["name"] == "bulk-publish"
