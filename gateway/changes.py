"""Whose offices, homes or access changed since the last look: who listens to thousands need not be asked about all of them.

A row of the directory names the transaction that kept it. What one look's snapshot did not show yet was kept by no older
transaction than the oldest still open then, so the next look finds it, whatever any process's clock says.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Select, Table, Text, bindparam, cast, func, select, union

from chassis.db import Database
from chassis.directory import assignments, bindings, revocations
from chassis.prepared import Prepared


@dataclass(frozen=True)
class Look:
    """What a look could see: everything kept by transactions before this one, at this moment."""

    oldest: int
    at: datetime


def _kept(table: Table) -> Select[tuple[UUID]]:
    return select(table.c.person_id).where(table.c.kept_in >= bindparam("oldest", type_=BigInteger))


def _turned(table: Table, name: str) -> Select[tuple[UUID]]:
    """What began or ended by the clock alone."""
    after, until = bindparam("after", type_=DateTime(timezone=True)), bindparam("until", type_=DateTime(timezone=True))
    return select(table.c.person_id).where(table.c[name] > after, table.c[name] <= until)


_OLDEST = Prepared(select(cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)))
_CHANGED = Prepared(union(
    *(_kept(table) for table in (assignments, bindings, revocations)),
    *(_turned(table, name) for table in (assignments, bindings) for name in ("starts_at", "ends_at")),
))


async def since(last: Look | None, database: Database) -> tuple[Look, set[UUID] | None]:
    """This look, and the persons of whom it sees what the last one did not; None if that may be anybody.

    It may be anybody at the first look, when the clock was put back, and when the database is another one now.
    """
    async with database.reading() as work:
        look = Look(await work.value(_OLDEST), work.now)
        if last is None or look.at < last.at or look.oldest < last.oldest:
            return look, None
        changed = await work.rows(_CHANGED, oldest=last.oldest, after=last.at, until=look.at)
    return look, {row.person_id for row in changed}
