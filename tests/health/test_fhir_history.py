"""What an appointment said before: each version once, without gaps, for whoever may read it as it is."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx
import pytest
from builders.doors import Doors
from builders.fhir import ALL, Hospital, accepted, fresh, hospital, issue
from builders.hospital import consents
from builders.hut import ask, crowd
from builders.world import RESIDENT


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    return await hospital(health_doors)


async def history(one: Hospital, key: str, **asked: Any) -> dict[str, Any]:
    answer = await one.get(f"Appointment/{key}/_history", **asked)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    assert (made["resourceType"], made["type"]) == ("Bundle", "history")
    assert accepted(made)
    return made


def said(made: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["resource"]["meta"]["versionId"], one["resource"]["status"]) for one in made.get("entry", ())]


async def operate(one: Hospital, name: str, **given: str) -> dict[str, Any]:
    """Hold or book, for the one who is named."""
    sent = [{"name": key.replace("_", "-"), "valueReference": {"reference": value}} for key, value in given.items()]
    async with one.client() as client:
        answer = await client.post(f"/fhir/Appointment/${name}", json={"resourceType": "Parameters", "parameter": sent})
    made: dict[str, Any] = answer.json()["entry"][0]["resource"]
    assert answer.status_code == 200, made
    return made


async def proposed(east: Hospital, slot: str) -> dict[str, Any]:
    """Held by the hospital's program, for somebody whom it knows."""
    await east.booked(RESIDENT)
    whom = await east.patient(RESIDENT)
    async with east.client() as client:
        parameter = [{"name": "appointment-resource", "resource": {
            "resourceType": "Appointment", "status": "proposed", "slot": [{"reference": f"Slot/{slot}"}],
            "participant": [{"actor": {"reference": f"Patient/{whom}"}, "status": "accepted"}],
        }}]
        answer = await client.post("/fhir/Appointment/$hold", json={"resourceType": "Parameters", "parameter": parameter})
    made: dict[str, Any] = answer.json()["entry"][0]["resource"]
    assert answer.status_code == 200, made
    return made


async def test_what_an_appointment_said_is_read_newest_first(east: Hospital) -> None:
    held = await proposed(east, await east.offer(timedelta(days=2)))
    booked = await operate(east, "book", appointment_reference=f"Appointment/{held['id']}")
    async with east.client() as client:
        cancelled = await client.post(f"/fhir/Appointment/{held['id']}/$cancel", headers={"if-match": 'W/"2"'})
    assert [one["meta"]["versionId"] for one in (held, booked, cancelled.json())] == ["1", "2", "3"]
    made = await history(east, held["id"])
    assert [one["resource"] for one in made["entry"]] == [cancelled.json(), booked, held], "each is what was answered then"
    assert made["total"] == 3
    newest, _, first = made["entry"]
    assert newest["request"] == {"method": "PUT", "url": f"Appointment/{held['id']}"}
    assert newest["response"] == {"status": "200", "etag": 'W/"3"', "lastModified": cancelled.json()["meta"]["lastUpdated"]}
    assert (first["request"], first["response"]["status"]) == ({"method": "POST", "url": "Appointment"}, "201")
    for one in (held, booked, cancelled.json()):
        answer = await east.get(f"Appointment/{held['id']}/_history/{one['meta']['versionId']}")
        assert (answer.json(), answer.headers["etag"]) == (one, f'W/"{one["meta"]["versionId"]}"')


