"""The page at `/` and its files."""

from pathlib import Path

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


@router.get("/board", response_class=HTMLResponse, include_in_schema=False)
async def get_board_page() -> FileResponse:
    """公示: how it goes in a community, for everybody."""
    return FileResponse(_STATIC / "board.html")


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
