"""Whether the whole is ready, and which part is not."""

import asyncio
from typing import Any

import httpx
from fastapi import Request
from pydantic import BaseModel

from chassis.errors import Unavailable
from chassis.service import PUBLIC
from chassis.service import router as new_router

router = new_router("", tags=["status", PUBLIC])


class NotAllReady(Unavailable):
    """Some service does not answer, or its database does not; `parts` says which."""

    zh = "部分服务尚未就绪"


class StatusView(BaseModel):
    """Each service, and whether it is ready."""

    parts: dict[str, str]


async def _ready(client: httpx.AsyncClient, address: str) -> str:
    try:
        answer = await client.get(f"{address}/readyz")
    except httpx.HTTPError:
        return "unreachable"
    return "ready" if answer.is_success else "not ready"


async def _parts(request: Request) -> dict[str, str]:
    addresses = request.app.state.running.settings.addresses()
    async with httpx.AsyncClient(timeout=3) as client:
        found = await asyncio.gather(*(_ready(client, address) for address in addresses.values()))
    return dict(zip(addresses, found, strict=True))


@router.get("/status", response_model=StatusView)
async def get_status(request: Request) -> dict[str, Any]:
    """The state of every service."""
    return {"parts": await _parts(request)}


@router.get("/ready", response_model=StatusView, include_in_schema=False)
async def get_whole(request: Request) -> dict[str, Any]:
    """200 only when every service is ready; the gateway serves this as `/readyz`."""
    parts = await _parts(request)
    if set(parts.values()) != {"ready"}:
        raise NotAllReady(parts=parts)
    return {"parts": parts}
