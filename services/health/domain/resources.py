"""What we keep, in the words of FHIR R4 (4.0.1): one function a resource, from a row of `store/resources.py` to plain JSON.

No answer names a person: a patient is an id that one hospital alone knows (handbook identity, H03).
"""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from services.health.domain.audited import ACTS, KINDS
from services.health.domain.machine import ENCOUNTER, FHIR, State
from services.health.domain.topic import CONTENT, CRITERIA, HEARTBEAT, Topic

MEDIA_TYPE = "application/fhir+json"
VERSION = "4.0.1"
SYSTEMS = {  # of the identifiers of each kind, whose values are our ids
    "Organization": "urn:guohuai:hospital", "Location": "urn:guohuai:room", "HealthcareService": "urn:guohuai:department",
    "Practitioner": "urn:guohuai:doctor", "PractitionerRole": "urn:guohuai:doctor-in-department",
    "Schedule": "urn:guohuai:schedule", "Slot": "urn:guohuai:slot", "Appointment": "urn:guohuai:appointment",
    "Patient": "urn:guohuai:patient", "Subscription": "urn:guohuai:subscription",
    "Encounter": "urn:guohuai:visit", "Consent": "urn:guohuai:consent", "CareTeam": "urn:guohuai:care-team",
    "Contract": "urn:guohuai:contract", "Device": "urn:guohuai:program",
    "RelatedPerson": "urn:guohuai:guardian", "AppointmentResponse": "urn:guohuai:response",
    "Task": "urn:guohuai:reminding", "Communication": "urn:guohuai:reminder-sent",
}
VISIT_KIND = "urn:guohuai:visit-kind"
SPECIALTY = "urn:guohuai:department"
CAPACITY = "http://fhir-registry.smarthealthit.org/StructureDefinition/slot-capacity"  # SMART Scheduling Links
_V3 = "http://terminology.hl7.org/CodeSystem/v3-"
HELD_UNTIL = "urn:guohuai:held-until"
OPENS_AT, MODALITY, ROOM = "urn:guohuai:opens-at", "urn:guohuai:modality", "urn:guohuai:room"  # of a slot
CLOSED = "urn:guohuai:closed"  # a slot that is not released reads busy-unavailable too, and this tells the two apart
SET_ASIDE, SET_ASIDE_UNTIL = "urn:guohuai:set-aside", "urn:guohuai:set-aside-until"  # of a slot; a schedule says a rule:
BACK_DAYS, BACK_AT = "urn:guohuai:set-aside-days-before", "urn:guohuai:set-aside-at"
Resource = dict[str, Any]


def moment(at: datetime) -> str:
    """A FHIR instant, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def reference(kind: str, key: Any, display: str | None = None) -> Resource:
    """A relative reference; the display goes with it where we have one."""
    return {"reference": f"{kind}/{key}"} | ({"display": display} if display else {})


def version(made: Resource) -> str:
    """Names what a resource says: the same content has the same version, for what has no history of its own."""
    said = json.dumps(made, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _begun(kind: str, row: Any) -> Resource:
    return {"resourceType": kind, "id": str(row.id), "identifier": [{"system": SYSTEMS[kind], "value": str(row.id)}]}


def _specialty(row: Any) -> list[Resource]:
    coding = {"system": SPECIALTY, "code": str(row.department_id), "display": row.department}
    return [{"coding": [coding], "text": row.department}]


def _called(kind: str, row: Any) -> Resource:
    """The same with what the hospital calls it, beside our own identifier."""
    made = _begun(kind, row)
    return made | {"identifier": [*made["identifier"], *(row.given or ())]}


def organization(row: Any) -> Resource:
    """A hospital."""
    return _called("Organization", row) | {"active": True, "name": row.name}


def location(row: Any) -> Resource:
    """A room of the health hut, or a place of the hospital's own."""
    own = {"managingOrganization": reference("Organization", row.hospital_id)} if row.hospital_id else {}
    return _called("Location", row) | own | {
        "status": "inactive" if row.closed_at else "active", "name": row.name, "mode": "instance",
    }


