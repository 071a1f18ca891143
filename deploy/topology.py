"""The broker's topology, declared in one step before any relay starts; legal on RabbitMQ 3.10 and 4.x.

Exchange `guohuai.events` (what nobody is bound to goes to `guohuai.unrouted`), one queue a concern, one ladder and one
dead queue a service, one user a service with the least rights.
"""

import asyncio
import base64
import hashlib
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from contracts.event import EVENTS
from contracts.subscriptions import QUEUES
from deploy.processes import OWNERS

EVENTS_EXCHANGE, LIVE, UNROUTED = "guohuai.events", "guohuai.live", "guohuai.unrouted"
ROOMS = "health.live"  # what passes between the processes of health; what nobody hears is nowhere
RUNG_SECONDS = (5, 30, 180, 1200)
_DELIVERIES = 10
_EVERYTHING = {"configure": ".*", "write": ".*", "read": ".*"}


@dataclass(frozen=True)
class Broker:
    """The management API of a broker, and the passwords of its users."""

    management_url: str
    admin: str
    admin_password: str
    passwords: dict[str, str]  # service → password
    rungs: tuple[float, ...] = RUNG_SECONDS
    vhost: str = "/"


def definitions(passwords: dict[str, str], rungs: tuple[float, ...] = RUNG_SECONDS, vhost: str = "/") -> dict[str, Any]:
    """Everything but the administrator, as RabbitMQ's own definitions document."""
    made = _things(rungs)
    made["users"] = [_user(owner, passwords[owner]) for owner in OWNERS]
    made["permissions"] = [_permission(owner) for owner in OWNERS]
    made["topic_permissions"] = [
        {"user": owner, "exchange": EVENTS_EXCHANGE, "write": rf"^{owner}\.", "read": ".*"} for owner in OWNERS
    ]
    placed = {kind: [{**one, "vhost": vhost} for one in things] for kind, things in made.items() if kind != "users"}
    return {"users": made["users"], **placed}


def _things(rungs: tuple[float, ...]) -> dict[str, list[dict[str, Any]]]:
    live = [topic for topic, shape in sorted(EVENTS.items()) if shape.audience]
    queues = sorted(QUEUES)
    dead = [f"{owner}.dead" for owner in OWNERS]
    ladders = [(owner, n) for owner in OWNERS for n in range(1, len(rungs) + 1)]
    bindings = [
        _binding(EVENTS_EXCHANGE, LIVE, "exchange", topic) for topic in live
    ] + [
        _binding(EVENTS_EXCHANGE, queue, "queue", topic) for queue in queues for topic in QUEUES[queue]
    ] + [_binding(name, name, "queue", "#") for name in [UNROUTED, *dead, *(f"{o}.retry.{n}" for o, n in ladders)]]
    return {
        "exchanges": [
            _exchange(EVENTS_EXCHANGE, "topic", {"alternate-exchange": UNROUTED}), _exchange(LIVE, "topic", {}),
            _exchange(ROOMS, "fanout", {}),
            *(_exchange(name, "fanout", {}) for name in [UNROUTED, *dead, *(f"{o}.retry.{n}" for o, n in ladders)]),
        ],
        "queues": [_queue(name) for name in [*queues, UNROUTED, *dead, *(f"{o}.retry.{n}" for o, n in ladders)]],
        "bindings": bindings,
        "policies": _policies(rungs),
    }


def _exchange(name: str, kind: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name, "type": kind, "durable": True, "auto_delete": False, "internal": False,
        "arguments": arguments,
    }


def _queue(name: str) -> dict[str, Any]:
    return {"name": name, "durable": True, "auto_delete": False, "arguments": {"x-queue-type": "quorum"}}


def _binding(source: str, target: str, kind: str, key: str) -> dict[str, Any]:
    return {
        "source": source, "destination": target, "destination_type": kind, "routing_key": key,
        "arguments": {},
    }


