"""Whatever two registrations hold, merged and split they hold it again; and merged, all of it is in one hand."""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.duplicates import Pair, everything, settle
from builders.world import GRID, NEXT_ROOM, ROOM, Person
from sqlalchemy import text

from chassis.db import Work
from services.identity.actions import assignments, codes, consents, contacts, people
from services.identity.domain.consents import newest
from services.identity.domain.facts import Fact
from services.identity.domain.proxies import Proxy

PURPOSES = "face", "health", "position", "hospital", "real-name"


class Life:
    """What somebody may come to hold, drawn by lot."""

    def __init__(self, lot: random.Random, third: UUID) -> None:
        self._lot, self._third = lot, third

    async def of(self, work: Work, person: UUID) -> None:
        """Some of it."""
        everything: list[Callable[[Work, UUID], Awaitable[Any]]] = [
            self._named, self._phone, self._wechat, self._home, self._home, self._seen, self._child, self._proxy, self._consent,
            self._consent, self._access, self._checked,
        ]
        for thing in self._lot.sample(everything, self._lot.randint(3, len(everything))):
            await thing(work, person)

    async def _named(self, work: Work, person: UUID) -> None:
        await work.session.execute(text("update people set sealed_name = null where id = :id"), {"id": person})

    async def _phone(self, work: Work, person: UUID) -> None:
        await work.session.execute(text("delete from contacts where person_id = :id and kind = 'phone'"), {"id": person})

    async def _wechat(self, work: Work, person: UUID) -> None:
        await contacts.keep(work, person, "wechat", str(uuid4()), uuid4().bytes)

    async def _home(self, work: Work, person: UUID) -> None:
        room = self._lot.choice([f"{ROOM[:-4]}{self._lot.randint(1000, 9999)}", ROOM, NEXT_ROOM])
        there = text("select 1 from bindings where person_id = :id and area = cast(:room as ltree) and ends_at is null")
        if (await work.session.execute(there, {"id": person, "room": room})).first() is None:
            made = await assignments.bind(work, by=None, person=person, room=room, kind=self._lot.choice(["owner", "tenant"]))
            if self._lot.random() < 0.3:
                made.ends_at = work.now

    async def _seen(self, work: Work, person: UUID) -> None:
        work.session.add(Fact(work.new_id(), person, "in-person", "id-card", work.now, checked_by=GRID.id))

    async def _child(self, work: Work, person: UUID) -> None:
        until = work.now + timedelta(days=90)
        whose = (person, self._third) if self._lot.random() < 0.5 else (self._third, person)
        made = Fact(work.new_id(), whose[0], "guardian-of", "household-book", work.now, checked_by=GRID.id, child_id=whose[1])
        made.expires_at = until
        work.session.add(made)

    async def _proxy(self, work: Work, person: UUID) -> None:
        pair = (person, self._third) if self._lot.random() < 0.5 else (self._third, person)
        made = Proxy(
            work.new_id(), *pair, "relative", "", ["reports.read"], "app", None, work.now, work.now + timedelta(days=9), pair[0]
        )
        made.give(work.now)
        work.session.add(made)

    async def _consent(self, work: Work, person: UUID) -> None:
        kind = newest(self._lot.choice(PURPOSES))
        await consents.give(work, person, kind.purpose, version=kind.version, text_hash=kind.hash, channel="guohuai")

    async def _access(self, work: Work, person: UUID) -> None:
        line = text("insert into accesses values (:id, :who, 'health', null, null, 'records.show', now())")
        await work.session.execute(line, {"id": uuid4(), "who": person})

    async def _checked(self, work: Work, person: UUID) -> None:
        line = text("insert into numbers values (:index, :who, :papers, now()) on conflict do nothing")
        papers = "id-card" if person.int % 2 else "passport"
        there = text("select 1 from numbers where document = :papers")
        if (await work.session.execute(there, {"papers": papers})).first() is None:
            await work.session.execute(line, {"index": uuid4().bytes, "who": person, "papers": papers})


async def lived(doors: Doors, seed: int) -> Pair:
    """Two and what they came to hold."""
    lot = random.Random(seed)
    pair = await settle(doors)
    third = await doors.running.database.do(lambda work: codes.register(work, phone="13900000003"))

    async def live(work: Work) -> None:
        for one in (pair.first, pair.again):
            await Life(lot, third).of(work, one.id)
            await work.session.flush()

    await doors.running.database.do(live)
    return pair


@pytest.mark.parametrize("seed", range(12))
async def test_merged_and_split_they_are_as_before(identity_doors: Doors, seed: int) -> None:
    pair = await lived(identity_doors, seed)
    before = await everything(identity_doors, pair)
    answer = await pair.proposes()
    assert answer.status_code == 201, answer.text
    stays, leads = (Person(id=UUID(answer.json()[name])) for name in ("survivor_id", "source_id"))
    merged = Pair(identity_doors, stays, leads)
    done = await merged.confirms(answer.json()["id"])
    assert done.status_code == 200, done.text
    await in_one_hand(identity_doors, stays.id, leads.id, moves=answer.json()["moves"])
    assert (await merged.splits(answer.json()["id"])).status_code == 200
    assert await everything(identity_doors, pair) == before


async def in_one_hand(doors: Doors, stays: UUID, leads: UUID, *, moves: dict[str, Any]) -> None:
    """What the first look was shown is what moved, and nothing that is not a second of its kind stayed behind."""
    for table in ("bindings", "accesses", "numbers"):
        assert await doors.rows(f"select 1 from {table} where person_id = :who", who=leads) == [], table
    for kind in ("phone", "wechat"):
        left = await doors.rows("select 1 from contacts where person_id = :who and kind = :kind", who=leads, kind=kind)
        assert bool(left) == (moves[kind] == "stays"), kind
    alone = "select kind from facts where person_id = :who and kind not in (select kind from facts where person_id = :other)"
    assert await doors.rows(alone, who=leads, other=stays) == []
    async with doors.running.database.reading() as work:
        assert await people.name_of(work, stays) is not None or await people.name_of(work, leads) is None