async def test_pages_of_a_history_and_since_when(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    await ask(east.doors, RESIDENT, f"appointments/{key}/cancellation")
    whole = said(await history(east, key))
    assert whole == [("2", "cancelled"), ("1", "booked")]
    first = await history(east, key, _count=1)
    links = {one["relation"]: one["url"] for one in first["link"]}
    assert (said(first), first["total"]) == (whole[:1], 2)
    onward = dict(parse_qsl(urlsplit(links["next"]).query))
    second = await history(east, key, **onward)
    assert (said(second), second["total"]) == (whole[1:], 2)
    assert [one["relation"] for one in second["link"]] == ["self"]
    assert (said(await history(east, key, _count=0)), first["total"]) == ([], 2)
    last = first["entry"][0]["resource"]["meta"]["lastUpdated"]
    begin = second["entry"][0]["resource"]["meta"]["lastUpdated"]
    assert said(await history(east, key, _since=begin)) == whole
    assert len(said(await history(east, key, _since=(datetime.fromisoformat(last) + timedelta(seconds=1)).isoformat()))) == 0
    for wrong in (
        {"_since": "soon"}, {"_since": f"ge{begin}"}, {"_count": "x"}, {"_cursor": "-1"}, {"_since": "2026-01-01T00:00"},
    ):
        assert issue(await east.get(f"Appointment/{key}/_history", **wrong)) == (400, "parameter-refused"), wrong
    async with east.client(prefer="handling=strict") as client:
        assert issue(await client.get(f"/fhir/Appointment/{key}/_history?colour=red")) == (400, "parameter-unknown")
    assert said(await history(east, key, colour="red")) == whole


async def test_history_is_for_who_may_read_it_now(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    west = await hospital(east.doors, "西郊医院")
    for path in (f"Appointment/{key}/_history", f"Appointment/{key}/_history/1"):
        assert (await east.get(path)).status_code == 200
        assert issue(await west.get(path)) == (404, "not-found")
        async with east.client(ALL.replace("system/Appointment.cruds", "system/Appointment.cuds")) as little:
            assert issue(await little.get(f"/fhir/{path}")) == (403, "scope-missing")
    for path in (f"Appointment/{fresh()}/_history", f"Appointment/{key}/_history/2", f"Appointment/{key}/_history/01",
                 f"Appointment/{key}/_history/99999999999999999999", f"Appointment/{key}/_history/x", f"Slot/{fresh()}/_history"):
        assert issue(await east.get(path)) == (404, "not-found"), path
    await consents(east.doors, RESIDENT, state="withdrawn", sequence=9)
    for path in (f"Appointment/{key}/_history", f"Appointment/{key}/_history/1"):
        assert issue(await east.get(path)) == (403, "consent-withdrawn")


async def test_looking_back_is_audited_and_told_as_any_look(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    await history(east, key)
    await east.get(f"Appointment/{key}/_history/1")
    marks = await east.doors.rows("select 1 from audit where action = 'hospitals.read' and subject = :s", s=f"appointment/{key}")
    assert len(marks) == 2
    assert (await east.doors.said()).count("health.record_shown.v1") == 2


async def test_what_a_resident_held_is_in_no_history(east: Hospital) -> None:
    slot = await east.offer()
    held = (await ask(east.doors, RESIDENT, "holds", {"slot_id": slot})).json()["id"]
    assert (await ask(east.doors, RESIDENT, "appointments", {"hold_id": held})).status_code == 201
    assert said(await history(east, held)) == [("2", "booked")], "a hold is nobody's business but its holder's"
    assert issue(await east.get(f"Appointment/{held}/_history/1")) == (404, "not-found")


async def versions(east: Hospital, key: str) -> list[int]:
    rows = await east.doors.rows("select version from appointment_versions where appointment_id = :k order by 1", k=UUID(key))
    return [row.version for row in rows]


async def test_of_twelve_who_change_it_at_once_each_version_is_one_without_gaps(east: Hospital) -> None:
    people = await crowd(east.doors, 12)
    keys = [await east.booked(one, await east.offer(timedelta(days=n + 1))) for n, one in enumerate(people)]
    key = keys[0]

    async def cancelled(client: httpx.AsyncClient) -> int:
        return (await client.post(f"/fhir/Appointment/{key}/$cancel", headers={"if-match": 'W/"1"'})).status_code

    async with east.client() as client:
        answers = await asyncio.gather(*(cancelled(client) for _ in range(12)))
    assert sorted(answers) == [200] + [412] * 11, "the version that was read is one's alone"
    assert await versions(east, key) == [1, 2]

    async def touched(n: int) -> None:
        async with east.doors.whole.begin() as connection:
            line = f"update appointments set external_ref = 'H{n}' where id = '{keys[1]}'"
            await connection.exec_driver_sql(line)

    await asyncio.gather(*(touched(n) for n in range(12)))
    assert await versions(east, keys[1]) == list(range(1, 14))
    assert (await east.get(f"Appointment/{keys[1]}")).headers["etag"] == 'W/"13"'


async def test_a_transaction_is_one_version_and_what_nobody_reads_is_none(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    assert await versions(east, key) == [1], "it was held before it was booked, and nobody could have seen that"
    async with east.doors.whole.begin() as connection:
        for line in ("acting_id = gen_random_uuid()", "external_ref = 'H1'", "room_id = null, external_ref = 'H2'"):
            await connection.exec_driver_sql(f"update appointments set {line} where id = '{key}'")
    assert await versions(east, key) == [1, 2]
    async with east.doors.whole.begin() as connection:
        await connection.exec_driver_sql(f"update appointments set reminder_seen_at = now(), version = 9 where id = '{key}'")
    assert await versions(east, key) == [1, 2, 3], "nobody counts it but the database"
    async with east.doors.whole.begin() as connection:
        await connection.exec_driver_sql(f"update appointments set reminder_seen_at = now() where id = '{key}'")
    assert await versions(east, key) == [1, 2, 3]


async def test_a_version_keeps_nothing_of_a_person(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    await ask(east.doors, RESIDENT, f"appointments/{key}/cancellation")
    rows = await east.doors.rows("select to_jsonb(v)::text as whole from appointment_versions v")
    assert len(rows) == 2
    assert all(str(RESIDENT.id) not in row.whole for row in rows)
    assert set(json.loads(rows[0].whole)) == {
        "appointment_id", "version", "at", "state", "slot_id", "doctor_id", "department_id", "room_id", "starts_at", "ends_at",
        "held_until", "booked_at", "called_off", "visit_kind", "program_id", "tx",
    }


async def test_what_was_another_hospitals_is_in_none_but_its_own_history(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    west = await hospital(east.doors, "西郊医院")
    for department in (west.department, east.department):
        async with east.doors.whole.begin() as connection:
            await connection.exec_driver_sql(f"update appointments set department_id = '{department}' where id = '{key}'")
    assert said(await history(east, key)) == [("3", "booked"), ("1", "booked")]
    assert issue(await west.get(f"Appointment/{key}/_history")) == (404, "not-found")
