"""What staff enter about the hut: hospitals, departments, rooms; and times that lie in them."""

from typing import Any
from uuid import UUID

import httpx
from builders.doors import Doors
from builders.hut import agreed, ask
from builders.world import HERE, OFFICER, PEOPLE, Person
from sqlalchemy import text


async def enter(doors: Doors, kind: str, person: Person = OFFICER, **body: Any) -> httpx.Response:
    """Enter a hospital, a department or a room."""
    placed = {} if kind == "departments" else {"area": HERE}
    return await ask(doors, person, kind, {"name": "某处", **placed, **body})


async def entered(doors: Doors, kind: str, **body: Any) -> str:
    """The same, done; its id."""
    answer = await enter(doors, kind, **body)
    assert answer.status_code == 201, answer.text
    if kind == "hospitals":
        await agreed(doors, PEOPLE)
    return str(answer.json()["id"])


async def departments(doors: Doors, size: int, **hospital: Any) -> list[str]:
    """So many departments of a hospital."""
    key = await entered(doors, "hospitals", **hospital)
    return [await entered(doors, "departments", hospital_id=key, name=f"科室{n}") for n in range(size)]


async def lie(doors: Doors, slot: str, **where: str) -> None:
    """A slot lies in a room, or is a department's."""
    said = ", ".join(f"{column} = :{column}" for column in where)
    given = {column: UUID(key) for column, key in where.items()}
    async with doors.whole.begin() as connection:
        await connection.execute(text(f"update slots set {said} where id = :slot"), {**given, "slot": UUID(slot)})
