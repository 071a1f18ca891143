"""Questions of a 号源表: whom and what its rows may name, and what the doctors offer at these times already."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.directory import assignments, units
from contracts.area import Role
from services.health.domain.machine import FIRM, State
from services.health.domain.slot import Slot
from services.health.domain.slot_plan import There
from services.health.store import registers
from services.health.store.tables import appointments, departments, hospitals, rooms, slots

_LONGEST = timedelta(days=1)  # no slot is longer: what begins before that is over
_KEPT = (
    "id", "area", "doctor_id", "starts_at", "ends_at", "capacity", "opens_at", "closed", "set_aside", "set_aside_until",
    "department_id", "room_id", "modality",
)


@dataclass(frozen=True)
class Known:
    """What rows may name: doctors with their names as people write them, departments and rooms by name; and who is not there."""

    doctors: dict[UUID, set[str]]
    departments: dict[str, UUID]
    rooms: dict[str, UUID]
    ended: frozenset[tuple[UUID, UUID]] = frozenset()  # department and doctor who offers nothing new in it


async def known(work: Work, hospital: UUID, area: str) -> Known:
    """Of a hospital that serves this area; whose office is at another hospital is not its doctor."""
    doctors: dict[UUID, set[str]] = {}
    for row in await work.session.execute(_serving(work, hospital, area)):
        doctors.setdefault(row.person_id, set()).add(row.display_name)
    doctors |= {doctor: {name} for doctor, name in (await registers.own_doctors(work, hospital)).items()}
    there = rooms.c.area.op("<@", is_comparison=True)(area) & registers.theirs(hospital)
    return Known(
        doctors, await _named(work, departments, departments.c.hospital_id == hospital), await _named(work, rooms, there),
        await registers.ended_pairs(work, hospital),
    )


def _serving(work: Work, hospital: UUID, area: str) -> Any:
    its_unit = select(hospitals.c.unit_id).where(hospitals.c.id == hospital).scalar_subquery()
    elsewhere = assignments.c.unit_id.in_(select(units.c.id).where(units.c.kind == "hospital"))
    its_own = or_(assignments.c.unit_id.is_(None), ~elsewhere, assignments.c.unit_id == its_unit)
    holds = assignments.c.starts_at <= work.now, or_(assignments.c.ends_at.is_(None), assignments.c.ends_at > work.now)
    return select(assignments.c.person_id, assignments.c.display_name).where(
        assignments.c.role == Role.DOCTOR.value, its_own, *holds, assignments.c.area.op("@>", is_comparison=True)(area),
    )


async def _named(work: Work, table: Table, where: Any) -> dict[str, UUID]:
    asked = select(table.c.name, table.c.id).where(where, table.c.closed_at.is_(None))
    return {row.name: row.id for row in await work.session.execute(asked)}


async def there(work: Work, doctors: Iterable[UUID], since: datetime, until: datetime, *, holding: bool) -> list[There]:
    """What these doctors offer from then to then; where it is held, whoever books waits, and is seen if they were first."""
    within = slots.c.doctor_id.in_(sorted(doctors)), slots.c.starts_at > since - _LONGEST, slots.c.starts_at < until
    asked = select(Slot).where(*within).order_by(slots.c.id).execution_options(populate_existing=True)
    found = list(await work.session.scalars(asked.with_for_update() if holding else asked))
    highest = await _highest(work, within)
    whose = await _whose(work, within)
    return [There(one, whose.get(one.department_id), highest.get(one.id, 0)) for one in found]


async def _highest(work: Work, within: Sequence[Any]) -> dict[UUID, int]:
    lives = or_(appointments.c.state.in_(FIRM), and_(appointments.c.state == State.HELD, appointments.c.held_until > work.now))
    asked = select(appointments.c.slot_id, func.max(appointments.c.seat).label("highest")).join(
        slots, slots.c.id == appointments.c.slot_id
    ).where(*within, lives).group_by(appointments.c.slot_id)
    return {row.slot_id: row.highest for row in await work.session.execute(asked)}


async def _whose(work: Work, within: Sequence[Any]) -> dict[UUID | None, UUID]:
    asked = select(departments.c.id, departments.c.hospital_id).where(
        departments.c.id.in_(select(slots.c.department_id).where(*within))
    )
    return {row.id: row.hospital_id for row in await work.session.execute(asked)}


async def lay_in(work: Work, made: Sequence[Slot]) -> bool:
    """They are there; whether each was."""
    if not made:
        return True
    rows = [{name: getattr(slot, name) for name in _KEPT} for slot in made]
    done = await work.session.execute(insert(slots).values(rows).on_conflict_do_nothing().returning(slots.c.id))
    return len(done.all()) == len(rows)
