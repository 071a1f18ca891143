"""A hospital's yes, no or perhaps about an appointment, for a doctor or a place of its own: what it comes to, and once."""

import asyncio
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import pytest
from builders.doors import Doors
from builders.fhir import ALL, Hospital, accepted, fresh, hospital, issue
from builders.hospital import Beside, beside, consents
from builders.house import entered, lie
from builders.hut import ask, book, problem
from builders.world import DOCTOR, OFFICER, RESIDENT, SECOND_RESIDENT
from sqlalchemy import text

from deploy.local.layout import Layout
from services.health.actions import personal

SYSTEM = "urn:east:answer"
Body = dict[str, Any]


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    return await hospital(health_doors)


@pytest.fixture
async def theirs(health_doors: Doors, stack: Layout) -> Beside:
    """A hospital whose seats are its own."""
    return await beside(health_doors, stack)


async def speaking(one: Beside) -> Hospital:
    """A program of it, once it has a department."""
    (row, *_) = await one.doors.rows("select id from departments where hospital_id = :id", id=one.id)
    made = Hospital(one.doors, str(one.id), str(row.id))
    admitted = await ask(one.doors, OFFICER, f"hospitals/{one.id}/admission", {"program_id": str(made.program.id)})
    assert admitted.status_code == 200
    return made


def reply(appointment: str, word: str, actor: str = f"Practitioner/{DOCTOR.id}", name: str = "", **more: Any) -> Body:
    called = {"identifier": [{"system": SYSTEM, "value": name}]} if name else {}
    return {"resourceType": "AppointmentResponse", "appointment": {"reference": f"Appointment/{appointment}"},
            "actor": {"reference": actor}, "participantStatus": word, **called, **more}


async def answer(one: Hospital, body: Body, scope: str = ALL, **headers: str) -> httpx.Response:
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    async with one.client(scope) as client:
        made: httpx.Response = await client.post("/fhir/AppointmentResponse", json=body, headers=said)
        return made


async def doctor_of(one: Hospital, appointment: str) -> str:
    (row,) = await one.doors.rows("select doctor_id from appointments where id = :id", id=UUID(appointment))
    return f"Practitioner/{row.doctor_id}"


async def test_a_yes_to_what_is_asked_of_them_books_it_and_the_question_is_answered(theirs: Beside) -> None:
    (slot,) = await theirs.offered(1)
    key = await theirs.submitted(RESIDENT, slot)
    one = await speaking(theirs)
    made = await answer(one, reply(key, "accepted", await doctor_of(one, key), "1"))
    said = made.json()
    assert (made.status_code, accepted(said), said["participantStatus"]) == (201, True, "accepted")
    assert made.headers["location"].endswith(f"/AppointmentResponse/{said['id']}/_history/{said['meta']['versionId']}")
    assert await theirs.state(key) == "booked"
    assert [topic for topic in await one.doors.said() if "appointment" in topic][-1] == "health.appointment_booked.v1"
    assert await theirs.ask() == 0, "what was asked is answered"
    assert issue(await answer(one, reply(key, "declined", await doctor_of(one, key)))) == (409, "answered-already")
    (mark,) = await one.doors.rows("select actor_id from audit where action = 'hospitals.answer'")
    assert mark.actor_id == one.program.id


@pytest.mark.parametrize(("before", "after", "said"), [
    ("submitted", "rejected", "health.appointment_rejected.v1"), ("booked", "cancelled", "health.appointment_cancelled.v1"),
    ("cancelling", "cancelled", "health.appointment_cancelled.v1"),
])
async def test_a_no_of_theirs_frees_the_seat_and_sells_the_time_no_more(
    theirs: Beside, before: str, after: str, said: str
) -> None:
    (slot,) = await theirs.offered(1)
    key = await theirs.submitted(RESIDENT, slot)
    if before != "submitted":
        await theirs.ask()
    if before == "cancelling":
        assert (await ask(theirs.doors, RESIDENT, f"appointments/{key}/cancellation")).status_code == 200
    one = await speaking(theirs)
    assert await theirs.state(key) == before
    assert (await answer(one, reply(key, "declined", await doctor_of(one, key)))).status_code == 201
    assert (await theirs.state(key), [topic for topic in await one.doors.said() if "appointment" in topic][-1]) == (after, said)
    assert await theirs.ask() == 0
    if before != "cancelling":
        assert problem(await book(theirs.doors, SECOND_RESIDENT, slot)) == (409, "slot-closed")


async def test_a_no_gives_back_a_seat_of_ours_and_perhaps_changes_nothing(east: Hospital) -> None:
    booth = await entered(east.doors, "rooms", name="一号诊间")
    slot = await east.offer()
    await lie(east.doors, slot, department_id=east.department, room_id=booth)
    key = await east.booked(RESIDENT, slot)
    assert (await answer(east, reply(key, "tentative"))).status_code == 201
    assert issue(await answer(east, reply(key, "tentative"))) == (409, "answered-already")
    assert (await east.get(f"Appointment/{key}")).json()["status"] == "booked"
    assert (await answer(east, reply(key, "accepted", f"Location/{booth}"))).status_code == 201
    assert (await answer(east, reply(key, "declined"))).status_code == 201
    assert (await east.get(f"Appointment/{key}")).json()["status"] == "cancelled"
    assert issue(await answer(east, reply(key, "declined"))) == (409, "answered-already")
    assert (await book(east.doors, SECOND_RESIDENT, slot)).status_code == 201
    found = await east.found("AppointmentResponse", appointment=key)
    assert Counter(one["participantStatus"] for one in found) == {"tentative": 1, "accepted": 1, "declined": 1}
    for how, there in (
        ({"part-status": "declined"}, 1), ({"actor": f"Location/{booth}"}, 1), ({"actor": str(DOCTOR.id)}, 2),
        ({"patient": await east.patient(RESIDENT)}, 3), ({"patient": fresh()}, 0), ({"appointment": fresh()}, 0),
    ):
        assert len(await east.found("AppointmentResponse", **how)) == there, how