def healthcare_service(row: Any) -> Resource:
    """A department of a hospital (科室)."""
    return _called("HealthcareService", row) | {
        "active": row.closed_at is None, "name": row.department, "providedBy": reference("Organization", row.hospital_id),
        "type": _specialty(row), "specialty": _specialty(row),
    }


def practitioner(row: Any) -> Resource:
    """A doctor; one of the hospital's own system is known by an id alone."""
    return _called("Practitioner", row) | {"active": row.closed_at is None} | ({"name": [{"text": row.name}]} if row.name else {})


def practitioner_role(row: Any) -> Resource:
    """A doctor in a department."""
    return _called("PractitionerRole", row) | {
        "active": row.closed_at is None, "practitioner": reference("Practitioner", row.doctor_id, row.name),
        "organization": reference("Organization", row.hospital_id),
        "healthcareService": [reference("HealthcareService", row.department_id, row.department)], "specialty": _specialty(row),
    }


def schedule(row: Any) -> Resource:
    """All times of a doctor in a department."""
    made = _called("Schedule", row)
    known = {"planningHorizon": {"start": moment(row.begins), "end": moment(row.ends)}} if row.begins else {}
    rule = {"extension": [
        {"url": SET_ASIDE, "valueInteger": row.set_aside}, {"url": BACK_DAYS, "valueInteger": row.back_days},
        {"url": BACK_AT, "valueTime": row.back_at.isoformat("seconds")},
    ]} if row.set_aside else {}
    return made | known | rule | {
        "active": row.closed_at is None,
        "serviceType": _specialty(row), "specialty": _specialty(row),
        "actor": [
            reference("Practitioner", row.doctor_id, row.name), reference("PractitionerRole", row.id),
            reference("HealthcareService", row.department_id, row.department),
        ],
    }


def slot(row: Any) -> Resource:
    """A stretch of a doctor's time; it is free while a seat in it can be booked by anybody now."""
    theirs = [{"system": "urn:guohuai:their-slot", "value": row.their_ref}] if row.their_ref else []
    made = _begun("Slot", row)
    return made | {
        "extension": [
            {"url": CAPACITY, "valueInteger": row.capacity}, {"url": MODALITY, "valueCode": row.modality},
            *([{"url": OPENS_AT, "valueInstant": moment(row.opens_at)}] if row.opens_at else []),
            *([{"url": ROOM, "valueReference": reference("Location", row.room_id, row.room)}] if row.room_id else []),
            *([{"url": SET_ASIDE, "valueInteger": row.set_aside},
               {"url": SET_ASIDE_UNTIL, "valueInstant": moment(row.set_aside_until)}] if row.set_aside else []),
            *([{"url": CLOSED, "valueBoolean": True}] if row.closed else []),
        ],
        "identifier": [*made["identifier"], *theirs, *(row.given or ())],
        "serviceType": _specialty(row), "specialty": _specialty(row), "schedule": reference("Schedule", row.pair_id),
        "status": row.status, "start": moment(row.starts_at), "end": moment(row.ends_at),
    }


def patient(row: Any) -> Resource:
    """Somebody who lets this hospital be told: a name that it alone knows them by, and nothing else."""
    return _begun("Patient", row) | {"active": True}


def encounter(row: Any) -> Resource:
    """The visit itself, from checking in on: when it began and ended; what was said in it is nobody's here."""
    begun = row.called_at or row.arrived_at
    ended = {"end": moment(row.ended_at)} if row.ended_at else {}
    return _begun("Encounter", row) | {
        "status": ENCOUNTER[State(row.state)], "class": {"system": f"{_V3}ActCode", "code": "AMB"},
        "serviceType": _specialty(row)[0], "subject": reference("Patient", row.patient_id),
        "appointment": [reference("Appointment", row.id)],
        "participant": [{"individual": reference("Practitioner", row.doctor_id, row.name)}],
        "period": {"start": moment(begun)} | ended, "serviceProvider": reference("Organization", row.of_hospital),
    }


