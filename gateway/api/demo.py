"""Only in the demo: the accounts one may try, the simulated phones, the last events, and the traces."""

import json
from typing import Annotated, Any

import httpx
from fastapi import Path, Request
from sqlalchemy import select

from chassis.db import Work
from chassis.directory import areas
from chassis.envelope import rfc3339
from chassis.errors import NotFound, Unavailable
from chassis.route import Working
from chassis.service import PUBLIC
from chassis.service import router as new_router
from contracts.area import lineage
from gateway.live import hub_of

router = new_router("/demo", tags=["demo", PUBLIC])


@router.get("/accounts", include_in_schema=False)
async def list_accounts(request: Request) -> Any:
    """Accounts anybody may sign in with, because nobody real has them."""
    file = request.app.state.running.settings.demo_file
    if file is None or not file.is_file():
        raise NotFound
    return json.loads(file.read_text())


@router.get("/messages", include_in_schema=False)
async def list_messages(request: Request) -> Any:
    """What the simulated phones received."""
    return await _asked(request.app.state.running.settings.sms_view_url, "短信模拟器没有响应")


@router.get("/events", include_in_schema=False)
async def list_events(request: Request, work: Working) -> Any:
    """What happened last, wherever; ids and areas only, as everything on the live channel."""
    running = request.app.state.running
    if running.settings.demo_file is None:
        raise NotFound
    last = hub_of(running).recent(40)
    names = await _names(work)
    return [
        {
            "id": one.id, "topic": one.event.topic, "subject": one.event.subject, "area": one.event.area,
            "place": _called(names, one.event.area), "at": rfc3339(one.time), "trace_id": one.trace[3:35],
        } for one in last
    ]


async def _names(work: Work) -> dict[str, str]:
    return {row.path: row.name for row in await work.session.execute(select(areas.c.path, areas.c.name))}


def _called(names: dict[str, str], area: str) -> str:
    """What people call a place: its community, then courtyard, building, unit."""
    called = [names.get(path, "") for path in lineage(area)]
    return " ".join(filter(None, (*called[2:3], "".join(called[4:])))) or "".join(called[-1:]) or area


@router.get("/traces", include_in_schema=False)
async def list_traces(request: Request) -> Any:
    """The last traces the collector took."""
    return await _asked(request.app.state.running.settings.traces_url, "链路收集器没有响应")


@router.get("/traces/{trace}", include_in_schema=False)
async def get_trace(request: Request, trace: Annotated[str, Path(pattern="^[0-9a-f]{32}$")]) -> Any:
    """One trace, span by span."""
    address = request.app.state.running.settings.traces_url
    return await _asked(f"{address}/{trace}" if address else "", "链路收集器没有响应")


async def _asked(address: str, silent: str) -> Any:
    """What a helper of the demo shows; none is configured outside the demo."""
    if not address:
        raise NotFound
    try:
        async with httpx.AsyncClient(timeout=2) as client:
            answer = await client.get(address)
    except httpx.HTTPError as failed:
        raise Unavailable(silent) from failed
    if answer.status_code == 404:  # noqa: PLR2004 - it is not known there (any more)
        raise NotFound
    return answer.json()
