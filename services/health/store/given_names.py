"""What hospitals call appointments that they booked here, so that a repeated creation is found."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, ForeignKey, Table, Text, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from services.health.store.tables import appointments, metadata

given_names = Table(
    "given_names", metadata,
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), primary_key=True),
    Column("system", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("appointment_id", Uuid, ForeignKey("appointments.id"), nullable=False, index=True),
)

_of_it = (given_names.c.appointment_id == appointments.c.id) & (given_names.c.hospital_id == bindparam("hospital", type_=Uuid))
GIVEN = select(func.json_agg(func.json_build_object("system", given_names.c.system, "value", given_names.c.value))).where(
    _of_it
).correlate(appointments).scalar_subquery()


def is_called(system: str | None, value: str) -> ColumnElement[bool]:
    """Whether the hospital that asks calls an appointment so."""
    asked: Any = select(given_names.c.value).where(_of_it)
    asked = asked if system is None else asked.where(given_names.c.system == system)
    asked = asked.where(given_names.c.value == value) if value else asked
    return asked.correlate(appointments).exists()  # type: ignore[no-any-return]


async def give(work: Work, hospital: UUID, appointment: UUID, names: tuple[tuple[str, str], ...]) -> bool:
    """The appointment is called so; False if another is."""
    rows = [{"hospital_id": hospital, "system": system, "value": value, "appointment_id": appointment} for system, value in names]
    if not rows:
        return True
    said = insert(given_names).values(rows).on_conflict_do_nothing().returning(given_names.c.value)
    return len((await work.session.execute(said)).all()) == len(set(names))


async def forget(work: Work, person: UUID) -> None:
    """Nobody calls the person's appointments anything."""
    theirs = select(appointments.c.id).where(appointments.c.person_id == person)
    await work.session.execute(given_names.delete().where(given_names.c.appointment_id.in_(theirs)))
