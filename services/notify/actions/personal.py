"""What notify holds of a person."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from chassis.db import Work
from services.notify.actions.notices import worded
from services.notify.store.tables import notices


async def export(work: Work, person: UUID) -> dict[str, Any]:
    """Everything they were told, in the words they read."""
    found = await work.session.execute(select(notices).where(notices.c.person_id == person).order_by(notices.c.pos))
    told = [worded(dict(row._mapping)) for row in found]  # noqa: SLF001 - its public name
    return {"notices": [{"at": one["created_at"].isoformat(), "title": one["title"], "text": one["text"]} for one in told]}


async def erase(work: Work, person: UUID) -> int:
    """Their inbox goes; what others were told names nobody."""
    gone = delete(notices).where(notices.c.person_id == person).returning(notices.c.id)
    return len((await work.session.execute(gone)).all())
