"""Kill -9 of the worker between asking a hospital and writing down what it said: nothing is lost, and nothing is kept twice."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.faults import fetch, kill, revived
from builders.hospital import connected, sim
from builders.signing import sign_in
from builders.wire import until

from deploy.local.layout import Layout
from services.identity.domain import demo
from simulators.miniprogram import Client

pytestmark = [pytest.mark.proof, pytest.mark.timeout(300)]


@pytest.mark.parametrize("system", ["west", "lake"])  # over FHIR, over SOAP
async def test_what_a_killed_worker_had_asked_is_asked_again_and_kept_once(stack: Layout, system: str) -> None:
    west, doctor = sim(stack, system), f"dr-{uuid4().hex[:8]}"
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        await connected(officer, system)
    await west.steer("calm")
    (name,) = await west.offer(1, schedule=doctor)
    await revived(stack, "health-worker", kill(stack, "health-worker"))  # it reads in at once when it begins

    async def is_read_in() -> Any:
        return await fetch(stack, "health", "select id from slots where their_ref = $1 and not closed", name)

    slot = (await until(is_read_in, 90))[0]["id"]
    await west.fail("silent-after")
    async with Client(stack.origin) as resident:
        living = [one for one in demo.residents() if one.room.startswith(demo.GUOHUAI)]
        await sign_in(resident, living[-2 if system == "west" else -4].phone)
        made = await resident.post("/api/v1/appointments", {"slot_id": str(slot)})
        assert made["state"] == "submitted"

        async def is_kept() -> bool:
            return any(one["key"] == made["id"] for one in await west.kept())

        await until(is_kept, 30)
        old = kill(stack, "health-worker")  # it waits for an answer that the hospital owes it
        asked = "select state, tries from asks where appointment_id = $1"
        assert [tuple(row) for row in await fetch(stack, "health", asked, UUID(made["id"]))] == [("waiting", 1)]
        await revived(stack, "health-worker", old)

        async def is_booked() -> bool:
            return bool((await resident.get(f"/api/v1/appointments/{made['id']}"))["state"] == "booked")

        await until(is_booked, 90)
    (kept,) = [one for one in await west.shown() if one["key"] == made["id"]]
    asked = "select topic from outbox_archive where subject = $1 order by seq"

    async def is_told() -> bool:
        told = [row["topic"] for row in await fetch(stack, "health", asked, f"appointment/{made['id']}")]
        return told == ["health.appointment_submitted.v1", "health.appointment_booked.v1"]

    await until(is_told, 30)
    (row,) = await fetch(stack, "health", "select external_ref from appointments where id = $1", UUID(made["id"]))
    assert row["external_ref"] == kept["ref"]
