"""Whether the whole is ready, and which part is not."""

import asyncio
from weakref import WeakKeyDictionary

import httpx
from fastapi import Request
from pydantic import BaseModel

from chassis.errors import Unavailable
from chassis.process import Running
from chassis.service import PUBLIC
from chassis.service import router as new_router
from gateway.live import hub_of
from gateway.remembered import Remembered

router = new_router("", tags=["status", PUBLIC])
_SECONDS = 1.0


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
    return await _looks(request.app.state.running).whole.get()


@router.get("/ready", response_model=ReadyView, include_in_schema=False)
async def get_whole(request: Request) -> dict[str, dict[str, str]]:
    """200 only when every service is ready; the gateway serves this as `/readyz`."""
    services = await _looks(request.app.state.running).services.get()
    if set(services.values()) != {"ready"}:
        raise NotAllReady(services=services)
    return {"services": services}


class _Looks:
    """What was seen within the last second: strangers who ask often do not make us ask often."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.services = Remembered(_SECONDS, self._services)
        self.whole = Remembered(_SECONDS, self._whole)

    async def _services(self) -> dict[str, str]:
        return await _all_ready(self.running.settings.addresses())  # type: ignore[attr-defined]

    async def _whole(self) -> dict[str, dict[str, str]]:
        workers = self.running.settings.worker_addresses()  # type: ignore[attr-defined]
        found = await asyncio.gather(self.services.get(), _all_ready(workers), _parts(self.running))
        return dict(zip(("services", "workers", "parts"), found, strict=True))


_LOOKS: WeakKeyDictionary[Running, _Looks] = WeakKeyDictionary()


def _looks(running: Running) -> _Looks:
    return _LOOKS.setdefault(running, _Looks(running))


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
