"""The one order of a request: begin, reserve, run, render, keep the answer, commit, and only then answer."""

import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers

from chassis.auth import Claims, TokenRefused
from chassis.db import Work
from chassis.envelope import Cause
from chassis.errors import Invalid, Refusal, TooLarge
from chassis.idempotency import Reservation
from chassis.process import Running
from chassis.reach import NOBODY
from chassis.rights import Actor as ActorType
from chassis.telemetry import REQUESTS, span

MAX_BODY_BYTES = 256 * 1024
_KEY_LENGTH = 200
_READS = frozenset({"GET", "HEAD"})

log = logging.getLogger(__name__)

class IdempotencyKeyRequired(Invalid):
    """What creates something carries an `Idempotency-Key`, so that a repeated request creates it once."""

    zh = "缺少 Idempotency-Key 请求头"


class BodyTooLarge(TooLarge):
    """The body is longer than this operation takes."""

    zh = "提交的内容过大"


class Route(APIRoute):
    """Every route of every service."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler, with the transaction around it."""
        inner = super().get_route_handler()

        async def answer(request: Request) -> Response:
            started = time.perf_counter()
            running: Running = request.app.state.running
            name, operation = f"{request.method} {self.path_format}", self.operation_id or self.name
            with span(name, came=request.headers.get("traceparent", ""), kind=SpanKind.SERVER):
                try:
                    await _bound(request)
                    await _known(request, running, name)
                    response = await self._transaction(request, inner, running)
                except Exception as broken:  # noqa: BLE001 - whatever broke becomes a problem document
                    response = await self._refused(request, broken)
                count(running, operation, response.status_code, started)
                return response

        return answer

    async def _refused(self, request: Request, broken: Exception) -> Response:
        handlers = request.app.exception_handlers
        handler = next(handlers[kind] for kind in type(broken).__mro__ if kind in handlers)
        made: Response = await handler(request, broken)
        if made.status_code >= 500:  # noqa: PLR2004
            log.log(logging.WARNING if isinstance(broken, Refusal) else logging.ERROR, "failed", exc_info=broken)
        return made

    async def _transaction(self, request: Request, inner: Callable[[Request], Awaitable[Response]], running: Running) -> Response:
        actor: ActorType | None = request.state.actor
        reach = running.service.reach(actor) if running.service.reach is not None else NOBODY
        if request.method in _READS:
            async with running.database.reading(reach) as work:
                request.state.work = work
                return await inner(request)
        async with running.database.work(cause=Cause(acting=None if actor is None else actor.acting), reach=reach) as work:
            request.state.work = work
            reservation = await self._reserve(request, work)
            if reservation is not None and reservation.earlier is not None:
                status, body = reservation.earlier
                return Response(body, status, {"idempotent-replayed": "true"}, media_type="application/json")
            response = await self._kept(request, inner, running, work, reservation)
            if reservation is not None:
                await reservation.keep(response.status_code, bytes(response.body))
            await running.database.commit(work)
            return response

    async def _kept(
        self, request: Request, inner: Callable[[Request], Awaitable[Response]], running: Running, work: Work,
        reservation: Reservation | None,
    ) -> Response:
        try:
            return await inner(request)
        except Refusal as refused:
            if refused.keeps:
                if reservation is not None:
                    await reservation.drop()
                await running.database.commit(work)
            raise

    async def _reserve(self, request: Request, work: Work) -> Reservation | None:
        key = request.headers.get("idempotency-key")
        claims = await claims_of(request, required=False)
        if claims is None:
            return None
        if key is None or not 0 < len(key) <= _KEY_LENGTH:
            if self.status_code == 201:  # noqa: PLR2004
                raise IdempotencyKeyRequired
            return None
        said = f"{request.method} {request.url.path}?{request.url.query}\n{claims.acting or ''}".encode() + await request.body()
        return await Reservation.take(work, claims.sub, key, hashlib.sha256(said).digest())


def count(running: Running, operation: str, status: int, started: float) -> None:
    """An answer, in the metrics and in the log; `started` as `time.perf_counter` tells it."""
    seconds = time.perf_counter() - started
    REQUESTS.labels(running.service.name, operation, status).observe(seconds)
    log.info("answered", extra={"facts": {"operation": operation, "status": status, "ms": round(seconds * 1000, 1)}})


async def _bound(request: Request) -> None:
    """Read the body, and no more of it than is taken."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise BodyTooLarge
        parts.append(part)
    request._body = b"".join(parts)  # noqa: SLF001 - where Starlette itself keeps a body that was read


async def claims_of(request: Request, *, required: bool = True) -> Claims | None:
    """The claims of the request's bearer token, checked once a request."""
    if not hasattr(request.state, "claims"):
        request.state.claims = await bearer(request.headers, request.app.state.running)
    claims: Claims | None = request.state.claims
    if claims is None and required:
        raise TokenRefused
    return claims


async def bearer(headers: Headers, running: Running) -> Claims | None:
    """The claims of the bearer token in these headers, None without one."""
    given = headers.getlist("authorization")
    if len(given) > 1:
        raise TokenRefused
    scheme, _, token = (given[0] if given else "").partition(" ")
    return await running.verifier.verify(token) if scheme.lower() == "bearer" and token else None


async def _known(request: Request, running: Running, act: str) -> None:
    """Who is calling, found out before the transaction begins: a request never holds two connections.

    Whoever acts for another is noted with what they try, whatever comes of it.
    """
    claims = await claims_of(request, required=False)
    actor = request.state.actor = None if claims is None else await admitted(claims, running)
    if actor is not None and actor.acting is not None:
        who, whom = actor.acting, f"person/{actor.id}"
        await running.database.do(lambda work: work.audit("proxies.act", whom, actor=who, reason=act))


async def admitted(claims: Claims, running: Running) -> ActorType:
    """The person of a good token; TokenRefused if their access was withdrawn after it was issued, or that of who acts for them.

    A proxy acts for a person, never for an office of theirs.
    """
    actor, *void = await running.directory.actor(claims.sub, claims.scopes)
    if claims.acting is not None:
        actor = replace(actor, assignments=(), acting=claims.acting)
        void.append((await running.directory.actor(claims.acting))[1])
    if any(moment is not None and claims.issued_at < moment for moment in void):
        raise TokenRefused
    return actor


async def _actor(request: Request) -> ActorType:
    actor: ActorType | None = request.state.actor
    if actor is None:
        raise TokenRefused
    return actor


async def _work(request: Request) -> Work:
    work: Work = request.state.work
    return work


Actor = Annotated[ActorType, Depends(_actor)]
Working = Annotated[Work, Depends(_work)]
