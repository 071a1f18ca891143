"""What the FHIR door writes besides resources: outcomes, bundles, and what a read says in its headers."""

import json
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response

from services.health.actions.fhir import Page
from services.health.domain.resources import MEDIA_TYPE, Resource

CHARSET = f"{MEDIA_TYPE}; charset=utf-8"
CODES = {  # a status of ours in issue-type's words
    400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 406: "not-supported",
    409: "conflict", 410: "deleted", 412: "conflict", 413: "too-long", 415: "not-supported", 422: "business-rule",
    428: "required", 429: "throttled", 500: "exception", 503: "transient",
}


def outcome(said: dict[str, Any], code: str, where: list[str]) -> Resource:
    """A problem document of the house as an OperationOutcome; the name of the problem is the code that programs read."""
    system, _, name = str(said["type"]).rpartition("/")
    more = {key: value for key, value in said.items() if key in {"allowed", "current", "parameter", "scope", "appointment_id"}}
    told: Resource = {
        "severity": "error", "code": code, "diagnostics": " ".join((str(said["type"]), json.dumps(more) if more else "")).strip(),
        "details": {"coding": [{"system": system, "code": name}], "text": said["detail"]},
    }
    return {"resourceType": "OperationOutcome", "issue": [told | ({"expression": where} if where else {})]}


def note(code: str, text: str) -> Resource:
    """An outcome that is no fault."""
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": code, "details": {"text": text}}]}


def answered(made: Resource, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A resource or bundle as it goes out."""
    body = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status, {"cache-control": "no-store", **(headers or {})}, media_type=CHARSET)


def stamps(made: Resource) -> dict[str, str]:
    """Of a resource: ETag, and when it is known Last-Modified."""
    said = {"etag": f'W/"{made["meta"]["versionId"]}"'}
    at = made["meta"].get("lastUpdated")
    return said | ({"last-modified": format_datetime(datetime.fromisoformat(at), usegmt=True)} if at else {})


def one(request: Request, made: Resource) -> Response:
    """A read, or 304 where who asks has it already (sections 3.1.0.1.12 and 3.1.0.5)."""
    said = stamps(made)
    if has_it(request, said):
        return Response(None, 304, {"etag": said["etag"], "cache-control": "no-store"})
    return answered(made, headers=said)


def has_it(request: Request, said: dict[str, str]) -> bool:
    """Whether who asks says that they have it already."""
    known = request.headers.get("if-none-match")
    if known is not None:
        return said["etag"].removeprefix("W/") in {one.strip().removeprefix("W/") for one in known.split(",")} or known == "*"
    since = request.headers.get("if-modified-since")
    if since is None or "last-modified" not in said:
        return False
    try:
        return parsedate_to_datetime(said["last-modified"]) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


def searchset(address: str, asked: list[tuple[str, str]], page: Page, base: str, notes: list[Resource]) -> Resource:
    """A page as a Bundle: what matched, what was included, and what there is to say."""
    again = [(name, value) for name, value in asked if name != "_cursor"]
    links = [{"relation": "self", "url": f"{address}?{urlencode(asked)}" if asked else address}]
    if page.next is not None:
        links.append({"relation": "next", "url": f"{address}?{urlencode([*again, ('_cursor', page.next)])}"})
    modes = [*((made, "match") for made in page.matches), *((made, "include") for made in page.included)]
    entries = [_entry(made, mode, base) for made, mode in modes]
    entries += [{"resource": made, "search": {"mode": "outcome"}} for made in notes]
    counted = {"total": page.total} if page.total is not None else {}
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", **counted, "link": links}
    return bundle | ({"entry": entries} if entries else {})


def _entry(made: Resource, mode: str, base: str) -> Resource:
    return {"fullUrl": f"{base}/{made['resourceType']}/{made['id']}", "resource": made, "search": {"mode": mode}}
