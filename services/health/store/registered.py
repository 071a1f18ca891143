"""The directory of a hospital at the FHIR door: itself, its places, departments and doctors, and who is in which department."""

from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    union,
    union_all,
)

from chassis.directory import assignments
from contracts.area import Role
from services.health.store.kinds import Param, Rows, by_code, refers
from services.health.store.offers import given as called
from services.health.store.offers import is_called as calls_it
from services.health.store.offers import offered
from services.health.store.registers import doctors, given, named, theirs
from services.health.store.tables import departments, hospitals, rooms, slots

_hospital = bindparam("hospital", type_=Uuid)
ACTIVE: ColumnElement[Any] = literal_column("'true'")


def pair(department: Any, doctor: Any) -> Any:
    """What a doctor in a department is called: always the same, and nobody's else."""
    return cast(func.md5(cast(department, Text) + cast(doctor, Text)), Uuid)


def _open(closed_at: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((closed_at.is_(None), "true"), else_="false")


NAMED = union_all(  # no doctor of the directory is one of a hospital's own
    select(assignments.c.person_id, func.max(assignments.c.display_name).label("name")).where(
        assignments.c.role == Role.DOCTOR.value
    ).group_by(assignments.c.person_id),
    select(doctors.c.id, doctors.c.name),
).subquery()
MINE = departments.c.hospital_id == _hospital
_never = cast(null(), DateTime(timezone=True))
_times = union_all(  # what a hospital announced is there before there is a time in it
    select(slots.c.department_id, slots.c.doctor_id, slots.c.starts_at, slots.c.ends_at),
    select(offered.c.department_id, offered.c.doctor_id, _never, _never),
).subquery()
_pairs = select(
    _times.c.department_id, departments.c.name.label("department"), departments.c.hospital_id, _times.c.doctor_id,
    func.min(_times.c.starts_at).label("begins"), func.max(_times.c.ends_at).label("ends"),
).join(departments, departments.c.id == _times.c.department_id).where(MINE).group_by(
    _times.c.department_id, departments.c.name, departments.c.hospital_id, _times.c.doctor_id
).subquery()
_role = pair(_pairs.c.department_id, _pairs.c.doctor_id)
_offered = and_(offered.c.department_id == _pairs.c.department_id, offered.c.doctor_id == _pairs.c.doctor_id)
_SAID = offered.c.closed_at, offered.c.set_aside, offered.c.back_days, offered.c.back_at
_PAIRED: Select[Any] = (
    select(_role.label("id"), _pairs, NAMED.c.name, *_SAID)
    .outerjoin(NAMED, NAMED.c.person_id == _pairs.c.doctor_id).outerjoin(offered, _offered)
)
_specialty = by_code(_pairs.c.department_id, _pairs.c.department)

_doctors = union(
    select(_pairs.c.doctor_id.label("id")), select(doctors.c.id).where(doctors.c.hospital_id == _hospital),
).subquery()
_its_own = and_(doctors.c.id == _doctors.c.id, doctors.c.hospital_id == _hospital)
_served = select(hospitals.c.area).where(hospitals.c.id == _hospital).scalar_subquery()
_department = by_code(departments.c.id, departments.c.name)

DIRECTORY: dict[str, Rows] = {
    "Organization": Rows(
        select(hospitals.c.id, hospitals.c.name, given("Organization", hospitals.c.id)).where(hospitals.c.id == _hospital),
        hospitals.c.id,
        {"identifier": named("Organization", hospitals.c.id), "name": Param("string", {"": hospitals.c.name}),
         "active": by_code(ACTIVE)},
    ),
    "Location": Rows(
        select(rooms.c.id, rooms.c.name, rooms.c.closed_at, rooms.c.hospital_id, given("Location", rooms.c.id)).where(
            rooms.c.area.op("<@", is_comparison=True)(_served), theirs(_hospital)
        ), rooms.c.id,
        {"identifier": named("Location", rooms.c.id), "name": Param("string", {"": rooms.c.name}),
         "organization": refers(Organization=rooms.c.hospital_id),
         "status": by_code(case((rooms.c.closed_at.is_(None), "active"), else_="inactive"))},
    ),
    "HealthcareService": Rows(
        select(departments.c.id, departments.c.id.label("department_id"), departments.c.name.label("department"),
               departments.c.hospital_id, departments.c.closed_at, given("HealthcareService", departments.c.id)).where(MINE),
        departments.c.id,
        {"identifier": named("HealthcareService", departments.c.id), "name": Param("string", {"": departments.c.name}),
         "active": by_code(_open(departments.c.closed_at)), "organization": refers(Organization=departments.c.hospital_id),
         "service-type": _department, "specialty": _department},
        includes=("organization",),
    ),
    "Practitioner": Rows(
        select(_doctors.c.id, NAMED.c.name, doctors.c.closed_at, given("Practitioner", _doctors.c.id))
        .outerjoin(NAMED, NAMED.c.person_id == _doctors.c.id).outerjoin(doctors, _its_own), _doctors.c.id,
        {"identifier": named("Practitioner", _doctors.c.id), "name": Param("string", {"": NAMED.c.name}),
         "active": by_code(_open(doctors.c.closed_at))},
    ),
    "PractitionerRole": Rows(
        _PAIRED.add_columns(given("PractitionerRole", _role)), _role,
        {"identifier": named("PractitionerRole", _role), "practitioner": refers(Practitioner=_pairs.c.doctor_id),
         "active": by_code(_open(offered.c.closed_at)), "organization": refers(Organization=_pairs.c.hospital_id),
         "specialty": _specialty, "service": refers(HealthcareService=_pairs.c.department_id)},
        includes=("practitioner", "organization", "service"),
    ),
    "Schedule": Rows(
        _PAIRED.add_columns(called("Schedule", _role).label("given")), _role,
        {"identifier": Param("token", {"": _role}, others=partial(calls_it, "Schedule", _role)),
         "active": by_code(_open(offered.c.closed_at)), "service-type": _specialty, "specialty": _specialty,
         "actor": refers(Practitioner=_pairs.c.doctor_id, PractitionerRole=_role, HealthcareService=_pairs.c.department_id),
         "date": Param("date", {"since": _pairs.c.begins, "until": _pairs.c.ends})},
        includes=("actor",),
    ),
}
