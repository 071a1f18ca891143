"""Questions about notices that deserve a name."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from chassis.db import Work
from chassis.rights import Scope
from services.notify.store.tables import notices


def inbox_of(scope: Scope, *, unread: bool) -> Select[Any]:
    """The notices of the person in the scope; areas open nobody's inbox."""
    asked = select(notices).where(notices.c.person_id == scope.owner)
    return asked.where(notices.c.read_at.is_(None), notices.c.history.is_(False)) if unread else asked


async def unread_count(work: Work, person: UUID) -> int:
    """How many notices wait to be read."""
    waiting = notices.c.read_at.is_(None) & notices.c.history.is_(False) & (notices.c.person_id == person)
    return await work.session.scalar(select(func.count()).select_from(notices).where(waiting)) or 0
