"""Opening a gate: ordered by who serves there, recorded once, refused while it is not sure who serves."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.world import DOCTOR, FAR_GRID, FAR_RESIDENT, GRID, GUARD, OFFICER, RESIDENT, YARD, Person

from chassis import bus, directory
from chassis.testing import arrived
from contracts.identity import DirectoryMarked
from services.gate.domain.gate import Gate


async def mark(doors: Doors, at: datetime) -> None:
    marked = arrived(DirectoryMarked(directory_id=UUID(int=0), position=1), at)
    await bus.handle(doors.running.database, directory.consumers("gate"), marked)


@pytest.fixture
async def gate(gate_doors: Doors) -> str:
    """The gate of a courtyard, and a directory that was heard of a moment ago."""
    key = uuid4()

    async def build(work: object) -> None:
        work.session.add(Gate(key, YARD, "大观苑一期东门"))  # type: ignore[attr-defined]

    await gate_doors.running.database.do(build)
    await mark(gate_doors, datetime.now(UTC))
    return str(key)


async def command(doors: Doors, person: Person, gate: str, reason: object = "visitor", **headers: str) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/gates/{gate}/commands", json={"reason": reason}, headers=headers or keyed())


async def test_who_serves_there_opens_and_it_is_on_record(gate_doors: Doors, gate: str) -> None:
    for person in (GUARD, GRID, OFFICER):
        answer = await command(gate_doors, person, gate)
        assert (answer.status_code, answer.json()["commanded_by"]) == (201, str(person.id))
    assert await gate_doors.said() == ["gate.barrier_commanded.v1"] * 3
    audited = await gate_doors.rows("select actor_id, action, subject, reason from audit order by pos")
    assert [tuple(row) for row in audited] == [(p.id, "gate.open", f"gate/{gate}", "visitor") for p in (GUARD, GRID, OFFICER)]


async def test_a_command_sent_twenty_times_opens_once(gate_doors: Doors, gate: str) -> None:
    headers = keyed()
    answers = await asyncio.gather(*(command(gate_doors, GUARD, gate, **headers) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(await gate_doors.rows("select 1 from commands")) == 1


@pytest.mark.parametrize(("person", "status"), [(RESIDENT, 404), (DOCTOR, 403), (FAR_GRID, 404), (FAR_RESIDENT, 404)])
async def test_nobody_else_opens(gate_doors: Doors, gate: str, person: Person, status: int) -> None:
    assert (await command(gate_doors, person, gate)).status_code == status
    assert await gate_doors.rows("select 1 from commands") == []


async def test_nobody_opens_while_identity_has_been_silent(gate_doors: Doors, gate: str) -> None:
    async with gate_doors.whole.begin() as connection:
        from sqlalchemy import text

        await connection.execute(text("truncate directory_mark"))
    await mark(gate_doors, datetime.now(UTC) - timedelta(seconds=6))
    answer = await command(gate_doors, GUARD, gate)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "directory-stale")
    assert answer.headers["retry-after"] == "2"
    assert await gate_doors.rows("select 1 from commands") == []


async def test_gates_are_seen_by_neighbours_and_those_who_serve(gate_doors: Doors, gate: str) -> None:
    for person, count in ((RESIDENT, 1), (GUARD, 1), (FAR_RESIDENT, 0), (FAR_GRID, 0), (DOCTOR, 0)):
        async with gate_doors.client(person) as client:
            assert (await client.get("/api/v1/gates")).json()["total"] == count
            assert (await client.get(f"/api/v1/gates/{gate}")).status_code == (200 if count else 403 if person is DOCTOR else 404)


@pytest.mark.parametrize("reason", ["", "because", None, 1, ["visitor"]])
async def test_a_reason_is_one_of_the_known(gate_doors: Doors, gate: str, reason: object) -> None:
    assert (await command(gate_doors, GUARD, gate, reason)).status_code == 422
