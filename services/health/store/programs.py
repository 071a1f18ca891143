"""Hospitals' programs, by which name each hospital knows a person, and how many it asked about."""

from datetime import date
from uuid import UUID

from sqlalchemy import Column, Date, DateTime, ForeignKey, Index, Table, Text, Uuid, bindparam, false, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.directory import bindings, reached
from chassis.pages import Listing
from chassis.prepared import Prepared, Row
from chassis.tables import AreaPath
from services.health.domain.consent import HOSPITAL
from services.health.domain.machine import State
from services.health.domain.program import Program
from services.health.store.consents import consents
from services.health.store.tables import _mapping, appointments, departments, hospitals, metadata

_moment = DateTime(timezone=True)

programs = Table(
    "programs", metadata,
    Column("id", Uuid, primary_key=True, comment="the subject of its tokens"),
    Column("area", AreaPath, nullable=False),
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), nullable=False, index=True),
    Column("admitted_by", Uuid, nullable=False),
    Column("admitted_at", _moment, nullable=False),
    Column("ended_at", _moment),
    Index("ix_programs_area_gist", "area", postgresql_using="gist"),
)

patients = Table(
    "patients", metadata,
    Column("id", Uuid, primary_key=True, comment="by which this hospital alone knows the person"),
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), nullable=False),
    Column("person_id", Uuid, nullable=False, index=True),
    Index("uq_patients_person", "hospital_id", "person_id", unique=True),
)

sights = Table(
    "sights", metadata,
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("what", Text, primary_key=True, comment="an id that was asked about or shown, there or not"),
)

_mapping.map_imperatively(Program, programs)

PROGRAMS = Listing(
    select(programs).where(reached(programs.c.area)), programs.c.id,
    hospital_id=programs.c.hospital_id == bindparam("hospital_id", type_=Uuid),
)
_program = bindparam("program", type_=Uuid)
_SPEAKS = Prepared(
    select(hospitals.c.id, hospitals.c.area, hospitals.c.name).join(programs, programs.c.hospital_id == hospitals.c.id)
    .where(programs.c.id == _program, programs.c.ended_at.is_(None))
)
_hospital = bindparam("hospital", type_=Uuid)
_CONCERNS = select(appointments.c.person_id).distinct().join(departments, departments.c.id == appointments.c.department_id).join(
    consents, (consents.c.person_id == appointments.c.person_id) & (consents.c.purpose == HOSPITAL) & consents.c.given
).where(
    departments.c.hospital_id == _hospital, appointments.c.state.not_in((State.HELD, State.EXPIRED)),
    ~select(patients.c.id).where(
        patients.c.hospital_id == _hospital, patients.c.person_id == appointments.c.person_id
    ).correlate(appointments).exists(),
)
_of_those = _CONCERNS.subquery()
_NAME = insert(patients).from_select(
    ["id", "hospital_id", "person_id"], select(func.gen_random_uuid(), _hospital, _of_those.c.person_id)
).on_conflict_do_nothing()
_SEEN = Prepared(select(func.count()).where(sights.c.hospital_id == _hospital, sights.c.day == bindparam("day", type_=Date)))


async def spoken_for(work: Work, program: UUID) -> Row | None:
    """The hospital (id, area, name) for which a program speaks now."""
    return await work.row(_SPEAKS, program=program)


async def name_patients(work: Work, hospital: UUID) -> None:
    """Whoever has a visit in a department of the hospital and lets hospitals be told has a name there, and another elsewhere.

    Names are random: two hospitals that compare theirs learn nothing (handbook identity, H03).
    """
    await work.session.execute(_NAME, {"hospital": hospital})


async def see(work: Work, hospital: UUID, day: date, what: set[str]) -> int:
    """Keep what a hospital asked about; how much that is on this day."""
    if what:
        rows = [{"hospital_id": hospital, "day": day, "what": one} for one in sorted(what)]
        await work.session.execute(insert(sights).on_conflict_do_nothing(), rows)
    return int(await work.value(_SEEN, hospital=hospital, day=day) or 0)


async def is_first(work: Work, hospital: UUID, day: date, what: str) -> bool:
    """Keep it, and say whether it was not there yet."""
    said = insert(sights).values(hospital_id=hospital, day=day, what=what).on_conflict_do_nothing()
    return (await work.session.execute(said.returning(sights.c.what))).first() is not None


async def forget_sights(work: Work, before: date) -> None:
    """What was asked about on earlier days is nobody's to know."""
    await work.session.execute(sights.delete().where(sights.c.day < before))


async def forget_patient(work: Work, person: UUID) -> int:
    """No hospital has a name for the person any more."""
    gone = patients.delete().where(patients.c.person_id == person).returning(patients.c.id)
    return len((await work.session.execute(gone)).all())


async def patients_of(work: Work, person: UUID) -> list[Row]:
    """By which names hospitals know a person."""
    return await work.rows(_NAMES_OF, person=person)


_NAMES_OF = Prepared(select(patients.c.hospital_id, patients.c.id).where(patients.c.person_id == bindparam("person", type_=Uuid)))


async def person_of(work: Work, hospital: UUID, name: UUID) -> Row | None:
    """Whom a hospital knows by this name, and whether it may be told of them."""
    return await work.row(_PERSON_OF, hospital=hospital, name=name)


async def homes_of(work: Work, person: UUID) -> list[str]:
    """Where a person lives now."""
    return [row.area for row in await work.rows(_HOMES, person=person, now=work.now)]


_PERSON_OF = Prepared(
    select(patients.c.id, patients.c.person_id, func.coalesce(consents.c.given, false()).label("given"))
    .outerjoin(consents, (consents.c.person_id == patients.c.person_id) & (consents.c.purpose == HOSPITAL))
    .where(patients.c.id == bindparam("name", type_=Uuid), patients.c.hospital_id == _hospital)
)
_at = bindparam("now", type_=_moment)
_HOMES = Prepared(select(bindings.c.area).where(
    bindings.c.person_id == bindparam("person", type_=Uuid), bindings.c.starts_at <= _at,
    or_(bindings.c.ends_at.is_(None), bindings.c.ends_at > _at),
))
