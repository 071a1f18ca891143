"""Reminders (Task, Communication) and who changed an appointment when (Provenance), at the FHIR door: ids alone."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from builders.doors import Doors
from builders.fhir import Hospital, accepted, fresh, hospital, issue
from builders.fhir_whole import reminded
from builders.hospital import consents
from builders.hut import ask
from builders.world import DOCTOR, RESIDENT, SECOND_RESIDENT

from services.health.actions.message_requests import grant
from services.health.domain.message import Trigger, Wanted
from tests.health.test_fhir_slots import send


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    return await hospital(health_doors)


async def booked(east: Hospital) -> str:
    """In nine days, long enough before any reminder."""
    return await east.booked(RESIDENT, await east.offer(timedelta(days=9)))


async def test_what_is_to_be_reminded_is_a_task_and_what_was_a_communication(east: Hospital) -> None:
    key = await booked(east)
    patient = await east.patient(RESIDENT)
    tasks = await east.found("Task")
    assert all(accepted(one) for one in tasks)
    assert {(one["code"]["coding"][0]["code"], one["status"]) for one in tasks} == {("day", "requested"), ("hour", "requested")}
    assert await east.found("Communication") == []
    await reminded(east)
    (done,) = await east.found("Task", status="completed")
    (sent,) = await east.found("Communication")
    assert accepted(done)
    assert accepted(sent)
    assert (done["focus"], done["for"]) == ({"reference": f"Appointment/{key}"}, {"reference": f"Patient/{patient}"})
    assert done["output"][0]["valueReference"] == {"reference": f"Communication/{sent['id']}"}
    assert done["id"] in {one["id"] for one in tasks}, "it is the same one"
    assert (sent["basedOn"], "received" in sent) == ([{"reference": f"Task/{done['id']}"}], False)
    assert sent["sent"] == done["lastModified"]
    async with east.doors.whole.begin() as connection:
        await connection.exec_driver_sql("update appointments set reminder_seen_at = now()")
    (seen,) = await east.found("Communication", received="ge2020-01-01")
    assert (seen["id"], seen["received"] >= seen["sent"]) == (sent["id"], True)
    assert not any(str(word) in json.dumps([*tasks, seen]) for word in (RESIDENT.id, "某某"))


async def test_they_are_searched_by_what_the_handbook_names(east: Hospital) -> None:
    key, patient = await booked(east), await east.patient(RESIDENT)
    await reminded(east)
    (sent,) = await east.found("Communication")
    for kind, how, there in (
        ("Task", {"patient": patient}, 2), ("Task", {"patient": fresh()}, 0), ("Task", {"focus": key}, 2),
        ("Task", {"status": "requested"}, 1), ("Task", {"status": "requested,completed"}, 2), ("Task", {"code": "hour"}, 1),
        ("Task", {"owner": f"HealthcareService/{east.department}"}, 2), ("Task", {"owner": fresh()}, 0),
        ("Task", {"modified": "ge2020-01-01"}, 2), ("Task", {"modified": "lt2020-01-01"}, 0),
        ("Communication", {"patient": patient}, 1), ("Communication", {"status": "completed"}, 1),
        ("Communication", {"status": "in-progress"}, 0), ("Communication", {"sent": "lt2020-01-01"}, 0),
        ("Communication", {"received:missing": "true"}, 1), ("Communication", {"based-on": sent["basedOn"][0]["reference"]}, 1),
    ):
        assert len(await east.found(kind, **how)) == there, (kind, how)


async def test_what_is_given_back_is_to_be_reminded_no_more_and_who_booked_late_never_was(east: Hospital) -> None:
    key = await booked(east)
    (one, *_) = await east.found("Task")
    await ask(east.doors, RESIDENT, f"appointments/{key}/cancellation")
    assert await east.found("Task") == []
    assert issue(await east.get(f"Task/{one['id']}")) == (404, "not-found")
    await east.booked(SECOND_RESIDENT, await east.offer(timedelta(hours=20)))
    assert [one["code"]["coding"][0]["code"] for one in await east.found("Task")] == ["hour"]


async def test_of_each_version_it_is_said_when_it_came_to_be_and_whose_step_it_was(east: Hospital) -> None:
    key, patient = await booked(east), await east.patient(RESIDENT)
    now = (await east.get(f"Appointment/{key}")).json()
    async with east.client() as client:
        answer = await client.put(f"/fhir/Appointment/{key}", json={**now, "status": "cancelled"},
                                  headers={"if-match": f'W/"{now["meta"]["versionId"]}"'})
    assert answer.status_code == 200
    made = await east.found("Provenance", target=key, _sort="recorded")
    assert all(accepted(one) for one in made)
    last = made[-1]
    number = answer.json()["meta"]["versionId"]
    assert last["target"] == [{"reference": f"Appointment/{key}/_history/{number}"}]
    assert (last["entity"][0]["role"], last["activity"]["coding"][0]["code"]) == ("revision", "UPDATE")
    assert last["agent"][0]["who"]["identifier"]["value"] == str(east.program.id)
    assert made[-2]["agent"][0]["who"] == {"reference": f"Patient/{patient}"}, "they booked it themselves"
    versions = (await east.get(f"Appointment/{key}/_history")).json()["entry"]
    assert len(made) == len(versions), "a version is told of as often as it is shown"
    for how, there in (
        ({"patient": patient}, len(made)), ({"agent": patient}, len(made) - 1), ({"agent": f"Device/{east.program.id}"}, 1),
        ({"entity": key}, len([one for one in made if "entity" in one])), ({"recorded": "lt2020-01-01"}, 0),
        ({"date": "ge2020-01-01"}, len(made)), ({"target": fresh()}, 0),
    ):
        assert len(await east.found("Provenance", **how)) == there, how


async def test_what_somebody_else_did_is_not_said_to_be_the_patients(east: Hospital) -> None:
    key = await booked(east)
    assert (await ask(east.doors, DOCTOR, f"appointments/{key}/cancellation")).status_code == 200
    (made, *_) = await east.found("Provenance", target=key, _sort="-recorded")
    assert made["agent"] == [{"who": {"display": "guohuai-health"}}]


async def test_what_its_own_system_asked_for_over_hl7_v2_is_not_said_to_be_the_patients(east: Hospital) -> None:
    async with east.doors.whole.begin() as connection:
        await connection.exec_driver_sql("update hospitals set system = 'south', adapter = 'hl7v2'")
    await booked(east)  # so that they know of whom they ask
    patient, slot = await east.patient(RESIDENT), await east.offer(timedelta(days=12))
    asked = Wanted("C-1", Trigger.WANTED, datetime.now(UTC), "P-1", None, UUID(slot), patient=UUID(patient))
    made = await east.doors.running.database.do(partial(grant, wanted=asked, system="south"))
    said = await east.found("Provenance", target=str(made.id))
    assert [one["agent"] for one in said] == [[{"who": {"display": "guohuai-health"}}]]
    assert await east.found("Provenance", target=str(made.id), agent=patient) == []


@pytest.mark.parametrize("kind", ["Task", "Communication", "Provenance"])
async def test_they_go_with_consent_and_are_their_hospitals_alone(east: Hospital, kind: str) -> None:
    await booked(east)
    await reminded(east)
    west = await hospital(east.doors, "西郊医院")
    await west.booked(SECOND_RESIDENT)
    (one, *_) = await east.found(kind)
    assert issue(await west.get(f"{kind}/{one['id']}")) == (404, "not-found")
    assert one["id"] not in {other["id"] for other in await west.found(kind)}
    marks = await east.doors.rows("select actor_id from audit where subject = :s", s=f"{kind.lower()}/{one['id']}")
    assert {row.actor_id for row in marks} == {east.program.id}, "who looked is kept"
    told = await east.doors.rows("select body from outbox where topic = 'health.record_shown.v1'")
    assert {UUID(json.loads(row.body)["person_id"]) for row in told} >= {RESIDENT.id}
    await consents(east.doors, RESIDENT, state="withdrawn", sequence=9)
    assert await east.found(kind) == []
    assert issue(await east.get(f"{kind}/{one['id']}")) == (403, "consent-withdrawn")


async def test_what_programs_did_is_found_by_their_hospital_and_of_no_other(east: Hospital) -> None:
    await booked(east)
    west = await hospital(east.doors, "西郊医院")
    await east.found("Patient")
    assert await west.found("AuditEvent") == []
    kept = await east.doors.rows("select hospital_id, count(*) as n from program_acts group by hospital_id")
    ours = await east.doors.rows("select count(*) as n from audit where actor_id = :id", id=east.program.id)
    assert {str(row.hospital_id): row.n for row in kept} == {east.id: ours[0].n}
    assert len(await east.found("AuditEvent", _count=100)) == ours[0].n


def in_place(begun: str) -> dict[str, Any]:
    return {"resourceType": "Location", "name": begun}


async def arrived(east: Hospital, where: str = "") -> dict[str, Any]:
    """Somebody has come, to a place of the hospital's own or to the hut."""
    async with east.doors.whole.begin() as connection:
        line = f", room_id = '{where}'" if where else ""
        came = f"update appointments set state = 'arrived', arrived_at = now(){line} where state = 'booked'"
        await connection.exec_driver_sql(came)
    (made,) = await east.found("Encounter", status="arrived")
    return dict(made)


