"""A family: people whom identity knows, with homes, sessions of their own, and proxies between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from builders.doors import Doors, keyed
from builders.programs import asked
from builders.world import GRID, NEXT_ROOM, OFFICER, ROOM, Person, events

from contracts.identity import AreaChanged
from services.identity.actions import assignments, codes, people, places, sessions
from services.identity.domain.clients import EXCHANGE
from services.identity.domain.exchange import ACCESS_TOKEN, PROXY
from services.identity.domain.id_number import check_character
from services.identity.store.tables import people as persons

DOOR = "/api/v1/proxies"
TREE = sorted((one for one in events() if isinstance(one, AreaChanged)), key=lambda one: one.path.count("."))


@dataclass(frozen=True)
class Family:
    """A mother with a phone, her daughter next door, somebody else of their stairs, and a child who signs in by nothing."""

    mother: Person
    daughter: Person
    other: Person
    child: Person
    binding: UUID  # the daughter's


async def settle(doors: Doors) -> Family:
    """They move in."""
    made: list[Any] = []

    async def make(work: Any) -> None:
        for one in TREE:
            await places.add_area(work, by=None, path=one.path, kind=one.kind, name=one.name)
        found = [await codes.register(work, phone=f"1390000010{n}") for n in range(3)]
        mother, daughter, other = found
        child = UUID(int=work.new_id().int ^ 1)
        await work.session.execute(persons.insert().values(id=child, created_at=work.now))
        await people.rename(work, child, "小明")
        bound = [
            await assignments.bind(work, by=None, person=who, room=room, kind="family")
            for who, room in ((mother, ROOM), (daughter, NEXT_ROOM), (other, NEXT_ROOM), (child, NEXT_ROOM))
        ]
        made.extend([*found, child, bound[1].id])

    await doors.running.database.do(make)
    mother, daughter, other, child, binding = made
    return Family(*(Person(id=one) for one in (mother, daughter, other, child)), binding)


def day(days: int) -> str:
    """So many days from now, in Chengdu."""
    return f"{(datetime.now(UTC) + timedelta(hours=8, days=days)).date()}"


def number(born: datetime | None = None, *, years: int = 8) -> str:
    """A number of somebody of so many years."""
    at = born or datetime.now(UTC) - timedelta(days=365 * years + 10)
    first = f"510104{at:%Y%m%d}001"
    return first + check_character(first)


async def posts(doors: Doors, who: Person, path: str, body: Any = None, **claims: Any) -> httpx.Response:
    """What somebody sends to the door of the proxies."""
    async with doors.client(who, **claims) as client:
        return await client.post(f"{DOOR}{path}", json=body, headers=keyed())


def wish(family: Family, scopes: Sequence[str] = ("reports.file", "reports.read"), **other: Any) -> dict[str, Any]:
    """The daughter is to act."""
    return {"actor_id": str(family.daughter.id), "scopes": list(scopes), "last_day": day(30), **other}


async def given(doors: Doors, family: Family, **other: Any) -> str:
    """The mother lets the daughter act: the id of the proxy."""
    answer = await posts(doors, family.mother, "", wish(family, **other))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def confirmed(doors: Doors, family: Family, scopes: Sequence[str]) -> str:
    """The same before two members of staff."""
    body = wish(family, scopes, principal_id=str(family.mother.id), evidence="in-person")
    answer = await posts(doors, GRID, "/records", body)
    assert answer.status_code == 201, answer.text
    key = str(answer.json()["id"])
    looked = await posts(doors, OFFICER, f"/{key}/second-look", {"scopes": list(scopes)})
    assert looked.status_code == 200, looked.text
    return key


async def signed_in(doors: Doors, who: Person) -> str:
    """An access token of their own sign-in."""
    made = await doors.running.database.do(lambda work: sessions.begin(work, who.id))
    return str(made.access_token)


async def acts(doors: Doors, proxy: str, token: str, **other: str) -> httpx.Response:
    """What whoever holds the token is given to act by the proxy."""
    said = {"subject_token": proxy, "subject_token_type": PROXY, "actor_token": token, "actor_token_type": ACCESS_TOKEN}
    return await asked(doors, "token", grant_type=EXCHANGE, **{**said, **other})


