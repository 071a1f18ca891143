"""`python -m services.<name> api|worker|migrate|seed`: the commands every service has."""

import argparse
import asyncio
import gc

import uvloop

from chassis import schema, telemetry, worker
from chassis.process import Running, Service
from chassis.settings import Settings


def main(service: Service) -> None:
    """Run one command of a service; settings come from the environment."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    parser.add_argument("command", choices=("api", "worker", "migrate", "seed"))
    asked = parser.parse_args()
    settings = service.settings()
    telemetry.start(service.name, settings.otel_exporter_otlp_endpoint, settings.log_level)
    if asked.command in {"api", "worker"}:
        asyncio.run(schema.awaited(service.name, settings.database_url))
    if asked.command == "api":
        _serve(service, settings)
    elif asked.command == "worker":
        _keep_what_is_loaded()
        uvloop.run(worker.run(service, settings))
    elif asked.command == "migrate":
        from chassis import migrate  # noqa: PLC0415 - who serves must not carry Alembic: nine megabytes

        asyncio.run(migrate.upgrade(service.name, settings.database_owner_url))
    else:
        asyncio.run(_seed(service, settings))


def _serve(service: Service, settings: Settings) -> None:
    import uvicorn  # noqa: PLC0415 - a worker must not carry it

    from chassis.service import build  # noqa: PLC0415 - the same

    app = build(service, settings)
    _keep_what_is_loaded()
    entrance = app if service.front is None else service.front(app, app.state.running)
    uvicorn.run(
        entrance, host=settings.host, port=settings.port, log_config=None, access_log=False,
        timeout_graceful_shutdown=15, timeout_keep_alive=75, server_header=False, proxy_headers=True,
        ws_max_size=64 * 1024,  # the largest message any socket of ours takes is half of it
    )


def _keep_what_is_loaded() -> None:
    """What the start made stays: looking through it for garbage again and again stopped all for 55 to 90 ms each time."""
    gc.collect()
    gc.freeze()


async def _seed(service: Service, settings: Settings) -> None:
    if service.seed is None:
        return
    running = Running(service, settings)
    try:
        await service.seed(running)
    finally:
        await running.close()
