"""Having names compared with numbers: citizens of the provider's register, who asks, and the worker who puts the question."""

import random
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from builders.doors import Doors
from builders.world import Person

from services.identity.actions import consents
from services.identity.actions import real_name as acts
from services.identity.clients.real_name import RealName
from services.identity.domain.consents import newest
from services.identity.domain.id_number import check_character

DOOR = "/api/v1/people/me/real-name-check"


@dataclass(frozen=True)
class Citizen:
    """Somebody in the provider's register, with a number of their own."""

    name: str
    number: str
    document: str = "id-card"

    @property
    def papers(self) -> dict[str, str]:
        """As they are asked about."""
        return {"name": self.name, "document": self.document, "number": self.number}


def new_number() -> str:
    """One that nobody had yet: the register is one for all tests."""
    start = f"510104{random.randint(1930, 2005)}{random.randint(1, 12):02}{random.randint(1, 28):02}{random.randint(0, 999):03}"
    return start + check_character(start)


def provider(doors: Doors) -> RealName:
    """The wire, without what earlier tests made of it."""
    said: Any = doors.running.settings
    return RealName(said.real_name_endpoint, said.real_name_key, said.real_name_secret, "real-name")


async def citizen(doors: Doors, name: str = "欧阳淑贞", *, fault: str = "", known: bool = True) -> Citizen:
    """Entered into the register; with a fault the provider fails at them."""
    one = Citizen(name, new_number())
    settings: Any = doors.running.settings
    async with httpx.AsyncClient() as outside:
        said = one.papers | {"fault": fault} | ({} if known else {"name": ""})
        answer = await outside.post(f"{settings.real_name_endpoint}/real-name/citizens", json=said)
        assert answer.status_code == 204, answer.text
    return one


async def agreed(doors: Doors, person: UUID) -> None:
    """They consent to just that."""
    read = newest("real-name")
    await doors.running.database.do(lambda work: consents.give(
        work, person, "real-name", version=read.version, text_hash=read.hash, channel="guohuai",
    ))


async def asks(
    doors: Doors, person: UUID, papers: dict[str, Any], *, consenting: bool = True, **claims: Any
) -> httpx.Response:
    """One's own name and number, with the consent that it wants."""
    if consenting:
        await agreed(doors, person)
    async with doors.client(Person(id=person), **claims) as client:
        return await client.post(DOOR, json=papers)


async def outcome(doors: Doors, person: UUID, **claims: Any) -> str:
    """The state of the newest."""
    async with doors.client(Person(id=person), **claims) as client:
        answer = await client.get(DOOR)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"state", "document", "created_at", "decided_at"}
    return str(answer.json()["state"])


async def works(doors: Doors, wire: RealName | None = None) -> int:
    """The worker, until nothing waits; how many it asked."""
    asked, wire = 0, wire or provider(doors)
    while await acts.compare_one(doors.running.database.do, wire):
        asked += 1
    return asked


async def compared(doors: Doors, person: UUID, papers: dict[str, Any]) -> str:
    """Asked, put, and what came of it."""
    answer = await asks(doors, person, papers)
    assert answer.status_code == 202, answer.text
    await works(doors)
    return await outcome(doors, person)
