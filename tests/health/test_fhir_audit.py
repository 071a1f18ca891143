"""What a hospital's programs did here, at the FHIR door: their own alone, and of those who let hospitals be told."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from builders.doors import Doors
from builders.fhir import ALL, Hospital, accepted, fresh, hospital, issue
from builders.hospital import consents
from builders.hut import ask
from builders.world import OFFICER, RESIDENT, SECOND_RESIDENT


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    return await hospital(health_doors)


async def operate(one: Hospital, path: str, *parameter: dict[str, Any]) -> dict[str, Any]:
    async with one.client() as client:
        answer = await client.post(f"/fhir/Appointment/{path}", json={"resourceType": "Parameters", "parameter": list(parameter)})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made["entry"][0]["resource"] if made["resourceType"] == "Bundle" else made


def named(name: str, what: str) -> dict[str, Any]:
    return {"name": name, "valueReference": {"reference": what}}


async def lived(east: Hospital) -> tuple[str, str]:
    """A patient is looked up, a time found, held, booked, moved and given back; the patient's name and the last appointment."""
    await east.booked(RESIDENT)
    patient = await east.patient(RESIDENT)
    start = datetime.now(UTC) + timedelta(days=2)
    other = await east.offer(timedelta(days=5))
    await east.offer(timedelta(days=3))
    edges = [{"name": name, "valueDateTime": (start + timedelta(days=n)).isoformat()} for name, n in (("start", 0), ("end", 2))]
    found = await operate(east, "$find", *edges, named("patient-reference", f"Patient/{patient}"))
    held = await operate(east, "$hold", named("appointment-reference", f"Appointment/{found['id']}"))
    booked = await operate(east, "$book", named("appointment-reference", f"Appointment/{held['id']}"))
    moved = await operate(east, f"{booked['id']}/$reschedule", named("slot", f"Slot/{other}"))
    await operate(east, f"{moved['id']}/$cancel")
    return patient, moved["id"]


def subtypes(events: list[dict[str, Any]]) -> list[str]:
    return [one["subtype"][-1]["code"] for one in events]


async def test_what_a_program_did_is_told_with_what_ihe_asks_of_it(east: Hospital) -> None:
    patient, key = await lived(east)
    events = await east.found("AuditEvent", _sort="date", _count=100)
    assert all(accepted(one) for one in events)
    written = [one for one in events if one["action"] != "R"]
    assert subtypes(written) == ["ITI-115", "ITI-116", "ITI-117", "update", "update"]
    assert [one["action"] for one in written] == ["E", "C", "C", "U", "U"]
    (held,) = [one for one in events if "ITI-116" in subtypes([one])]
    assert held["agent"][0]["who"]["identifier"] == {"system": "urn:guohuai:program", "value": str(east.program.id)}
    assert [one["requestor"] for one in held["agent"]] == [True, False]
    whom, what = held["entity"]
    assert (whom["what"], whom["type"]["code"], whom["role"]["code"]) == ({"reference": f"Patient/{patient}"}, "1", "1")
    assert (what["what"]["reference"].split("/")[0], what["type"]["code"], what["role"]["code"]) == ("Appointment", "2", "4")
    assert written[-1]["entity"][1]["what"] == {"reference": f"Appointment/{key}"}
    shown = json.dumps(events, ensure_ascii=False)
    assert str(RESIDENT.id) not in shown
    assert "某某" not in shown


async def test_each_is_found_by_what_it_says(east: Hospital) -> None:
    patient, key = await lived(east)
    whole = len(await east.found("AuditEvent", _count=100))
    today = datetime.now(UTC).date()
    for how, there in (
        ({"action": "E"}, 1), ({"action": "U"}, 2), ({"action": "D"}, 0), ({"type": "rest"}, whole), ({"type": "110100"}, 0),
        ({"subtype": "ITI-117"}, 1), ({"subtype": "urn:ihe:event-type-code|ITI-116"}, 1), ({"subtype": "update"}, 2),
        ({"subtype:not": "ITI-117"}, whole - 1), ({"action:not": "U"}, whole - 2),
        ({"agent": f"Device/{east.program.id}"}, whole), ({"agent": fresh()}, 0),
        ({"agent:identifier": f"urn:guohuai:program|{east.program.id}"}, whole),
        ({"patient": patient}, whole), ({"patient": fresh()}, 0), ({"entity": f"Appointment/{fresh()}"}, 0),
        ({"entity": f"Appointment/{key}", "action": "U"}, 2), ({"entity": f"Patient/{patient}"}, whole),
        ({"date": f"ge{today - timedelta(days=2)}"}, whole), ({"date": "lt2020-01-01"}, 0), ({"entity:missing": "true"}, 0),
    ):
        assert len(await east.found("AuditEvent", _count=100, **how)) == there, how
    newest = await east.found("AuditEvent", _sort="-date", _count=3)
    assert [one["recorded"] for one in newest] == sorted((one["recorded"] for one in newest), reverse=True)
    page, seen = (await east.get("AuditEvent", _count=2)).json(), 0
    while True:
        seen += len(page["entry"])
        onward = [one["url"] for one in page["link"] if one["relation"] == "next"]
        if not onward:
            break
        async with east.client() as client:
            page = (await client.get(onward[0])).json()
    assert seen == whole


