"""Catalogues of a community: what is below its categories, decided and asked for."""

from typing import Any
from uuid import uuid4

import httpx
from builders.doors import Doors, keyed
from builders.life import mark
from builders.world import HERE, OFFICER, RESIDENT, UNIT, Person

FLOOR = {"code": "floor", "label": "楼层", "datatype": "number", "required": True, "hint": "第几层"}
SHAPE = {
    "code": "shape", "label": "灯的样子", "datatype": "singlevaluelist",
    "values": [{"key": "round", "name": "圆灯"}, {"key": "long", "name": "长灯"}],
}
REMARK = {"code": "remark", "label": "补充说明", "datatype": "text"}


async def catalogue(doors: Doors, person: Person = OFFICER, area: str = HERE, more: str = "") -> httpx.Response:
    async with doors.client(person) as client:
        return await client.get(f"/api/v1/settings/{area}/categories{more}")


async def nodes(doors: Doors) -> list[dict[str, Any]]:
    """Those in force, to be changed and sent again."""
    return [{name: value for name, value in one.items() if value is not None} for one in (await catalogue(doors)).json()["nodes"]]


def node(category: str, subcategory: str, name: str, **more: object) -> dict[str, Any]:
    return {"category": category, "subcategory": subcategory, "name": name, **more}


async def put(
    doors: Doors, said: list[dict[str, Any]], *, on: str | None = '"0"', person: Person = OFFICER, area: str = HERE
) -> httpx.Response:
    await mark(doors)
    return await sent(doors, said, on=on, person=person, area=area)


async def sent(
    doors: Doors, said: list[dict[str, Any]], *, on: str | None = '"0"', person: Person = OFFICER, area: str = HERE
) -> httpx.Response:
    """The same while identity is heard of already."""
    async with doors.client(person) as client:
        headers = {"if-match": on} if on else {}
        return await client.put(f"/api/v1/settings/{area}/categories", json={"nodes": said}, headers=headers)


async def decided(doors: Doors, *more: dict[str, Any], on: str = '"0"') -> None:
    """What is there, and these as well; one that is there already is as it stands here."""
    anew = {(said["category"], said.get("subcategory")) for said in more}
    kept = [said for said in await nodes(doors) if (said["category"], said.get("subcategory")) not in anew]
    answer = await put(doors, [*kept, *more], on=on)
    assert answer.status_code == 200, answer.text


async def file(doors: Doors, category: str = "lighting", person: Person = RESIDENT, **said: object) -> httpx.Response:
    body = {"text": "灯不亮", "category": category, "client_token": str(uuid4()), "place": {"area": UNIT}, **said}
    async with doors.client(person) as client:
        return await client.post("/api/v1/reports", json=body, headers=keyed())


async def filed(doors: Doors, category: str = "lighting", **said: object) -> dict[str, Any]:
    answer = await file(doors, category, **said)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())
