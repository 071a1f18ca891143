"""What is open, for everybody: SMART Scheduling Links 1.0.0 over the Bulk Data guide's `$bulk-publish`. Nobody signs in.

Each answer is a row that the worker made; whoever asks again with what they have hears that it is so still.
"""

from email.utils import format_datetime
from typing import Annotated, Any

from fastapi import Path as InPath
from fastapi import Request, Response

from chassis.errors import NotFound
from chassis.service import PUBLIC
from services.health.api import fhir_said as said
from services.health.api.fhir import fhir_router
from services.health.domain.published import MANIFEST
from services.health.store import published

router = fhir_router()
LINES = "application/fhir+ndjson"
_MANIFEST: dict[int | str, dict[str, Any]] = {
    200: {"description": "The manifest", "content": {"application/json": {"schema": {"type": "object"}}}},
}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "A resource a line", "content": {LINES: {"schema": {"type": "string"}}}},
}


@router.get("/$bulk-publish", tags=[PUBLIC], responses=_MANIFEST)
async def get_bulk_publish_manifest(request: Request) -> Response:
    """Which files there are, made once a minute; `_since` is passed over, as the guide allows."""
    return await _kept(request, MANIFEST, "application/json")


@router.get("/published/{name}", tags=[PUBLIC], responses=_FILE)
async def get_published_file(name: Annotated[str, InPath(max_length=64)], request: Request) -> Response:
    """One of them: a resource a line."""
    if name == MANIFEST:
        raise NotFound
    return await _kept(request, name, LINES)


async def _kept(request: Request, name: str, form: str) -> Response:
    async with request.app.state.running.database.reading() as work:
        row = await published.kept(work, name)
    if row is None:
        raise NotFound
    stamps = {
        "etag": f'"{row.etag}"', "last-modified": format_datetime(row.changed_at, usegmt=True),
        "cache-control": "public, max-age=60",
    }
    if said.has_it(request, stamps):
        return Response(None, 304, stamps)
    return Response(row.body, 200, stamps, media_type=form)
