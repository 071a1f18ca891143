"""Two ways back: archived events once more to one queue, dead messages once more to the queue they died in.

Both write straight to a queue, which no service may: the broker's user is the operator's.

`python -m deploy.recovery replay QUEUE [SINCE]` with the `DATABASE_DIRECT_URL` of the service that published;
`python -m deploy.recovery redrive SERVICE [LIMIT]`; both with `OPERATOR_RABBITMQ_URL`.
"""

import asyncio
import json
import os
import sys
from datetime import datetime
from typing import Any

import asyncpg

from chassis.bus import ATTEMPT, ERROR, FIRST_QUEUE, REASON, connected, publish
from chassis.relay import plain
from contracts.subscriptions import QUEUES

_ARCHIVED = """
    select id, topic, body, headers from outbox_archive
    where topic = any($1::text[]) and ($2::timestamptz is null or occurred_at >= $2) order by pos
"""


class NoSuchQueue(Exception):
    """No queue of that name listens to anything."""


async def replay(direct_url: str, broker_url: str, queue: str, *, since: datetime | None = None) -> int:
    """Send what this service published to one queue again; consumers that had it already do nothing.

    Goes past the exchange, so nobody else hears it twice. Returns how many were sent.
    """
    if queue not in QUEUES:
        raise NoSuchQueue(queue)
    connection = await asyncpg.connect(plain(direct_url), timeout=5)
    sent = 0
    try:
        async with connected(broker_url, "replay") as channel, connection.transaction():
            async for row in connection.cursor(_ARCHIVED, QUEUES[queue], since):
                await publish(channel, "", queue, json.loads(row["headers"]), row["body"], message_id=str(row["id"]))
                sent += 1
    finally:
        await connection.close()
    return sent


async def redrive(broker_url: str, service: str, *, limit: int = 1000) -> int:
    """Give the dead of a service back to their queues with a fresh count of attempts; returns how many."""
    returned = 0
    async with connected(broker_url, "redrive") as channel:
        dead = await channel.declare_queue(f"{service}.dead", passive=True)
        for _ in range(limit):
            message = await dead.get(fail=False, timeout=5)
            if message is None:
                break
            first = _died_in(message.headers)
            ours = {ATTEMPT, FIRST_QUEUE, REASON, ERROR}
            kept = {name: value for name, value in message.headers.items() if name not in ours and not name.startswith("x-")}
            await publish(channel, "", str(first), kept, message.body, message_id=message.message_id or "")
            await message.ack()
            returned += 1
    return returned


def _died_in(headers: dict[str, Any]) -> str:
    """The queue a dead message came from: by our own header, or by the broker's when it died of redelivery."""
    deaths: Any = headers.get("x-death") or [{"queue": ""}]
    return str(headers.get(FIRST_QUEUE) or deaths[0]["queue"])


def main() -> None:
    """One of the two, as the command line says."""
    command, what, *rest = sys.argv[1:]
    broker = os.environ["OPERATOR_RABBITMQ_URL"]
    if command == "replay":
        since = datetime.fromisoformat(rest[0]) if rest else None
        count = asyncio.run(replay(os.environ["DATABASE_DIRECT_URL"], broker, what, since=since))
        print(f"{count} archived events were sent to {what} again")
    else:
        count = asyncio.run(redrive(broker, what, limit=int(rest[0]) if rest else 1000))
        print(f"{count} dead messages of {what} were given back to their queues")


if __name__ == "__main__":
    main()
