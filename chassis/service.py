"""A service's api process: the FastAPI application around its routers, its probes, its end."""

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, FastAPI, Query, Response
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, Field

from chassis import privacy, problems, uploads
from chassis.errors import Invalid
from chassis.process import Running, Service
from chassis.reach import NOBODY
from chassis.relay import Waker
from chassis.rights import Rights
from chassis.route import Actor, Route, Working
from chassis.settings import Settings

SCHEMA = "/schema.json"  # a service's own document; the edge serves the merged one as `/openapi.json`
_NOT_ITS_OWN: Any = {"tracing": False, "metrics": False, "logs": False}  # ours quotes nothing of what was sent
PUBLIC = "public"  # the tag of operations that need nobody to be signed in


class Body(BaseModel):
    """What comes in: unknown fields are refused, text is trimmed of nothing and bounded by each field."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoPermissionNamed(Exception):
    """A route whose code names no right of its service: nobody decided who may use it."""


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    trace_id: str | None = None


def build(service: Service, settings: Settings) -> FastAPI:
    """The application of a service; refuses to be built when a route names no permission."""
    running = Running(service, settings)
    running.database.reach = NOBODY  # until a request says whose it is
    privacy.check(service.tables, service.personal)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        waker = Waker(settings.database_direct_url)
        running.database.after_commit = waker.wake
        if service.prepare is not None:
            await service.prepare(running)
        beside: list[asyncio.Future[None]] = [asyncio.ensure_future(waker.run())]
        if service.background is not None:
            beside.append(asyncio.ensure_future(service.background(running)))
        yield
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await running.close()

    app = FastAPI(
        title=service.name, lifespan=lifespan, openapi_url=SCHEMA, docs_url=None, redoc_url=None, telemetry=_NOT_ITS_OWN,
        redirect_slashes=False,  # it would lead to whatever host the request named
    )
    app.state.running = running
    problems.install(app, settings.public_origin)
    _probes(app, running)
    own: tuple[APIRouter, ...] = importlib.import_module(service.api).routers
    for router in (*own, _upload_router(service.upload_kinds, running)) if service.upload_kinds else own:
        _check_rights(router, service.rights)
        app.include_router(router)
    return app


def router(prefix: str, *, tags: list[str] | None = None) -> APIRouter:
    """A router whose routes keep the one order of a request and declare the answers they can give."""
    declared: dict[int | str, dict[str, Any]] = {
        status: {"model": Problem, "content": {problems.MEDIA_TYPE: {}}}
        for status in (400, 401, 403, 404, 409, 413, 422, 429, 503)
    }
    return APIRouter(
        prefix=prefix, tags=[*(tags or [])], route_class=Route, responses=declared,
        generate_unique_id_function=lambda route: route.name,
    )


def _check_rights(router: APIRouter, rights: Rights) -> None:
    for route in router.routes:
        if isinstance(route, APIRoute) and PUBLIC not in route.tags and not named_rights(route.endpoint, rights):
            raise NoPermissionNamed(f"{sorted(route.methods or ())} {route.path}")


def named_rights(function: Any, rights: Rights, depth: int = 2) -> set[str]:
    """The rights of the table that a function's code, or the functions of modules it calls, name as text."""
    code = function.__code__
    found = {constant for constant in code.co_consts if isinstance(constant, str) and constant in rights}
    if depth == 0:
        return found
    owners = [function.__globals__.get(name) for name in code.co_names]
    for called in [*owners, *(getattr(owner, name, None) for owner in owners for name in code.co_names)]:
        if hasattr(called, "__code__") and not isinstance(called, type):
            found |= named_rights(called, rights, depth - 1)
    return found


def _probes(app: FastAPI, running: Running) -> None:
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    async def readyz() -> dict[str, str]:
        await running.database.ping()
        return {"status": "ready", "service": running.service.name}

    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    for path, probe in (("/livez", livez), ("/readyz", readyz), ("/metrics", metrics)):
        app.add_api_route(path, probe, include_in_schema=False)


class NewUpload(Body):
    """A file about to be sent: its exact size in bytes and its type."""

    kind: Annotated[str, Field(max_length=32)]
    content_type: Annotated[str, Field(max_length=64)]
    size: Annotated[int, Field(gt=0, le=uploads.MAX_BYTES)]


class UploadView(BaseModel):
    """PUT the bytes to `url` with the stated type and length, then name `id` in the request it belongs to."""

    id: UUID
    url: str
    method: Literal["PUT"] = "PUT"
    headers: dict[str, str]
    expires_at: str


class UploadNotTaken(Invalid):
    """This service takes no such kind or type of file."""

    zh = "不支持该类型的文件"


def _upload_router(kinds: frozenset[str], running: Running) -> APIRouter:
    accepting = router("/api/v1/uploads", tags=["uploads"])

    @accepting.post("", status_code=201, response_model=UploadView)
    async def grant_upload(
        new: NewUpload, actor: Actor, work: Working, for_: Annotated[str, Query(alias="for", max_length=32)]
    ) -> UploadView:
        """Ask for a place to PUT one file; unused, it is forgotten after a day."""
        actor.may("uploads.grant")
        if new.kind not in kinds or new.content_type not in uploads.TYPES or for_ != work.service:
            raise UploadNotTaken(accepts=sorted(uploads.TYPES), kinds=sorted(kinds))
        made = await uploads.grant(
            work, running.files, owner=actor.id, kind=new.kind, content_type=new.content_type, size=new.size
        )
        return UploadView(
            id=made.id, url=made.url, headers={"content-type": new.content_type}, expires_at=made.expires_at.isoformat()
        )

    return accepting
