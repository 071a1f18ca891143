"""Before the framework: a live connection stays for hours, and all the layers it came through would stay with it."""

import logging
import time
from typing import Any

from starlette.datastructures import Headers

from chassis.auth import Claims
from chassis.process import Running
from chassis.route import admitted, bearer
from chassis.telemetry import REQUESTS
from gateway.live import hub_of

PATH = "/api/v1/live"
LONGEST = 64  # characters of a `Last-Event-ID`
START = {
    "type": "http.response.start", "status": 200,
    "headers": [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")],
}

log = logging.getLogger(__name__)


class Front:
    """The way in of the edge: who may listen is handed to the hub; everything else, refusals too, is the framework's."""

    def __init__(self, app: Any, running: Running) -> None:
        self._app = app
        self._running = running

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI 3."""
        listens = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "GET"
        began = time.perf_counter()
        found = await self._found(Headers(raw=scope["headers"])) if listens else None
        if found is None:
            await self._app(scope, receive, send)
        else:
            scope["headers"].clear()  # the server's own list: the token alone is a kilobyte, for as long as the stream is open
            REQUESTS.labels(self._running.service.name, "listen_live", 200).observe(time.perf_counter() - began)
            log.info("listens", extra={"facts": {"operation": "listen_live"}})
            await send(START)
            await hub_of(self._running).serve(*found, receive, send)

    async def _found(self, headers: Headers) -> tuple[Claims, str | None] | None:
        """Who listens, and from where on; None if that is refused, or cannot be said now."""
        try:
            claims = await bearer(headers, self._running)
            if claims is not None:
                (await admitted(claims, self._running)).scope("live.listen")
        except Exception:  # noqa: BLE001 - the framework meets it again, and knows the words for it
            return None
        last = headers.get("last-event-id")
        return (claims, last) if claims is not None and len(last or "") <= LONGEST else None
