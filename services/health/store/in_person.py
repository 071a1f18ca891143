"""Where somebody goes who may not be seen by video."""

from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, or_, select

from chassis.db import Work
from chassis.prepared import Prepared
from chassis.tables import AreaPath
from services.health.domain.online import Modality
from services.health.domain.slot import Slot
from services.health.store.queries import _FREE, _ROOM_BUSY  # the one rule of what is free
from services.health.store.tables import departments, slots

_at, _department = bindparam("now", type_=DateTime(timezone=True)), bindparam("department", type_=Uuid)
_HOSPITAL = select(departments.c.hospital_id).where(departments.c.id == _department).scalar_subquery()
_ITS_OWN = slots.c.department_id.in_(select(departments.c.id).where(departments.c.hospital_id == _HOSPITAL))
_HUTS_OWN = _department.is_(None) & slots.c.department_id.is_(None)
_NEXT = Prepared(
    select(slots.c.id)
    .where(
        slots.c.area == bindparam("area", type_=AreaPath), slots.c.modality == Modality.IN_PERSON, or_(_ITS_OWN, _HUTS_OWN),
        slots.c.starts_at > _at, ~slots.c.closed, or_(slots.c.opens_at.is_(None), slots.c.opens_at <= _at),
        _FREE > 0, ~_ROOM_BUSY,
    )
    .order_by(slots.c.department_id.is_distinct_from(_department), slots.c.starts_at).limit(1)
)


async def next_slot(work: Work, slot: Slot, person: UUID) -> UUID | None:
    """The next time in person that is free for them in the same department; without one, in the same hospital."""
    found: UUID | None = await work.value(
        _NEXT, area=slot.area, department=slot.department_id, person=person, now=work.now,
    )
    return found
