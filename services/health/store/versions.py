"""What an appointment said, version after version: written by the database itself, whatever changes it (migration 0026).

A version has ids, times and states, and nobody's: whose the appointment is, and what anybody calls it, is as it is now.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, func, or_, select

from chassis.db import Work
from services.health.domain.machine import State
from services.health.store.given_names import GIVEN
from services.health.store.programs import patients
from services.health.store.registered import MINE, NAMED
from services.health.store.resources import _ABOUT, _hospital, _program
from services.health.store.tables import appointments, departments, rooms
from services.health.store.versioned import versions

_ours = versions.c
_UNSURE = _ours.state.in_((State.HELD.value, State.EXPIRED.value))  # a hold is nobody's business but its holder's
_VERSIONS = (
    select(*(one for one in _ours if one.name not in {"appointment_id", "tx"}), _ours.at.label("last_changed"), *_ABOUT,
           appointments.c.id, appointments.c.external_ref, patients.c.id.label("patient_id"), GIVEN.label("given"))
    .join(appointments, appointments.c.id == _ours.appointment_id)
    .join(departments, departments.c.id == _ours.department_id).outerjoin(rooms, rooms.c.id == _ours.room_id)
    .outerjoin(NAMED, NAMED.c.person_id == _ours.doctor_id)
    .join(patients, (patients.c.person_id == appointments.c.person_id) & (patients.c.hospital_id == _hospital))
    .where(_ours.appointment_id == bindparam("key", type_=Uuid), MINE, or_(~_UNSURE, _ours.program_id == _program))
)
_NEWEST = _VERSIONS.order_by(_ours.version.desc())


async def of(
    work: Work, key: UUID, *, hospital: UUID, program: UUID, since: datetime | None, below: int | None, limit: int,
) -> tuple[list[Any], int]:
    """The newest versions of an appointment, so many, and how many there are; for whoever is shown the appointment itself."""
    bound = {"key": key, "hospital": hospital, "program": program}
    asked = _NEWEST if since is None else _NEWEST.where(_ours.at >= since)
    total = int(await work.session.scalar(_counted(asked), bound) or 0)
    window = asked if below is None else asked.where(_ours.version < below)
    return list((await work.session.execute(window.limit(limit), bound)).all()), total


async def one(work: Work, key: UUID, version: int, *, hospital: UUID, program: UUID) -> Any | None:
    """That version of it."""
    asked = _VERSIONS.where(_ours.version == version)
    return (await work.session.execute(asked, {"key": key, "hospital": hospital, "program": program})).first()


def _counted(asked: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(asked.order_by(None).with_only_columns(_ours.version).subquery())
