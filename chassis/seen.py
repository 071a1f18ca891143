"""Who serves somewhere and looks at what is a person's leaves a trace: audited each time, in its person's register once a day.

A request that reads announces nothing, so the worker tells people of what was audited, some seconds later.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, MetaData, Table, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.audit import audit
from chassis.db import Work
from chassis.process import Running
from contracts.calendar import CHENGDU
from contracts.event import Event

_BATCH = 200
_SETTLED = timedelta(seconds=3)  # rows of the audit come to be seen in another order than they were numbered

Whose = Callable[[Work, set[UUID]], Awaitable[Mapping[UUID, UUID]]]


def position(metadata: MetaData) -> Table:
    """Up to which row of the audit people were told: a table of one row, of each service that tells."""
    return Table(
        "shown_until", metadata,
        Column("id", Integer, CheckConstraint("id = 1", name="one"), primary_key=True),
        Column("pos", BigInteger, nullable=False),
    )


@dataclass(frozen=True)
class Looks:
    """What a service tells people of: by which event, up to where it has, and whose the things are that an act looks at.

    `whose` leaves out what is nobody's any more: of what was de-identified there is nobody to tell.
    """

    event: Callable[..., Event]
    until: Table
    whose: Mapping[str, Whose]  # by the act, as the audit names it

    async def tell(self, running: Running) -> None:
        """A job: say whose data was looked at, once a day for each who looked."""
        while await running.database.do(self.tell_some):
            pass

    async def tell_some(self, work: Work) -> int:
        """How many rows of the audit were gone through; workers take turns, and what comes twice is one line of the register."""
        await work.session.execute(insert(self.until).values(id=1, pos=0).on_conflict_do_nothing())
        until = await work.session.scalar(select(self.until.c.pos).with_for_update(skip_locked=True))
        if until is None:
            return 0
        new = (audit.c.pos > until) & (audit.c.at < work.now - _SETTLED)
        asked = select(audit.c.pos, audit.c.at, audit.c.actor_id, audit.c.action, audit.c.subject).where(new)
        rows = (await work.session.execute(asked.order_by(audit.c.pos).limit(_BATCH))).all()
        said = [one for act in self.whose for one in await self._said(work, act, [row for row in rows if row.action == act])]
        for event in dict(said).values():
            work.announce(event)
        if rows:
            await work.session.execute(update(self.until).values(pos=rows[-1].pos))
        return len(rows)

    async def _said(self, work: Work, act: str, looks: list[Any]) -> list[tuple[UUID, Event]]:
        """The same for all looks of one kind and person at one thing on one day, in Chengdu."""
        whose = await self.whose[act](work, {_thing(row) for row in looks})
        found = []
        for row in looks:
            if (thing := _thing(row)) in whose:
                access = uuid5(thing, f"{row.actor_id}/{row.at.astimezone(CHENGDU).date()}/{act}")
                found.append((access, self.event(access_id=access, person_id=whose[thing], actor_id=row.actor_id, act=act)))
        return found


def _thing(row: Any) -> UUID:
    return UUID(row.subject.partition("/")[2])
