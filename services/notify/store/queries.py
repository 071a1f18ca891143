"""Questions about notices that deserve a name."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select

from chassis.db import Work
from chassis.pages import Listing
from chassis.prepared import Prepared
from services.notify.store.tables import notices

_WAITING = notices.c.read_at.is_(None) & notices.c.history.is_(False)
INBOX = Listing(select(notices).where(notices.c.person_id == bindparam("owner", type_=Uuid)), notices.c.pos, unread=_WAITING)
_UNREAD = Prepared(select(func.count(notices.c.pos)).where(_WAITING, notices.c.person_id == bindparam("person")))


async def unread_count(work: Work, person: UUID) -> int:
    """How many notices wait to be read."""
    found: int = await work.value(_UNREAD, person=person)
    return found
