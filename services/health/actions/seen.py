"""Who serves at the hut and looks at an appointment or its note leaves a trace: audited, and once a day in the register."""

from uuid import UUID

from sqlalchemy import exists, select

from chassis import seen
from chassis.db import Work
from chassis.rights import Actor
from contracts.health import RecordShown
from services.health.domain.appointment import Appointment
from services.health.store.contracts import contracts
from services.health.store.retirements import retirements
from services.health.store.shown import shown_until
from services.health.store.tables import appointments

_ACT = "appointments.read"


async def by_staff(work: Work, seat: Appointment, by: Actor) -> None:
    """Audited, but of their own."""
    if by.id != seat.person_id:
        await work.audit(_ACT, f"appointment/{seat.id}", actor=by.id)


async def _whose(work: Work, things: set[UUID]) -> dict[UUID, UUID]:
    retired = exists().where(retirements.c.appointment_id == appointments.c.id)
    asked = select(appointments.c.id, appointments.c.person_id).where(appointments.c.id.in_(things), ~retired)
    rows = await work.session.execute(asked)
    return {row.id: row.person_id for row in rows}


async def _signed(work: Work, things: set[UUID]) -> dict[UUID, UUID]:
    rows = await work.session.execute(select(contracts.c.id, contracts.c.person_id).where(contracts.c.id.in_(things)))
    return {row.id: row.person_id for row in rows}


LOOKS = seen.Looks(  # the first two are about an appointment
    RecordShown, shown_until, {_ACT: _whose, "visit_notes.read": _whose, "contracts.read": _signed},
)
