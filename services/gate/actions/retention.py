"""Orders to a barrier forget who gave them; that it was opened, when and why, stays."""

from uuid import UUID

from sqlalchemy import select, update

from chassis.db import Work
from chassis.process import Running
from contracts.retention import BATCH, due, end
from services.gate.store.tables import commands, gates

_NAME = "gate.command"
NOBODY = UUID(int=0)


async def run(running: Running) -> None:
    """A job."""
    await end(running.database.do, _NAME, de_identify)


async def de_identify(work: Work) -> int:
    """So many that were due."""
    over = due(_NAME, commands.c.commanded_at, work.now, area=gates.c.area)
    asked = select(commands.c.id).join(gates, gates.c.id == commands.c.gate_id).where(commands.c.commanded_by != NOBODY, over)
    keys = list(await work.session.scalars(asked.limit(BATCH).with_for_update(skip_locked=True, of=commands)))
    await work.session.execute(update(commands).where(commands.c.id.in_(keys)).values(commanded_by=NOBODY))
    return len(keys)
