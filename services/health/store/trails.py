"""What hospitals may see of reminders, and of who changed an appointment when: of who lets them be told, by ids alone."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Interval,
    Select,
    String,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from chassis.audit import audit
from chassis.prepared import Prepared
from services.health.domain.consent import HOSPITAL
from services.health.domain.machine import State
from services.health.domain.reminder import BEGINS, ENDS, Ahead
from services.health.domain.trail import COMPLETED, REQUESTED
from services.health.store.audited import acts
from services.health.store.consents import consents
from services.health.store.kinds import Param, Rows, by_code, refers
from services.health.store.messages import messages
from services.health.store.programs import patients
from services.health.store.registered import MINE
from services.health.store.reminders import reminders
from services.health.store.tables import appointments, departments
from services.health.store.versioned import versions

_hospital, _program = bindparam("hospital", type_=Uuid), bindparam("program", type_=Uuid)
_now = bindparam("now", type_=DateTime(timezone=True))
_ours = appointments.c
_known = (patients.c.person_id == _ours.person_id) & (patients.c.hospital_id == _hospital)
_told = (consents.c.person_id == _ours.person_id) & (consents.c.purpose == HOSPITAL)


def _named(what: str, *parts: ColumnElement[Any]) -> ColumnElement[Any]:
    """An id made of what it is of: the same for ever, and nobody's name."""
    return cast(func.md5(func.concat(what, "/", *parts)), Uuid)


_aheads = union_all(*(
    select(literal(one.value, String).label("ahead"), literal(BEGINS[one], Interval).label("begins"),
           literal(ENDS[one], Interval).label("ends")) for one in Ahead
)).subquery("aheads")
_given = reminders.alias("given")
_awaited = (  # as `reminders.due` reckons it, before its time as well
    select(_ours.id.label("appointment_id"), _aheads.c.ahead, cast(null(), DateTime(timezone=True)).label("at"))
    .join_from(appointments, _aheads, literal(True))
    .where(
        _ours.state == State.BOOKED, _ours.booked_at <= _ours.starts_at - _aheads.c.begins,
        _ours.starts_at > _now + _aheads.c.ends,
        ~select(_given.c.at).where(_given.c.appointment_id == _ours.id, cast(_given.c.ahead, Text) == _aheads.c.ahead)
        .correlate(appointments, _aheads).exists(),
    )
)
_sent = select(reminders.c.appointment_id, cast(reminders.c.ahead, String).label("ahead"), reminders.c.at)
_trail = union_all(_awaited, _sent).subquery("trail")
_TASK = _named("task", _trail.c.appointment_id, _trail.c.ahead)
_MODIFIED = func.coalesce(_trail.c.at, _ours.booked_at)
_TASK_STATUS = case((_trail.c.at.is_(None), REQUESTED), else_=COMPLETED)


def _seen_by(what: Select[Any], of: ColumnElement[Any]) -> Select[Any]:
    """Of appointments of the hospital's, and of whom it knows."""
    joined = what.join(appointments, _ours.id == of).join(departments, departments.c.id == _ours.department_id)
    return joined.join(patients, _known).where(MINE)


def _agreed(what: Select[Any], *, given: bool = True) -> Select[Any]:
    return what.join(consents, _told & (consents.c.given if given else ~consents.c.given))


_whose = patients.c.id.label("patient_id"), _ours.person_id
_TASKS = _seen_by(
    select(_TASK.label("id"), _trail, _ours.booked_at, _ours.department_id, _MODIFIED.label("last_changed"), *_whose,
           _named("communication", _trail.c.appointment_id, _trail.c.ahead).label("message_id"),
           (_ours.starts_at - _aheads.c.begins).label("due_at"), (_ours.starts_at - _aheads.c.ends).label("until"))
    .join(_aheads, _aheads.c.ahead == _trail.c.ahead), _trail.c.appointment_id,
)

_sayings = reminders.c
_later = reminders.alias("later")
_again = select(_later.c.at).where(
    _later.c.appointment_id == _sayings.appointment_id, _later.c.at > _sayings.at, _later.c.at <= _ours.reminder_seen_at,
).correlate(reminders, appointments).exists()
_RECEIVED = case(((_ours.reminder_seen_at >= _sayings.at) & ~_again, _ours.reminder_seen_at))  # the last that was out by then
_SAYING = _named("communication", _sayings.appointment_id, cast(_sayings.ahead, String))
_BASED = _named("task", _sayings.appointment_id, cast(_sayings.ahead, String))
_SAYINGS = _seen_by(
    select(_SAYING.label("id"), _sayings.appointment_id, cast(_sayings.ahead, String).label("ahead"), _sayings.at,
           _RECEIVED.label("received"), func.coalesce(_RECEIVED, _sayings.at).label("last_changed"), _BASED.label("task_id"),
           *_whose),
    _sayings.appointment_id,
)

