"""A video visit under test: an appointment about to begin, tickets for it, and the service on real sockets."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import uvicorn
from builders.doors import Doors, keyed
from builders.hut import book, offer
from builders.world import HERE, LONG_AGO, RESIDENT, SECOND_RESIDENT, Person
from sqlalchemy import text
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from chassis import bus, directory
from chassis.service import build
from chassis.testing import arrived
from contracts.area import Role
from contracts.event import Event
from contracts.identity import AccessRevoked, AssignmentChanged
from services.health.actions import room

NURSE = Person(role=Role.HUT_STAFF, area=HERE)
PROXY = SECOND_RESIDENT


async def heard(doors: Doors, event: Event) -> None:
    """Something identity says, known at once."""
    await bus.handle(doors.running.database, directory.consumers("health"), arrived(event, datetime.now(UTC)))
    doors.running.directory._known.clear()


async def nurse(doors: Doors) -> Person:
    """Somebody serves at the hut."""
    await heard(doors, AssignmentChanged(
        area=HERE, assignment_id=uuid4(), person_id=NURSE.id, role=Role.HUT_STAFF, display_name="某某", starts_at=LONG_AGO,
    ))
    return NURSE


async def withdrawn(doors: Doors, person: Person) -> None:
    """Their access, of this moment."""
    await heard(doors, AccessRevoked(person_id=person.id, not_before=datetime.now(UTC), recipients=(person.id,)))


async def soon(doors: Doors, begins: timedelta = timedelta(minutes=5)) -> str:
    """An appointment whose room is open."""
    slot = await offer(doors, begins)
    return str((await book(doors, RESIDENT, slot)).json()["id"])


async def asked(doors: Doors, key: str, person: Person = RESIDENT, **claims: Any) -> httpx.Response:
    """A ticket is asked for."""
    async with doors.client(person, **claims) as client:
        return await client.post(f"/api/v1/appointments/{key}/tickets", headers=keyed())


async def ticket(doors: Doors, key: str, person: Person = RESIDENT, **claims: Any) -> str:
    """One that was given."""
    given = await asked(doors, key, person, **claims)
    assert given.status_code == 201, given.text
    return str(given.json()["ticket"])


async def by_proxy(doors: Doors, key: str) -> str:
    """One for the patient, given to who acts for them."""
    return await ticket(doors, key, RESIDENT, client_id="guohuai.proxy", scope="visits.attend", act={"sub": str(PROXY.id)})


async def state(doors: Doors, key: str) -> str:
    return str((await doors.rows("select state from appointments where id = :id", id=UUID(key)))[0].state)


async def shifted(doors: Doors, key: str, minutes: float) -> None:
    """The appointment is so much later; earlier, if less than nothing."""
    by = f"interval '{minutes} minutes'"
    async with doors.whole.begin() as connection:
        said = text(f"update appointments set starts_at = starts_at + {by}, ends_at = ends_at + {by} where id = :id")
        await connection.execute(said, {"id": UUID(key)})


class Guest:
    """Somebody with a connection to a room."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire

    async def told(self) -> dict[str, Any]:
        """The next thing they are told."""
        async with asyncio.timeout(10):
            said: dict[str, Any] = json.loads(await self.wire.recv())
        return said

    async def say(self, **said: Any) -> None:
        await self.wire.send(json.dumps(said))

    async def over(self) -> tuple[int | None, str]:
        """How it ends for them, whatever they are told before."""
        async with asyncio.timeout(15):
            with suppress(ConnectionClosed):
                while True:
                    await self.wire.recv()
            await self.wire.wait_closed()
        return self.wire.close_code, self.wire.close_reason or ""


class Replica:
    """One process of the service's api: its application on a socket, with what it does beside."""

    def __init__(self, doors: Doors, port: int, hub: room.Hub) -> None:
        self.doors, self.port, self.hub = doors, port, hub

    def comes(self, key: str, *shown: str) -> connect:
        """Somebody comes to a room and shows these as subprotocols."""
        protocols = [Subprotocol(one) for one in shown]
        return connect(f"ws://127.0.0.1:{self.port}/api/v1/visits/{key}", subprotocols=protocols or None, proxy=None)

    @asynccontextmanager
    async def inside(self, key: str, text_of: str) -> AsyncIterator[Guest]:
        """Somebody is let in."""
        async with self.comes(key, room.PROTOCOL, text_of) as wire:
            assert wire.subprotocol == room.PROTOCOL
            yield Guest(wire)

    async def refused(self, key: str, *shown: str) -> tuple[int, str]:
        """Somebody is not let in: status and name."""
        try:
            async with self.comes(key, *shown):
                pass
        except InvalidStatus as answer:
            body = answer.response.body or b"{}"
            return answer.response.status_code, json.loads(body).get("type", "").rpartition("/")[2]
        return 101, ""


@asynccontextmanager
async def replicas(doors: Doors, count: int = 1) -> AsyncIterator[list[Replica]]:
    """So many processes of one service; what is between them is the broker."""
    async with AsyncExitStack() as held:
        yield [await held.enter_async_context(_replica(doors)) for _ in range(count)]


@asynccontextmanager
async def _replica(doors: Doors) -> AsyncIterator[Replica]:
    app = build(doors.running.service, doors.running.settings)
    place = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=2))
    hub = room.hub_of(app.state.running)
    beside = [asyncio.create_task(server.serve(sockets=[place])), asyncio.create_task(room.keep(app.state.running))]
    try:
        async with asyncio.timeout(20):
            while not (server.started and hub.stands):
                await asyncio.sleep(0.02)
        yield Replica(doors, place.getsockname()[1], hub)
    finally:
        server.should_exit = True
        await asyncio.wait({beside[0]}, timeout=10)
        beside[1].cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await app.state.running.close()


