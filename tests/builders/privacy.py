"""Somebody at identity's doors who asks about their own data, and the other services' answers."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from builders.doors import Doors, keyed
from builders.factors import code_of
from builders.world import Person
from sqlalchemy import text

from chassis import bus
from chassis.testing import arrived
from contracts.event import EVENTS
from contracts.part import PARTS
from services.identity.actions import codes, erasures

ME = "/api/v1/people/me"


async def settled(doors: Doors, service: str, request: UUID, act: str, *, event_id: UUID | None = None, **more: Any) -> bool:
    """A service's answer arrives at identity, by this service's clock."""
    said = {"request_id": request, "act": act, "state": "done", **more}
    event = EVENTS[f"{service}.part_settled.v1"].model_validate(said)
    listening = next(one for one in doors.running.service.consumers if one.queue == "identity.parts")
    return await bus.handle(doors.running.database, listening, arrived(event, datetime.now(UTC), event_id=event_id))


def by_clock(doors: Doors) -> dict[str, int]:
    """A token that was given just now, by the service's own clock."""
    now = int(doors.running.settings.clock.now().timestamp())
    return {"iat": now, "exp": now + 600}


class Owner:
    """A person with a phone."""

    def __init__(self, doors: Doors, key: UUID, phone: str) -> None:
        self.doors, self.id, self.phone = doors, key, phone

    async def sends(self, method: str, path: str, body: Any = None, **claims: Any) -> httpx.Response:
        """One of the doors at `/api/v1/people/me`."""
        async with self.doors.client(Person(id=self.id), **by_clock(self.doors), **claims) as client:
            return await client.request(method, f"{ME}{path}", json=body, headers=keyed() if method == "POST" else {})

    async def proof(self) -> dict[str, str]:
        """A code that was sent to their phone for this."""
        answer = await self.sends("POST", "/proof-code")
        assert answer.status_code == 202, answer.text
        challenge = answer.json()["challenge_id"]
        async with self.doors.whole.begin() as connection:  # the phone's budget is not what is tested here
            await connection.execute(text("update codes set created_at = created_at - interval '2 minutes'"))
        return {"challenge_id": challenge, "code": await code_of(self.doors, challenge)}

    async def asks_to_be_forgotten(self) -> UUID:
        """With the code; the request's id."""
        answer = await self.sends("POST", "/erasure", await self.proof())
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["id"])

    async def look(self) -> UUID:
        """The look that the services are asked for, now that the days are over."""
        await erasures.look_all(self.doors.running)
        (row,) = await self.doors.rows("select look_id from erasures where person_id = :id order by id desc limit 1", id=self.id)
        assert row.look_id is not None
        return UUID(str(row.look_id))

    async def state(self) -> str:
        """Where their newest request stands."""
        rows = await self.doors.rows("select state from erasures where person_id = :id order by id desc limit 1", id=self.id)
        return str(rows[0].state)

    async def looked(self) -> None:
        """All services have no reason to wait."""
        look = await self.look()
        for service in PARTS:
            await settled(self.doors, service, look, "look")


async def registered(doors: Doors, phone: str = "13800138000") -> Owner:
    """Somebody who signed in by a phone."""
    key = uuid4()
    await doors.running.database.do(lambda work: codes.register(work, phone=phone, person_id=key))
    return Owner(doors, key, phone)
