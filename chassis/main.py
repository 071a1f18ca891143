"""`python -m services.<name> api|worker|migrate|seed|replay|redrive`: the commands every service has."""

import argparse
import asyncio
from datetime import datetime

from chassis import migrate, recovery, telemetry, worker
from chassis.process import Running, Service
from chassis.settings import Settings


def main(service: Service) -> None:
    """Run one command of a service; settings come from the environment."""
    asked = _arguments(service.name)
    settings = service.settings()
    telemetry.start(service.name, settings.otel_exporter_otlp_endpoint, settings.log_level)
    if asked.command == "api":
        _serve(service, settings)
    elif asked.command == "worker":
        _loop(worker.run(service, settings))
    elif asked.command == "migrate":
        asyncio.run(migrate.upgrade(service.name, settings.database_direct_url))
    elif asked.command == "seed":
        asyncio.run(_seed(service, settings))
    elif asked.command == "replay":
        since = datetime.fromisoformat(asked.since) if asked.since else None
        back = recovery.replay(settings.database_direct_url, settings.operator_rabbitmq_url, asked.queue, since=since)
        print(f"{asyncio.run(back)} archived events of {service.name} were sent to {asked.queue} again")  # noqa: T201
    else:
        back = recovery.redrive(settings.operator_rabbitmq_url, service.name, limit=asked.limit)
        print(f"{asyncio.run(back)} dead messages of {service.name} were given back to their queues")  # noqa: T201


def _arguments(name: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m services.{name}")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in ("api", "worker", "migrate", "seed"):
        commands.add_parser(command)
    replaying = commands.add_parser("replay", help="send archived events once more, to one queue")
    replaying.add_argument("--queue", required=True)
    replaying.add_argument("--since", help="RFC 3339; default: everything")
    redriving = commands.add_parser("redrive", help="give dead messages back to the queues they died in")
    redriving.add_argument("--limit", type=int, default=1000)
    return parser.parse_args()


def _serve(service: Service, settings: Settings) -> None:
    import uvicorn  # noqa: PLC0415 - a worker must not carry it

    from chassis.service import build  # noqa: PLC0415 - the same

    uvicorn.run(
        build(service, settings), host=settings.host, port=settings.port, log_config=None, access_log=False,
        timeout_graceful_shutdown=15, timeout_keep_alive=75, server_header=False, proxy_headers=True,
    )


def _loop(work: "asyncio.Future[None] | object") -> None:
    import uvloop  # noqa: PLC0415

    uvloop.run(work)  # type: ignore[arg-type]


async def _seed(service: Service, settings: Settings) -> None:
    if service.seed is None:
        return
    running = Running(service, settings)
    try:
        await service.seed(running)
    finally:
        await running.close()
