"""Who opens a connection to whom: the one table; network policies are made from it, and whatever is not in it is refused."""

import importlib
from dataclasses import dataclass

from chassis.process import Service
from contracts.event import EVENTS
from contracts.subscriptions import QUEUES
from deploy.compose import PORT
from deploy.processes import OWNERS, PROCESSES, SERVICES, Process

ANYWHERE, MONITORING, INTERNET = "anywhere", "monitoring", "internet"  # no pods of ours
GATEWAY_PORT, POSTGRES, BROKER, BROKER_ADMIN, STORE, HTTPS = 8080, 5432, 5672, 15672, 9000, 443


@dataclass(frozen=True)
class Arrow:
    """From the pods of one name to a port of another, and why."""

    source: str
    target: str
    port: int
    why: str


def arrows() -> tuple[Arrow, ...]:
    """All of them."""
    return (*_outside(), *_databases(), *_events(), *_files(), *_calls())


def _outside() -> list[Arrow]:
    measured = [Arrow(MONITORING, process.name, PORT, "metrics") for process in PROCESSES]
    sms = Arrow("identity-worker", INTERNET, HTTPS, "codes to phones; has names and numbers compared")
    wechat = Arrow("identity-api", INTERNET, HTTPS, "asks WeChat who signs in")
    hospitals = Arrow("health-worker", INTERNET, HTTPS, "asks hospitals over FHIR")
    contents = Arrow("reports-worker", INTERNET, HTTPS, "has contents looked at; tells subscribers")
    return [Arrow(ANYWHERE, "gateway", GATEWAY_PORT, "the public door"), sms, wechat, hospitals, contents, *measured]


def _databases() -> list[Arrow]:
    own = [Arrow(process.name, "postgres", POSTGRES, "its own database") for process in PROCESSES]
    migrated = [Arrow(f"{owner}-migrate", "postgres", POSTGRES, "its own database's history") for owner in OWNERS]
    return [*own, *migrated, Arrow("databases", "postgres", POSTGRES, "makes roles and databases")]


def _events() -> list[Arrow]:
    """Workers publish and listen; of the apis the edge's alone hears the live channel, and health's its own video rooms."""
    speaking = {topic.partition(".")[0] for topic in EVENTS} | {queue.partition(".")[0] for queue in QUEUES}
    workers = [Arrow(f"{owner}-worker", "rabbitmq", BROKER, "events") for owner in OWNERS if owner in speaking]
    admin = Arrow("topology", "rabbitmq", BROKER_ADMIN, "declares queues and rights")
    live = Arrow("edge-api", "rabbitmq", BROKER, "the live channel")
    rooms = Arrow("health-api", "rabbitmq", BROKER, "what passes between those in a video room")
    return [*workers, live, rooms, admin]


def _files() -> list[Arrow]:
    keeping = [process for process in PROCESSES if _service(process.owner).upload_kinds]
    own = [Arrow(process.name, "object-store", STORE, "files people sent") for process in keeping]
    return [
        *own, Arrow("gateway", "object-store", STORE, "signed links under /media"),
        Arrow("edge-api", "object-store", STORE, "status"),
    ]


def _calls() -> list[Arrow]:
    """Synchronous calls between services are these and no others (CONVENTIONS 5)."""
    keys = [Arrow(f"{owner}-api", "identity-api", PORT, "public keys of tokens") for owner in OWNERS]
    doors = [Arrow("gateway", f"{owner}-api", PORT, "requests") for owner in OWNERS]
    looking = [Arrow("edge-api", f"{name}-api", PORT, "status and documents") for name in SERVICES if name != "identity"]
    looking += [Arrow("edge-api", f"{owner}-worker", PORT, "status") for owner in OWNERS]
    return [*keys, *doors, *looking]


def _service(owner: str) -> Service:
    found: Service = importlib.import_module(f"{Process(owner, 'api').module}.app").service
    return found
