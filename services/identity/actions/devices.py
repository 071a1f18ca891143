"""From which kinds of device somebody signs in: who comes with a new one is told of it, in case it is not they."""

from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.prepared import Prepared
from contracts.identity import DeviceAdded
from services.identity.domain.devices import FORGOTTEN_AFTER, Kind
from services.identity.store.tables import device_kinds

_mine = device_kinds.c
_KNOWN = Prepared(select(_mine.kind).where(_mine.person_id == bindparam("person")))


async def seen(work: Work, person: UUID, kind: Kind) -> None:
    """They signed in from such a device; the first one there is tells nobody anything."""
    known = {row.kind for row in await work.rows(_KNOWN, person=person)}
    new = insert(device_kinds).values(person_id=person, kind=kind, seen_at=work.now)
    if kind in known:
        await work.session.execute(new.on_conflict_do_update(
            index_elements=[_mine.person_id, _mine.kind], set_={"seen_at": work.now}
        ))
        return
    is_first_of_its_kind = await work.session.scalar(new.on_conflict_do_nothing().returning(_mine.person_id)) is not None
    if known and is_first_of_its_kind:
        work.announce(DeviceAdded(person_id=person, device=kind, recipients=(person,)))


async def forget(work: Work) -> None:
    """Kinds nobody came with for so long."""
    await work.session.execute(delete(device_kinds).where(_mine.seen_at <= work.now - FORGOTTEN_AFTER))
