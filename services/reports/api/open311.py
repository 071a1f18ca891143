"""Open311 GeoReport v2: discovery, services, requests and their updates, for the programs of other cities and of neighbours.

wiki.open311.org/GeoReport_v2; nothing of it needs anybody to be signed in, handing in needs an `api_key`.
"""

from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from chassis.route import Working
from chassis.service import PUBLIC
from chassis.service import router as new_router
from services.reports.actions import open311 as acts
from services.reports.api import georeport_form as forms
from services.reports.api import georeport_views as views
from services.reports.api.georeport import MEDIA, Form, GeoReportRoute, answer
from services.reports.api.reports import Store
from services.reports.domain import open311 as rules
from services.reports.domain.sender import Sender

router = new_router("/open311/v2", tags=["open311", PUBLIC])
router.route_class = GeoReportRoute
router.responses = {
    status: {"content": {kind.partition(";")[0]: {} for kind in MEDIA.values()}} for status in (200, 400, 403, 404, 413, 429, 503)
}
Word = Annotated[str | None, Field(max_length=4000)]


class Jurisdiction(BaseModel):
    """Which community; it must be said where several are served."""

    jurisdiction_id: Word = None


Where = Annotated[Jurisdiction, Query()]


class Shown(Jurisdiction):
    """How a request is told; `extensions=true` adds what is not of the standard."""

    extensions: Word = None

    @property
    def is_extended(self) -> bool:
        """Whether more was asked for."""
        return self.extensions == "true"


class RequestFilter(Shown):
    """GET Service Requests, with what servers elsewhere take besides; what is empty is not asked for."""

    service_request_id: Word = None
    service_code: Word = None
    status: Word = None
    start_date: Word = None
    end_date: Word = None
    updated_after: Word = None
    updated_before: Word = None
    lat: Word = None
    long: Word = None
    radius: Word = None
    bbox: Word = None
    page: Word = None
    page_size: Word = None


class UpdateFilter(Jurisdiction):
    """GET Service Request Updates."""

    start_date: Word = None
    end_date: Word = None


Given = Annotated[forms.Given, Depends(forms.given)]


async def _sender(given: Given, work: Working) -> Sender:
    """Whose key the form has; one in the address opens nothing, for it would lie in every log on the way."""
    return await acts.sender(work, given.one("api_key"), given.one("jurisdiction_id"))


By = Annotated[Sender, Depends(_sender)]


def _form(required: tuple[str, ...], optional: tuple[str, ...]) -> dict[str, Any]:
    """What the document says of a form; it is read as it comes, for senders add fields of their own."""
    fields = {name: {"type": "string"} for name in (*required, *optional)}
    schema = {"type": "object", "properties": fields, "required": list(required)}
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema} for kind in forms.ENCODINGS}}}


_REQUEST = _form(("api_key", "service_code"), (
    "jurisdiction_id", "lat", "long", "address_string", "address_id", "description", "media_url", "idempotency_token", "email",
    "device_id", "account_id", "first_name", "last_name", "phone",
))
_UPDATE = _form(("api_key", "service_request_id"), ("jurisdiction_id", "status", "description", "update_id", "updated_datetime"))


def _origin(request: Request) -> str:
    origin: str = request.app.state.running.settings.public_origin
    return origin


@router.get("/discovery.{form}")
async def discover_open311(form: Form, request: Request) -> Response:
    """Service Discovery: where this is, and what it speaks."""
    return answer(views.discovery(_origin(request)), form)


@router.get("/services.{form}")
async def list_open311_services(form: Form, where: Where, work: Working) -> Response:
    """GET Service List."""
    community = await acts.jurisdiction(work, where.jurisdiction_id)
    return answer(views.services(await acts.fields(work, community)), form)


@router.get("/services/{service_code}.{form}")
async def get_open311_service(service_code: str, form: Form, where: Where, work: Working) -> Response:
    """GET Service Definition."""
    community = await acts.jurisdiction(work, where.jurisdiction_id)
    service = rules.service(service_code)
    return answer(views.definition(service, (await acts.fields(work, community))[service.code]), form)


@router.get("/requests.{form}")
async def list_open311_requests(
    form: Form, asked: Annotated[RequestFilter, Query()], work: Working, request: Request
) -> Response:
    """GET Service Requests: the newest first, of 90 days and a thousand at most."""
    community = await acts.jurisdiction(work, asked.jurisdiction_id)
    found = await acts.requests(work, forms.asked(community, asked, work.now), **forms.paging(asked))
    return answer(views.requests(found, _origin(request), extended=asked.is_extended), form)


@router.get("/requests/{service_request_id}.{form}")
async def get_open311_request(
    service_request_id: str, form: Form, asked: Annotated[Shown, Query()], work: Working, request: Request
) -> Response:
    """GET Service Request."""
    community = await acts.jurisdiction(work, asked.jurisdiction_id)
    found = [await acts.request(work, community, service_request_id)]
    return answer(views.requests(found, _origin(request), extended=asked.is_extended), form)


@router.get("/tokens/{token}.{form}")
async def get_open311_token(token: str, form: Form, where: Where, work: Working) -> Response:
    """GET service_request_id from a token: all services are realtime, so a request's id is its token."""
    found = await acts.of_token(work, await acts.jurisdiction(work, where.jurisdiction_id), token)
    return answer(views.token(found["id"], token), form)


@router.post("/requests.{form}", status_code=201, openapi_extra=_REQUEST)
async def create_open311_request(form: Form, given: Given, by: By, work: Working, files: Store) -> Response:
    """POST Service Request, form-encoded or multipart; `idempotency_token` (or the header) makes a repeated one the same."""
    report = await acts.hand_in(work, files, by, forms.sent(given))
    return answer(views.handed_in(report.id, forms.notice(given)), form, 201)


@router.get("/servicerequestupdates.{form}")
async def list_open311_updates(form: Form, asked: Annotated[UpdateFilter, Query()], work: Working) -> Response:
    """GET Service Request Updates: the steps that requests took, the oldest first."""
    community = await acts.jurisdiction(work, asked.jurisdiction_id)
    window = rules.window(asked.start_date, asked.end_date, work.now)
    return answer(views.updates(await acts.updates(work, community, window)), form)


@router.post("/servicerequestupdates.{form}", status_code=201, openapi_extra=_UPDATE)
async def create_open311_update(form: Form, given: Given, by: By, work: Working) -> Response:
    """POST Service Request Update: an answer to what was asked, or with `status=CLOSED` that it is no longer asked for."""
    report = await acts.update(work, by, forms.update(given))
    return answer(views.update(report.id, report.last_seq), form, 201)
