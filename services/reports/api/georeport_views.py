"""What is ours as GeoReport v2 shapes it; every member of the standard is there, null where we have nothing to say."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.reports.api.georeport import Many
from services.reports.domain.field import Field
from services.reports.domain.open311 import SERVICES, Service

CHANGED = "2026-11-27T00:00:00Z"  # when what programs elsewhere rely on last changed; they compare it with what they read
_SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
Named = tuple[str, dict[str, Any]]


def discovery(origin: str) -> Named:
    """Service Discovery."""
    endpoint = {
        "specification": _SPECIFICATION, "url": f"{origin}/open311/v2", "changeset": CHANGED, "type": "production",
        "formats": Many("formats", "format", ("text/xml", "application/json")),
    }
    return "discovery", {
        "changeset": CHANGED, "contact": "请联系所在社区居民委员会。Please ask the community's office.",
        "key_service": "api_key 由社区管理员发放。The community's administrator hands out an api_key.",
        "endpoints": Many("endpoints", "endpoint", [endpoint]),
    }


def services(fields: Mapping[str, Sequence[Field]]) -> Many:
    """GET Service List."""
    return Many("services", "service", [
        {
            "service_code": one.code, "service_name": one.name, "description": one.description,
            "metadata": bool(fields[one.code]), "type": "realtime", "keywords": ",".join(one.keywords), "group": one.group,
        }
        for one in SERVICES.values()
    ])


def definition(service: Service, fields: Sequence[Field]) -> Named:
    """GET Service Definition."""
    attributes = [
        {
            "variable": one.variable, "code": one.code, "datatype": one.kind, "required": one.required,
            "datatype_description": one.hint or None, "order": order, "description": one.label,
            "values": Many("values", "value", [{"key": key, "name": name} for key, name in one.values]),
        }
        for order, one in enumerate(fields, start=1)
    ]
    return "service_definition", {"service_code": service.code, "attributes": Many("attributes", "attribute", attributes)}


def requests(found: list[dict[str, Any]], origin: str, *, extended: bool) -> Many:
    """GET Service Requests; what is not of the standard comes only when it is asked for."""
    return Many("service_requests", "request", [_request(one, origin, extended=extended) for one in found])


def _request(one: dict[str, Any], origin: str, *, extended: bool) -> dict[str, Any]:
    """What anybody may know: what people wrote is not among it, and of photos only what staff made public."""
    more = {"number": one["number"], "state": one["status"], "supporters": one["supporters"]}
    return {
        "service_request_id": one["id"], "status": _status(one), "status_notes": one["notes"],
        "service_name": one["service"].name, "service_code": one["service"].code, "description": None,
        "agency_responsible": one["agency"], "service_notice": None, "requested_datetime": one["submitted_at"],
        "updated_datetime": one["updated_at"], "expected_datetime": one["due_at"], "address": one["address"],
        "address_id": one["place"], "zipcode": None, "lat": one["lat"], "long": one["lng"],
        "media_url": one["photo"] and f"{origin}/api/v1/photos/{one['photo']}",
        **({"extended_attributes": more} if extended else {}),
    }


def handed_in(request: UUID, notice: str | None) -> Many:
    """POST Service Request: its id at once, so no token."""
    return Many("service_requests", "request", [{"service_request_id": request, "service_notice": notice, "account_id": None}])


def token(request: UUID, said: str) -> Many:
    """GET service_request_id from a token."""
    return Many("service_requests", "request", [{"service_request_id": request, "token": said}])


def updates(found: list[dict[str, Any]]) -> Many:
    """GET Service Request Updates."""
    return Many("service_request_updates", "request_update", [
        {
            "update_id": one["id"], "service_request_id": one["request"], "status": _status(one),
            "description": one["description"], "updated_datetime": one["at"], "media_url": None,
        }
        for one in found
    ])


def update(request: UUID, seq: int) -> Many:
    """POST Service Request Update."""
    return Many("service_request_updates", "request_update", [{"update_id": f"{request}.{seq}"}])


def _status(one: dict[str, Any]) -> str:
    return "closed" if one["closed"] else "open"
