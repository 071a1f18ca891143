"""What was answered, reminded and changed, in the words of FHIR R4 (4.0.1): AppointmentResponse, Task, Communication, Provenance.

As everywhere at this door, ids alone: what a reminder says, and to which phone it went, is nobody's here.
"""

from typing import Any

from services.health.domain.resources import RENDERED, SYSTEMS, Resource, _begun, moment, reference

REMINDER = "urn:guohuai:reminder"
REQUESTED, COMPLETED = "requested", "completed"  # of the value sets task-status and event-status
CREATED, CHANGED = "CREATE", "UPDATE"
_OPERATION = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"


def appointment_response(row: Any) -> Resource:
    """What a doctor or place of the hospital answered, as its program said."""
    made = _begun("AppointmentResponse", row)
    return made | {
        "identifier": [*made["identifier"], *(row.given or ())], "appointment": reference("Appointment", row.appointment_id),
        "actor": reference(row.actor_kind, row.actor_id), "participantStatus": row.reply,
    }


def task(row: Any) -> Resource:
    """That somebody is reminded of their visit: to be done from then to then, or done."""
    due = {"start": moment(row.due_at), "end": moment(row.until)}
    kind = {"coding": [{"system": REMINDER, "code": row.ahead}]}
    done = [{"type": kind, "valueReference": reference("Communication", row.message_id)}] if row.at else []
    return _begun("Task", row) | {
        "status": COMPLETED if row.at else REQUESTED, "intent": "order",
        "code": kind, "focus": reference("Appointment", row.appointment_id),
        "for": reference("Patient", row.patient_id), "owner": reference("HealthcareService", row.department_id),
        "authoredOn": moment(row.booked_at), "lastModified": moment(row.last_changed), "restriction": {"period": due},
    } | ({"output": done} if done else {})


def communication(row: Any) -> Resource:
    """The reminder itself: when it went out, and when it was seen."""
    whom = reference("Patient", row.patient_id)
    return _begun("Communication", row) | {
        "status": COMPLETED, "basedOn": [reference("Task", row.task_id)], "subject": whom, "recipient": [whom],
        "topic": {"coding": [{"system": REMINDER, "code": row.ahead}]}, "about": [reference("Appointment", row.appointment_id)],
        "sent": moment(row.at),
    } | ({"received": moment(row.received)} if row.received else {})


def provenance(row: Any) -> Resource:
    """Of a version of an appointment, when it came to be and whose step it was. R4 has no identifier for it."""
    here = f"Appointment/{row.appointment_id}/_history"
    program = {"type": "Device", "identifier": {"system": SYSTEMS["Device"], "value": str(row.program_id)}}
    patient = reference("Patient", row.patient_id) if row.by_patient else {"display": "guohuai-health"}
    before = [{"role": "revision", "what": {"reference": f"{here}/{row.version - 1}"}}] if row.version > 1 else []
    return {
        "resourceType": "Provenance", "id": str(row.id), "target": [{"reference": f"{here}/{row.version}"}],
        "recorded": moment(row.at), "agent": [{"who": program if row.program_id else patient}],
        "activity": {"coding": [{"system": _OPERATION, "code": CHANGED if before else CREATED}]},
    } | ({"entity": before} if before else {})


RENDERED |= {
    "AppointmentResponse": appointment_response, "Task": task, "Communication": communication, "Provenance": provenance,
}