def _policies(rungs: tuple[float, ...]) -> list[dict[str, Any]]:
    """Limits are policies, so that they can be changed without deleting a queue."""
    made = []
    for owner in OWNERS:
        made.append(_policy(f"{owner}.queues", rf"^{owner}\.(?!retry\.|dead$|live\.)", {
            "delivery-limit": _DELIVERIES, "dead-letter-exchange": f"{owner}.dead", "dead-letter-strategy": "at-least-once",
            "overflow": "reject-publish", "max-length-bytes": 2_000_000_000,
        }))
        for n, seconds in enumerate(rungs, start=1):
            made.append(_policy(f"{owner}.retry.{n}", rf"^{owner}\.retry\.{n}$", {
                "message-ttl": int(seconds * 1000), "dead-letter-exchange": "", "dead-letter-strategy": "at-least-once",
                "overflow": "reject-publish", "delivery-limit": _DELIVERIES,
            }))
    return made


def _policy(name: str, pattern: str, rules: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "pattern": pattern, "apply-to": "queues", "definition": rules, "priority": 1}


def _permission(owner: str) -> dict[str, Any]:
    """Publish to the exchange and to one's own ladder and dead queue; read one's own queues; declare nothing.

    The edge and health alone make queues: one a process, exclusive, for the live channel and for video rooms.
    """
    own = rf"{owner}\.(retry\.\d+|dead)"
    live = {"edge": r"edge\.live\..*", "health": r"health\.live\..*"}.get(owner)
    more = {"edge": rf"|{live}", "health": rf"|health\.live|{live}"}.get(owner, "")
    return {
        "user": owner, "configure": f"^{live}$" if live else "^$", "write": rf"^(guohuai\.events|{own}{more})$",
        "read": rf"^({owner}\..*|guohuai\.live)$" if owner == "edge" else rf"^{owner}\..*$",
    }


def _user(name: str, password: str) -> dict[str, Any]:
    salt = hashlib.sha256(f"salt {name} {password}".encode()).digest()[:4]
    hashed = base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
    return {"name": name, "password_hash": hashed, "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": []}


async def declare(broker: Broker) -> None:
    """Make the broker as the contracts say, and unbind what they no longer say."""
    wanted = definitions(broker.passwords, broker.rungs, broker.vhost)
    async with httpx.AsyncClient(
        base_url=broker.management_url, auth=(broker.admin, broker.admin_password), timeout=60
    ) as client:
        place = quote(broker.vhost, safe="")
        (await client.put(f"/api/vhosts/{place}")).raise_for_status()
        (await client.put(f"/api/permissions/{place}/{broker.admin}", json=_EVERYTHING)).raise_for_status()
        (await client.post("/api/definitions", json=wanted)).raise_for_status()
        await _unbind_the_rest(client, place, wanted["bindings"])


async def _unbind_the_rest(client: httpx.AsyncClient, vhost: str, wanted: list[dict[str, Any]]) -> None:
    keep = {(one["source"], one["destination"], one["routing_key"]) for one in wanted}
    answer = await client.get(f"/api/bindings/{vhost}")
    for one in answer.raise_for_status().json():
        place = (one["source"], one["destination"], one["routing_key"])
        if one["source"].startswith("guohuai.events") and place not in keep:
            kind = one["destination_type"][0]
            ends = f"e/{quote(one['source'])}/{kind}/{quote(one['destination'])}"
            (await client.delete(f"/api/bindings/{vhost}/{ends}/{quote(one['properties_key'])}")).raise_for_status()


async def empty(broker: Broker) -> None:
    """Throw away what lies in the queues; for tests."""
    names = [one["name"] for one in definitions(broker.passwords, broker.rungs)["queues"]]
    async with httpx.AsyncClient(auth=(broker.admin, broker.admin_password), timeout=30) as client:
        place = f"{broker.management_url}/api/queues/{quote(broker.vhost, safe='')}"
        for name in names:
            (await client.delete(f"{place}/{quote(name)}/contents")).raise_for_status()


def from_environment() -> Broker:
    """`RABBITMQ_MANAGEMENT_URL`, `RABBITMQ_ADMIN`, `RABBITMQ_ADMIN_PASSWORD` and `BROKER_PASSWORD_<OWNER>`."""
    passwords = {owner: os.environ[f"BROKER_PASSWORD_{owner.upper()}"] for owner in OWNERS}
    said = os.environ
    return Broker(said["RABBITMQ_MANAGEMENT_URL"], said["RABBITMQ_ADMIN"], said["RABBITMQ_ADMIN_PASSWORD"], passwords)


if __name__ == "__main__":
    asyncio.run(declare(from_environment()))
