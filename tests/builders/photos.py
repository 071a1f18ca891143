"""A photo on its way to everybody, step by step, by who may take them; of the face in `tests/reports/photos`."""

from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from builders.doors import Doors, keyed
from builders.world import HERE, OFFICER, RESIDENT, UNIT, Person
from PIL import Image

from services.reports import jobs

BOX = {"x": 75, "y": 20, "width": 70, "height": 75, "what": "face"}


def _portrait() -> bytes:
    out = BytesIO()
    with Image.open(Path(__file__).parents[1] / "reports" / "photos" / "astronaut.jpg") as whole:
        whole.resize((256, 256)).save(out, "JPEG", quality=90)
    return out.getvalue()


PORTRAIT = _portrait()


async def sent(doors: Doors, person: Person) -> str:
    """The portrait, uploaded."""
    async with doors.client(person) as client:
        wanted = {"kind": "report-photo", "content_type": "image/jpeg", "size": len(PORTRAIT)}
        grant = (await client.post("/api/v1/uploads?for=reports", json=wanted, headers=keyed())).json()
    async with httpx.AsyncClient() as phone:
        assert (await phone.put(grant["url"], content=PORTRAIT, headers=grant["headers"])).status_code == 200
    return str(grant["id"])


async def filed(doors: Doors, area: str = UNIT, *, develops: bool = True) -> tuple[str, str]:
    """A report with a developed photo: its id and the photo's."""
    picture = await sent(doors, RESIDENT)
    draft = {"text": "灯不亮", "category": "lighting", "place": {"area": area}, "client_token": str(uuid4()), "photos": [picture]}
    async with doors.client(RESIDENT) as client:
        answer = await client.post("/api/v1/reports", json=draft, headers=keyed())
    assert answer.status_code == 201, answer.text
    if develops:
        await jobs.develop_photos(doors.running)
    return str(answer.json()["id"]), picture


async def act(
    doors: Doors, key: str, picture: str, what: str, person: Person = OFFICER, *, body: object = None
) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/reports/{key}/photos/{picture}/{what}", json=body)


async def found(doors: Doors) -> tuple[str, str]:
    """A photo that the detector looked at."""
    key, picture = await filed(doors)
    assert (await act(doors, key, picture, "preparation")).json()["state"] == "waiting"
    await jobs.cover_photos(doors.running)
    return key, picture


async def published(doors: Doors) -> tuple[str, str]:
    key, picture = await found(doors)
    assert (await act(doors, key, picture, "publication", body={"boxes": [BOX]})).json()["state"] == "wanted"
    await jobs.cover_photos(doors.running)
    return key, picture


async def seen(doors: Doors, key: str, person: Person = OFFICER) -> dict[str, Any]:
    async with doors.client(person) as client:
        [one] = (await client.get(f"/api/v1/reports/{key}/photos")).json()
        return dict(one)


async def opened(doors: Doors, picture: str) -> httpx.Response:
    """As anybody opens it."""
    async with doors.client() as anybody:
        return await anybody.get(f"/api/v1/photos/{picture}")


async def media(doors: Doors, key: str) -> str | None:
    """What Open311 says."""
    async with doors.client() as anybody:
        answer = await anybody.get(f"/open311/v2/requests/{key}.json", params={"jurisdiction_id": HERE})
    told: str | None = answer.json()[0]["media_url"]
    return told
