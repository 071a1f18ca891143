"""Sheets as bodies: longer than the other bodies of this service, and not JSON."""

from asyncio import Semaphore
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


_two_at_once = Semaphore(2)  # of the connections to the database, which the others want as well


class _Sheet(Request):
    """A request whose body is put aside; the chassis, which bounds bodies far lower, is given its SHA-256 in its place.

    So the `Idempotency-Key` still tells one file from another.
    """

    async def arrive(self) -> None:
        """Take all of it, but no more than is read: whoever sends slowly keeps nobody waiting."""
        parts, size = [], 0
        async for part in super().stream():
            size += len(part)
            if size > MOST:
                break
            parts.append(part)
        self.state.sheet = b"".join(parts) if size <= MOST else None

    async def stream(self) -> AsyncGenerator[bytes, None]:
        if self.state.sheet is None:
            raise BodyTooLarge
        yield sha256(self.state.sheet).digest()


class SheetRoute(StepUpRoute):
    """A route that takes a sheet."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The one order of a request, with the body aside; what writes waits for its turn before it has a connection."""
        answer = super().get_route_handler()

        async def with_sheet(request: Request) -> Response:
            sheet = _Sheet(request.scope, request.receive)
            await sheet.arrive()
            if request.method == "GET":
                return await answer(sheet)
            async with _two_at_once:
                return await answer(sheet)

        return with_sheet
