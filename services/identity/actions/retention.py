"""What identity kept for a time that is over: sessions that ended, lines of who saw what, imports of long ago."""

from typing import Any

from sqlalchemy import delete, select

from chassis.db import Work
from chassis.process import Running
from contracts.retention import BATCH, due, end
from services.identity.actions import invited
from services.identity.store.accesses import accesses
from services.identity.store.imports import imports
from services.identity.store.tables import refresh_tokens


async def run(running: Running) -> None:
    """A job."""
    for name, batch in (("identity.session", sessions), ("identity.access", shown), ("identity.import", imported),
                        (invited.CLASS, invited.over)):
        await end(running.database.do, name, batch)


async def sessions(work: Work) -> int:
    """Refresh tokens of sessions whose last day passed so long ago."""
    return await _gone(work, refresh_tokens.c.hash, due("identity.session", refresh_tokens.c.family_ends_at, work.now))


async def shown(work: Work) -> int:
    """Lines of the register in which people read who saw what; identity's own stand in its audit, which no job ends."""
    return await _gone(work, accesses.c.id, due("identity.access", accesses.c.at, work.now))


async def imported(work: Work) -> int:
    """Of a sheet the numbers, and who sent it: what was in it is gone within a day."""
    over = due("identity.import", imports.c.made_at, work.now, area=imports.c.area)
    return await _gone(work, imports.c.id, over & (imports.c.state != "waiting"))


async def _gone(work: Work, key: Any, which: Any) -> int:
    oldest = select(key).where(which).limit(BATCH).with_for_update(skip_locked=True)
    gone = delete(key.table).where(key.in_(oldest.scalar_subquery())).returning(key)
    return len((await work.session.execute(gone)).all())
