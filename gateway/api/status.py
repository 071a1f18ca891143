"""Whether the whole is ready, and which part is not."""

import asyncio

import httpx
from fastapi import Request
from pydantic import BaseModel

from chassis.errors import Unavailable
from chassis.process import Running
from chassis.service import PUBLIC
from chassis.service import router as new_router
from gateway.live import hub_of

router = new_router("", tags=["status", PUBLIC])


class NotAllReady(Unavailable):
    """Some service does not answer, or its database does not; `services` says which."""

    zh = "部分服务尚未就绪"


class ReadyView(BaseModel):
    """Each service, and whether it is ready."""

    services: dict[str, str]


class StatusView(ReadyView):
    """Besides the services: who publishes and listens for each, and what all of them stand on."""

    workers: dict[str, str]
    parts: dict[str, str]


@router.get("/status", response_model=StatusView)
async def get_status(request: Request) -> dict[str, dict[str, str]]:
    """The state of every service, every worker, and of the parts as the edge sees them."""
    running: Running = request.app.state.running
    settings = running.settings
    services, workers, parts = await asyncio.gather(
        _all_ready(settings.addresses()), _all_ready(settings.worker_addresses()), _parts(running),  # type: ignore[attr-defined]
    )
    return {"services": services, "workers": workers, "parts": parts}


@router.get("/ready", response_model=ReadyView, include_in_schema=False)
async def get_whole(request: Request) -> dict[str, dict[str, str]]:
    """200 only when every service is ready; the gateway serves this as `/readyz`."""
    services = await _all_ready(request.app.state.running.settings.addresses())
    if set(services.values()) != {"ready"}:
        raise NotAllReady(services=services)
    return {"services": services}


async def _all_ready(addresses: dict[str, str]) -> dict[str, str]:
    async with httpx.AsyncClient(timeout=3) as client:
        found = await asyncio.gather(*(_ready(client, f"{address}/readyz") for address in addresses.values()))
    return dict(zip(addresses, found, strict=True))


async def _ready(client: httpx.AsyncClient, address: str) -> str:
    try:
        answer = await client.get(address)
    except httpx.HTTPError:
        return "unreachable"
    return "ready" if answer.is_success else "not ready"


async def _parts(running: Running) -> dict[str, str]:
    """The database by a question, the broker by the live channel's connection, the store by whether it answers at all."""
    async with httpx.AsyncClient(timeout=3) as client:
        store, database = await asyncio.gather(
            _ready(client, running.settings.s3_endpoint), running.database.ping(), return_exceptions=True
        )
    return {
        "postgres": "unreachable" if isinstance(database, BaseException) else "ready",
        "rabbitmq": "ready" if hub_of(running).hears else "unreachable",
        "store": "ready" if store in {"ready", "not ready"} else "unreachable",  # without a key it refuses: it is there
    }
