"""Notes of visits: each version sealed under its patient's key."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Uuid,
    delete,
    func,
    insert,
    select,
)

from chassis.db import Work
from chassis.tables import AreaPath
from contracts.retention import BATCH, due
from services.health.domain.appointment import Appointment
from services.health.domain.note import MOST
from services.health.store.retirements import retirements
from services.health.store.tables import appointments, metadata

CLASS = "health.note"

visit_notes = Table(
    "visit_notes", metadata,
    Column("id", Uuid, primary_key=True),
    Column("appointment_id", Uuid, ForeignKey("appointments.id"), nullable=False),
    Column("area", AreaPath, nullable=False),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("sealed_text", LargeBinary, nullable=False),
    Column("written_by", Uuid, nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False, index=True),
    CheckConstraint(f"version between 1 and {MOST}", name="version"),
    Index("uq_visit_notes_version", "appointment_id", "version", unique=True),
)


async def versions(work: Work, appointment_id: UUID) -> int:
    """How many there are."""
    asked = select(func.coalesce(func.max(visit_notes.c.version), 0)).where(visit_notes.c.appointment_id == appointment_id)
    return int(await work.session.scalar(asked) or 0)


async def add(work: Work, seat: Appointment, version: int, text: str, *, by: UUID) -> dict[str, Any]:
    """Keep another version."""
    key = work.new_id()
    sealed = await work.seal(seat.person_id, "visit_notes", "text", key, text)
    said = {"id": key, "version": version, "written_by": by, "written_at": work.now}
    whose = {"appointment_id": seat.id, "area": seat.area, "person_id": seat.person_id}
    await work.session.execute(insert(visit_notes).values(**said, **whose, sealed_text=sealed))
    return {**said, "text": text}


async def read(work: Work, *which: Any) -> list[dict[str, Any]]:
    """Every version of these, opened, oldest first."""
    rows = (await work.session.execute(select(visit_notes).where(*which).order_by(visit_notes.c.id))).all()
    return [
        {**{name: getattr(row, name) for name in ("id", "version", "written_by", "written_at")},
         "text": await work.unseal(row.person_id, "visit_notes", "text", row.id, row.sealed_text)}
        for row in rows
    ]


async def of_visit(work: Work, appointment_id: UUID) -> list[dict[str, Any]]:
    """Those of a visit."""
    return await read(work, visit_notes.c.appointment_id == appointment_id)


async def of_person(work: Work, person: UUID) -> list[dict[str, Any]]:
    """Those of all their visits."""
    return await read(work, visit_notes.c.person_id == person)


async def erase(work: Work, person: UUID) -> int:
    """How many there were."""
    gone = delete(visit_notes).where(visit_notes.c.person_id == person).returning(visit_notes.c.id)
    return len((await work.session.execute(gone)).all())


async def forget(work: Work) -> int:
    """So many whose time is over, or whose visit is nobody's any more."""
    retired = select(appointments.c.id).join(retirements, retirements.c.appointment_id == appointments.c.id)
    over = due(CLASS, visit_notes.c.written_at, work.now, area=visit_notes.c.area) | visit_notes.c.appointment_id.in_(retired)
    some = select(visit_notes.c.id).where(over).order_by(visit_notes.c.id).limit(BATCH).with_for_update(skip_locked=True)
    gone = delete(visit_notes).where(visit_notes.c.id.in_(list(await work.session.scalars(some))))
    return len((await work.session.execute(gone.returning(visit_notes.c.id))).all())
