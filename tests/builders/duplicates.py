"""Two registrations of one person, staff who look at them, and what identity keeps of both."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
from builders.doors import Doors, keyed
from builders.factors import lately
from builders.offices import serve, tree
from builders.privacy import by_clock
from builders.residents import lives
from builders.world import ADMIN, FAR_OFFICER, GRID, NEXT_ROOM, OFFICER, OTHER_GRID, ROOM, Person

from services.identity.actions import contacts, people

DOOR = "/api/v1/merges"
KEPT = (
    "people", "contacts", "bindings", "facts", "numbers", "real_name_checks", "accesses", "proxies", "consents", "passkeys",
    "second_factors", "assignments",
)


@dataclass(frozen=True)
class Pair:
    """Somebody who was registered twice: with a home first, and once more next door."""

    doors: Doors
    first: Person
    again: Person

    async def proposed(self, who: Person = GRID, **other: Any) -> str:
        """The key of a proposal."""
        answer = await self.proposes(who, **other)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def proposes(self, who: Person = GRID, **other: Any) -> httpx.Response:
        """Somebody says that the two are one."""
        said = {"person_id": str(self.again.id), "other_id": str(self.first.id), "reason": "registered-twice", **other}
        return await posts(self.doors, who, "", said)

    async def confirms(self, key: str, who: Person = OFFICER, *, swapped: bool = False, **claims: Any) -> httpx.Response:
        """The second look."""
        whom = (self.again, self.first) if swapped else (self.first, self.again)
        said = {"survivor_id": str(whom[0].id), "source_id": str(whom[1].id)}
        return await posts(self.doors, who, f"/{key}/second-sight", said, **claims)

    async def merged(self) -> str:
        """The key of a merge that was made."""
        key = await self.proposed()
        answer = await self.confirms(key)
        assert (answer.status_code, answer.json()["state"]) == (200, "merged"), answer.text
        return key

    async def splits(self, key: str, who: Person = OFFICER, **claims: Any) -> httpx.Response:
        """They are two."""
        return await posts(self.doors, who, f"/{key}/split", {"reason": "two-people"}, **claims)


async def posts(doors: Doors, who: Person, path: str, body: Any = None, **claims: Any) -> httpx.Response:
    """A member of staff at the doors of merges, who showed a second factor just now."""
    async with doors.client(who, **{**lately("otp"), **by_clock(doors), **claims}) as client:
        return await client.post(f"{DOOR}{path}", json=body, headers=keyed())


async def settle(
    doors: Doors, *, phones: tuple[str, str] = ("13900000001", "13900000002"),
    rooms: tuple[str | None, str | None] = (ROOM, NEXT_ROOM), names: tuple[str, str] = ("欧阳淑贞", "欧阳淑珍"),
) -> Pair:
    """They move in, twice; the first is the older."""
    await tree(doors)
    await serve(doors, GRID, OFFICER, ADMIN, OTHER_GRID, FAR_OFFICER)
    first = await lives(doors, rooms[0], phone=phones[0], name=names[0])
    again = await lives(doors, rooms[1], phone=phones[1], name=names[1])
    return Pair(doors, Person(id=first.id), Person(id=again.id))


async def everything(doors: Doors, pair: Pair) -> dict[str, Any]:
    """All that identity keeps, with what is sealed in the clear: two such are equal when nothing is another."""
    found: dict[str, Any] = {}
    for table in KEPT:
        rows = [dict(row._mapping) for row in await doors.rows(f"select * from {table}")]
        found[table] = sorted(({n: _plain(v) for n, v in row.items() if not n.startswith("sealed_")} for row in rows), key=str)
    found["clear"] = {str(one): await _clear(doors, one) for one in (pair.first.id, pair.again.id)}
    return found


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


async def _clear(doors: Doors, person: UUID) -> Any:
    async with doors.running.database.reading() as work:
        return await people.name_of(work, person), await contacts.clear(work, person)
