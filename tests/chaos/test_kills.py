"""Kill -9 of a worker, an api, the broker or PostgreSQL while reports are filed: what was answered is there, once, everywhere.

Moments and victims come from the commit's hash, so a failure can be run again. The ledgers are kept in the data folder.
"""

import asyncio
import contextlib
import json
import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from builders.faults import commit, fetch, kill, revived, settled
from builders.wire import depth, until

from chassis import bus
from contracts.area import contains
from contracts.subscriptions import QUEUES
from deploy.local.layout import Layout
from deploy.processes import OWNERS
from services.identity.domain import demo
from simulators.miniprogram import Client

QUICK = os.environ.get("QUICK") == "1"
PER_SECOND = 20
PLACES = [f"{yard.path}.b01.u1" for yard in demo.COURTYARDS]
FLOWING_WITHIN = 6.0


@dataclass(frozen=True)
class Minute:
    """So many seconds of filing, and who is killed in them; PostgreSQL takes every service down at once, so it comes alone."""

    name: str
    seconds: int
    of_the_database: bool = False

    def victims(self, chance: random.Random) -> list[str]:
        """In the order in which they die."""
        if self.of_the_database:
            return ["postgres", "postgres"]
        chosen = [chance.choice(["reports-worker", "notify-worker"]), chance.choice(["reports-api", "edge-api"]), "rabbitmq"]
        chance.shuffle(chosen)
        return chosen


MINUTES = [
    Minute("processes and broker", 25 if QUICK else 60),
    *(Minute(f"database {n}", 20 if QUICK else 30, of_the_database=True) for n in ((1,) if QUICK else (1, 2, 3))),
]

COPIED = {
    "areas": "id, ltree2text(path) as path, kind, name, closed",
    "units": "id, ltree2text(area) as area, kind, name, parent_id, serves",
    "assignments": "id, person_id, role, ltree2text(area) as area, starts_at, ends_at",
    "bindings": "id, person_id, ltree2text(area) as area, kind, starts_at, ends_at",
}

pytestmark = [pytest.mark.proof, pytest.mark.timeout(300)]


@dataclass
class Ledger:
    """What happened: to be read when something is missing."""

    commit: str
    minute: str
    wanted: int  # how many were to be filed
    victims: list[str]
    filed: dict[str, str] = field(default_factory=dict)  # client token → report id, once answered
    answers: Counter[str] = field(default_factory=Counter)
    kills: list[tuple[float, str]] = field(default_factory=list)
    flowing_after: list[float] = field(default_factory=list)
    effects: dict[str, int] = field(default_factory=dict)

    def keep(self, layout: Layout) -> None:
        """Write it down."""
        name = f"ledger-{self.commit[:12]}-{self.minute.replace(' ', '-')}.json"
        (layout.data / name).write_text(json.dumps(self.__dict__, indent=1))


async def file_one(client: Client, area: str, ledger: Ledger) -> None:
    """As a phone does: the same draft under the same key, again and again, until it is answered."""
    token, key = str(uuid4()), str(uuid4())
    draft = {"text": "楼道灯不亮", "category": "lighting", "place": {"area": area}, "client_token": token}
    async with asyncio.timeout(90):
        while True:
            try:
                answer = await client.http.post("/api/v1/reports", json=draft, headers={"idempotency-key": key}, timeout=10)
            except httpx.HTTPError as failed:
                ledger.answers[type(failed).__name__] += 1
            else:
                ledger.answers[str(answer.status_code)] += 1
                if answer.status_code == 201:
                    ledger.filed[token] = answer.json()["id"]
                    return
                assert answer.status_code in {409, 429, 503, 504}, answer.text
            await asyncio.sleep(0.5)


async def broker_ready(layout: Layout) -> float:
    """When the broker takes a connection and its queues have leaders again."""

    async def answers() -> bool:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(3), bus.connected(layout.admin_broker_url, "chaos") as channel:
                for queue in QUEUES:
                    await channel.declare_queue(queue, passive=True)
                return True
        return False

    await until(answers, 90)
    return time.monotonic()


async def flowing(layout: Layout, since: float) -> float:
    """Seconds until notify has handled a report's event that came after this moment."""
    began = (await fetch(layout, "notify", "select now() as at"))[0]["at"]

    async def heard() -> bool:
        asked = "select 1 from inbox where queue = 'notify.reports' and received_at > $1 limit 1"
        return bool(await fetch(layout, "notify", asked, began))

    await until(heard, 60)
    return time.monotonic() - since


async def database_ready(layout: Layout) -> float:
    """When PostgreSQL has recovered and takes connections again."""

    async def answers() -> bool:
        with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError):
            return bool(await fetch(layout, "notify", "select 1"))
        return False

    await until(answers, 90)
    return time.monotonic()


BACK = {"rabbitmq": broker_ready, "postgres": database_ready}


async def killing(layout: Layout, minute: Minute, chance: random.Random, ledger: Ledger, began: float) -> None:
    """One after the other, at the moments of the seed."""
    moments = sorted(chance.uniform(0.08, 0.7) * minute.seconds for _ in ledger.victims)
    for name, moment in zip(ledger.victims, moments, strict=True):
        await asyncio.sleep(max(0.0, moment - (time.monotonic() - began)))
        old = kill(layout, name)
        ledger.kills.append((round(time.monotonic() - began, 2), name))
        await revived(layout, name, old)
        if name in BACK:
            ledger.flowing_after.append(await flowing(layout, await BACK[name](layout)))


