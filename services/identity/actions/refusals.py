"""Refused accesses, counted: by hour, operation, status and person. Read by the auditor (GB/T 22239-2019 8.1.4.3)."""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.process import Running
from chassis.rights import Actor
from contracts.area import community_of
from services.identity.store.refusals import refusals

REFUSED = frozenset({401, 403, 404, 429})
NOBODY = UUID(int=0)
MOST_AT_ONCE, MOST_AN_HOUR = 500, 5_000  # of different ones; what comes then is counted without a person
KEPT = timedelta(days=200)  # six months at least (Cybersecurity Law, article 21)
_EVERY_SECONDS = 5

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refused:
    """What is counted together."""

    hour: datetime
    operation: str
    status: int
    person: UUID = NOBODY
    area: str | None = None

    def nameless(self) -> "Refused":
        """The same of nobody."""
        return Refused(self.hour, self.operation, self.status)


_TALLIES: WeakKeyDictionary[Running, "Counter[Refused]"] = WeakKeyDictionary()


def tally_of(running: Running) -> "Counter[Refused]":
    """What this process has counted and not kept yet."""
    return _TALLIES.setdefault(running, Counter())


class Counted:
    """Before the framework: a refusal is counted as it leaves; nothing of a request is kept but who, where and what for."""

    def __init__(self, app: Any, running: Running) -> None:
        self._app, self._running = app, running

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI 3."""

        async def counting(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] in REFUSED:
                self._count(scope, message["status"])
            await send(message)

        await self._app(scope, receive, counting)

    def _count(self, scope: Any, status: int) -> None:
        hour = self._running.settings.clock.now().replace(minute=0, second=0, microsecond=0)
        actor: Actor | None = scope.get("state", {}).get("actor")
        operation = getattr(scope.get("route"), "name", "no-such-address")
        tally = tally_of(self._running)
        one = Refused(hour, operation, status, actor.id, _community(actor)) if actor else Refused(hour, operation, status)
        tally[one if one in tally or len(tally) < MOST_AT_ONCE else one.nameless()] += 1


def _community(actor: Actor) -> str | None:
    places = [*(held.area for held in actor.assignments), *actor.bindings]
    return community_of(places[0]) if places else None


async def keep_counting(running: Running) -> None:
    """Keep what was counted, as long as the process serves; what cannot be kept now is kept later."""
    while True:
        await asyncio.sleep(_EVERY_SECONDS)
        try:
            await keep(running)
        except Exception:
            log.exception("refusals not kept")


async def keep(running: Running) -> None:
    """Write what this process has counted."""
    tally = tally_of(running)
    counted = Counter(tally)
    if counted:
        await running.database.do(lambda work: _written(work, counted))
        tally.subtract(counted)
        for one in [one for one, times in tally.items() if times <= 0]:
            del tally[one]


async def _written(work: Work, counted: "Counter[Refused]") -> None:
    hours = {one.hour for one in counted}
    there = await work.session.scalar(select(func.count()).select_from(refusals).where(refusals.c.hour.in_(hours))) or 0
    folded: Counter[Refused] = Counter()
    for one, times in counted.items():
        folded[one if there + len(folded) < MOST_AN_HOUR else one.nameless()] += times
    rows = [
        {"id": work.new_id(), "hour": one.hour, "operation": one.operation, "status": one.status, "person_id": one.person,
         "area": one.area, "times": times} for one, times in sorted(folded.items(), key=lambda pair: repr(pair[0]))
    ]
    saying = insert(refusals)
    more = saying.on_conflict_do_update(
        index_elements=["hour", "operation", "status", "person_id"], set_={"times": refusals.c.times + saying.excluded.times},
    )
    await (await work.session.connection()).execute(more, rows)


async def forget(work: Work) -> None:
    """What is older than it must be kept."""
    await work.session.execute(delete(refusals).where(refusals.c.hour < work.now - KEPT))