async def put(east: Hospital, now: dict[str, Any], status: str, match: str = "") -> Any:
    tag = match or f'W/"{now["meta"]["versionId"]}"'
    return await send(east, "PUT", f"Encounter/{now['id']}", {**now, "status": status}, if_match=tag)


async def test_a_visit_at_the_hospital_itself_is_gone_through_by_its_program(east: Hospital) -> None:
    await booked(east)
    at = (await send(east, "POST", "Location", in_place("门诊楼三楼"))).json()["id"]
    now = await arrived(east, at)
    assert issue(await send(east, "PUT", f"Encounter/{now['id']}", now)) == (428, "version-wanted")
    assert issue(await put(east, now, "in-progress", 'W/"77"')) == (412, "version-stale")
    assert issue(await put(east, now, "finished")) == (409, "not-at-this-step")
    assert issue(await put(east, now, "cancelled")) == (422, "only-visiting")
    assert (await put(east, now, "arrived")).json() == now
    going = await put(east, now, "in-progress")
    assert (going.status_code, going.json()["status"], accepted(going.json())) == (200, "in-progress", True)
    assert issue(await put(east, now, "finished")) == (412, "version-stale")
    over = await put(east, going.json(), "finished")
    assert (over.json()["status"], "end" in over.json()["period"]) == ("finished", True)
    said = [topic for topic in await east.doors.said() if "appointment" in topic]
    assert said[-2:] == ["health.appointment_called.v1", "health.appointment_fulfilled.v1"]
    assert issue(await put(east, over.json(), "in-progress")) == (409, "not-at-this-step")
    marks = await east.doors.rows("select actor_id from audit where action in ('health.call', 'health.fulfil')")
    assert {row.actor_id for row in marks} == {east.program.id}


