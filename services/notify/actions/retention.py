"""Notices are read and gone: an inbox is no archive."""

from sqlalchemy import delete, select

from chassis.db import Work
from chassis.process import Running
from contracts.retention import BATCH, due, end
from services.notify.store.tables import notices

_NAME = "notify.notice"


async def run(running: Running) -> None:
    """A job."""
    await end(running.database.do, _NAME, delete_old)


async def delete_old(work: Work) -> int:
    """So many that were due, read or not."""
    over = due(_NAME, notices.c.created_at, work.now, area=notices.c.area)
    oldest = select(notices.c.id).where(over).limit(BATCH).with_for_update(skip_locked=True)
    gone = delete(notices).where(notices.c.id.in_(oldest.scalar_subquery())).returning(notices.c.id)
    return len((await work.session.execute(gone)).all())
