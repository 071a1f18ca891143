"""The operations by which a hospital offers its times and keeps its subscriptions, as OperationDefinitions (FHIR R4, 5.5)."""

from dataclasses import dataclass

from services.health.domain.resources import Resource

_PUBLISHED = "2026-11-27"


@dataclass(frozen=True)
class Taken:
    """A parameter: its name, type, least number, and what it is; `out` where it is answered."""

    name: str
    type: str
    least: int
    says: str
    use: str = "in"
    most: str = "1"


@dataclass(frozen=True)
class Operation:
    """An operation on a kind of resource, or on one of it."""

    kind: str
    code: str
    does: str
    taken: tuple[Taken, ...]
    is_of_one: bool = False


OFFERING: dict[str, Operation] = {
    "slot-import": Operation("Slot", "import", (
        "Brings in a sheet of times (CSV), all of it or nothing. The body is text/csv, a Binary of it, or Parameters. A time is "
        "named by its doctor and beginning: what is there already is changed where that can be, and the same sheet again makes "
        "nothing again. Of a sheet that cannot be brought in, each row that is wrong is an issue of the OperationOutcome."
    ), (
        Taken("sheet", "base64Binary", 1, "The sheet; or a Binary as `resource`. UTF-8 or GB18030, 2,000 rows."),
        Taken("preview", "boolean", 0, "Only look at it: nothing is done. With text/csv, a parameter of the address."),
        *(Taken(name, "integer", 1, says, "out") for name, says in (
            ("rows", "Rows below the titles."), ("made", "Times that are new."), ("changed", "Times that changed."),
            ("same", "Times that were so already."),
        )),
        Taken("outcome", "OperationOutcome", 0, "Of a preview: what is wrong, an issue a row.", "out"),
        Taken("report", "Binary", 0, "Of a preview: the sheet again, each row with what is wrong in it.", "out"),
    )),
    "schedule-stop": Operation("Schedule", "stop", (
        "Calls off a day of a doctor in a department, or half of it: its times are closed at once, whoever has booked one is "
        "told and a seat in another one is held for them. Said again it changes nothing."
    ), (
        Taken("day", "date", 1, "The day, in Chengdu."),
        Taken("half", "code", 0, "morning or afternoon; without it the whole day."),
        Taken("reason", "code", 0, "illness, emergency, equipment, other."),
        Taken("times", "integer", 1, "Times that are closed by it.", "out"),
        Taken("booked", "integer", 1, "How many have booked one of them.", "out"),
    ), is_of_one=True),
    "schedule-release": Operation("Schedule", "release", (
        "Times of a doctor in a department that would be released later can be booked from now on, or from `at`."
    ), (
        Taken("day", "date", 0, "Of one day alone."), Taken("at", "instant", 0, "From when on; without it, now."),
        Taken("times", "integer", 1, "How many times are released earlier by it.", "out"),
    ), is_of_one=True),
    "appointment-join": Operation("Appointment", "join", (
        "Lets the doctor of an appointment by video into its room: a ticket that is good once, for two minutes, from fifteen "
        "minutes before the visit until thirty after it. It is shown as the second WebSocket subprotocol, after `protocol`."
    ), (
        Taken("ticket", "string", 1, "The ticket.", "out"), Taken("protocol", "string", 1, "The first subprotocol.", "out"),
        Taken("address", "url", 1, "Where the room is.", "out"), Taken("side", "code", 1, "doctor.", "out"),
        Taken("ends-at", "instant", 1, "Until when the ticket lets in.", "out"),
        Taken("closes-at", "instant", 1, "When the room closes.", "out"),
        Taken("ice-url", "uri", 0, "Servers that relay (TURN).", "out", "*"),
        Taken("ice-username", "string", 0, "For them.", "out"), Taken("ice-credential", "string", 0, "The same.", "out"),
    ), is_of_one=True),
    "subscription-renew-secret": Operation("Subscription", "renew-secret", (
        "Another secret signs from now on, which the answer has; the older one signs as well until it is ended."
    ), (Taken("return", "Subscription", 1, "With the newer secret.", "out"),), is_of_one=True),
    "subscription-end-older-secret": Operation("Subscription", "end-older-secret", (
        "The newer secret alone signs from now on. Said again it changes nothing."
    ), (), is_of_one=True),
}
_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription"
_ELSEWHERE = {"Subscription": (("status", f"{_BACKPORT}-status"), ("events", f"{_BACKPORT}-events"))}  # defined by others


def operations(kind: str, base: str) -> list[Resource]:
    """Those of a kind of resource, as a CapabilityStatement lists them."""
    ours = [(one.code, f"{base}/OperationDefinition/{key}") for key, one in OFFERING.items() if one.kind == kind]
    return [{"name": name, "definition": address} for name, address in (*_ELSEWHERE.get(kind, ()), *ours)]


def offering(key: str, base: str) -> Resource:
    """One of them."""
    one = OFFERING[key]
    return {
        "resourceType": "OperationDefinition", "id": key, "url": f"{base}/OperationDefinition/{key}", "version": _PUBLISHED,
        "name": "".join(part.capitalize() for part in key.split("-")), "status": "active", "kind": "operation",
        "date": _PUBLISHED, "publisher": "智惠国槐", "description": one.does, "affectsState": True, "code": one.code,
        "resource": [one.kind], "system": False, "type": not one.is_of_one, "instance": one.is_of_one, "parameter": [
            {"name": given.name, "use": given.use, "min": given.least, "max": given.most, "documentation": given.says,
             "type": given.type} for given in one.taken
        ],
    }
