"""What hospitals answered about appointments, for which of their doctors and places."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    String,
    Table,
    Uuid,
    bindparam,
    case,
    delete,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.prepared import Prepared
from services.health.domain.answering import Reply
from services.health.domain.consent import HOSPITAL
from services.health.store import registers
from services.health.store.consents import consents
from services.health.store.kinds import Param, Rows, by_code, refers
from services.health.store.programs import patients
from services.health.store.tables import appointments, metadata

KIND = "AppointmentResponse"
_WORDS = ", ".join(repr(one.value) for one in Reply)
_ONCE = ("appointment_id", "actor_kind", "actor_id")

responses = Table(
    "responses", metadata,
    Column("id", Uuid, primary_key=True),
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), nullable=False),
    Column("appointment_id", Uuid, ForeignKey("appointments.id"), nullable=False, index=True),
    Column("actor_kind", String(16), nullable=False),
    Column("actor_id", Uuid, nullable=False),
    Column("reply", String(16), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("program_id", Uuid, ForeignKey("programs.id"), nullable=False),
    CheckConstraint(f"reply in ({_WORDS})", name="reply"),
    CheckConstraint("actor_kind in ('Practitioner', 'Location')", name="actor_kind"),
    Index("uq_responses_word", *_ONCE, unique=True, postgresql_where=text("reply <> 'tentative'")),
    Index("uq_responses_perhaps", *_ONCE, unique=True, postgresql_where=text("reply = 'tentative'")),
)

_ours = responses.c
_hospital = bindparam("hospital", type_=Uuid)
_whose = (patients.c.person_id == appointments.c.person_id) & (patients.c.hospital_id == _hospital)
_told = (consents.c.person_id == appointments.c.person_id) & (consents.c.purpose == HOSPITAL)
_ROWS: Any = (
    select(responses, _ours.at.label("last_changed"), patients.c.id.label("patient_id"), appointments.c.person_id,
           registers.given(KIND, _ours.id))
    .join(appointments, appointments.c.id == _ours.appointment_id).join(patients, _whose)
    .join(consents, _told & consents.c.given).where(_ours.hospital_id == _hospital)
)
RESPONSES = Rows(
    _ROWS, _ours.id,
    {"identifier": registers.named(KIND, _ours.id), "appointment": refers(Appointment=_ours.appointment_id),
     "patient": refers(Patient=patients.c.id), "part-status": by_code(_ours.reply), "_lastUpdated": Param("date", {"": _ours.at}),
     "actor": refers(**{
         kind: case((_ours.actor_kind == kind, _ours.actor_id)) for kind in ("Practitioner", "Location")
     })},
    includes=("appointment", "actor"), is_personal=True,
)
WITHDRAWN = {KIND: Prepared(
    select(_ours.id).join(appointments, appointments.c.id == _ours.appointment_id).join(patients, _whose)
    .join(consents, _told & ~consents.c.given)
    .where(_ours.id == bindparam("key", type_=Uuid), _ours.hospital_id == _hospital)
)}


async def said(work: Work, appointment: UUID, actor: tuple[str, str]) -> set[str]:
    """What somebody answered about an appointment that is held."""
    same = _ours.appointment_id == appointment, _ours.actor_kind == actor[0], _ours.actor_id == UUID(actor[1])
    return set(await work.session.scalars(select(_ours.reply).where(*same)))


async def keep(work: Work, row: dict[str, Any]) -> None:
    """It was answered."""
    await work.session.execute(insert(responses).values(row))


async def forget(work: Work, person: UUID) -> None:
    """Nobody calls answers about the person's appointments anything."""
    theirs = select(_ours.id).join(appointments, appointments.c.id == _ours.appointment_id)
    gone = theirs.where(appointments.c.person_id == person)
    await work.session.execute(delete(registers.names).where(registers.names.c.kind == KIND, registers.names.c.key.in_(gone)))
