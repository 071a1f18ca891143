"""`$join`: the doctor of an appointment by video enters its room from the hospital's own system, by the rules of every ticket."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors
from builders.fhir import ALL, Hospital, accepted, fresh, hospital, issue
from builders.hospital import consents
from builders.hut import ask
from builders.offering import send
from builders.visit import replicas, shifted, state, ticket, withdrawn
from builders.world import DOCTOR, FAR_DOCTOR, OFFICER, RESIDENT
from sqlalchemy import text

from deploy import topology
from services.health.actions.room import PROTOCOL
from services.health.domain.ticket import Side, Ticket, signed


@pytest.fixture
async def east(health_doors: Doors, wire: topology.Broker) -> Hospital:
    assert wire.vhost
    return await hospital(health_doors)


async def booked(
    east: Hospital, begins: timedelta = timedelta(minutes=5), how: str = "video_home", doctor: UUID = DOCTOR.id,
) -> str:
    """An appointment with a time that is held so."""
    slot = await east.offer(begins, doctor=doctor)
    async with east.doors.whole.begin() as connection:
        await connection.execute(text("update slots set modality = :how where id = :id"), {"how": how, "id": UUID(slot)})
    return await east.booked(RESIDENT, slot)


async def own(east: Hospital, name: str = "钱医生") -> dict[str, Any]:
    """A doctor whom the hospital enters itself."""
    said = await send(east, "POST", "Practitioner", {"resourceType": "Practitioner", "name": [{"text": name}]})
    assert said.status_code == 201, said.text
    return dict(said.json())


async def active(east: Hospital, doctor: dict[str, Any], is_so: bool) -> None:
    """It says so of its doctor."""
    now = (await east.get(f"Practitioner/{doctor['id']}")).json()
    tag = f'W/"{now["meta"]["versionId"]}"'
    assert (await send(east, "PUT", f"Practitioner/{now['id']}", {**now, "active": is_so}, if_match=tag)).status_code == 200


async def join(east: Hospital, key: str, scope: str = ALL) -> httpx.Response:
    async with east.client(scope) as client:
        return await client.post(f"/fhir/Appointment/{key}/$join")


async def given(east: Hospital, key: str) -> dict[str, str]:
    answer = await join(east, key)
    assert (answer.status_code, accepted(answer.json())) == (200, 1), answer.text
    return {
        one["name"]: next(str(value) for name, value in one.items() if name.startswith("value"))
        for one in answer.json()["parameter"]
    }


async def test_the_doctor_is_let_in_once_and_the_visit_begins(east: Hospital) -> None:
    key = await booked(east)
    said = await given(east, key)
    assert (said["side"], said["address"].partition("/api/")[2]) == ("doctor", f"v1/visits/{key}")
    assert said["address"].startswith("ws")
    async with (
        replicas(east.doors) as (one,), one.inside(key, await ticket(east.doors, key)) as patient,
        one.inside(key, said["ticket"]) as doctor,
    ):
        assert (await doctor.told())["here"] == [{"side": "patient", "by_proxy": False}]
        assert [(await patient.told())["type"] for _ in range(2)] == ["hello", "joined"]
        assert await one.refused(key, said["protocol"], said["ticket"]) == (409, "ticket-used")
        other = await booked(east, timedelta(minutes=8, days=1))
        assert await one.refused(other, said["protocol"], (await given(east, key))["ticket"]) == (403, "ticket-refused")
    rows = await east.doors.rows("select actor_id, reason from audit where action = 'hospitals.join'")
    assert {(row.actor_id, row.reason) for row in rows} == {(east.program.id, east.id)}
    (noted,) = [one for one in await east.found("AuditEvent") if one["subtype"][0]["code"] == "operation"][:1]
    assert noted["action"] == "E"


async def test_what_is_not_by_video_or_not_in_its_time_has_no_ticket(east: Hospital) -> None:
    assert issue(await join(east, await booked(east, how="in_person"))) == (409, "not-by-video")
    key = await booked(east, timedelta(days=1))
    assert issue(await join(east, key)) == (409, "visit-not-open")
    await shifted(east.doors, key, -24 * 60 - 60)
    assert issue(await join(east, key)) == (409, "visit-over")
    held = await booked(east, timedelta(days=2))
    async with east.client() as client:
        assert (await client.post(f"/fhir/Appointment/{held}/$cancel")).status_code == 200
    assert issue(await join(east, held)) == (409, "not-at-this-step")


async def test_only_its_hospitals_program_is_given_one_and_with_consent(east: Hospital) -> None:
    key, west = await booked(east), await hospital(east.doors, "西郊医院")
    assert issue(await join(west, key)) == (404, "not-found")
    assert issue(await join(east, fresh())) == (404, "not-found")
    assert issue(await join(east, key, "system/Appointment.crs")) == (403, "scope-missing")
    assert (await east.get(f"Appointment/{key}")).status_code == 200, "whom they know they are told about"
    await consents(east.doors, RESIDENT, state="withdrawn")
    assert issue(await join(east, key)) == (403, "consent-withdrawn")
    assert await east.doors.rows("select 1 from audit where action = 'hospitals.join'") == []


async def test_a_ticket_is_void_once_the_program_the_consent_or_the_doctor_is_gone(east: Hospital) -> None:
    key = await booked(east)
    tickets = [await given(east, key) for _ in range(3)]
    out = f"hospitals/{east.id}/exclusion"
    program = {"program_id": str(east.program.id)}
    async with replicas(east.doors) as (one,):
        assert (await ask(east.doors, OFFICER, out, program)).status_code in {200, 204}
        assert await one.refused(key, tickets[0]["protocol"], tickets[0]["ticket"]) == (403, "ticket-refused")
        assert (await ask(east.doors, OFFICER, f"hospitals/{east.id}/admission", program)).status_code == 200
        await consents(east.doors, RESIDENT, state="withdrawn")
        assert (await one.refused(key, tickets[1]["protocol"], tickets[1]["ticket"]))[0] == 403
        await consents(east.doors, RESIDENT, sequence=3)
        await withdrawn(east.doors, DOCTOR)
        one.hub._directory._known.clear()
        assert await one.refused(key, tickets[2]["protocol"], tickets[2]["ticket"]) == (403, "ticket-refused")


async def test_who_is_in_by_it_is_out_once_the_program_speaks_for_nobody(east: Hospital) -> None:
    key = await booked(east)
    async with replicas(east.doors) as (one,), one.inside(key, (await given(east, key))["ticket"]) as doctor:
        program = {"program_id": str(east.program.id)}
        assert (await ask(east.doors, OFFICER, f"hospitals/{east.id}/exclusion", program)).status_code in {200, 204}
        assert await doctor.over() == (4003, "ticket-refused")


async def test_a_doctor_of_the_hospitals_own_is_let_in_by_its_word_and_goes_through_the_visit(east: Hospital) -> None:
    doctor = await own(east)
    key = await booked(east, doctor=UUID(doctor["id"]))
    said = await given(east, key)
    async with (
        replicas(east.doors) as (one,), one.inside(key, await ticket(east.doors, key)) as patient,
        one.inside(key, said["ticket"]) as mine,
    ):
        assert (await mine.told())["here"] == [{"side": "patient", "by_proxy": False}]
        assert [(await patient.told())["type"] for _ in range(2)] == ["hello", "joined"]
        assert await one.refused(key, said["protocol"], said["ticket"]) == (409, "ticket-used")
        other = await booked(east, timedelta(minutes=8, days=1), doctor=UUID(doctor["id"]))
        assert await one.refused(other, said["protocol"], (await given(east, key))["ticket"]) == (403, "ticket-refused")
        assert await state(east.doors, key) == "in_visit"
        await one.hub.look()  # and may stay
        await patient.say(type="offer", to="doctor", sdp="v=0")
        assert [(await mine.told())["type"]] == ["offer"]
        await mine.say(type="end")
        assert await patient.over() == (4001, "doctor")
    assert await state(east.doors, key) == "fulfilled"


async def test_of_a_doctor_of_its_own_a_hospital_says_so_as_long_as_it_is_so(east: Hospital) -> None:
    doctor = await own(east)
    key = await booked(east, doctor=UUID(doctor["id"]))
    shown, within = [await given(east, key) for _ in range(2)]
    async with replicas(east.doors) as (one,), one.inside(key, within["ticket"]) as mine:
        await active(east, doctor, is_so=False)
        assert await mine.over() == (4003, "ticket-refused")
        assert await one.refused(key, shown["protocol"], shown["ticket"]) == (403, "ticket-refused")
        assert issue(await join(east, key)) == (409, "doctor-not-at-work")
        await active(east, doctor, is_so=True)
        again = await given(east, key)
        program = {"program_id": str(east.program.id)}
        assert (await ask(east.doors, OFFICER, f"hospitals/{east.id}/exclusion", program)).status_code in {200, 204}
        assert await one.refused(key, again["protocol"], again["ticket"]) == (403, "ticket-refused")


@pytest.mark.parametrize("whose", ["another hospital's", "nobody's", "another community's"])
async def test_nobody_is_given_a_ticket_that_ends_at_the_door(east: Hospital, whose: str) -> None:
    west = await hospital(east.doors, "西郊医院")
    doctors = {"another hospital's": UUID((await own(west))["id"]), "nobody's": uuid4(), "another community's": FAR_DOCTOR.id}
    assert issue(await join(east, await booked(east, doctor=doctors[whose]))) == (409, "doctor-not-at-work")


async def test_a_ticket_opens_to_a_doctor_of_its_hospitals_own_the_room_of_their_appointment_alone(east: Hospital) -> None:
    mine, other = [UUID((await own(east, name))["id"]) for name in ("钱医生", "孙医生")]
    west = await hospital(east.doors, "西郊医院")
    elsewhere = UUID((await own(west))["id"])
    key = await booked(east, doctor=mine)
    blind = east.doors.running.settings.keys.blind
    async with replicas(east.doors) as (one,):
        for doctor, program, told in (
            (other, east.program.id, (403, "not-in-this-visit")), (elsewhere, east.program.id, (403, "ticket-refused")),
            (mine, west.program.id, (403, "ticket-refused")), (mine, None, (404, "not-found")),
        ):
            made = Ticket(uuid4(), UUID(key), doctor, Side.DOCTOR, datetime.now(UTC), program_id=program)
            assert await one.refused(key, PROTOCOL, signed(made, blind)) == told, (doctor, program)
