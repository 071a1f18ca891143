"""Questions about slots and appointments that deserve a name."""

from sqlalchemy import bindparam, select

from chassis.directory import reached
from chassis.pages import Listing
from services.health.store.tables import appointments, slots

FREE_SLOTS = Listing(
    select(slots).where(reached(slots.c.area, homes=True), slots.c.taken.is_(False), slots.c.starts_at > bindparam("now")),
    slots.c.id,
)
APPOINTMENTS = Listing(
    select(appointments, slots.c.starts_at, slots.c.ends_at).join(slots, slots.c.id == appointments.c.slot_id)
    .where(reached(appointments.c.area, owner=appointments.c.person_id)),
    appointments.c.id,
)
