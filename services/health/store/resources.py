"""The rows behind each FHIR resource: what a hospital's program may see of them, and by which columns they are searched.

Every select is bound to `:hospital`; people appear only while they let hospitals be told (handbook identity, H01 and H02).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from chassis.directory import assignments
from contracts.area import Role
from services.health.domain.consent import HOSPITAL
from services.health.domain.hook import State as HookState
from services.health.domain.machine import CAME, ENCOUNTER, FHIR, State
from services.health.store import audited, contracted, related
from services.health.store.consents import consents
from services.health.store.contracts import contracts
from services.health.store.given_names import GIVEN, is_called
from services.health.store.hooks import hooks
from services.health.store.offers import given as called
from services.health.store.offers import is_called as calls_it
from services.health.store.offers import offered
from services.health.store.programs import patients
from services.health.store.queries import _FREE, _ROOM_BUSY  # the one rule of what is free
from services.health.store.tables import appointments, departments, hospitals, rooms, slots

_hospital, _at = bindparam("hospital", type_=Uuid), bindparam("now", type_=DateTime(timezone=True))
_program = bindparam("program", type_=Uuid)


@dataclass(frozen=True)
class Param:
    """A search parameter: its type, and the columns it looks at (of a reference, by the kind it names)."""

    type: Literal["token", "reference", "date", "string"]
    columns: dict[str, ColumnElement[Any]] = field(default_factory=dict)
    others: Callable[[str | None, str], ColumnElement[bool]] | None = None  # by system and code: names that others gave


@dataclass(frozen=True)
class Rows:
    """A kind of resource: its rows with `id`, what it is searched by, what it is sorted by beside the id."""

    rows: Select[Any]
    key: ColumnElement[Any]
    params: dict[str, Param]
    begins: ColumnElement[Any] | None = None
    includes: tuple[str, ...] = ()  # elements that refer to others
    refer_to_it: tuple[str, ...] = ()  # `Kind:parameter` of those that can come with it (`_revinclude`)
    is_personal: bool = False


def _token(column: ColumnElement[Any], *more: ColumnElement[Any]) -> Param:
    return Param("token", {str(n): one for n, one in enumerate((column, *more))})


def _refers(**columns: ColumnElement[Any]) -> Param:
    return Param("reference", columns)


def _pair(department: Any, doctor: Any) -> Any:
    """What a doctor in a department is called: always the same, and nobody's else."""
    return cast(func.md5(cast(department, Text) + cast(doctor, Text)), Uuid)


_named = select(assignments.c.person_id, func.max(assignments.c.display_name).label("name")).where(
    assignments.c.role == Role.DOCTOR.value
).group_by(assignments.c.person_id).subquery()
_mine = departments.c.hospital_id == _hospital
_never = cast(null(), DateTime(timezone=True))
_times = union_all(  # what a hospital announced is there before there is a time in it
    select(slots.c.department_id, slots.c.doctor_id, slots.c.starts_at, slots.c.ends_at),
    select(offered.c.department_id, offered.c.doctor_id, _never, _never),
).subquery()
_pairs = select(
    _times.c.department_id, departments.c.name.label("department"), departments.c.hospital_id, _times.c.doctor_id,
    func.min(_times.c.starts_at).label("begins"), func.max(_times.c.ends_at).label("ends"),
).join(departments, departments.c.id == _times.c.department_id).where(_mine).group_by(
    _times.c.department_id, departments.c.name, departments.c.hospital_id, _times.c.doctor_id
).subquery()
_role = _pair(_pairs.c.department_id, _pairs.c.doctor_id)
_PAIRED = select(_role.label("id"), _pairs, _named.c.name).outerjoin(_named, _named.c.person_id == _pairs.c.doctor_id)
_active: ColumnElement[Any] = literal_column("'true'")
_specialty = _token(_pairs.c.department_id, _pairs.c.department)

_doctors = select(_pairs.c.doctor_id.label("id")).distinct().subquery()
_served = select(hospitals.c.area).where(hospitals.c.id == _hospital).scalar_subquery()

_slot_pair = _pair(slots.c.department_id, slots.c.doctor_id)
_STATUS = case(
    (slots.c.closed, "busy-unavailable"), (slots.c.starts_at <= _at, "busy"), (slots.c.opens_at > _at, "busy-unavailable"),
    (or_(_FREE <= 0, _ROOM_BUSY), "busy"), else_="free",
)
_ABOUT = (departments.c.name.label("department"), _named.c.name, rooms.c.name.label("room"))
_SLOTS = (
    select(slots, slots.c.id.label("slot_id"), _slot_pair.label("pair_id"), _STATUS.label("status"), *_ABOUT)
    .join(departments, departments.c.id == slots.c.department_id).outerjoin(rooms, rooms.c.id == slots.c.room_id)
    .outerjoin(_named, _named.c.person_id == slots.c.doctor_id).where(_mine)
)