async def test_it_is_each_hospitals_own_and_needs_a_scope_of_its_own(east: Hospital) -> None:
    await lived(east)
    edges = [{"name": name, "valueDateTime": f"2030-01-0{n}"} for name, n in (("start", 1), ("end", 2))]
    async with east.client() as client:
        await client.post("/fhir/Appointment/$find", json={"resourceType": "Parameters", "parameter": edges})
    (nobodys,) = [one for one in await east.found("AuditEvent", _count=100, action="E") if "entity" not in one]
    assert nobodys["subtype"][-1]["code"] == "ITI-115"
    west = await hospital(east.doors, "西郊医院")
    assert await west.found("AuditEvent") == []
    (one, *_) = await east.found("AuditEvent")
    assert issue(await west.get(f"AuditEvent/{one['id']}")) == (404, "not-found")
    async with east.client(ALL.replace("system/AuditEvent.cruds", "")) as little:
        for answer in (await little.get("/fhir/AuditEvent"), await little.get(f"/fhir/AuditEvent/{one['id']}")):
            assert issue(answer) == (403, "scope-missing")
    body = {"program_id": str(east.program.id)}
    assert (await ask(east.doors, OFFICER, f"hospitals/{east.id}/exclusion", body)).status_code == 204
    assert issue(await east.get("AuditEvent")) == (403, "not-a-hospitals-program")


async def test_what_others_did_is_nobodys_here_and_looking_at_it_leaves_nothing(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    await ask(east.doors, RESIDENT, f"appointments/{key}/cancellation")
    assert await east.found("AuditEvent") == []
    await east.get(f"Appointment/{key}")
    before = len(await east.doors.rows("select 1 from audit"))
    (one,) = await east.found("AuditEvent")
    assert (one["action"], one["entity"][1]["what"]["reference"]) == ("R", f"Appointment/{key}")
    assert len(await east.doors.rows("select 1 from audit")) == before


async def test_it_is_gone_with_consent(east: Hospital) -> None:
    for person, n in ((RESIDENT, 1), (SECOND_RESIDENT, 2)):
        await east.booked(person, await east.offer(timedelta(days=n)))
    await east.found("Appointment")
    await east.found("Patient")
    mine = await east.patient(RESIDENT)
    events = await east.found("AuditEvent", patient=mine)
    assert len(events) == 3, "two searches, and the name was asked for once more"
    await consents(east.doors, RESIDENT, state="withdrawn", sequence=9)
    assert await east.found("AuditEvent", patient=mine) == []
    assert mine not in json.dumps(await east.found("AuditEvent", _count=100))
    assert issue(await east.get(f"AuditEvent/{events[0]['id']}")) == (404, "not-found")
    assert len(await east.found("AuditEvent", _count=100)) == 3


async def test_a_hold_that_is_let_go_is_told(east: Hospital) -> None:
    await east.booked(RESIDENT)
    patient = await east.patient(RESIDENT)
    slot = await east.offer(timedelta(days=3))
    proposal = {"resourceType": "Appointment", "status": "proposed", "slot": [{"reference": f"Slot/{slot}"}],
                "participant": [{"actor": {"reference": f"Patient/{patient}"}, "status": "accepted"}]}
    held = await operate(east, "$hold", {"name": "appointment-resource", "resource": proposal})

    async def gone() -> httpx.Response:
        async with east.client() as client:
            return await client.post(f"/fhir/Appointment/{held['id']}/$cancel")

    assert (await gone()).status_code == 200
    written = await east.found("AuditEvent", entity=f"Appointment/{held['id']}", _sort="date", action="C,U")
    assert subtypes(written) == ["ITI-116", "update"]
