"""The note of a visit: who writes it and when, who reads it, and what becomes of it."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from builders.doors import Doors
from builders.hut import ask, crowd, problem
from builders.merged import Two, hear
from builders.visit import nurse, soon, state
from builders.world import DOCTOR, FAR_DOCTOR, OFFICER, RESIDENT, SECOND_RESIDENT, Person
from sqlalchemy import text

from chassis import privacy, seen
from services.health.actions import notes, retention
from services.health.actions.seen import LOOKS

SAID = "血压一百五十八，九十二；复诊两周后"


async def called(doors: Doors) -> str:
    """A visit that has begun."""
    key = await soon(doors)
    for act, body in (("check-in", {}), ("call", None)):
        assert (await ask(doors, DOCTOR, f"appointments/{key}/{act}", body)).status_code == 200
    return key


async def writes(doors: Doors, key: str, person: Person = DOCTOR, said: str = SAID) -> Any:
    return await ask(doors, person, f"appointments/{key}/notes", {"text": said})


async def reads(doors: Doors, key: str, person: Person = RESIDENT) -> Any:
    async with doors.client(person) as client:
        return await client.get(f"/api/v1/appointments/{key}/notes")


async def changed(doors: Doors, said: str) -> None:
    async with doors.whole.begin() as connection:
        await connection.execute(text(said))


async def test_the_doctor_writes_and_the_patient_reads_every_version(health_doors: Doors) -> None:
    key = await called(health_doors)
    made = (await writes(health_doors, key)).json()
    assert (made["version"], made["text"], made["written_by"]) == (1, SAID, str(DOCTOR.id))
    assert (await writes(health_doors, key, said="更正：九十")).json()["version"] == 2
    for person in (RESIDENT, DOCTOR):
        answer = (await reads(health_doors, key, person)).json()
        assert [(one["version"], one["text"]) for one in answer] == [(1, SAID), (2, "更正：九十")]


async def test_nothing_of_it_lies_in_the_clear_anywhere(health_doors: Doors) -> None:
    key = await called(health_doors)
    assert (await writes(health_doors, key)).status_code == 201
    (row,) = await health_doors.rows("select sealed_text from visit_notes")
    assert SAID.encode() not in bytes(row.sealed_text)
    for table in ("audit", "outbox", "idempotency", "visit_notes"):
        whole = "".join(row.whole for row in await health_doors.rows(f"select t::text as whole from {table} t"))
        assert whole
        assert "血压" not in whole
        assert "血压".encode().hex() not in whole


async def test_a_note_is_written_from_the_call_until_a_day_after_the_visit(health_doors: Doors) -> None:
    key = await soon(health_doors)
    assert problem(await writes(health_doors, key)) == (409, "note-not-now")
    await ask(health_doors, DOCTOR, f"appointments/{key}/check-in", {})
    assert problem(await writes(health_doors, key)) == (409, "note-not-now")
    for act in ("call", "fulfilment"):
        await ask(health_doors, DOCTOR, f"appointments/{key}/{act}")
        assert (await writes(health_doors, key)).status_code == 201
    assert await state(health_doors, key) == "fulfilled"
    for hours, status in ((23.9, 201), (0.2, 409)):
        await changed(health_doors, f"update appointments set ended_at = ended_at - interval '{hours} hours'")
        assert (await writes(health_doors, key)).status_code == status
    assert len(await health_doors.rows("select 1 from visit_notes")) == 3


async def test_a19_a_doctor_reads_of_their_own_visits_alone(health_doors: Doors) -> None:
    """And writes of them alone; who has no care relation finds nothing there, the nurse and the patient's neighbours neither."""
    key, staff = await called(health_doors), await nurse(health_doors)
    await writes(health_doors, key)
    for person in (FAR_DOCTOR, OFFICER, SECOND_RESIDENT, staff):
        assert (await reads(health_doors, key, person)).status_code == 404
        assert (await writes(health_doors, key, person)).status_code == 404
    assert problem(await writes(health_doors, key, RESIDENT))[0] == 403
    await changed(health_doors, f"update appointments set doctor_id = '{uuid4()}'")  # a colleague's of the same hut
    assert [(await one(health_doors, key, DOCTOR)).status_code for one in (reads, writes)] == [404, 404]
    assert await health_doors.rows("select 1 from audit where action = 'visit_notes.read'") == []
    assert (await reads(health_doors, key)).status_code == 200


