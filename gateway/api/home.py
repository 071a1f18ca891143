"""The page at `/` and its files."""

import hashlib
import json
import re
from functools import cache
from pathlib import Path

from fastapi import Response
from fastapi.responses import FileResponse, HTMLResponse

from chassis.errors import NotFound
from chassis.service import PUBLIC
from chassis.service import router as new_router

router = new_router("", tags=["home", PUBLIC])

_STATIC = Path(__file__).parent.parent / "static"


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
async def get_home() -> FileResponse:
    """What runs here."""
    return FileResponse(_STATIC / "index.html")


@router.get("/traces", response_class=HTMLResponse, include_in_schema=False)
async def get_traces() -> FileResponse:
    """How requests travelled; only where a collector keeps traces."""
    return FileResponse(_STATIC / "traces.html")


@router.get("/settings", response_class=HTMLResponse, include_in_schema=False)
async def get_settings() -> FileResponse:
    """What a community promises, for who may read or change it."""
    return FileResponse(_STATIC / "settings.html")


@router.get("/looks", response_class=HTMLResponse, include_in_schema=False)
async def get_looks() -> FileResponse:
    """内容复核: what was not let pass, for who looks at it."""
    return FileResponse(_STATIC / "looks.html")


@router.get("/board", response_class=HTMLResponse, include_in_schema=False)
async def get_board_page() -> FileResponse:
    """公示: how it goes in a community, for everybody."""
    return FileResponse(_STATIC / "board.html")


@router.get("/s/worker.js", response_class=Response, include_in_schema=False)
async def get_worker() -> Response:
    """What keeps the page's own files on a phone: under `/s/`, so that it answers for no other page (no code is so short)."""
    return Response(worker(), media_type="text/javascript", headers={"cache-control": "no-cache"})


@router.get("/s/{code}", response_class=HTMLResponse, include_in_schema=False)
async def get_scan() -> FileResponse:
    """扫码: what a poster's code leads to; the page reads the code from its own address, whether it is good or not."""
    return FileResponse(_STATIC / "scan.html")


@router.get("/static/{name}", response_class=FileResponse, include_in_schema=False)
async def get_file(name: str) -> FileResponse:
    """A file of the page."""
    known = {file.name: file for file in _STATIC.iterdir()}
    if name not in known:
        raise NotFound
    return FileResponse(known[name])


@cache
def worker() -> str:
    """The worker, told which files the page names, and a version that changes with any of them."""
    page, script = (_STATIC / "scan.html").read_text(), (_STATIC / "worker.js").read_text()
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    known = hashlib.sha256((page + script).encode())
    for file in files:
        known.update((_STATIC / file.rpartition("/")[2]).read_bytes())
    said = f'const VERSION = "{known.hexdigest()[:16]}", PAGE = "/s/page", FILES = {json.dumps(files)};'
    return script.replace('const VERSION = "none", PAGE = "/s/page", FILES = [];', said)
