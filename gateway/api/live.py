"""The live channel over SSE."""

from typing import Annotated, Any

from fastapi import Header, Request, Response
from fastapi.responses import StreamingResponse

from chassis.auth import Claims, TokenRefused
from chassis.route import Actor, claims_of
from chassis.service import router as new_router
from gateway.front import LONGEST, PATH, START
from gateway.live import Hub, hub_of

router = new_router(PATH, tags=["live"])


class _Stream(Response):
    """Hands the connection to the hub, which writes to it itself."""

    def __init__(self, hub: Hub, claims: Claims, last: str | None) -> None:
        super().__init__()
        self._hub, self._claims, self._last = hub, claims, last

    async def __call__(self, _: Any, receive: Any, send: Any) -> None:
        await send(START)
        await self._hub.serve(self._claims, self._last, receive, send)


@router.get("", response_class=StreamingResponse)
async def listen_live(
    request: Request, actor: Actor, last_event_id: Annotated[str | None, Header(max_length=LONGEST)] = None
) -> Response:
    """Hints of what happens where one serves, lives, or is named; resume with `Last-Event-ID`."""
    actor.scope("live.listen")
    claims = await claims_of(request)
    if claims is None:
        raise TokenRefused
    return _Stream(hub_of(request.app.state.running), claims, last_event_id)
