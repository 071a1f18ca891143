"""Only in the demo: the accounts one may try, and the messages the SMS simulator took."""

import json
from typing import Any

import httpx
from fastapi import Request

from chassis.errors import NotFound, Unavailable
from chassis.service import PUBLIC
from chassis.service import router as new_router

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
    address = request.app.state.running.settings.sms_view_url
    if not address:
        raise NotFound
    try:
        async with httpx.AsyncClient(timeout=2) as client:
            return (await client.get(address)).json()
    except httpx.HTTPError as failed:
        raise Unavailable("短信模拟器没有响应") from failed
