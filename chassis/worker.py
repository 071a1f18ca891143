"""A service's worker process: relay, consumers, jobs, and a small probe page; carries no web framework."""

import asyncio
import logging
import signal
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chassis import idempotency, privacy, rekey, sealing
from chassis.bus import Subscription, forever
from chassis.process import Job, Running, Service
from chassis.relay import Relay, Waker
from chassis.settings import Settings

_GRACE_SECONDS = 15
_JOBS = (  # what every service does by the clock
    Job("keys", 600, idempotency.forget), Job("seal", 1, sealing.seal), Job("sign", 300, sealing.sign),
    Job("rekey", 60, rekey.rewrap), Job("exports", 1, privacy.hand_out), Job("merged", 30, privacy.move),
)

log = logging.getLogger(__name__)


async def run(service: Service, settings: Settings) -> None:
    """Work until SIGTERM: then take no new message, finish those in hand, and stop."""
    privacy.check(service.tables, service.personal)
    running = Running(service, settings)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    if service.prepare is not None:
        await service.prepare(running)
    await work(running, stop)
    await running.close()


async def work(running: Running, stop: asyncio.Event) -> None:
    """Relay, consumers and jobs of a service, until `stop` is set."""
    service, settings = running.service, running.settings
    waker = Waker(settings.database_direct_url)
    running.database.after_commit = waker.wake
    relay = Relay(service.name, settings.database_direct_url, settings.rabbitmq_url, settings.clock, service.mark)
    reading = [Subscription(settings.rabbitmq_url, running.database, one, stop) for one in service.consumers]
    server = await asyncio.start_server(_probe(running), settings.host, settings.port)
    acting = [asyncio.create_task(subscription.run()) for subscription in reading]
    jobs = [_repeated(job, running) for job in (*_JOBS, *service.jobs)]
    ever = [asyncio.create_task(one) for one in (relay.run(), waker.run(), *jobs)]
    log.info("working", extra={"facts": {"port": settings.port}})
    await stop.wait()
    await asyncio.wait(acting, timeout=_GRACE_SECONDS) if acting else None
    for task in [*acting, *ever]:
        task.cancel()
    await asyncio.gather(*acting, *ever, return_exceptions=True)
    server.close()


async def _repeated(job: Job, running: Running) -> None:
    async def turns() -> None:
        while True:
            await job.run(running)
            await asyncio.sleep(job.every)

    await forever(f"{running.service.name} {job.name}", turns)


def _probe(running: Running) -> Any:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Three addresses, no framework: `/livez`, `/readyz`, `/metrics`."""
        try:
            line = await asyncio.wait_for(reader.readline(), 5)
            status, kind, body = await _page(running, line.split(b" ")[1].decode() if b" " in line else "/")
            head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        except (TimeoutError, ConnectionError, IndexError, UnicodeDecodeError):
            log.debug("probe went away")
        finally:
            writer.close()

    return answer


async def _page(running: Running, path: str) -> tuple[str, str, bytes]:
    if path == "/livez":
        return "200 OK", "application/json", b'{"status":"alive"}'
    if path == "/metrics":
        return "200 OK", CONTENT_TYPE_LATEST, generate_latest()
    if path == "/readyz":
        try:
            await asyncio.wait_for(running.database.ping(), 2)
        except Exception:  # noqa: BLE001 - whatever it is, the answer is "not ready"
            return "503 Service Unavailable", "application/json", b'{"status":"database"}'
        return "200 OK", "application/json", b'{"status":"ready"}'
    return "404 Not Found", "application/json", b"{}"
