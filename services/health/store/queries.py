"""Questions about slots and appointments that deserve a name."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from chassis.directory import within
from chassis.rights import Scope
from services.health.store.tables import appointments, slots


def free_slots(scope: Scope, now: datetime) -> Select[Any]:
    """Slots ahead that nobody took, where the scope reaches."""
    return select(slots).where(within(slots.c.area, scope), slots.c.taken.is_(False), slots.c.starts_at > now)


def appointments_in(scope: Scope) -> Select[Any]:
    """Appointments the scope reaches, with their times."""
    columns = (appointments, slots.c.starts_at, slots.c.ends_at)
    joined = select(*columns).join(slots, slots.c.id == appointments.c.slot_id)
    return joined.where(within(appointments.c.area, scope, appointments.c.person_id))
