"""The documents, as pages and as JSON."""

from typing import Any
from weakref import WeakKeyDictionary

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse

from chassis.errors import NotFound
from chassis.service import PUBLIC
from chassis.service import router as new_router
from gateway import documents
from gateway.remembered import Remembered

router = new_router("", tags=["documents", PUBLIC])
_SECONDS = 60.0  # services change their operations by being deployed
_MERGED: WeakKeyDictionary[FastAPI, Remembered[dict[str, Any]]] = WeakKeyDictionary()


@router.get("/openapi.json")
async def get_openapi(request: Request) -> dict[str, Any]:
    """All operations of all services."""
    app: FastAPI = request.app
    settings = app.state.running.settings

    async def merged() -> dict[str, Any]:
        return await documents.openapi(settings.addresses(), settings.public_origin, app.openapi())

    return await _MERGED.setdefault(app, Remembered(_SECONDS, merged)).get()


@router.get("/asyncapi.json")
async def get_asyncapi() -> dict[str, Any]:
    """All events."""
    return documents.asyncapi()


@router.get("/docs", response_class=HTMLResponse)
async def get_docs() -> FileResponse:
    """The operations, to read."""
    return FileResponse(documents.DOCS.parent / "gateway" / "static" / "docs.html")


@router.get("/events", response_class=HTMLResponse)
async def get_events() -> HTMLResponse:
    """The events, to read."""
    return HTMLResponse(documents.page(documents.DOCS / "events.md"))


@router.get("/problems", response_class=HTMLResponse)
async def get_problems() -> HTMLResponse:
    """Every problem type there is."""
    return HTMLResponse(documents.problems())


@router.get("/problems/{name}", response_class=HTMLResponse)
async def get_problem(name: str) -> HTMLResponse:
    """What a problem type means, and what to do."""
    found = documents.problem(name)
    if found is None:
        raise NotFound("没有这个问题说明")
    return HTMLResponse(found)