async def people(layout: Layout, stack: contextlib.AsyncExitStack) -> list[Client]:
    logins = ("grid", "grid1", "grid2", "lead", "officer", "guard", "grid-neighbour", "officer-neighbour")
    clients = [await stack.enter_async_context(Client(layout.origin)) for _ in logins]
    for client, login in zip(clients, logins, strict=True):
        await client.sign_in_by_password(login, demo.PASSWORD)
    return clients


@pytest.fixture(scope="module", params=MINUTES, ids=lambda minute: minute.name)
async def ledger(request: pytest.FixtureRequest, stack: Layout) -> Ledger:
    """The minute itself."""
    minute: Minute = request.param
    chance = random.Random(f"{commit()} {minute.name}")
    made = Ledger(commit(), minute.name, minute.seconds * PER_SECOND, minute.victims(chance))
    async with contextlib.AsyncExitStack() as held:
        clients = await people(stack, held)
        began = time.monotonic()
        killer = asyncio.create_task(killing(stack, minute, chance, made, began))
        tasks = []
        for n in range(made.wanted):
            await asyncio.sleep(max(0.0, began + n / PER_SECOND - time.monotonic()))
            tasks.append(asyncio.create_task(file_one(clients[n % len(clients)], chance.choice(PLACES), made)))
        await asyncio.gather(*tasks)
        await killer
    await settled(stack)
    made.keep(stack)
    return made


async def submitted(layout: Layout, ledger: Ledger) -> list[Any]:
    """The events that the reports' own history holds of them."""
    keys = [f"report/{key}" for key in ledger.filed.values()]
    return await fetch(
        layout, "reports", "select id, subject, seq, topic, published_at, body, headers from outbox_archive"
        " where subject = any($1::text[]) and topic = 'reports.report_submitted.v1'", keys,
    )


async def test_all_of_them_were_killed_and_everything_was_answered_in_the_end(ledger: Ledger) -> None:
    assert [name for _, name in ledger.kills] == ledger.victims
    assert len(ledger.filed) == ledger.wanted


async def test_every_answered_report_is_there_exactly_once(ledger: Ledger, stack: Layout) -> None:
    tokens = [UUID(token) for token in ledger.filed]
    rows = await fetch(stack, "reports", "select id, client_token from reports where client_token = any($1::uuid[])", tokens)
    assert {str(row["client_token"]): str(row["id"]) for row in rows} == ledger.filed
    assert len(rows) == len(ledger.filed)


async def test_every_report_was_announced_exactly_once_and_nothing_waits_unpublished(ledger: Ledger, stack: Layout) -> None:
    events = await submitted(stack, ledger)
    assert Counter(row["subject"] for row in events) == Counter(f"report/{key}" for key in ledger.filed.values())
    assert all(row["published_at"] is not None for row in events)
    for owner in OWNERS:
        assert await fetch(stack, owner, "select 1 from outbox") == []


async def test_every_effect_happened_exactly_once_and_is_what_the_history_gives(ledger: Ledger, stack: Layout) -> None:
    workers = await fetch(
        stack, "identity", "select person_id, ltree2text(area) as area from assignments where role = 'grid_worker'"
    )
    wanted: Counter[tuple[str, str, str]] = Counter()
    for row in await submitted(stack, ledger):
        area, said = json.loads(row["headers"])["cloudEvents:area"], json.loads(row["body"])
        wanted[(str(row["id"]), said["reporter_id"], "report-received")] += 1
        for worker in workers:
            if contains(worker["area"], area):
                wanted[(str(row["id"]), str(worker["person_id"]), "report-to-handle")] += 1
    events = list({UUID(event) for event, _, _ in wanted})
    asked = "select event_id, person_id, template from notices where event_id = any($1::uuid[])"
    rows = await fetch(stack, "notify", asked, events)
    assert Counter((str(row["event_id"]), str(row["person_id"]), row["template"]) for row in rows) == wanted
    ledger.effects = {"reports": len(ledger.filed), "notices": len(rows)}
    ledger.keep(stack)


async def test_every_notice_was_announced_exactly_once(ledger: Ledger, stack: Layout) -> None:
    events = [row["id"] for row in await submitted(stack, ledger)]
    notices = await fetch(stack, "notify", "select id from notices where event_id = any($1::uuid[])", events)
    said = await fetch(
        stack, "notify", "select subject from outbox_archive where subject = any($1::text[])",
        [f"notice/{row['id']}" for row in notices],
    )
    assert Counter(row["subject"] for row in said) == Counter(f"notice/{row['id']}" for row in notices)


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("copied", COPIED)
async def test_every_copy_of_the_directory_equals_its_source(ledger: Ledger, stack: Layout, owner: str, copied: str) -> None:
    source = await fetch(stack, "identity", f"select {COPIED[copied]} from {copied} order by id")
    assert await fetch(stack, owner, f"select {COPIED[copied]} from directory_{copied} order by id") == source
    assert source


async def test_nothing_is_unrouted_dead_or_on_the_ladder(ledger: Ledger, stack: Layout) -> None:
    for queue in ("guohuai.unrouted", *(f"{owner}.dead" for owner in OWNERS), *(
        f"{owner}.retry.{rung}" for owner in OWNERS for rung in range(1, 5)
    )):
        assert await depth(stack, queue, "") == 0, queue


async def test_it_flows_again_within_six_seconds_after_the_broker_or_the_database_is_ready(ledger: Ledger) -> None:
    assert len(ledger.flowing_after) == sum(name in BACK for name in ledger.victims)
    assert all(seconds <= FLOWING_WITHIN for seconds in ledger.flowing_after), ledger.flowing_after