_STANDS = case((hooks.c.ends_at <= _at, HookState.OFF.value), else_=cast(hooks.c.state, Text))

_told = (consents.c.purpose == HOSPITAL) & consents.c.given
_CHANGED = func.coalesce(*(appointments.c[name] for name in ("changed_at", "ended_at", "called_at", "arrived_at", "booked_at")))
_UNSURE = appointments.c.state.in_((State.HELD, State.EXPIRED))  # a hold is nobody's business but its holder's
_APPOINTMENTS = (
    select(appointments, patients.c.id.label("patient_id"), _CHANGED.label("last_changed"), GIVEN.label("given"),
           departments.c.hospital_id.label("of_hospital"), *_ABOUT)
    .join(departments, departments.c.id == appointments.c.department_id).outerjoin(rooms, rooms.c.id == appointments.c.room_id)
    .outerjoin(_named, _named.c.person_id == appointments.c.doctor_id)
    .join(patients, (patients.c.person_id == appointments.c.person_id) & (patients.c.hospital_id == _hospital))
    .join(consents, (consents.c.person_id == appointments.c.person_id) & _told)
    .where(_mine, or_(~_UNSURE, appointments.c.acting_id == _program))
)
_fhir_status = case(*((appointments.c.state == state, said) for state, said in FHIR.items()))
_VISITS = _APPOINTMENTS.where(appointments.c.state.in_(CAME))
_visit_status = case(*((appointments.c.state == state, said) for state, said in ENCOUNTER.items()))
_agreement = cast(func.md5(cast(patients.c.id, Text) + consents.c.purpose), Uuid)  # of one hospital, as the patient's name is
_CONSENTS = select(_agreement.label("id"), patients.c.id.label("patient_id"), patients.c.person_id, consents.c.changed_at,
                   consents.c.changed_at.label("last_changed")).join(
    consents, (consents.c.person_id == patients.c.person_id) & (patients.c.hospital_id == _hospital) & _told
)
_PATIENTS = select(patients.c.id, patients.c.person_id).join(
    consents, (consents.c.person_id == patients.c.person_id) & _told
).where(patients.c.hospital_id == _hospital)

