"""A hospital over FHIR R4 (4.0.1, RESTful API): Slot search; Appointment create, conditional create, read, update, search.

As strict as a server that validates: 401 without the token, 406, 415, 400 for what it does not know, 409 for a slot that is
taken, 412 for a version that is not the newest or a condition that several meet, 428 without one; always an OperationOutcome.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.hospital.house import NO, House, Kept, Taken

MEDIA = "application/fhir+json"
_SILENCE = 8  # seconds; longer than any partner waits
_MOMENT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


class Refused(Exception):
    """Status and the code of an issue (value set issue-type)."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Identifier(_Strict):
    system: Annotated[str, Field(pattern=r"^(https?://|urn:)\S+$")]
    value: Annotated[str, Field(min_length=1, max_length=64)]


class _Reference(_Strict):
    reference: Annotated[str, Field(pattern=r"^[A-Za-z]+/[A-Za-z0-9.-]{1,64}$")] | None = None
    identifier: _Identifier | None = None


class _Participant(_Strict):
    actor: _Reference
    status: Literal["accepted", "declined", "tentative", "needs-action"]


class _Appointment(_Strict):
    kind: Annotated[Literal["Appointment"], Field(alias="resourceType")]
    id: str | None = None
    identifier: Annotated[list[_Identifier], Field(min_length=1, max_length=1)]
    status: Literal["proposed", "pending", "booked", "cancelled"]
    start: AwareDatetime
    end: AwareDatetime
    slot: Annotated[list[_Reference], Field(max_length=1)] = []
    participant: Annotated[list[_Participant], Field(min_length=1)]