def consent(row: Any) -> Resource:
    """That a patient lets hospitals be told; once it is taken back nothing of them is there any more, this neither."""
    coding = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
    return _begun("Consent", row) | {
        "identifier": [{"system": SYSTEMS["Consent"], "value": str(row.id)}], "status": "active", "scope": {"coding": [coding]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": reference("Patient", row.patient_id), "dateTime": moment(row.changed_at),
        "policyRule": {"coding": [{"system": f"{_V3}ActCode", "code": "OPTIN"}]},
    }


def related_person(row: Any) -> Resource:
    """A guardian (监护人) of a patient: that there is one; who it is, is nobody's here."""
    guard = {"system": f"{_V3}RoleCode", "code": "GUARD"}
    return _begun("RelatedPerson", row) | {
        "active": True, "patient": reference("Patient", row.patient_id), "relationship": [{"coding": [guard]}],
    }


def care_team(row: Any) -> Resource:
    """A patient's team of family doctors (签约团队), and for how long it is theirs."""
    return _begun("CareTeam", row) | {
        "status": row.status, "subject": reference("Patient", row.patient_id),
        "category": [{"coding": [{"system": "http://loinc.org", "code": "LA27977-2"}]}],  # longitudinal
        "period": {"start": moment(row.starts_at), "end": moment(row.ends_at)},
    } | ({"participant": [{"member": reference("Practitioner", one)} for one in row.doctors]} if row.doctors else {})


def contract(row: Any) -> Resource:
    """What a patient and a team of family doctors have signed (签约), and who said yes when; of the papers there are none."""
    patient_at, team_at = (row.answered_at, row.asked_at) if row.by_team else (row.asked_at, row.answered_at)
    sides = (
        ("PAT", reference("Patient", row.patient_id), patient_at), ("HPROV", reference("Practitioner", row.staff_id), team_at),
    )
    kind = {"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.7"}  # Consent Signature
    return _begun("Contract", row) | {
        "status": row.status, "issued": moment(row.answered_at), "subject": [reference("Patient", row.patient_id)],
        "applies": {"start": moment(row.starts_at), "end": moment(row.ends_at)},
        "topicReference": reference("CareTeam", row.care_team_id),
        "signer": [
            {"type": {"system": "http://terminology.hl7.org/CodeSystem/contractsignertypecodes", "code": side}, "party": party,
             "signature": [{"type": [kind], "when": moment(at), "who": party}]}
            for side, party, at in sides
        ],
    }


def audit_event(row: Any) -> Resource:
    """What a program of the hospital did here, with what IHE asks of a server and is kept. R4 has no identifier for it."""
    done, of, which = ACTS[row.action], "http://terminology.hl7.org/CodeSystem/", "http://dicom.nema.org/resources/ontology/DCM"
    program = {"type": "Device", "identifier": {"system": SYSTEMS["Device"], "value": str(row.program_id)}}
    iti = [{"system": "urn:ihe:event-type-code", "code": done.transaction}] if done.transaction else []
    patient = (("1", "1", "Patient", row.patient_id),) if row.patient_id else ()
    data = (("2", "4", KINDS[row.kind], row.key),) if row.kind in KINDS and row.kind != "patient" else ()
    server = {"display": "guohuai-health"}
    return {
        "resourceType": "AuditEvent", "id": str(row.id), "type": {"system": f"{of}audit-event-type", "code": "rest"},
        "subtype": [{"system": "http://hl7.org/fhir/restful-interaction", "code": done.interaction}, *iti],
        "action": done.action, "recorded": moment(row.at), "outcome": "0",
        "agent": [
            {"type": {"coding": [{"system": which, "code": "110153"}]}, "who": program, "requestor": True},
            {"type": {"coding": [{"system": which, "code": "110152"}]}, "who": server, "requestor": False},
        ],
        "source": {"observer": server, "type": [{"system": f"{of}security-source-type", "code": "4"}]},
    } | ({"entity": [
        {"what": reference(kind, key), "type": {"system": f"{of}audit-entity-type", "code": what},
         "role": {"system": f"{of}object-role", "code": role}}
        for what, role, kind, key in (*patient, *data)
    ]} if patient or data else {})


def subscription(row: Any) -> Resource:
    """Where a hospital's program is told that something happened, of which topic. R4 has no identifier for it."""
    beats = {"extension": [{"url": HEARTBEAT, "valueUnsignedInt": row.heartbeat}]} if row.heartbeat else {}
    content = {"_payload": {"extension": [{"url": CONTENT, "valueCode": "id-only"}]}}
    why, criteria = ("appointments", CRITERIA) if row.topic == Topic.CHANGED else (row.topic, Topic(row.topic).canonical)
    return {
        "resourceType": "Subscription", "id": str(row.id), "status": str(row.status), "reason": why, "criteria": criteria,
        "channel": beats | {"type": "rest-hook", "endpoint": row.endpoint, "payload": MEDIA_TYPE} | content,
    } | ({"error": "receiver unreachable"} if row.status == "error" else {}) | (
        {"end": moment(row.ends_at)} if row.ends_at else {}
    )


def appointment(row: Any) -> Resource:
    """A person's seat; `pending` while it is held or asked for, and until when it is held."""
    made = _begun("Appointment", row) | _appointed(row)
    theirs = [{"system": "urn:guohuai:their-appointment", "value": row.external_ref}] if row.external_ref else []
    held = {"extension": [{"url": HELD_UNTIL, "valueInstant": moment(row.held_until)}]} if row.state == State.HELD else {}
    off = {"cancelationReason": {"text": row.called_off}} if row.called_off else {}
    kind = {"appointmentType": {"coding": [{"system": VISIT_KIND, "code": row.visit_kind}]}} if row.visit_kind else {}
    return made | held | off | kind | {
        "identifier": [*made["identifier"], *theirs, *(row.given or ())], "status": FHIR[State(row.state)],
        "created": moment(row.booked_at),
    }


def proposal(row: Any, key: str, patient_id: str | None) -> Resource:
    """What can be held or booked by this id: a time, for a patient if one was named (IHE ITI Scheduling, ITI-115)."""
    made = {"resourceType": "Appointment", "id": key, "status": "proposed"} | _appointed(row, patient_id, "needs-action")
    return made | {"identifier": [{"system": SYSTEMS["Appointment"], "value": key}]}


def _appointed(row: Any, patient_id: Any = None, said: str = "accepted") -> Resource:
    whom = patient_id or getattr(row, "patient_id", None)
    actors = [
        *([reference("Patient", whom)] if whom else []), reference("Practitioner", row.doctor_id, row.name),
        reference("HealthcareService", row.department_id, row.department),
        *([reference("Location", row.room_id, row.room)] if row.room_id else []),
    ]
    return {
        "serviceType": _specialty(row), "specialty": _specialty(row), "start": moment(row.starts_at), "end": moment(row.ends_at),
        "minutesDuration": int((row.ends_at - row.starts_at).total_seconds()) // 60 or 1,
        "slot": [reference("Slot", row.slot_id)], "participant": [{"actor": actor, "status": said} for actor in actors],
    }


RENDERED: dict[str, Callable[[Any], Resource]] = {
    "Organization": organization, "Location": location, "HealthcareService": healthcare_service, "Practitioner": practitioner,
    "PractitionerRole": practitioner_role, "Schedule": schedule, "Slot": slot, "Appointment": appointment, "Patient": patient,
    "Subscription": subscription, "Encounter": encounter, "Consent": consent,
    "CareTeam": care_team, "Contract": contract, "AuditEvent": audit_event,
    "RelatedPerson": related_person,
}


def rendered(kind: str, row: Any) -> Resource:
    """A row as its resource, with what its version is called and, where that is known, when it came to be."""
    made = RENDERED[kind](row)
    named = str(row.version) if kind in {"Appointment", "Encounter"} else version(made)
    at = getattr(row, "last_changed", None)
    return made | {"meta": {"versionId": named} | ({"lastUpdated": moment(at)} if at else {})}
