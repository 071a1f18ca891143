"""What the FHIR door says of itself, made from the tables by which it works: it names nothing that is not there.

CapabilityStatement: FHIR R4 (4.0.1) section 5.2. smart-configuration: SMART App Launch 2.2, "Conformance".
"""

from typing import Any

from services.health.api.fhir_offering import operations
from services.health.api.fhir_own import definition_of
from services.health.domain.registering import ENTERED
from services.health.domain.resources import MEDIA_TYPE, VERSION, Resource
from services.health.domain.topic import LISTED, Topic
from services.health.store.resources import KINDS

PUBLISH = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/bulk-publish"
SMART = "http://terminology.hl7.org/CodeSystem/restful-security-service"
PUBLISHED = "2026-11-27"
OPERATIONS = {  # of Appointment: name and canonical address
    name: f"https://profiles.ihe.net/ITI/Scheduling/OperationDefinition/{which}"
    for name, which in (("find", "appointment-find"), ("hold", "appointment-hold"), ("book", "appointment-book"))
}
WRITES: dict[str, tuple[str, ...]] = {  # interactions besides reading, by kind
    "Appointment": ("create", "update", "patch"), "Subscription": ("create", "delete"),
    "Schedule": ("create", "update"), "Slot": ("create", "update"), "Organization": ("update",),
    "Encounter": ("update",), "AppointmentResponse": ("create",),
    **dict.fromkeys(ENTERED, ("create", "update")),
}
_CONDITIONS: dict[str, Resource] = {
    "Appointment": {"conditionalCreate": True, "updateCreate": False},
    "Subscription": {"conditionalCreate": False, "updateCreate": False},
    "Organization": {"updateCreate": False}, "Encounter": {"updateCreate": False},
    "AppointmentResponse": {"conditionalCreate": True, "updateCreate": False},
    **{
        kind: {"conditionalCreate": True, "conditionalUpdate": True, "updateCreate": False}
        for kind in ("Schedule", "Slot", *ENTERED)
    },
}
_LETTERS = {"c": "create", "u": "update"}
HISTORIES = {"Appointment": ("history-instance",)}  # kinds of which earlier versions are read


DEFINED: dict[str, tuple[str, str, tuple[tuple[str, str, str, int], ...]]] = {  # by id: code, what it does, what goes in
    "appointment-cancel": ("cancel", "Gives an appointment back.", ()),
    "appointment-reschedule": (
        "reschedule", "Moves an appointment to another time of the hospital: both change hands together, or nothing does.",
        (("slot", "Reference", "The time, as Slot/id.", 0), ("appointment-reference", "Reference", "Or a proposal of $find.", 0)),
    ),
    "appointment-check-in": (
        "check-in", "The patient is in the health hut.", (("code", "string", "What the screen of the room shows.", 1),),
    ),
}


def definition(key: str, base: str) -> Resource:
    """An operation of ours as an OperationDefinition (FHIR R4, 5.5)."""
    code, does, taken = DEFINED[key]
    given = [
        {"name": name, "use": "in", "min": least, "max": "1", "documentation": says, "type": kind}
        for name, kind, says, least in taken
    ]
    answer = {"name": "return", "use": "out", "min": 1, "max": "1", "documentation": "As it is now.", "type": "Appointment"}
    return {
        "resourceType": "OperationDefinition", "id": key, "url": f"{base}/OperationDefinition/{key}", "version": PUBLISHED,
        "name": "".join(part.capitalize() for part in key.split("-")), "status": "active", "kind": "operation", "date": PUBLISHED,
        "publisher": "智惠国槐", "description": does, "affectsState": True, "code": code, "resource": ["Appointment"],
        "system": False, "type": False, "instance": True, "parameter": [*given, answer],
    }


def _operations(base: str) -> list[Resource]:
    ours = {code: f"{base}/OperationDefinition/{key}" for key, (code, _, _) in DEFINED.items()}
    return [{"name": name, "definition": address} for name, address in (OPERATIONS | ours).items()]


def _resource(kind: str, base: str) -> Resource:
    rows = KINDS[kind]
    params = [
        {"name": name, **definition_of(kind, name, base), "type": param.type} for name, param in sorted({**rows.params}.items())
    ]
    made: Resource = {
        "type": kind, "versioning": "versioned-update" if "update" in WRITES.get(kind, ()) else "versioned",
        "readHistory": kind in HISTORIES,
        "interaction": [
            {"code": code} for code in ("read", "vread", *HISTORIES.get(kind, ()), "search-type", *WRITES.get(kind, ()))
        ],
        "searchParam": [*params, {"name": "_id", "type": "token"}],
    }
    if rows.refer_to_it:
        made["searchRevInclude"] = list(rows.refer_to_it)
    if rows.includes:
        made["searchInclude"] = [f"{kind}:{name}" for name in rows.includes]
    if kind == "Appointment":
        made["operation"] = [*_operations(base), *operations(kind, base)]
    elif offered := operations(kind, base):
        made["operation"] = offered
    if kind == "Subscription":
        made["extension"] = [{"url": LISTED, "valueCanonical": one.canonical} for one in Topic]
    return made | (_CONDITIONS[kind] if kind in WRITES else {})


def capability(base: str) -> Resource:
    """The document at `[base]/metadata`."""
    coding = [{"system": SMART, "code": "SMART-on-FHIR"}]
    return {
        "resourceType": "CapabilityStatement", "status": "active", "date": PUBLISHED, "kind": "instance", "fhirVersion": VERSION,
        "publisher": "智惠国槐", "software": {"name": "guohuai-health"},
        "implementation": {"description": "智惠国槐健康小屋", "url": base}, "format": [MEDIA_TYPE, "json"],
        "rest": [{
            "mode": "server", "interaction": [{"code": "transaction"}, {"code": "batch"}],
            "operation": [{"name": "bulk-publish", "definition": PUBLISH}],
            "resource": [_resource(kind, base) for kind in sorted(KINDS)],
            "security": {"cors": False, "service": [{"coding": coding}], "description": "SMART Backend Services"},
        }],
    }


def scopes() -> list[str]:
    """The narrowest and the widest scope of each kind."""
    letters = {kind: "".join(letter for letter, act in _LETTERS.items() if act in WRITES.get(kind, ())) for kind in KINDS}
    return [f"system/{kind}.{'c' if 'c' in said else ''}r{said.replace('c', '')}s" for kind, said in sorted(letters.items())]


def smart(origin: str) -> dict[str, Any]:
    """The document at `[base]/.well-known/smart-configuration`."""
    return {
        "issuer": origin, "jwks_uri": f"{origin}/.well-known/jwks.json", "token_endpoint": f"{origin}/oauth/token",
        "grant_types_supported": ["client_credentials"], "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384", "ES256"], "scopes_supported": scopes(),
        "capabilities": ["client-confidential-asymmetric", "permission-v2"],
    }
