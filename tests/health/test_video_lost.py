"""A process dies, or the broker lets go of it: who was in its video rooms is gone, or comes again with another ticket."""

import asyncio
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
from builders.doors import Doors
from builders.visit import replicas, soon, ticket
from builders.wire import until
from builders.world import DOCTOR

from deploy import topology
from services.health.clients.signals import EXCHANGE
from services.health.store import tickets as store


async def cut(broker: topology.Broker, count: int) -> None:
    """End so many connections of processes to their own queue of signals; the broker lists them some seconds after they came."""
    auth = (broker.admin, broker.admin_password)
    async with httpx.AsyncClient(base_url=broker.management_url, auth=auth, timeout=20) as client:

        async def found() -> list[Any]:
            listed = (await client.get("/api/connections")).raise_for_status().json()
            ours = [one for one in listed if one.get("vhost") == broker.vhost]
            named = [one for one in ours if one["client_properties"].get("connection_name", "").startswith(f"{EXCHANGE}.")]
            return named if len(named) >= count else []

        for one in await until(found, 30):
            (await client.delete(f"/api/connections/{quote(one['name'], safe='')}")).raise_for_status()


async def test_whoever_was_there_is_sent_away_and_let_in_again(health_doors: Doors, wire: topology.Broker) -> None:
    key = await soon(health_doors)
    async with replicas(health_doors, 2) as (one, two):
        tickets = await ticket(health_doors, key), await ticket(health_doors, key, DOCTOR)
        async with one.inside(key, tickets[0]) as patient, two.inside(key, tickets[1]) as doctor:
            await cut(wire, 2)
            assert await asyncio.gather(patient.over(), doctor.over()) == [(1012, "come-again")] * 2

        async def stands() -> bool:
            return one.hub.stands and two.hub.stands

        await until(stands, 30)
        again = await ticket(health_doors, key), await ticket(health_doors, key, DOCTOR)
        async with one.inside(key, again[0]) as patient, two.inside(key, again[1]) as doctor:
            told = await doctor.told()
            assert [said["side"] for said in told["here"]] == ["patient"]
            await doctor.say(type="offer", to="patient", sdp="anew")
            while (said := await patient.told())["type"] != "offer":
                pass
            assert said["from"] == "doctor"


async def test_whom_a_dead_process_left_behind_is_gone_half_a_minute_later(health_doors: Doors, wire: topology.Broker) -> None:
    key = await soon(health_doors)
    async with replicas(health_doors) as (one,), one.inside(key, await ticket(health_doors, key, DOCTOR)) as doctor:
        await one.hub.enter(await ticket(health_doors, key), UUID(key))  # nobody serves them: as if their process had died
        one.hub._rooms[UUID(key)] = {peer for peer in one.hub._rooms[UUID(key)] if peer.ticket.side == "doctor"}
        assert [(await doctor.told())["type"] for _ in range(2)] == ["hello", "joined"]
        async with health_doors.whole.begin() as connection:
            back = store.SEEN.total_seconds()
            said = f"update tickets set seen_at = seen_at - interval '{back} seconds' where side = 'patient'"
            await connection.exec_driver_sql(said)
        told = [await doctor.told()]
        while told[-1]["type"] != "left":
            told.append(await doctor.told())
        assert told[-1] == {"type": "left", "side": "patient"}

    async def is_written_down() -> bool:
        return bool(await health_doors.rows("select 1 from tickets where side = 'patient' and left_at is not null"))

    async with replicas(health_doors):
        await until(is_written_down)
