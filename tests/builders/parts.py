"""A report that is divided, and how its parts go."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
from builders.doors import Doors, keyed
from builders.life import step
from builders.world import GRID, OFFICER, Person

from services.reports.domain.anchor import ENDED

WORDS = "修补三单元门前路面"
_WAITING = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


async def divide(doors: Doors, key: str, person: Person = GRID, **said: object) -> httpx.Response:
    body = {"text": WORDS, "category": "road", "client_token": str(uuid4()), **said}
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/reports/{key}/parts", json=body, headers=keyed())


async def divided(doors: Doors, key: str, person: Person = GRID, **said: object) -> dict[str, Any]:
    answer = await divide(doors, key, person, **said)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def read(doors: Doors, key: str, person: Person = GRID, what: str = "") -> Any:
    async with doors.client(person) as client:
        answer = await client.get(f"/api/v1/reports/{key}{what}")
    return answer.json() if answer.status_code == 200 else answer.status_code


async def along(doors: Doors, key: str, *steps: str) -> None:
    for what in steps:
        answer = await step(doors, GRID, key, what)
        assert answer.status_code == 200, (what, answer.text)


async def mended(doors: Doors, key: str) -> None:
    await along(doors, key, "acceptance", "assignment", "processing", "resolution")


async def sound(doors: Doors) -> None:
    """Every chain holds, and nothing is over of which something is open."""
    for row in await doors.rows("select id from reports"):
        assert (await read(doors, str(row.id), OFFICER, "/chain"))["sound"]
    over = ", ".join(repr(str(one)) for one in sorted(ENDED))
    left = f"""select 1 from reports p join reports w on w.id = p.parent_id
        where p.status not in ({over}) and w.status in ({over})"""
    assert await doors.rows(left) == []


async def waiting(doors: Doors, many: int) -> None:
    """Until so many wait for what somebody holds; a service has eight connections, who holds is none of them."""
    async with asyncio.timeout(4):
        while len(await doors.rows(_WAITING)) < many:
            await asyncio.sleep(0.02)
