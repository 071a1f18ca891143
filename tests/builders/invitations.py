"""An owner, whom they invite, and the doors of invitations."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from builders.doors import Doors, keyed, token
from builders.phones import planted
from builders.privacy import by_clock
from builders.residents import lives
from builders.world import ROOM, Person

from services.identity.actions import assignments, codes, homes

DOOR = "/api/v1/invitations"


def ahead(**by: float) -> str:
    """So long from now."""
    return f"{(datetime.now(UTC) + timedelta(**by)).isoformat()}"


@dataclass
class Home:
    """A room, its owner, and somebody who signs in by a phone and lives nowhere."""

    doors: Doors
    owner: Person
    binding: UUID
    guest: Person

    async def posts(self, who: Person, path: str = "", body: Any = None, *, address: str = "127.0.0.1") -> httpx.Response:
        """What somebody sends to these doors, from an address."""
        headers = {"authorization": f"Bearer {token(who.id, self.doors.issuer, **by_clock(self.doors))}", **keyed()}
        transport = httpx.ASGITransport(self.doors.app, raise_app_exceptions=False, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=self.doors.issuer, headers=headers) as client:
            return await client.post(f"{DOOR}{path}", json=body)

    async def invites(self, who: Person | None = None, **other: Any) -> httpx.Response:
        """The owner invites a tenant for a year."""
        wish = {"binding_id": str(self.binding), "kind": "tenant", "ends_at": ahead(days=365), **other}
        return await self.posts(who or self.owner, "", wish)

    async def invited(self, **other: Any) -> dict[str, Any]:
        """The answer, with the code."""
        answer = await self.invites(**other)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def accepts(self, code: str, who: Person | None = None, *, address: str = "127.0.0.1") -> httpx.Response:
        """The guest shows it."""
        return await self.posts(who or self.guest, "/acceptance", {"code": code}, address=address)

    async def came(self, who: Person | None = None, **other: Any) -> dict[str, Any]:
        """Somebody was invited and came: the invitation, with `binding_id` of the stay."""
        made = await self.invited(**other)
        answer = await self.accepts(made["code"], who)
        assert answer.status_code == 200, answer.text
        return {**made, "binding_id": answer.json()["id"]}

    async def binds(self, person: UUID, kind: str, room: str = ROOM) -> UUID:
        """As the first data does."""
        made = await self.doors.running.database.do(
            lambda work: assignments.bind(work, by=None, person=person, room=room, kind=kind)
        )
        return UUID(str(made.id))

    async def bindings(self, who: Person, path: str) -> httpx.Response:
        """What somebody sends to the doors of bindings."""
        async with self.doors.client(who) as client:
            return await client.post(f"/api/v1/bindings/{path}", headers=keyed())

    async def rooms(self, who: Person) -> list[str]:
        """Where they live now."""
        return [str(one.area) for one in await self.doors.running.database.do(lambda work: homes.of(work, who.id))]

    async def crowded(self) -> None:
        """All connections are there: who comes at once begins at once, and nobody is done while the others still connect."""
        await asyncio.gather(*(self.listed(self.owner) for _ in range(16)))

    async def listed(self, who: Person) -> list[dict[str, Any]]:
        """What somebody sees of invitations."""
        async with self.doors.client(who) as client:
            answer = await client.get(DOOR)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])


async def strangers(doors: Doors, many: int) -> list[Person]:
    """People who sign in by a phone each and live nowhere."""

    async def make(work: Any) -> list[UUID]:
        return [await codes.register(work, phone=f"1380001{n:04d}") for n in range(many)]

    return [Person(id=one) for one in await doors.running.database.do(make)]


async def settled(doors: Doors) -> Home:
    """They are there."""
    await planted(doors)
    owner = await lives(doors, ROOM)
    [row] = await doors.rows("select id from bindings")
    guest = await lives(doors, None, phone="13900000002", name="李四")
    return Home(doors, Person(id=owner.id), row.id, Person(id=guest.id))
