"""What hospitals keep here of their own: doctors whom the directory does not know, and what they call all that is theirs."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    Uuid,
    bindparam,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.prepared import Prepared, Row
from services.health.domain.schedule import Schedule
from services.health.domain.slot import Slot
from services.health.store.kinds import Param
from services.health.store.offers import offered
from services.health.store.tables import departments, hospitals, metadata, rooms, slots

doctors = Table(
    "hospital_doctors", metadata,
    Column("id", Uuid, primary_key=True),
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), nullable=False, index=True),
    Column("name", Text, nullable=False, comment="as the hospital says it: of somebody at work, never of a patient"),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True), comment="since when they offer nothing new"),
)

names = Table(
    "hospital_names", metadata,
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), primary_key=True),
    Column("kind", String(24), primary_key=True, comment="of FHIR's kinds"),
    Column("system", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("key", Uuid, nullable=False),
    Index("ix_hospital_names_key", "key"),
)

TABLES = {"Practitioner": doctors, "HealthcareService": departments, "Location": rooms, "Organization": hospitals}
_hospital = bindparam("hospital", type_=Uuid)
_OWN = Prepared(select(doctors.c.hospital_id, doctors.c.closed_at).where(doctors.c.id == bindparam("key", type_=Uuid)))


def given(kind: str, key: ColumnElement[Any]) -> Any:
    """What the hospital that asks calls it, as identifiers."""
    said = func.json_build_object("system", names.c.system, "value", names.c.value)
    return select(func.json_agg(said)).where(*_of(kind, key)).correlate_except(names).scalar_subquery().label("given")


def named(kind: str, key: ColumnElement[Any]) -> Param:
    """Searched by our id, or by what the hospital that asks calls it."""
    return Param("token", {"": key}, others=partial(_is_called, kind, key))


def _is_called(kind: str, key: ColumnElement[Any], system: str | None, value: str) -> ColumnElement[bool]:
    said = [column == word for column, word in ((names.c.system, system), (names.c.value, value or None)) if word]
    return select(names.c.value).where(*_of(kind, key), *said).correlate_except(names).exists()


def _of(kind: str, key: ColumnElement[Any]) -> tuple[ColumnElement[bool], ...]:
    return names.c.kind == kind, names.c.key == key, names.c.hospital_id == _hospital


async def name(work: Work, hospital: UUID, kind: str, key: UUID, said: Sequence[tuple[str, str]]) -> bool:
    """It is called so, and nothing else, from now on; False if something else of its kind is."""
    mine = names.c.key == key, names.c.kind == kind, names.c.hospital_id == hospital
    await work.session.execute(delete(names).where(*mine))
    rows = [
        {"hospital_id": hospital, "kind": kind, "system": system, "value": value, "key": key}
        for system, value in sorted(set(said))  # in one order, so that nobody waits for who waits for them
    ]
    if not rows:
        return True
    done = insert(names).values(rows).on_conflict_do_nothing().returning(names.c.value)
    return len((await work.session.execute(done)).all()) == len(rows)


async def enter(work: Work, kind: str, row: dict[str, Any]) -> bool:
    """It is there from now on; False if another of its kind has its name, also one that is being entered at this moment."""
    table = TABLES[kind]
    said = insert(table).values(row).on_conflict_do_nothing().returning(table.c.id)
    return (await work.session.execute(said)).first() is not None


async def rewrite(work: Work, kind: str, key: UUID, changes: dict[str, Any]) -> None:
    """What it is from now on."""
    if changes:
        table = TABLES[kind]
        await work.session.execute(update(table).where(table.c.id == key).values(changes))


async def is_another(work: Work, kind: str, key: UUID, where: dict[str, Any]) -> bool:
    """Whether another of its kind is so."""
    table = TABLES[kind]
    same = [table.c[column].is_not_distinct_from(value) for column, value in where.items()]
    return await work.session.scalar(select(table.c.id).where(*same, table.c.id != key)) is not None


async def close_pair(work: Work, key: UUID, *, closed: bool) -> None:
    """A doctor offers nothing new in a department, or again."""
    moment = func.coalesce(offered.c.closed_at, work.now) if closed else None
    await work.session.execute(update(offered).where(offered.c.id == key).values(closed_at=moment))


async def is_own(work: Work, kind: str, key: UUID, hospital: UUID) -> bool:
    """Whether the hospital entered it, or was entered as it."""
    table = TABLES[kind]
    whose = table.c.id if kind == "Organization" else table.c.hospital_id
    return await work.session.scalar(select(table.c.id).where(table.c.id == key, whose == hospital)) is not None


async def is_named_by(work: Work, department: UUID, hospital: UUID) -> bool:
    """Whether the hospital gave its department the name that it has, and not the community."""
    mine = departments.c.id == department, departments.c.hospital_id == hospital, departments.c.by_hospital
    return await work.session.scalar(select(departments.c.id).where(*mine)) is not None


async def times_of(work: Work, hospital: UUID, where: dict[str, UUID]) -> list[Any]:
    """What is offered there, in the hospital's departments, and is not over: its id, and whose time it is."""
    its = slots.c.department_id.in_(select(departments.c.id).where(departments.c.hospital_id == hospital))
    there = [slots.c[column] == value for column, value in where.items()]
    open_ = slots.c.ends_at > work.now, ~slots.c.closed
    asked = select(slots.c.id, slots.c.doctor_id).where(its, *there, *open_).order_by(slots.c.id)
    return list((await work.session.execute(asked)).all())


async def is_closed(work: Work, wanted: Iterable[Slot | Schedule]) -> bool:
    """Whether any of these would be offered by whom, or where, nothing new is: to be asked once their doctors' turns are held."""
    said = list(wanted)
    pairs = [(one.department_id, one.doctor_id) for one in said if one.department_id is not None]
    asked = [
        select(table.c.id).where(table.c.id.in_(keys), table.c.closed_at.is_not(None)) for table, keys in (
            (departments, {one.department_id for one in said}), (doctors, {one.doctor_id for one in said}),
            (rooms, {one.room_id for one in said}),
        )
    ]
    asked.append(select(offered.c.id).where(
        tuple_(offered.c.department_id, offered.c.doctor_id).in_(pairs), offered.c.closed_at.is_not(None),
    ))
    return any([await work.session.scalar(one.limit(1)) is not None for one in asked])


async def own_doctor(work: Work, key: UUID) -> Row | None:
    """Whose own a doctor is, and since when they offer nothing new; none of a doctor of the community."""
    return await work.row(_OWN, key=key)


async def own_doctors(work: Work, hospital: UUID) -> dict[UUID, str]:
    """Those of a hospital's own who offer something, with their names."""
    asked = select(doctors.c.id, doctors.c.name).where(doctors.c.hospital_id == hospital, doctors.c.closed_at.is_(None))
    return {row.id: row.name for row in await work.session.execute(asked)}


async def ended_pairs(work: Work, hospital: UUID) -> frozenset[tuple[UUID, UUID]]:
    """Departments, each with a doctor who offers nothing new in it."""
    over = offered.c.hospital_id == hospital, offered.c.closed_at.is_not(None)
    asked = select(offered.c.department_id, offered.c.doctor_id).where(*over)
    return frozenset((row.department_id, row.doctor_id) for row in await work.session.execute(asked))


def theirs(hospital: Any) -> ColumnElement[bool]:
    """Rooms of the hut, and of this hospital's own."""
    return or_(rooms.c.hospital_id.is_(None), rooms.c.hospital_id == hospital)
