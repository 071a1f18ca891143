"""Before the framework: the two tokens that are asked for all day, a phone's next one and a program's own, answered plainly.

What is not plainly good goes the long way and is decided there alone, so nobody is refused here. Why: decision 0028.
"""

import time
from typing import Any
from urllib.parse import parse_qsl

from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from chassis.db import Work
from chassis.process import Running
from chassis.rights import OWN
from chassis.route import count
from chassis.telemetry import span
from contracts.area import Role
from services.identity.actions import grants, sessions
from services.identity.api.token import TokenRequest, TokenView, told, told_alone
from services.identity.domain.clients import CREDENTIALS, REFRESH
from services.identity.domain.networks import BOUND

_PATH, _FORM = "/oauth/token", b"application/x-www-form-urlencoded"
_MOST_BYTES, _MOST_PIECES = 16 * 1024, 16
_LONG_WAY = frozenset({b"authorization", b"idempotency-key"})  # headers that mean something else
_PROOF = frozenset({"client_id", "client_assertion_type", "client_assertion"})
_PLAIN = {
    REFRESH: frozenset({"grant_type", "client_id", "refresh_token"}),
    CREDENTIALS: frozenset({"grant_type", *_PROOF, "scope", "audience", "resource"}),
}


class Plain:
    """Answers what is plain, and passes everything else on as it came."""

    def __init__(self, app: Any, running: Running) -> None:
        self._app, self._running = app, running
        roles = running.settings.second_factor_roles.split(",")  # type: ignore[attr-defined]
        self._bound = frozenset({*filter(None, roles), *BOUND, Role.ADMIN})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI 3."""
        if scope["type"] != "http" or scope["path"] != _PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        headers, said = dict(scope["headers"]), await _read(receive)
        asked = _asked(headers, said) if len(headers) == len(scope["headers"]) else None  # none is said twice
        view = await self._view(asked, headers.get(b"traceparent", b"").decode("latin-1")) if asked is not None else None
        if view is None:
            await self._app(scope, lambda: _again(said, receive), send)
        else:
            await _answer(send, view.model_dump_json(exclude_none=True).encode())

    async def _view(self, asked: TokenRequest, came: str) -> TokenView | None:
        started = time.perf_counter()
        with span(f"POST {_PATH}", came=came, kind=SpanKind.SERVER):
            try:
                async with self._running.database.reading() as work:  # each statement is a transaction of its own
                    view = await self._made(work, asked)
            except Exception:  # noqa: BLE001 - whatever broke, the long way breaks in words; what was done is answered alike there
                return None
            if view is not None:
                count(self._running, "exchange_token", 200, started)
            return view

    async def _made(self, work: Work, asked: TokenRequest) -> TokenView | None:
        if asked.grant_type == CREDENTIALS:
            audience = asked.audience or asked.resource
            return told_alone(await grants.in_its_own_name_plainly(work, asked.credentials, scope=asked.scope, audience=audience))
        session = await sessions.refresh_plainly(work, asked.refresh_token, self._bound)
        return told(session) if session is not None else None


async def _read(receive: Any) -> list[Any]:
    """The messages of a body, as far as a form of ours can go; of more pieces than a client of ours makes no more are read."""
    said, size = [await receive()], 0
    while said[-1].get("more_body") and size <= _MOST_BYTES and len(said) < _MOST_PIECES:
        size += len(said[-1]["body"])
        said.append(await receive())
    return said


def _asked(headers: dict[bytes, bytes], said: list[Any]) -> TokenRequest | None:
    """What a form asks for that says nothing else than our own sign-in, or a program that signs, has to; None of every other."""
    if headers.get(b"content-type") != _FORM or not _LONG_WAY.isdisjoint(headers) or said[-1].get("more_body"):
        return None
    try:
        pairs = parse_qsl(b"".join(one["body"] for one in said).decode("ascii"), keep_blank_values=True, strict_parsing=True)
        asked = TokenRequest.model_validate(form := dict(pairs))
    except (KeyError, ValueError, ValidationError):
        return None
    is_plain = len(pairs) == len(form) and form.keys() <= _PLAIN.get(asked.grant_type, frozenset())
    is_ours = asked.client_id in {"", OWN} if asked.grant_type == REFRESH else bool(asked.client_assertion)
    return asked if is_plain and is_ours else None


async def _again(said: list[Any], receive: Any) -> Any:
    return said.pop(0) if said else await receive()


async def _answer(send: Any, body: bytes) -> None:
    fields = {"content-length": str(len(body)), "content-type": "application/json", "cache-control": "no-store"}
    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
