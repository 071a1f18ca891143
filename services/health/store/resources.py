"""The rows behind each FHIR resource: what a hospital's program may see of them, and by which columns they are searched.

Every select is bound to `:hospital`; people appear only while they let hospitals be told (handbook identity, H01 and H02).
"""

from functools import partial

from sqlalchemy import DateTime, Text, Uuid, bindparam, case, cast, func, literal_column, or_, select

from services.health.domain.consent import HOSPITAL
from services.health.domain.hook import State as HookState
from services.health.domain.machine import CAME, ENCOUNTER, FHIR, State
from services.health.store import audited, contracted, related
from services.health.store.consents import consents
from services.health.store.contracts import contracts
from services.health.store.given_names import GIVEN, is_called
from services.health.store.hooks import hooks
from services.health.store.kinds import Param, Rows, by_code, refers
from services.health.store.offers import given as called
from services.health.store.offers import is_called as calls_it
from services.health.store.programs import patients
from services.health.store.queries import _FREE, _ROOM_BUSY  # the one rule of what is free
from services.health.store.registered import ACTIVE, DIRECTORY, MINE, NAMED, pair
from services.health.store.responses import KIND, RESPONSES
from services.health.store.tables import appointments, departments, rooms, slots
from services.health.store.trails import TRAILS

_hospital, _at = bindparam("hospital", type_=Uuid), bindparam("now", type_=DateTime(timezone=True))
_program = bindparam("program", type_=Uuid)


_slot_pair = pair(slots.c.department_id, slots.c.doctor_id)
_STATUS = case(
    (slots.c.closed, "busy-unavailable"), (slots.c.starts_at <= _at, "busy"), (slots.c.opens_at > _at, "busy-unavailable"),
    (or_(_FREE <= 0, _ROOM_BUSY), "busy"), else_="free",
)
_ABOUT = (departments.c.name.label("department"), NAMED.c.name, rooms.c.name.label("room"))
_SLOTS = (
    select(slots, slots.c.id.label("slot_id"), _slot_pair.label("pair_id"), _STATUS.label("status"), *_ABOUT)
    .join(departments, departments.c.id == slots.c.department_id).outerjoin(rooms, rooms.c.id == slots.c.room_id)
    .outerjoin(NAMED, NAMED.c.person_id == slots.c.doctor_id).where(MINE)
)

_STANDS = case((hooks.c.ends_at <= _at, HookState.OFF.value), else_=cast(hooks.c.state, Text))

