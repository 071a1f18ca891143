"""Numbers and who has them: people of a room, phones that staff give them, and what signing in by one is answered."""

import json
from typing import Any
from uuid import UUID, uuid4

import httpx
from builders.doors import Doors, keyed
from builders.factors import code_of
from builders.world import GRID, OFFICER, ROOM, Person, events
from sqlalchemy import text

from chassis import privacy
from contracts.area import Role
from contracts.identity import AreaChanged
from services.identity.actions import assignments, contacts, people, places
from services.identity.domain.place import Assignment

DOOR, NUMBER, OTHER = "/api/v1/phone-additions", "13900000001", "13900000002"
TREE = sorted((one for one in events() if isinstance(one, AreaChanged)), key=lambda one: one.path.count("."))


async def planted(doors: Doors) -> Doors:
    """Identity with the areas of the world."""

    async def make(work: Any) -> None:
        for one in TREE:
            await places.add_area(work, by=None, path=one.path, kind=one.kind, name=one.name)

    await doors.running.database.do(make)
    return doors


async def living(doors: Doors, name: str | None = None, *, phone: str | None = None, room: str = ROOM) -> str:
    """Somebody of this room, with a phone of their own or without."""
    person = uuid4()

    async def make(work: Any) -> None:
        await work.session.execute(text("insert into people (id, created_at) values (:id, :at)"), {"id": person, "at": work.now})
        if name is not None:
            await people.rename(work, person, name)
        await work.seal(person, "people", "name", person, "")  # whoever is somebody here has a key, until they are forgotten
        if phone is not None:
            await contacts.keep(work, person, "phone", phone, work.vault.keys.blind("phone", phone))
        await assignments.bind(work, by=None, person=person, room=room, kind="family")

    await doors.running.database.do(make)
    return str(person)


async def posts(doors: Doors, who: Person, path: str, body: Any = None, **claims: Any) -> httpx.Response:
    """A member of staff at the doors of phone additions."""
    async with doors.client(who, **claims) as client:
        return await client.post(f"{DOOR}{path}", json=body, headers=keyed())


async def asked(doors: Doors, person: str, phone: str = NUMBER, who: Person = GRID) -> str:
    """The key of one that was asked for."""
    answer = await posts(doors, who, "", {"person_id": person, "phone": phone})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def shown(doors: Doors, key: str) -> str:
    """The code that lies on its phone."""
    (row,) = await doors.rows("select code_id from phone_additions where id = :id", id=key)
    return await code_of(doors, str(row.code_id))


async def agreed(doors: Doors, person: str, phone: str = NUMBER) -> str:
    """The key of one whose phone showed its code."""
    key = await asked(doors, person, phone)
    answer = await posts(doors, GRID, f"/{key}/agreement", {"code": await shown(doors, key)})
    assert (answer.status_code, answer.json()["state"]) == (200, "agreed"), answer.text
    return key


async def given_to(doors: Doors, person: str, phone: str = NUMBER) -> None:
    """All of it: the person has the phone."""
    answer = await posts(doors, OFFICER, f"/{await agreed(doors, person, phone)}/acceptance", {"phone": phone})
    assert (answer.status_code, answer.json()["state"]) == (200, "accepted"), answer.text


async def sent(doors: Doors, path: str, **body: Any) -> httpx.Response:
    """What one of the doors of signing in answers."""
    async with doors.client() as client:
        return await client.post(f"/sign-in/{path}", json=body)


async def texted(doors: Doors, phone: str = NUMBER) -> httpx.Response:
    """The code of this phone, sent back."""
    challenge = (await sent(doors, "code", phone=phone)).json()["challenge_id"]
    return await sent(doors, "phone", challenge_id=challenge, phone=phone, code=await code_of(doors, challenge))


async def refreshed(doors: Doors, session: dict[str, Any]) -> int:
    """The status of a refresh."""
    form = {"grant_type": "refresh_token", "refresh_token": session["refresh_token"]}
    async with doors.client() as client:
        return (await client.post("/oauth/token", data=form)).status_code


async def silent(doors: Doors) -> None:
    """Nobody signed in by any number for seven months."""
    async with doors.whole.begin() as connection:
        ago = "verified_at = verified_at - interval '211 days', used_at = used_at - interval '211 days'"
        await connection.execute(text(f"update contacts set {ago} where kind = 'phone'"))


async def numbers(doors: Doors) -> dict[str, bool]:
    """Whose number it is, and whether staff put them on it."""
    rows = await doors.rows("select person_id, is_shared from contacts where kind = 'phone'")
    return {str(row.person_id): row.is_shared for row in rows}


async def told(doors: Doors) -> list[tuple[str, str]]:
    """Who hears what of a phone."""
    rows = await doors.rows("select body from outbox where topic = 'identity.phone_changed.v1'")
    said = [json.loads(bytes(row.body)) for row in rows]
    return sorted((one["person_id"], one["change"]) for one in said)


async def serves(doors: Doors, person: str, role: Role, area: str) -> None:
    """They serve here from now on."""

    async def make(work: Any) -> None:
        work.session.add(Assignment(work.new_id(), UUID(person), role, area, None, "某某", None, work.now))

    await doors.running.database.do(make)


async def forgotten(doors: Doors, person: str) -> None:
    """They are forgotten as the platform forgets somebody."""
    held = doors.running.service.personal
    assert held is not None
    await doors.running.database.do(lambda work: privacy.erase(work, held, UUID(person)))


async def household(doors: Doors) -> tuple[str, str]:
    """A daughter who signs in by her number, and her mother whom staff put on it."""
    daughter, mother = await living(doors, "王芳", phone=NUMBER), await living(doors, "欧阳淑贞")
    await given_to(doors, mother)
    return daughter, mother