async def test_a_visit_in_the_hut_is_the_huts_and_another_hospitals_is_nobodys(east: Hospital) -> None:
    await booked(east)
    now = await arrived(east)
    assert issue(await put(east, now, "in-progress")) == (403, "visit-elsewhere")
    west = await hospital(east.doors, "西郊医院")
    assert issue(await put(west, now, "in-progress")) == (404, "not-found")
    assert issue(await send(east, "PUT", f"Encounter/{now['id']}", now, "system/Encounter.rs")) == (403, "scope-missing")
    assert str(DOCTOR.id) in json.dumps(now)
    (row,) = await east.doors.rows("select state from appointments")
    assert row.state == "arrived"


async def test_search_parameters_of_ours_are_read_by_everybody_where_the_statement_says(east: Hospital) -> None:
    stated = (await east.get("metadata")).json()["rest"][0]["resource"]
    ours = [(one["type"], said) for one in stated for said in one["searchParam"] if "definition" in said]
    assert ours
    async with east.doors.client() as anybody:
        for kind, said in ours:
            read = (await anybody.get("/fhir/" + said["definition"].partition("/fhir/")[2])).json()
            assert accepted(read)
            assert (read["base"], read["code"], read["type"]) == ([kind], said["name"], said["type"])
            assert read["url"] == said["definition"]
        assert (await anybody.get("/fhir/SearchParameter/nothing")).status_code == 404