_told = (consents.c.purpose == HOSPITAL) & consents.c.given
_CHANGED = func.coalesce(*(appointments.c[name] for name in ("changed_at", "ended_at", "called_at", "arrived_at", "booked_at")))
_UNSURE = appointments.c.state.in_((State.HELD, State.EXPIRED))  # a hold is nobody's business but its holder's
_APPOINTMENTS = (
    select(appointments, patients.c.id.label("patient_id"), _CHANGED.label("last_changed"), GIVEN.label("given"),
           departments.c.hospital_id.label("of_hospital"), *_ABOUT)
    .join(departments, departments.c.id == appointments.c.department_id).outerjoin(rooms, rooms.c.id == appointments.c.room_id)
    .outerjoin(NAMED, NAMED.c.person_id == appointments.c.doctor_id)
    .join(patients, (patients.c.person_id == appointments.c.person_id) & (patients.c.hospital_id == _hospital))
    .join(consents, (consents.c.person_id == appointments.c.person_id) & _told)
    .where(MINE, or_(~_UNSURE, appointments.c.acting_id == _program))
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

KINDS: dict[str, Rows] = DIRECTORY | TRAILS | {KIND: RESPONSES} | {
    "Slot": Rows(
        _SLOTS.add_columns(called("Slot", slots.c.id).label("given")), slots.c.id,
        {"identifier": Param("token", {"": slots.c.id}, others=partial(calls_it, "Slot", slots.c.id)),
         "schedule": refers(Schedule=_slot_pair),
         "start": Param("date", {"": slots.c.starts_at}),
         "status": by_code(_STATUS), "service-type": by_code(slots.c.department_id, departments.c.name),
         "specialty": by_code(slots.c.department_id, departments.c.name), "location": refers(Location=slots.c.room_id),
         "schedule.actor": refers(Practitioner=slots.c.doctor_id, PractitionerRole=_slot_pair,
                                   HealthcareService=slots.c.department_id)},
        begins=slots.c.starts_at, includes=("schedule",), refer_to_it=("Appointment:slot",),
    ),
    "Appointment": Rows(
        _APPOINTMENTS, appointments.c.id,
        {"identifier": Param("token", {"": appointments.c.id}, others=is_called),
         "date": Param("date", {"": appointments.c.starts_at}),
         "status": by_code(_fhir_status), "patient": refers(Patient=patients.c.id),
         "practitioner": refers(Practitioner=appointments.c.doctor_id), "location": refers(Location=appointments.c.room_id),
         "slot": refers(Slot=appointments.c.slot_id), "specialty": by_code(appointments.c.department_id, departments.c.name),
         "service-type": by_code(appointments.c.department_id, departments.c.name),
         "_lastUpdated": Param("date", {"": _CHANGED}),
         "actor": refers(Patient=patients.c.id, Practitioner=appointments.c.doctor_id, Location=appointments.c.room_id,
                          HealthcareService=appointments.c.department_id)},
        begins=appointments.c.starts_at, includes=("patient", "practitioner", "location", "slot", "actor"), is_personal=True,
    ),
    "Encounter": Rows(
        _VISITS, appointments.c.id,
        {"identifier": by_code(appointments.c.id), "appointment": refers(Appointment=appointments.c.id),
         "patient": refers(Patient=patients.c.id), "practitioner": refers(Practitioner=appointments.c.doctor_id),
         "service-provider": refers(Organization=departments.c.hospital_id), "status": by_code(_visit_status),
         "class": by_code(literal_column("'AMB'")), "_lastUpdated": Param("date", {"": _CHANGED}),
         "date": Param("date", {"since": appointments.c.arrived_at, "until": func.coalesce(appointments.c.ended_at, _at)})},
        begins=appointments.c.starts_at, includes=("patient", "practitioner", "appointment"), is_personal=True,
    ),
    "Consent": Rows(
        _CONSENTS, _agreement,
        {"identifier": by_code(_agreement), "patient": refers(Patient=patients.c.id),
         "status": by_code(literal_column("'active'")), "date": Param("date", {"": consents.c.changed_at}),
         "_lastUpdated": Param("date", {"": consents.c.changed_at})},
        includes=("patient",), is_personal=True,
    ),
    "CareTeam": Rows(
        contracted.TEAMS, contracted.TEAM,
        {"identifier": by_code(contracted.TEAM), "patient": refers(Patient=patients.c.id), "status": by_code(contracted.STANDS),
         "participant": refers(Practitioner=contracted.DOCTORS),
         "date": Param("date", {"since": contracts.c.starts_at, "until": contracts.c.ends_at})},
        includes=("patient",), is_personal=True,
    ),
    "Contract": Rows(
        contracted.CONTRACTS, contracted.CONTRACT,
        {"identifier": by_code(contracted.CONTRACT), "patient": refers(Patient=patients.c.id),
         "_lastUpdated": Param("date", {"": contracted.CHANGED}),
         "status": by_code(contracted.STATUS), "signer": refers(Patient=patients.c.id, Practitioner=contracted.STAFF)},
        includes=("patient",), is_personal=True,
    ),
    "RelatedPerson": Rows(
        related.GUARDIANS, related.RELATED,
        {"identifier": by_code(related.RELATED), "patient": refers(Patient=patients.c.id), "active": by_code(ACTIVE),
         "relationship": by_code(literal_column("'GUARD'"))},
        includes=("patient",), is_personal=True,
    ),
    "AuditEvent": Rows(
        audited.EVENTS, audited.DONE.id,
        {"date": Param("date", {"": audited.DONE.at}), "agent": refers(Device=audited.DONE.program_id),
         "entity": refers(**audited.ENTITIES), "patient": refers(Patient=patients.c.id),
         "type": by_code(literal_column("'rest'")), "subtype": by_code(audited.INTERACTION, audited.TRANSACTION),
         "_lastUpdated": Param("date", {"": audited.DONE.at}), "action": by_code(audited.ACTION)},
        begins=audited.DONE.at,
    ),
    "Subscription": Rows(
        select(hooks, _STANDS.label("status")).where(hooks.c.hospital_id == _hospital, hooks.c.state != HookState.OFF),
        hooks.c.id,
        {"status": by_code(_STANDS), "url": by_code(hooks.c.endpoint)},
    ),
    "Patient": Rows(_PATIENTS, patients.c.id, {"identifier": by_code(patients.c.id)}, is_personal=True),
}
