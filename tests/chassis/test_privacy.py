"""What every service does when identity asks all of them about a person: say why not yet, forget, hand out."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors, keyed
from builders.world import RESIDENT, UNIT
from joserfc import jwe
from joserfc.jwk import ECKey
from sqlalchemy import text

from chassis import bus, privacy
from chassis.crypto import PersonForgotten
from chassis.db import Work
from chassis.files import StoreUnavailable
from chassis.testing import arrived
from contracts.event import Event
from contracts.identity import ErasureProposed, ErasureRequested, ExportRequested


async def hear(doors: Doors, event: Event, *, event_id: UUID | None = None) -> bool:
    """The event arrives at the service's queue for what is personal."""
    service = doors.running.service
    listening = next(one for one in service.consumers if one.queue == f"{service.name}.privacy")
    return await bus.handle(doors.running.database, listening, arrived(event, datetime.now(UTC), event_id=event_id))


async def parts(doors: Doors) -> list[dict[str, Any]]:
    """What the service said of its part, in order."""
    said = "select body from outbox where topic like '%.part_settled.v1' order by pos"
    rows = await doors.rows(said)
    return [json.loads(row.body) for row in rows]


async def file(doors: Doors) -> None:
    draft = {"text": "我家的灯", "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4())}
    async with doors.client(RESIDENT) as resident:
        assert (await resident.post("/api/v1/reports", json=draft, headers=keyed())).status_code == 201


async def test_a_service_without_a_reason_to_wait_says_that_there_is_none(gate_doors: Doors) -> None:
    look = uuid4()
    await hear(gate_doors, ErasureProposed(look_id=look, person_id=RESIDENT.id))
    assert await parts(gate_doors) == [{"request_id": str(look), "act": "look", "state": "done", "count": 0, "reason": None}]


async def test_forgetting_is_done_once_and_said_once_however_often_it_is_asked(reports_doors: Doors) -> None:
    await file(reports_doors)
    asked, event_id = ErasureRequested(erasure_id=uuid4(), person_id=RESIDENT.id), uuid4()
    assert [await hear(reports_doors, asked, event_id=event_id) for _ in range(2)] == [True, False]
    assert [(one["act"], one["count"]) for one in await parts(reports_doors)] == [("erase", 1)]
    for table, column in (("person_keys", "person_id"), ("idempotency", "actor_id")):
        assert await reports_doors.rows(f"select 1 from {table} where {column} = :id", id=RESIDENT.id) == []


async def test_who_is_forgotten_before_they_did_anything_here_is_not_written_of_afterwards(reports_doors: Doors) -> None:
    await hear(reports_doors, ErasureRequested(erasure_id=uuid4(), person_id=RESIDENT.id))
    draft = {"text": "灯", "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4())}
    async with reports_doors.client(RESIDENT) as resident:
        answer = await resident.post("/api/v1/reports", json=draft, headers=keyed())
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (410, "person-forgotten")
    assert await reports_doors.rows("select 1 from reports") == []
    assert await reports_doors.rows("select 1 from person_keys") == []


async def test_a_key_that_is_made_while_its_person_is_forgotten_does_not_stay(reports_doors: Doors) -> None:
    database, held = reports_doors.running.database, reports_doors.running.service.personal
    assert held is not None

    async def sealed(person: UUID) -> bool:
        try:
            await database.do(lambda work: work.seal(person, "reports", "text", person, "我家的灯"))
        except PersonForgotten:
            return False
        return True

    person = uuid4()
    async with database.work() as work:
        await privacy.erase(work, held, person)
        sealing = asyncio.create_task(sealed(person))
        await asyncio.wait({sealing}, timeout=0.5)
        assert not sealing.done()
        await database.commit(work)
    assert await sealing is False
    assert await reports_doors.rows("select 1 from person_keys") == []


async def test_what_is_handed_out_only_the_request_itself_can_open(reports_doors: Doors) -> None:
    await file(reports_doors)
    key, running = ECKey.generate_key("P-256"), reports_doors.running
    asked = ExportRequested(export_id=uuid4(), person_id=RESIDENT.id, public_jwk=key.as_dict(private=False))
    await hear(reports_doors, asked)
    await running.files.prepare()
    await privacy.hand_out(running)
    (said,) = await parts(reports_doors)
    assert (said["act"], said["state"], said["count"]) == ("export", "done", 1)
    kept = await running.files.get(running.files.key_beside(str(asked.export_id), "export"))
    assert "灯".encode() not in kept
    told = json.loads(jwe.decrypt_compact(kept, key).plaintext or b"")
    assert told["reports"][0]["text"] == "我家的灯"
    assert await reports_doors.rows("select 1 from handing_out") == []


@pytest.mark.parametrize("away", [StoreUnavailable(), ValueError("13800138000")])
async def test_what_cannot_be_handed_out_is_tried_again_and_at_last_said(reports_doors: Doors, away: Exception) -> None:
    running = reports_doors.running
    key = ECKey.generate_key("P-256").as_dict(private=False)
    await hear(reports_doors, ExportRequested(export_id=uuid4(), person_id=RESIDENT.id, public_jwk=key))
    with patch.object(type(running.files), "put", side_effect=away):
        for n in range(privacy.TRIES):
            assert await parts(reports_doors) == [], n
            with patch.object(running.settings.clock, "now", lambda n=n: datetime.now(UTC) + timedelta(hours=n)):
                await privacy.hand_out(running)
    (said,) = await parts(reports_doors)
    assert (said["act"], said["state"]) == ("export", "failed")
    assert await reports_doors.rows("select 1 from handing_out") == []


async def test_an_export_that_breaks_its_transaction_is_put_off_and_stops_no_other(reports_doors: Doors) -> None:
    running = reports_doors.running
    for name in ("a", "b"):
        key = ECKey.generate_key("P-256").as_dict(private=False)
        await hear(reports_doors, ExportRequested(export_id=uuid4(), person_id=RESIDENT.id, public_jwk=key | {"kid": name}))

    async def broken(work: Work, _: UUID) -> dict[str, Any]:
        await work.session.execute(text("select 1/0"))
        return {}

    service = running.service
    held = service.personal
    assert held is not None
    running.service = replace(service, personal=replace(held, export=broken))
    await privacy.hand_out(running)
    running.service = service
    assert [row.tries for row in await reports_doors.rows("select tries from handing_out")] == [1, 1]