async def test_what_stands_no_more_takes_neither_yes_nor_no(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    await ask(east.doors, RESIDENT, f"appointments/{key}/cancellation")
    for word, told in (("accepted", "not-at-this-step"), ("declined", "not-booked"), ("tentative", "not-at-this-step")):
        assert issue(await answer(east, reply(key, word))) == (409, told), word
    assert await east.doors.rows("select 1 from responses") == []


async def test_the_same_answer_is_one_of_twelve(east: Hospital) -> None:
    keys = [await east.booked(RESIDENT), await east.booked(SECOND_RESIDENT, await east.offer(timedelta(days=2)))]
    await east.patient(RESIDENT)  # who is named for the first time is waited for by all
    unless = f"identifier={SYSTEM}|7"
    answers = await asyncio.gather(*(answer(east, reply(keys[0], "accepted", name="7"), if_none_exist=unless) for _ in range(12)))
    assert Counter(one.status_code for one in answers) == {201: 1, 200: 11}
    assert len({one.json()["id"] for one in answers}) == 1
    bare = await asyncio.gather(*(answer(east, reply(keys[1], word)) for word in ("accepted", "declined") * 6))
    assert Counter(one.status_code for one in bare) == {201: 1, 409: 11}
    third = await east.booked(RESIDENT, await east.offer(timedelta(days=3)))
    assert issue(await answer(east, reply(third, "accepted", name="7"))) == (409, "identifier-given")


async def test_of_a_no_and_the_patients_own_cancelling_one_is_first(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    async with east.doors.whole.begin() as held:
        await held.execute(text("select 1 from appointments where id = :id for update"), {"id": UUID(key)})
        both = asyncio.gather(answer(east, reply(key, "declined")), ask(east.doors, RESIDENT, f"appointments/{key}/cancellation"))
        waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        while len(await east.doors.rows(waiting)) < 2:
            await asyncio.sleep(0.05)
    theirs, own = await both
    assert (theirs.status_code, own.status_code) in {(201, 409), (409, 200)}
    assert (await east.get(f"Appointment/{key}")).json()["status"] == "cancelled"
    assert [one for one in await east.doors.said() if "cancelled" in one] == ["health.appointment_cancelled.v1"]


async def test_it_is_about_people_who_agree_and_of_the_hospital_alone(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    west = await hospital(east.doors, "西郊医院")
    assert issue(await answer(west, reply(key, "declined"))) == (422, "appointment-unknown")
    said = (await answer(east, reply(key, "accepted", name="1"))).json()
    assert issue(await west.get(f"AppointmentResponse/{said['id']}")) == (404, "not-found")
    assert await west.found("AppointmentResponse") == []
    marks = await east.doors.rows("select 1 from audit where subject = :s", s=f"appointmentresponse/{said['id']}")
    assert marks, "who is shown it is kept"
    await consents(east.doors, RESIDENT, state="withdrawn", sequence=9)
    assert issue(await answer(east, reply(key, "declined"))) == (403, "consent-withdrawn")
    assert issue(await east.get(f"AppointmentResponse/{said['id']}")) == (403, "consent-withdrawn")
    assert await east.found("AppointmentResponse") == []
    await east.doors.running.database.do(partial(personal.erase, person=RESIDENT.id))
    assert await east.doors.rows("select 1 from hospital_names") == [], "what it was called goes with the person"


async def test_what_cannot_be_is_said_and_answers_nothing(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    for body, told in (
        (reply(key, "needs-action"), (422, "reply-unfit")),
        (reply(key, "accepted", participantStatus=["accepted"]), (422, "reply-unfit")),
        (reply(key, "accepted", f"Practitioner/{fresh()}"), (422, "actor-not-in-it")),
        (reply(key, "accepted", f"Patient/{fresh()}"), (422, "actor-not-in-it")),
        (reply(key, "accepted", "Location/None"), (422, "actor-not-in-it")),
        (reply(key, "accepted") | {"actor": {}}, (422, "actor-not-in-it")),
        (reply(fresh(), "accepted"), (422, "appointment-unknown")), (reply("x", "accepted"), (422, "appointment-unknown")),
        (reply(key, "accepted") | {"appointment": None}, (422, "appointment-unknown")),
        (reply(key, "accepted", identifier="x"), (400, "body-unfit")), ({"resourceType": "Appointment"}, (400, "body-unfit")),
    ):
        assert issue(await answer(east, body)) == told, body
    assert issue(await answer(east, reply(key, "accepted"), "system/AppointmentResponse.rs")) == (403, "scope-missing")
    assert await east.doors.rows("select 1 from responses") == []
