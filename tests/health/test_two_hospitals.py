"""What one hospital says, or how it was set up, keeps no other one from being read or compared."""

import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from builders.doors import Doors
from builders.hospital import beside
from builders.house import entered
from builders.hut import ask
from builders.odd import YES, listening, over_http, page
from builders.world import OFFICER

from deploy.local.layout import Layout
from services.health import jobs
from services.health.settings import HealthSettings

NOWHERE = "mllp://127.0.0.1:99999/h"  # no port has this number: it breaks before anything is asked
NUL = {**YES, "resourceType": "Slot", "schedule": {"reference": "Schedule/1"}, "specialty": [{"text": "内科\0"}]}


@pytest.fixture(params=["word", "address"])
async def bad(health_doors: Doors, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A hospital that was entered first, and whose word cannot be kept or whose address was mistyped; its id."""
    serve, _ = over_http((200, page(NUL)))
    given = health_doors.running.settings.model_dump()
    async with listening(health_doors, serve, "http") as settings:
        odd = NOWHERE if request.param == "address" else settings.systems["odd"]
        known = {"hospital_systems": f"{given['hospital_systems']},odd={odd}"}
        monkeypatch.setattr(health_doors.running, "settings", HealthSettings(**given | known))
        adapter = "hl7v2" if request.param == "address" else "fhir"
        yield await entered(health_doors, "hospitals", name="坏医院", adapter=adapter, pool="theirs", system="odd")


async def runs(doors: Doors, hospital: str) -> list[dict[str, Any]]:
    """Its comparisons as an officer sees them."""
    async with doors.client(OFFICER) as client:
        return list((await client.get("/api/v1/reconciliations", params={"hospital_id": hospital})).json()["items"])


def warned(caplog: pytest.LogCaptureFixture, hospital: str) -> list[str]:
    """What the log says of a hospital."""
    facts = [(record.message, getattr(record, "facts", {})) for record in caplog.records if record.levelno >= logging.WARNING]
    return [message for message, said in facts if said.get("hospital") == hospital]


async def test_a_hospital_that_says_what_cannot_be_kept_keeps_no_other_from_being_read(
    health_doors: Doors, stack: Layout, bad: str, caplog: pytest.LogCaptureFixture
) -> None:
    good = await beside(health_doors, stack)
    await good.sim.offer(2)
    await jobs.read_slots(health_doors.running)
    assert [row.their_ref for row in await health_doors.rows("select their_ref from slots order by 1")] == ["dr-1-0", "dr-1-1"]
    assert len(warned(caplog, bad)) == 1
    assert "内科" not in caplog.text


async def test_a_hospital_that_says_what_cannot_be_kept_keeps_no_other_from_being_compared(
    health_doors: Doors, stack: Layout, bad: str, caplog: pytest.LogCaptureFixture
) -> None:
    good = await beside(health_doors, stack)
    for one in (bad, str(good.id)):
        assert (await ask(health_doors, OFFICER, "reconciliations", {"hospital_id": one})).status_code == 201
    while await jobs.reconcile_one(health_doors.running):
        pass
    (done,), (waits,) = await runs(health_doors, str(good.id)), await runs(health_doors, bad)
    assert (done["ended_at"] is not None, done["tried_again_at"]) == (True, None)
    assert (waits["ended_at"], warned(caplog, bad)[-1]) == (None, "a comparison was put off")


async def test_who_ordered_a_comparison_sees_when_a_hospital_that_is_away_is_tried_again(
    health_doors: Doors, stack: Layout, caplog: pytest.LogCaptureFixture
) -> None:
    away = await beside(health_doors, stack)
    await away.sim.steer("deaf", body=True)
    ordered = (await ask(health_doors, OFFICER, "reconciliations", {"hospital_id": str(away.id)})).json()
    assert ordered["tried_again_at"] is None
    await jobs.reconcile_one(health_doors.running)
    (run,) = await runs(health_doors, str(away.id))
    pause = datetime.fromisoformat(run["tried_again_at"]) - datetime.fromisoformat(ordered["ordered_at"])
    again = await ask(health_doors, OFFICER, "reconciliations", {"hospital_id": str(away.id)})  # which is the one that waits
    assert (again.json()["id"], again.json()["tried_again_at"]) == (ordered["id"], run["tried_again_at"])
    assert timedelta(minutes=5) <= pause < timedelta(minutes=6)
    assert warned(caplog, str(away.id)) == ["a comparison was put off"]
    await away.sim.steer("deaf", body=False)
    with away.later(minutes=6):
        await jobs.reconcile_one(health_doors.running)
    (run,) = await runs(health_doors, str(away.id))
    assert (run["ended_at"] is not None, run["tried_again_at"]) == (True, None)
