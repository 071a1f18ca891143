"""Sheets as bodies: longer than the other bodies of this service, and not JSON."""

from collections.abc import AsyncGenerator, Callable, Coroutine
from hashlib import sha256
from typing import Any

from fastapi import Request, Response

from chassis.route import BodyTooLarge
from services.identity.api.fresh import StepUpRoute

MOST = 4 * 1024 * 1024  # bytes; 10,000 rows are about 1 MB as CSV and half of that as XLSX
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
TAKEN: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in (CSV, XLSX)},
    },
}


class _Sheet(Request):
    """A request whose body is put aside; the chassis, which bounds bodies far lower, is given its SHA-256 in its place.

    So the `Idempotency-Key` still tells one file from another.
    """

    async def stream(self) -> AsyncGenerator[bytes, None]:
        parts, size = [], 0
        async for part in super().stream():
            size += len(part)
            if size > MOST:
                raise BodyTooLarge
            parts.append(part)
        self.state.sheet = b"".join(parts)
        yield sha256(self.state.sheet).digest()


class SheetRoute(StepUpRoute):
    """A route that takes a sheet."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The one order of a request, with the body aside."""
        answer = super().get_route_handler()

        async def with_sheet(request: Request) -> Response:
            return await answer(_Sheet(request.scope, request.receive))

        return with_sheet
