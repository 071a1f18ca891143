"""Questions about notices that deserve a name."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.envelope import uuid7
from chassis.pages import Listing
from chassis.prepared import Prepared
from services.notify.domain.notice import Notice
from services.notify.store.tables import notices

_WAITING = notices.c.read_at.is_(None) & notices.c.history.is_(False)
INBOX = Listing(select(notices).where(notices.c.person_id == bindparam("owner", type_=Uuid)), notices.c.pos, unread=_WAITING)
_UNREAD = Prepared(select(func.count(notices.c.pos)).where(_WAITING, notices.c.person_id == bindparam("person")))
_COLUMNS = [column.name for column in notices.c if column.name != "pos"]
_SAY = Prepared(insert(notices).on_conflict_do_nothing().returning(notices.c.id), "pos", *_COLUMNS)


async def keep(work: Work, notice: Notice) -> bool:
    """Keep what somebody is told; False if it was kept before."""
    said = {name: getattr(notice, name) for name in _COLUMNS}
    return await work.row(_SAY, pos=uuid7(notice.created_at), **said) is not None


async def unread_count(work: Work, person: UUID) -> int:
    """How many notices wait to be read."""
    found: int = await work.value(_UNREAD, person=person)
    return found
