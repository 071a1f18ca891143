"""The one table of what is reachable from outside; Envoy's configuration and a test are made from it."""

from dataclasses import dataclass
from typing import Literal

KIB = 1024


@dataclass(frozen=True)
class Row:
    """A path prefix and what the gateway does with it."""

    prefix: str
    service: str
    token: Literal["required", "optional", "none"] = "required"  # noqa: S105 - a word, no secret
    timeout: float = 10.0  # seconds; 0 is for ever, for streams
    body: int | None = 256 * KIB  # bytes; None is not buffered at all
    writes_per_second: int | None = 20  # by person; None is only bounded by address
    upgrades: bool = False  # it may become a WebSocket, which its service ends
    query: tuple[str, str] | None = None  # the row holds only with this query parameter


def _resources(service: str, *names: str) -> tuple[Row, ...]:
    return tuple(Row(f"/api/v1/{name}", service) for name in names)


ROUTES: tuple[Row, ...] = (
    Row("/api/v1/uploads", "reports", query=("for", "reports")),
    *_resources("reports", "reports", "settings", "doubles", "figures", "repeats", "cures", "worklists", "batches",
                "views", "phrases", "handovers", "maps", "checks", "hooks", "suggestions", "follows"),
    Row("/api/v1/report-sheets", "reports", timeout=60.0),  # two hundred reports filed at once
    Row("/api/v1/exports", "reports", timeout=60.0),  # sheets of 10,000 rows
    Row("/api/v1/categories", "reports", token="none"),  # noqa: S106 - the word says that none is needed
    Row("/api/v1/heat", "reports", token="none"),  # noqa: S106 - cells of five people and more
    Row("/api/v1/photos", "reports", token="none"),  # noqa: S106 - covered copies that staff made public
    Row("/api/v1/board", "reports", token="none"),  # noqa: S106 - whoever lives there may read how it goes
    Row("/api/v1/anchors", "reports", token="optional"),  # noqa: S106 - whoever stands before a poster may scan it
    Row("/open311", "reports", token="none", writes_per_second=None),  # noqa: S106 - it has keys of its own
    *_resources("identity", "people", "areas", "units", "assignments", "bindings", "registrations", "phone-additions",
                "duplicates", "facts", "emergencies", "refusals", "erasures", "proxies", "merges", "admin-networks",
                "invitations"),
    Row("/api/v1/consents", "identity", token="optional"),  # noqa: S106 - the texts are for whoever wants to read them
    Row("/api/v1/imports", "identity", timeout=120.0, body=4 * 1024 * KIB),  # sheets of 10,000 rows
    *_resources("gate", "gates"),
    *_resources("health", "schedules", "slots", "hospitals", "departments", "rooms", "holds", "waits", "appointments",
                "reconciliations", "divergences", "booking-policies", "breaches", "online-care", "contracts"),
    Row("/api/v1/visits", "health", token="none", timeout=0, body=None, writes_per_second=None, upgrades=True),  # noqa: S106 - tickets
    Row("/fhir", "health", token="optional"),  # noqa: S106 - what the door can do is for everybody to read
    *_resources("notify", "notices", "inbox"),
    Row("/api/v1/live", "edge", timeout=0, body=None, writes_per_second=None),
    Row("/.well-known", "identity", token="none", writes_per_second=None),  # noqa: S106
    Row("/oauth/userinfo", "identity"),
    Row("/oauth", "identity", token="none", body=16 * KIB, writes_per_second=None),  # noqa: S106
    Row("/sign-in/step-up", "identity", body=16 * KIB),
    Row("/sign-in", "identity", token="none", body=16 * KIB, writes_per_second=None),  # noqa: S106
    Row("/media", "store", token="none", timeout=0, body=None, writes_per_second=None),  # noqa: S106
    *(
        Row(path, "edge", token="none", writes_per_second=None)  # noqa: S106
        for path in ("/docs", "/openapi.json", "/events", "/asyncapi.json", "/problems", "/status", "/livez",
                     "/demo", "/static", "/traces", "/settings", "/looks", "/board", "/s")
    ),
)

SERVICES: tuple[str, ...] = ("identity", "reports", "gate", "health", "notify")