async def test_a_proxy_and_a_program_read_no_notes(health_doors: Doors) -> None:
    key = await called(health_doors)
    await writes(health_doors, key)
    acting = {"client_id": "guohuai.proxy", "scope": "appointments.read visits.attend", "act": {"sub": str(SECOND_RESIDENT.id)}}
    for claims in (acting, {"client_id": "desk", "scope": "appointments.read"}):
        async with health_doors.client(RESIDENT, **claims) as client:
            assert problem(await client.get(f"/api/v1/appointments/{key}/notes")) == (403, "scope-missing")


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "x" * 8001}, {"text": "x", "version": 9}, {"text": ["x"]}])
async def test_what_is_no_note_is_not_taken(health_doors: Doors, body: dict[str, Any]) -> None:
    key = await called(health_doors)
    assert problem(await ask(health_doors, DOCTOR, f"appointments/{key}/notes", body)) == (422, "invalid-request")
    assert await health_doors.rows("select 1 from visit_notes") == []


async def test_of_twelve_at_once_each_is_a_version_and_there_are_twenty_at_most(health_doors: Doors) -> None:
    key = await called(health_doors)
    answers = await asyncio.gather(*(writes(health_doors, key, said=f"第{n}次") for n in range(24)))
    kept = sorted(one.json()["version"] for one in answers if one.status_code == 201)
    assert kept == list(range(1, 21))
    assert {problem(one) for one in answers if one.status_code != 201} == {(409, "note-versions-over")}
    assert len((await reads(health_doors, key)).json()) == 20


async def test_each_look_of_the_doctor_is_audited_and_once_a_day_in_the_patients_register(
    health_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await called(health_doors)
    await writes(health_doors, key)
    for person in (DOCTOR, RESIDENT, DOCTOR):
        await reads(health_doors, key, person)
    rows = await health_doors.rows("select actor_id, subject from audit where action = 'visit_notes.read'")
    assert [(row.actor_id, row.subject) for row in rows] == [(DOCTOR.id, f"appointment/{key}")] * 2
    async with health_doors.client(DOCTOR) as client:
        await client.get(f"/api/v1/appointments/{key}")
    monkeypatch.setattr(seen, "_SETTLED", timedelta(0))
    await LOOKS.tell(health_doors.running)
    rows = await health_doors.rows("select body from outbox where topic = 'health.record_shown.v1'")
    said = [json.loads(row.body) for row in rows]
    assert sorted((one["act"], one["person_id"]) for one in said) == [
        ("appointments.read", str(RESIDENT.id)), ("visit_notes.read", str(RESIDENT.id)),
    ]


async def test_its_patient_is_handed_it_out_and_with_them_it_is_forgotten(health_doors: Doors) -> None:
    (friend,) = await crowd(health_doors, 1)
    assert friend.id != RESIDENT.id
    key, held = await called(health_doors), health_doors.running.service.personal
    assert held is not None
    await writes(health_doors, key)
    async with health_doors.running.database.reading() as work:
        mine, theirs = [(await held.export(work, who))["visit_notes"] for who in (RESIDENT.id, friend.id)]
    assert ([one["text"] for one in mine], theirs) == ([SAID], [])
    assert datetime.fromisoformat(mine[0]["written_at"])
    await health_doors.running.database.do(lambda work: privacy.erase(work, held, RESIDENT.id))
    assert await health_doors.rows("select 1 from visit_notes") == []


async def test_with_its_patient_it_moves_to_whom_they_turned_out_to_be_and_back(health_doors: Doors) -> None:
    key = await called(health_doors)
    await writes(health_doors, key)
    two = Two(survivor=SECOND_RESIDENT.id, source=RESIDENT.id)
    await hear(health_doors, two.merged)
    assert [one["text"] for one in (await reads(health_doors, key, SECOND_RESIDENT)).json()] == [SAID]
    assert (await reads(health_doors, key, RESIDENT)).status_code == 404
    (row,) = await health_doors.rows("select person_id from visit_notes")
    assert row.person_id == SECOND_RESIDENT.id  # and sealed for them: the source's key will be destroyed
    await hear(health_doors, two.split)
    assert [one["text"] for one in (await reads(health_doors, key, RESIDENT)).json()] == [SAID]


async def test_it_is_forgotten_when_its_time_is_over_or_its_visit_is_nobodys(health_doors: Doors) -> None:
    first = await called(health_doors)
    await writes(health_doors, first)
    await notes.forget(health_doors.running)
    assert len(await health_doors.rows("select 1 from visit_notes")) == 1
    await changed(health_doors, "update visit_notes set written_at = written_at - interval '1096 days'")
    await notes.forget(health_doors.running)
    assert await health_doors.rows("select 1 from visit_notes") == []
    await writes(health_doors, first)
    back = "interval '1100 days'"
    await changed(health_doors, f"update appointments set starts_at = starts_at - {back}, ends_at = ends_at - {back}")
    await retention.run(health_doors.running)
    await notes.forget(health_doors.running)
    assert await health_doors.rows("select 1 from visit_notes") == []
