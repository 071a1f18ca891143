"""Open311 as programs speak it: a key, what is asked, what is sent."""

from typing import Any

import httpx
from builders.doors import Doors
from builders.world import HERE

from services.reports.__main__ import operate

BASE = "/open311/v2"
HERE_IT_IS = {"jurisdiction_id": HERE}


async def key_for(doors: Doors, name: str = "fixmystreet", **more: object) -> str:
    words = ["add", name, "--community", HERE, "--owner", "区城管局"]
    for option, value in more.items():
        words += [f"--{option}", str(value)]
    [told, _] = await operate(doors.running, words)
    return told.removeprefix("api_key: ")


async def asked(doors: Doors, path: str, form: str = "json", **query: object) -> httpx.Response:
    async with doors.client() as client:
        return await client.get(f"{BASE}/{path}.{form}", params=HERE_IT_IS | query)


async def sent(doors: Doors, fields: dict[str, Any], form: str = "json", path: str = "requests", **more: Any) -> httpx.Response:
    async with doors.client() as client:
        return await client.post(f"{BASE}/{path}.{form}", data=fields, **more)


def lamp(key: str, **more: object) -> dict[str, Any]:
    said = {"api_key": key, "service_code": "lighting", "lat": "30.6", "long": "104.1", "description": "路灯不亮"}
    return {name: value for name, value in (said | more).items() if value is not None}
