"""What a hospital's own programs did here, out of the audit: of those who let hospitals be told, by ids alone.

Whose a consent, team, contract or guardian is that was looked at is not said: their names are made of the patient's,
not led back.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Index, Table, Text, Uuid, bindparam, case, cast, func, or_, select

from chassis.audit import audit
from services.health.domain.audited import ACTS, KINDS
from services.health.domain.consent import HOSPITAL
from services.health.store.consents import consents
from services.health.store.programs import patients
from services.health.store.tables import appointments, metadata

acts = Table(  # which rows of the audit are of a hospital's programs: written by the database itself (migration 0030)
    "program_acts", metadata,
    Column("pos", BigInteger, primary_key=True, autoincrement=False),
    Column("hospital_id", Uuid, nullable=False),
    Index("ix_program_acts_hospital_id", "hospital_id", "pos"),
)

_hospital = bindparam("hospital", type_=Uuid)
_OF_SOMEBODY = ("appointment", "encounter", "patient")
_kind = func.split_part(audit.c.subject, "/", 1)
_key = case((audit.c.subject.op("~")("^[a-z]+/[0-9a-f]{8}-[0-9a-f-]{27}$"), cast(func.split_part(audit.c.subject, "/", 2), Uuid)))
_known = patients.alias("known")
_whose = case(
    (_kind == "patient", select(_known.c.person_id).where(_known.c.id == _key).correlate(audit).scalar_subquery()),
    (_kind.in_(_OF_SOMEBODY),
     select(appointments.c.person_id).where(appointments.c.id == _key).correlate(audit).scalar_subquery()),
)
_done = (
    select(cast(func.md5(func.concat("audit/", audit.c.pos)), Uuid).label("id"), audit.c.at, audit.c.action,
           audit.c.actor_id.label("program_id"), _kind.label("kind"), _key.label("key"), _whose.label("person_id"))
    .join(acts, acts.c.pos == audit.c.pos)
    .where(acts.c.hospital_id == _hospital, audit.c.action.in_(ACTS)).subquery("done")
)
DONE = _done.c
EVENTS = (
    select(_done, DONE.at.label("starts_at"), DONE.at.label("last_changed"), patients.c.id.label("patient_id"))
    .outerjoin(patients, (patients.c.person_id == DONE.person_id) & (patients.c.hospital_id == _hospital))
    .outerjoin(consents, (consents.c.person_id == patients.c.person_id) & (consents.c.purpose == HOSPITAL))
    .where(or_(DONE.kind.not_in(_OF_SOMEBODY), consents.c.given))
)
ACTION = case(*((DONE.action == said, act.action) for said, act in ACTS.items()))
INTERACTION = case(*((DONE.action == said, act.interaction) for said, act in ACTS.items()))
TRANSACTION: ColumnElement[Any] = cast(  # or what it is called besides, so that `:not` compares with nothing that is null
    case(*((DONE.action == said, act.transaction) for said, act in ACTS.items() if act.transaction), else_=INTERACTION), Text,
)
ENTITIES: dict[str, ColumnElement[Any]] = {
    **{kind: case((DONE.kind == word, DONE.key)) for word, kind in KINDS.items()}, "Patient": patients.c.id,
}
