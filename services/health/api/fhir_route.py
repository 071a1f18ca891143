"""How the FHIR door answers: application/fhir+json, and an OperationOutcome for all that is not a success.

FHIR R4 (4.0.1): RESTful API, sections 3.1.0.1.4 (content types), 3.1.0.1.8 (errors); OperationOutcome.issue.code from the
value set issue-type.
"""

import json
import re
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any
from urllib.parse import unquote

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError

from chassis import problems
from chassis.errors import Refusal
from chassis.process import Running
from chassis.route import Route
from services.health.actions import programs
from services.health.api.fhir_said import CODES, outcome
from services.health.domain.program import SightUsedUp
from services.health.domain.resources import MEDIA_TYPE, Resource

_JSON = frozenset({MEDIA_TYPE, "application/json", "text/json", "json", "application/json+fhir"})
_LINES = frozenset({"application/fhir+ndjson", "application/ndjson", "application/x-ndjson"})
_ANY = frozenset({"*/*", "application/*"})
_FORM = "application/x-www-form-urlencoded"
_PATCH = "application/json-patch+json"
_ALSO = {"_search": {_FORM}, "$import": {"text/csv"}}  # besides JSON, by the end of the path
_ABOUT_PEOPLE = re.compile(  # a bundle may be about them
    r"/fhir(/(Patient|Appointment|Encounter|Consent|CareTeam|Contract|RelatedPerson"
    r"|AppointmentResponse|Task|Communication|Provenance)\b|$)"
)
_OPERATION = re.compile(r"/\$(find|hold|book)$")  # whose failure is a Bundle of just the outcome (ITI-115 to 117)
_ESCAPED = re.compile(r"\\u00([0-7][0-9a-fA-F])")  # how JSON may write a plain sign (RFC 8259 section 7)
_WRITES = frozenset({"POST", "PUT", "PATCH"})
_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")


class NotAcceptable(Refusal):
    """This door answers in JSON alone (RFC 9110 section 15.5.7)."""

    zh = "本接口只提供 JSON 格式"


class MediaTypeRefused(Refusal):
    """The body is in a form that this operation does not take (RFC 9110 section 15.5.16)."""

    zh = "不支持该请求正文的格式"


problems.STATUS[NotAcceptable] = 406
problems.STATUS[MediaTypeRefused] = 415


class FhirRoute(Route):
    """The order of every route, around it FHIR's forms; what is asked about people is counted before it is answered."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The answer of the chassis, in FHIR's media type, with the request's own name given back."""
        inner = super().get_route_handler()

        async def answer(request: Request) -> Response:
            made = await inner(request)
            if "idempotent-replayed" in made.headers:
                made.headers["content-type"] = f"{MEDIA_TYPE}; charset=utf-8"
            named = request.headers.get("x-request-id", "")
            if _ID.fullmatch(named):
                made.headers["x-request-id"] = named
            return made

        return answer

    async def _transaction(self, request: Request, inner: Callable[[Request], Awaitable[Response]], running: Running) -> Response:
        _check_forms(request)
        try:
            await _counted(request, running)
            return await super()._transaction(request, inner, running)
        except SightUsedUp:
            await running.database.do(partial(programs.alarm, program=request.state.actor.id))
            raise

    async def _refused(self, request: Request, broken: Exception) -> Response:
        plain = await super()._refused(request, broken)
        said: dict[str, Any] = json.loads(bytes(plain.body))
        told = outcome(said, CODES.get(plain.status_code, "processing"), _where(broken))
        if _OPERATION.search(request.url.path) and plain.status_code in {404, 409, 410, 412, 422}:
            told = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": told, "search": {"mode": "outcome"}}]}
        headers = {name: value for name, value in plain.headers.items() if name not in {"content-type", "content-length"}}
        body = json.dumps(told, ensure_ascii=False)
        return Response(body, plain.status_code, headers, media_type=f"{MEDIA_TYPE}; charset=utf-8")


async def refused_as(request: Request, broken: Exception) -> tuple[int, Resource]:
    """The status and outcome that this would be, had it been the whole request; an entry of a batch is answered so."""
    made = await request.scope["route"]._refused(request, broken)  # noqa: SLF001 - of this module's own class
    return made.status_code, json.loads(bytes(made.body))


async def _counted(request: Request, running: Running) -> None:
    actor = request.state.actor
    if actor is not None and _ABOUT_PEOPLE.match(request.url.path):
        unless = request.headers.get("if-none-exist", "")
        body = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), (await request.body()).decode("latin-1"))
        said = unquote(f"{request.url.path}?{request.url.query}\n{unless}\n{body}")  # an id that is written otherwise is one
        daily = running.settings.fhir_daily  # type: ignore[attr-defined]
        await running.database.do(partial(programs.count, program=actor.id, said=said, daily=daily))


def _where(broken: Exception) -> list[str]:
    if isinstance(broken, Refusal) and "entry" in broken.extra:
        return [f"Bundle.entry[{broken.extra['entry']}]"]
    if not isinstance(broken, RequestValidationError):
        return []
    return [".".join(map(str, one["loc"])).encode("utf-8", "replace").decode() for one in broken.errors()[:50]]


def _check_forms(request: Request) -> None:
    """NotAcceptable, MediaTypeRefused. `_format` goes before the header `Accept` (section 3.1.0.1.11)."""
    wanted = request.query_params.get("_format")
    accepted = [wanted] if wanted else request.headers.get("accept", "*/*").split(",")
    kinds = {one.partition(";")[0].strip().lower().replace(" ", "+") for one in accepted}
    gives = _LINES if request.url.path.startswith("/fhir/published/") else _JSON
    if not kinds & (gives | (_ANY if wanted is None else frozenset())):
        raise NotAcceptable
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    takes = _JSON | ({_PATCH} if request.method == "PATCH" else _ALSO.get(request.url.path.rpartition("/")[2], set()))
    if request.method in _WRITES and (sent or request.headers.get("content-length", "0") != "0") and sent not in takes:
        raise MediaTypeRefused


