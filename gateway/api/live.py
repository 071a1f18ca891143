"""The live channel over SSE."""

from typing import Annotated

from fastapi import Header, Request
from fastapi.responses import StreamingResponse

from chassis.auth import TokenRefused
from chassis.route import Actor, claims_of
from chassis.service import router as new_router
from gateway.live import hub_of

router = new_router("/api/v1/live", tags=["live"])


@router.get("", response_class=StreamingResponse)
async def listen_live(
    request: Request, actor: Actor, last_event_id: Annotated[str | None, Header(max_length=64)] = None
) -> StreamingResponse:
    """Hints of what happens where one serves, lives, or is named; resume with `Last-Event-ID`."""
    actor.scope("live.listen")
    claims = await claims_of(request)
    if claims is None:
        raise TokenRefused
    running = request.app.state.running
    lines = hub_of(running).stream(claims, last_event_id, running.settings.clock)
    return StreamingResponse(lines, media_type="text/event-stream", headers={"cache-control": "no-store"})