_made = versions.c
_PROVENANCE = _named("provenance", _made.appointment_id, literal("/"), _made.version)
_UNSURE = _made.state.in_((State.HELD.value, State.EXPIRED.value))  # a hold is nobody's business but its holder's
_BY_PATIENT = select(audit.c.pos).where(
    audit.c.subject == func.concat("appointment/", _made.appointment_id), audit.c.at == _made.at,
    audit.c.actor_id == _ours.person_id,
).correlate(versions, appointments).exists() & ~(  # what a hospital's system asked for over HL7 v2 was its act
    select(messages.c.id).where(messages.c.appointment_id == _made.appointment_id, messages.c.applied_at == _made.at)
    .correlate(versions).exists()
)
_BY_PROGRAM = (  # what a program gives back says so in the audit alone
    select(audit.c.actor_id).join(acts, (acts.c.pos == audit.c.pos) & (acts.c.hospital_id == _hospital))
    .where(audit.c.subject == func.concat("appointment/", _made.appointment_id), audit.c.at == _made.at).limit(1)
    .correlate(versions).scalar_subquery()
)
_PROGRAM = func.coalesce(_made.program_id, _BY_PROGRAM)
_BEFORE = case((_made.version > 1, _made.appointment_id))
_VERSIONS = _seen_by(
    select(_PROVENANCE.label("id"), _made.appointment_id, _made.version, _made.at, _made.at.label("starts_at"),
           _PROGRAM.label("program_id"), _made.at.label("last_changed"), _BY_PATIENT.label("by_patient"), *_whose),
    _made.appointment_id,
)
_SHOWN = _VERSIONS.where(or_(~_UNSURE, _made.program_id == _program))

TRAILS: dict[str, Rows] = {
    "Task": Rows(
        _agreed(_TASKS), _TASK,
        {"identifier": by_code(_TASK), "patient": refers(Patient=patients.c.id), "status": by_code(_TASK_STATUS),
         "owner": refers(HealthcareService=_ours.department_id), "focus": refers(Appointment=_trail.c.appointment_id),
         "code": by_code(_trail.c.ahead), "modified": Param("date", {"": _MODIFIED}),
         "_lastUpdated": Param("date", {"": _MODIFIED})},
        includes=("patient", "focus"), is_personal=True,
    ),
    "Communication": Rows(
        _agreed(_SAYINGS), _SAYING,
        {"identifier": by_code(_SAYING), "patient": refers(Patient=patients.c.id), "subject": refers(Patient=patients.c.id),
         "recipient": refers(Patient=patients.c.id), "status": by_code(literal_column(f"'{COMPLETED}'")),
         "based-on": refers(Task=_BASED), "sent": Param("date", {"": _sayings.at}), "received": Param("date", {"": _RECEIVED}),
         "_lastUpdated": Param("date", {"": func.coalesce(_RECEIVED, _sayings.at)})},
        includes=("patient",), is_personal=True,
    ),
    "Provenance": Rows(
        _agreed(_SHOWN), _PROVENANCE,
        {"patient": refers(Patient=patients.c.id), "target": refers(Appointment=_made.appointment_id),
         "entity": refers(Appointment=_BEFORE), "recorded": Param("date", {"": _made.at}), "date": Param("date", {"": _made.at}),
         "agent": refers(Device=_PROGRAM, Patient=case((_BY_PATIENT & _PROGRAM.is_(None), patients.c.id))),
         "_lastUpdated": Param("date", {"": _made.at})},
        begins=_made.at, is_personal=True,
    ),
}
_key = bindparam("key", type_=Uuid)
WITHDRAWN = {
    kind: Prepared(_agreed(rows, given=False).where(key == _key)) for kind, rows, key in (
        ("Task", _TASKS, _TASK), ("Communication", _SAYINGS, _SAYING), ("Provenance", _VERSIONS, _PROVENANCE),
    )
}
