"""The WebSocket of a video room: two or three who are to see each other find each other here.

Its client shows `guohuai.visit.v1` and its ticket as subprotocols. It is told `hello`, `joined`, `left` and what the others send
to it, with `from`; it sends `offer`, `answer`, `candidate` with `to`, and as the doctor `end`.
"""

import logging
from typing import Any, cast
from uuid import UUID

from fastapi import WebSocket

from chassis import problems
from chassis.service import router as new_router
from services.health.actions.room import PROTOCOL, hub_of
from services.health.domain.ticket import TicketRefused


class _Nameless(logging.Filter):
    """The server tells of each handshake with the address of who came, and takes a refusal of ours for a fault."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not any(words in str(record.msg) for words in ("WebSocket", "without completing handshake"))


logging.getLogger("uvicorn.error").addFilter(_Nameless())
router = new_router("/api/v1/visits", tags=["visits"])


def _shown(websocket: WebSocket) -> str:
    """The ticket that was shown beside the protocol."""
    shown: list[str] = websocket.scope["subprotocols"]
    if len(shown) != 2 or shown[0] != PROTOCOL:  # noqa: PLR2004 - the protocol and the ticket
        raise TicketRefused
    return shown[1]


def _room(said: str) -> UUID:
    """Which appointment's; what is no id is no room, and that is told as everything else (the framework would say nothing)."""
    try:
        return UUID(said)
    except ValueError:
        raise TicketRefused from None


async def _refuse(websocket: WebSocket, broken: Exception) -> None:
    """Before there is a connection there is an answer of HTTP."""
    origin = websocket.app.state.running.settings.public_origin
    await websocket.send_denial_response(problems.document(problems.translated(broken), cast("Any", websocket), origin))


@router.websocket("/{appointment_id}")
async def attend_visit(websocket: WebSocket, appointment_id: str) -> None:
    """Be in the room for which one has a ticket."""
    hub = hub_of(websocket.app.state.running)
    try:
        peer = await hub.enter(_shown(websocket), _room(appointment_id))
    except Exception as broken:  # noqa: BLE001 - whatever broke becomes a problem document
        return await _refuse(websocket, broken)
    return await hub.serve(peer, websocket)
