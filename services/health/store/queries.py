"""Questions about slots and appointments that deserve a name."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Uuid, and_, bindparam, func, or_, select, update

from chassis.db import Work
from chassis.directory import reached
from chassis.pages import Listing
from chassis.prepared import Prepared, Row
from services.health.domain.appointment import State
from services.health.store.tables import appointments, slots

_at = bindparam("now", type_=DateTime(timezone=True))
_HELD, _BOOKED = appointments.c.state == State.HELD, appointments.c.state == State.BOOKED
_LIVE = or_(_BOOKED, and_(_HELD, appointments.c.held_until > _at))  # a hold ends by the clock, not by whoever tidies
_FREE = slots.c.capacity - select(func.count()).where(appointments.c.slot_id == slots.c.id, _LIVE).scalar_subquery()

FREE_SLOTS = Listing(
    select(slots, _FREE.label("free")).where(reached(slots.c.area, homes=True), slots.c.starts_at > _at, _FREE > 0),
    slots.c.id, rising=True, doctor_id=slots.c.doctor_id == bindparam("doctor_id"),
    since=slots.c.starts_at >= bindparam("since"), before=slots.c.starts_at < bindparam("before"),
)
APPOINTMENTS = Listing(
    select(appointments).where(
        reached(appointments.c.area, owner=appointments.c.person_id), or_(_BOOKED, appointments.c.state == State.CANCELLED),
    ),
    appointments.c.id,
)
_TURN = Prepared(select(func.pg_advisory_xact_lock(bindparam("turn", type_=BigInteger))))
_slot, _person = bindparam("slot", type_=Uuid), bindparam("person", type_=Uuid)
_OVER = select(appointments.c.id).where(_HELD, or_(
    and_(appointments.c.slot_id == _slot, appointments.c.held_until <= _at), appointments.c.person_id == _person,
)).order_by(appointments.c.id).with_for_update()
_LET_GO = Prepared(update(appointments).where(appointments.c.id.in_(_OVER)).values(state=State.EXPIRED))
_OCCUPIED = Prepared(select(appointments.c.seat).where(appointments.c.slot_id == _slot, _LIVE))
_OFFERED = Prepared(select(slots.c.id).where(
    slots.c.doctor_id == bindparam("doctor"), slots.c.starts_at == bindparam("starts_at")
))
_LIVE_OF = Prepared(select(appointments).where(appointments.c.person_id == _person, _LIVE))


async def taking_turns(work: Work, person: UUID) -> None:
    """What a person may still book is looked at by one transaction of theirs at a time."""
    await work.rows(_TURN, turn=(person.int >> 64) - (1 << 63))


async def let_go(work: Work, slot: UUID, person: UUID) -> None:
    """Holds on the slot that are over, and what the person holds anywhere, are seats no more."""
    await work.rows(_LET_GO, slot=slot, person=person, now=work.now)


async def occupied(work: Work, slot: UUID) -> frozenset[int]:
    """The numbers that are somebody's."""
    return frozenset(row.seat for row in await work.rows(_OCCUPIED, slot=slot, now=work.now))


async def offered(work: Work, doctor: UUID, starts_at: datetime) -> UUID | None:
    """The slot of a doctor that begins then."""
    found: UUID | None = await work.value(_OFFERED, doctor=doctor, starts_at=starts_at)
    return found


async def live_of(work: Work, person: UUID) -> list[Row]:
    """What a person holds or has booked."""
    return await work.rows(_LIVE_OF, person=person, now=work.now)
