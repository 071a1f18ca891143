"""What a hospital's program did here, in the words of AuditEvent (FHIR R4; IHE BALP, IHE ITI Scheduling 2:3.115 to 117)."""

from typing import NamedTuple


class Act(NamedTuple):
    """What it is in `action` (C, R, U, D, E), in restful-interaction's words, and which transaction of IHE's."""

    action: str
    interaction: str
    transaction: str | None = None


ACTS = {  # what the audit calls it
    "hospitals.read": Act("R", "read"), "hospitals.find": Act("E", "search", "ITI-115"),
    "hospitals.hold": Act("C", "create", "ITI-116"), "hospitals.book": Act("C", "create", "ITI-117"),
    "hospitals.join": Act("E", "operation"),
    "hospitals.release": Act("U", "update"), "hospitals.move": Act("U", "update"), "health.cancel": Act("U", "update"),
    "health.check_in": Act("U", "update"), "hospitals.subscribe": Act("C", "create"), "hospitals.unsubscribe": Act("D", "delete"),
    "hospitals.answer": Act("C", "create"), "health.call": Act("U", "update"), "health.fulfil": Act("U", "update"),
    "hospitals.register": Act("C", "create"), "hospitals.rewrite": Act("U", "update"),
}
KINDS = {  # of what it was done to, by the word of the audit
    kind.lower(): kind for kind in (
        "Appointment", "Encounter", "Patient", "Consent", "CareTeam", "Contract", "RelatedPerson", "Subscription",
        "AppointmentResponse", "Task", "Communication", "Provenance",
        "Organization", "Location", "HealthcareService", "Practitioner", "PractitionerRole",
    )
}