class Fhir:
    """The door of all houses; each lies under its name."""

    def __init__(self, houses: Callable[[str], House], token: str) -> None:
        self._houses, self._token = houses, token

    async def slots(self, request: Request, house: House) -> Response:
        """`GET Slot?start=ge…&start=lt…[&status=free,busy][&_count][&_page]`."""
        asked = _asked(request, {"start", "status", "_count", "_page"})
        begins, ends = _period(asked.pop("start", []))
        wanted = set(",".join(asked.get("status", ["free,busy,busy-unavailable"])).split(","))
        found = [
            {"resourceType": "Slot", "id": one.id, "status": status, "start": one.start.isoformat(), "end": one.end.isoformat(),
             "schedule": {"reference": f"Schedule/{one.schedule}"}, "specialty": [{"text": one.specialty}]}
            for one in sorted(house.offers.values(), key=lambda one: (one.start, one.id))
            if begins <= one.start < ends
            and (status := "free" if house.is_free(one.id) else "busy-unavailable" if one.blocked else "busy") in wanted
        ]
        return _bundle(request, found, asked)

    async def search(self, request: Request, house: House) -> Response:
        """`GET Appointment?identifier=system|[value]&[date=ge…&date=lt…]`."""
        asked = _asked(request, {"identifier", "date", "_count", "_page"})
        system, bar, value = ",".join(asked.get("identifier", [])).partition("|")
        if not system or not bar:
            raise Refused(400, "required")
        begins, ends = _period(asked["date"]) if "date" in asked else (None, None)
        found = [
            _resource(one, system) for one in sorted(house.kept.values(), key=lambda one: one.ref)
            if value in {"", one.key} and (begins is None or ends is None or begins <= one.start < ends)
        ]
        return _bundle(request, found, asked)

    async def create(self, request: Request, house: House) -> Response:
        """`POST Appointment`; with `If-None-Exist` what is there already is the answer."""
        body = await _body(request)
        key, condition = body.identifier[0], dict(parse_qsl(request.headers.get("if-none-exist", "")))
        fault = house.fault()
        await _before(fault)
        there = _meant(house, key, condition) if condition else []
        if there:
            return await _answer(_resource(there[0], key.system), 200, "" if fault in NO else fault, several=len(there) > 1)
        try:
            made = house.book(_wanted(body), fault)
        except Taken:
            raise Refused(409, "conflict") from None
        if fault in NO:
            raise Refused(409, "conflict")
        return await _answer(_resource(made, key.system), 201, fault)

    async def read(self, request: Request, house: House) -> Response:
        """`GET Appointment/{id}`."""
        one = house.kept.get(request.path_params["ref"])
        if one is None:
            raise Refused(404, "not-found")
        return await _answer(_resource(one, request.query_params.get("system", "urn:none")), 200, "")

    async def update(self, request: Request, house: House) -> Response:
        """`PUT Appointment/{id}` with `If-Match`; a partner may only cancel."""
        body, ref = await _body(request), request.path_params["ref"]
        one, match = house.kept.get(ref), request.headers.get("if-match")
        if one is None or body.id != ref:
            raise Refused(404 if one is None else 400, "not-found" if one is None else "invariant")
        if match is None:
            raise Refused(428, "required")
        fault = house.fault()
        await _before(fault)
        if match != f'W/"{one.version}"':
            raise Refused(412, "conflict")
        same = (body.start, body.end) == (one.start, one.end)
        if same and body.status == "cancelled":
            house.cancel(ref, fault)
        if not same or body.status != "cancelled" or fault in NO:
            raise Refused(422, "business-rule")
        said = _resource(one, body.identifier[0].system) | {"status": "cancelled"}
        return await _answer(said, 200, fault)

    def routes(self) -> list[Route]:
        """`/{house}/fhir/…`."""
        def door(act: Callable[[Request, House], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
            async def answer(request: Request) -> Response:
                try:
                    house = self._houses(request.path_params["house"])
                    self._check(request, house)
                    return await act(request, house)
                except Refused as refused:
                    return _outcome(refused)
            return answer

        base = "/{house}/fhir"
        return [
            Route(f"{base}/Slot", door(self.slots)), Route(f"{base}/Appointment", door(self.search)),
            Route(f"{base}/Appointment", door(self.create), methods=["POST"]),
            Route(f"{base}/Appointment/{{ref}}", door(self.read)),
            Route(f"{base}/Appointment/{{ref}}", door(self.update), methods=["PUT"]),
        ]

    def _check(self, request: Request, house: House) -> None:
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            raise Refused(401, "login")
        if request.headers.get("accept", "").partition(";")[0] not in {MEDIA, "application/json"}:
            raise Refused(406, "not-supported")
        if house.is_deaf and request.method == "GET":
            raise Refused(503, "transient")


def _meant(house: House, key: _Identifier, condition: dict[str, str]) -> list[Kept]:
    """Which appointments the condition of a create finds."""
    if set(condition) - {"identifier", "status"} or condition.get("identifier") != f"{key.system}|{key.value}":
        raise Refused(400, "not-supported")
    wanted = condition.get("status", "booked,cancelled").split(",")
    return [one for one in house.by_key(key.value) if one.status in wanted]


def _wanted(body: _Appointment) -> Kept:
    """What is to be kept, if it is whole."""
    slot = body.slot[0].reference if body.slot else None
    person = next((one.actor.identifier.value for one in body.participant if one.actor.identifier), "")
    if body.status == "cancelled" or not person or body.start >= body.end:
        raise Refused(422, "business-rule")
    return Kept(body.identifier[0].value, person, body.start, body.end, slot.removeprefix("Slot/") if slot else None)


def _asked(request: Request, known: set[str]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            raise Refused(400, "not-supported")
        given.setdefault(name, []).append(value)
    return given


def _period(bounds: list[str]) -> tuple[datetime, datetime]:
    """`ge` and `lt`, both, each with its zone."""
    said = {bound[:2]: bound[2:] for bound in bounds}
    try:
        return _MOMENT.validate_python(said["ge"]), _MOMENT.validate_python(said["lt"])
    except (KeyError, ValidationError):
        raise Refused(400, "value") from None


async def _body(request: Request) -> _Appointment:
    if request.headers.get("content-type", "").partition(";")[0] not in {MEDIA, "application/json"}:
        raise Refused(415, "not-supported")
    try:
        return _Appointment.model_validate_json(await request.body())
    except ValidationError:
        raise Refused(400, "structure") from None


async def _before(fault: str) -> None:
    if fault == "silent-before":
        await asyncio.sleep(_SILENCE)
    if fault == "busy":
        raise Refused(503, "transient")


async def _answer(said: dict[str, Any], status: int, fault: str, *, several: bool = False) -> Response:
    """What it says, as it fails to say it."""
    if several:
        raise Refused(412, "multiple-matches")
    if fault == "silent-after":
        await asyncio.sleep(_SILENCE)
    if fault == "nonsense":
        return Response("<html>nothing here</html>", media_type="text/html")
    version = said["meta"]["versionId"]
    headers = {"etag": f'W/"{version}"', "location": f"Appointment/{said['id']}/_history/{version}"}
    if fault.startswith("cut"):
        headers["content-length"] = "9999"  # the line is cut before so much is said
    return JSONResponse(said, status, headers, media_type=MEDIA)


def _resource(one: Kept, system: str) -> dict[str, Any]:
    person = {"actor": {"identifier": {"system": f"{system}:person", "value": one.person}}, "status": "accepted"}
    slot = {"slot": [{"reference": f"Slot/{one.slot}"}]} if one.slot else {}
    return {
        "resourceType": "Appointment", "id": one.ref, "meta": {"versionId": str(one.version)},
        "identifier": [{"system": system, "value": one.key}], "status": one.status, "start": one.start.isoformat(),
        "end": one.end.isoformat(), "participant": [person], **slot,
    }


def _bundle(request: Request, found: list[dict[str, Any]], asked: dict[str, list[str]]) -> Response:
    """One page of a searchset; `next` leads to the following one."""
    size, page = int(asked.get("_count", ["50"])[0]), int(asked.get("_page", ["0"])[0])
    shown = found[page * size:(page + 1) * size]
    link = [{"relation": "self", "url": str(request.url)}]
    if len(found) > (page + 1) * size:
        following = [pair for pair in request.query_params.multi_items() if pair[0] != "_page"] + [("_page", str(page + 1))]
        link.append({"relation": "next", "url": f"{request.url.replace(query='')}?{urlencode(following)}"})
    entry = [{"resource": one, "search": {"mode": "match"}} for one in shown]
    said = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": link, "entry": entry}
    return JSONResponse(said, media_type=MEDIA)


def _outcome(refused: Refused) -> Response:
    issue = {"severity": "error", "code": refused.code, "details": {"text": f"拒绝：{refused.code}"}}
    return JSONResponse({"resourceType": "OperationOutcome", "issue": [issue]}, refused.status, media_type=MEDIA)