KINDS: dict[str, Rows] = {
    "Organization": Rows(
        select(hospitals.c.id, hospitals.c.name).where(hospitals.c.id == _hospital), hospitals.c.id,
        {"identifier": _token(hospitals.c.id), "name": Param("string", {"": hospitals.c.name}), "active": _token(_active)},
    ),
    "Location": Rows(
        select(rooms.c.id, rooms.c.name).where(rooms.c.area.op("<@", is_comparison=True)(_served)), rooms.c.id,
        {"identifier": _token(rooms.c.id), "name": Param("string", {"": rooms.c.name}),
         "status": _token(literal_column("'active'"))},
    ),
    "HealthcareService": Rows(
        select(departments.c.id, departments.c.id.label("department_id"), departments.c.name.label("department"),
               departments.c.hospital_id).where(_mine), departments.c.id,
        {"identifier": _token(departments.c.id), "name": Param("string", {"": departments.c.name}), "active": _token(_active),
         "organization": _refers(Organization=departments.c.hospital_id),
         "service-type": _token(departments.c.id, departments.c.name), "specialty": _token(departments.c.id, departments.c.name)},
        includes=("organization",),
    ),
    "Practitioner": Rows(
        select(_doctors.c.id, _named.c.name).outerjoin(_named, _named.c.person_id == _doctors.c.id), _doctors.c.id,
        {"identifier": _token(_doctors.c.id), "name": Param("string", {"": _named.c.name}), "active": _token(_active)},
    ),
    "PractitionerRole": Rows(
        _PAIRED, _role,
        {"identifier": _token(_role), "practitioner": _refers(Practitioner=_pairs.c.doctor_id), "active": _token(_active),
         "organization": _refers(Organization=_pairs.c.hospital_id), "specialty": _specialty,
         "service": _refers(HealthcareService=_pairs.c.department_id)},
        includes=("practitioner", "organization", "service"),
    ),
    "Schedule": Rows(
        _PAIRED.add_columns(called("Schedule", _role).label("given")), _role,
        {"identifier": Param("token", {"": _role}, others=partial(calls_it, "Schedule", _role)),
         "active": _token(_active), "service-type": _specialty, "specialty": _specialty,
         "actor": _refers(Practitioner=_pairs.c.doctor_id, PractitionerRole=_role, HealthcareService=_pairs.c.department_id),
         "date": Param("date", {"since": _pairs.c.begins, "until": _pairs.c.ends})},
        includes=("actor",),
    ),
    "Slot": Rows(
        _SLOTS.add_columns(called("Slot", slots.c.id).label("given")), slots.c.id,
        {"identifier": Param("token", {"": slots.c.id}, others=partial(calls_it, "Slot", slots.c.id)),
         "schedule": _refers(Schedule=_slot_pair),
         "start": Param("date", {"": slots.c.starts_at}),
         "status": _token(_STATUS), "service-type": _token(slots.c.department_id, departments.c.name),
         "specialty": _token(slots.c.department_id, departments.c.name), "location": _refers(Location=slots.c.room_id),
         "schedule.actor": _refers(Practitioner=slots.c.doctor_id, PractitionerRole=_slot_pair,
                                   HealthcareService=slots.c.department_id)},
        begins=slots.c.starts_at, includes=("schedule",), refer_to_it=("Appointment:slot",),
    ),
    "Appointment": Rows(
        _APPOINTMENTS, appointments.c.id,
        {"identifier": Param("token", {"": appointments.c.id}, others=is_called),
         "date": Param("date", {"": appointments.c.starts_at}),
         "status": _token(_fhir_status), "patient": _refers(Patient=patients.c.id),
         "practitioner": _refers(Practitioner=appointments.c.doctor_id), "location": _refers(Location=appointments.c.room_id),
         "slot": _refers(Slot=appointments.c.slot_id), "specialty": _token(appointments.c.department_id, departments.c.name),
         "service-type": _token(appointments.c.department_id, departments.c.name),
         "_lastUpdated": Param("date", {"": _CHANGED}),
         "actor": _refers(Patient=patients.c.id, Practitioner=appointments.c.doctor_id, Location=appointments.c.room_id,
                          HealthcareService=appointments.c.department_id)},
        begins=appointments.c.starts_at, includes=("patient", "practitioner", "location", "slot", "actor"), is_personal=True,
    ),
    "Encounter": Rows(
        _VISITS, appointments.c.id,
        {"identifier": _token(appointments.c.id), "appointment": _refers(Appointment=appointments.c.id),
         "patient": _refers(Patient=patients.c.id), "practitioner": _refers(Practitioner=appointments.c.doctor_id),
         "service-provider": _refers(Organization=departments.c.hospital_id), "status": _token(_visit_status),
         "class": _token(literal_column("'AMB'")), "_lastUpdated": Param("date", {"": _CHANGED}),
         "date": Param("date", {"since": appointments.c.arrived_at, "until": func.coalesce(appointments.c.ended_at, _at)})},
        begins=appointments.c.starts_at, includes=("patient", "practitioner", "appointment"), is_personal=True,
    ),
    "Consent": Rows(
        _CONSENTS, _agreement,
        {"identifier": _token(_agreement), "patient": _refers(Patient=patients.c.id),
         "status": _token(literal_column("'active'")), "date": Param("date", {"": consents.c.changed_at}),
         "_lastUpdated": Param("date", {"": consents.c.changed_at})},
        includes=("patient",), is_personal=True,
    ),
    "CareTeam": Rows(
        contracted.TEAMS, contracted.TEAM,
        {"identifier": _token(contracted.TEAM), "patient": _refers(Patient=patients.c.id), "status": _token(contracted.STANDS),
         "participant": _refers(Practitioner=contracted.DOCTORS),
         "date": Param("date", {"since": contracts.c.starts_at, "until": contracts.c.ends_at})},
        includes=("patient",), is_personal=True,
    ),
    "Contract": Rows(
        contracted.CONTRACTS, contracted.CONTRACT,
        {"identifier": _token(contracted.CONTRACT), "patient": _refers(Patient=patients.c.id),
         "_lastUpdated": Param("date", {"": contracted.CHANGED}),
         "status": _token(contracted.STATUS), "signer": _refers(Patient=patients.c.id, Practitioner=contracted.STAFF)},
        includes=("patient",), is_personal=True,
    ),
    "RelatedPerson": Rows(
        related.GUARDIANS, related.RELATED,
        {"identifier": _token(related.RELATED), "patient": _refers(Patient=patients.c.id), "active": _token(_active),
         "relationship": _token(literal_column("'GUARD'"))},
        includes=("patient",), is_personal=True,
    ),
    "AuditEvent": Rows(
        audited.EVENTS, audited.DONE.id,
        {"date": Param("date", {"": audited.DONE.at}), "agent": _refers(Device=audited.DONE.program_id),
         "entity": _refers(**audited.ENTITIES), "patient": _refers(Patient=patients.c.id),
         "type": _token(literal_column("'rest'")), "subtype": _token(audited.INTERACTION, audited.TRANSACTION),
         "_lastUpdated": Param("date", {"": audited.DONE.at}), "action": _token(audited.ACTION)},
        begins=audited.DONE.at,
    ),
    "Subscription": Rows(
        select(hooks, _STANDS.label("status")).where(hooks.c.hospital_id == _hospital, hooks.c.state != HookState.OFF),
        hooks.c.id,
        {"status": _token(_STANDS), "url": _token(hooks.c.endpoint)},
    ),
    "Patient": Rows(_PATIENTS, patients.c.id, {"identifier": _token(patients.c.id)}, is_personal=True),
}
