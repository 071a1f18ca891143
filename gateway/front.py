"""Before the framework: a live connection stays for hours, and all the layers it came through would stay with it."""

from typing import Any

from starlette.datastructures import Headers

from chassis.auth import Claims
from chassis.errors import Refusal
from chassis.process import Running
from chassis.route import admitted, bearer
from gateway.live import hub_of

PATH = "/api/v1/live"
LONGEST = 64  # characters of a `Last-Event-ID`
HEADERS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store"}
_START = {
    "type": "http.response.start", "status": 200,
    "headers": [(name.encode(), value.encode()) for name, value in HEADERS.items()],
}


class Front:
    """The way in of the edge: who may listen is handed to the hub; everything else, refusals too, is the framework's."""

    def __init__(self, app: Any, running: Running) -> None:
        self._app = app
        self._running = running

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI 3."""
        listens = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "GET"
        found = await self._found(Headers(scope=scope)) if listens else None
        if found is None:
            await self._app(scope, receive, send)
        else:
            scope["headers"].clear()  # the token alone is a kilobyte
            await send(_START)
            await hub_of(self._running).serve(*found, receive, send)

    async def _found(self, headers: Headers) -> tuple[Claims, str | None] | None:
        """Who listens, and from where on; None if that is refused."""
        try:
            claims = await bearer(headers, self._running)
            if claims is not None:
                await admitted(claims, self._running)
        except Refusal:
            return None
        last = headers.get("last-event-id")
        return (claims, last) if claims is not None and len(last or "") <= LONGEST else None
