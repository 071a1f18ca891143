"""An error nobody expected, in one question to a hospital: it costs that question, and no other."""

import logging

import pytest
from builders.doors import Doors
from builders.hospital import beside
from builders.house import entered, lie
from builders.hut import book, offer
from builders.world import RESIDENT, SECOND_RESIDENT
from sqlalchemy import text

from deploy.local.layout import Layout
from services.health import jobs
from services.health.actions import asks
from services.health.domain.ask import TRIES
from services.health.settings import HealthSettings

NOWHERE = "mllp://127.0.0.1:99999/h"  # no port has this number: it breaks before anything is asked


@pytest.fixture
async def broken(health_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> str:
    """A seat of ours of which a hospital is to be told whose address was mistyped; the appointment."""
    given = health_doors.running.settings.model_dump()
    known = {"hospital_systems": f"{given['hospital_systems']},odd={NOWHERE}"}
    monkeypatch.setattr(health_doors.running, "settings", HealthSettings(**given | known))
    bad = await entered(health_doors, "hospitals", name="坏医院", adapter="hl7v2", pool="ours", system="odd")
    slot = await offer(health_doors)
    await lie(health_doors, slot, department_id=await entered(health_doors, "departments", hospital_id=bad))
    return str((await book(health_doors, RESIDENT, slot)).json()["id"])


async def said_of_it(doors: Doors, what: str) -> None:
    """So much of every question that waits."""
    async with doors.whole.begin() as connection:
        assert (await connection.execute(text(f"update asks set {what} where state = 'waiting'"))).rowcount <= 1


async def test_a_question_that_breaks_something_costs_itself_alone(
    health_doors: Doors, stack: Layout, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    good = await beside(health_doors, stack)
    (slot,) = await good.offered(1)
    made = await good.submitted(SECOND_RESIDENT, slot)
    await jobs.ask_hospitals(health_doors.running)
    assert await good.state(made) == "booked"
    (row,) = await health_doors.rows("select * from asks where appointment_id = cast(:id as uuid)", id=broken)
    assert (row.state, row.tries, row.was_heard, row.leased_until) == ("waiting", 1, True, None)
    assert row.due_at > row.asked_at
    said = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [getattr(one, "facts", {})["why"] for one in said] == ["ValueError"]
    for _ in range(TRIES):
        await said_of_it(health_doors, "due_at = made_at")
        await good.ask()
    (row,) = await health_doors.rows("select state, tries from asks where appointment_id = cast(:id as uuid)", id=broken)
    assert (row.state, row.tries) == ("left", TRIES)


async def test_a_question_nobody_came_back_from_is_taken_so_often_and_no_more(health_doors: Doors, broken: str) -> None:
    await said_of_it(health_doors, f"tries = {TRIES}")
    assert await health_doors.running.database.do(asks.take) is None
    (row,) = await health_doors.rows("select state, appointment_id from asks")
    assert (row.state, str(row.appointment_id)) == ("left", broken)
