"""Refusals as RFC 9457 problem documents; one table from kind to status."""

from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.connectors.asyncio import AsyncAdapt_Error
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from chassis import errors
from chassis.telemetry import trace_id

STATUS: dict[type[errors.Refusal], int] = {
    errors.BadRequest: 400,
    errors.Invalid: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.PreconditionFailed: 412,
    errors.TooLarge: 413,
    errors.PreconditionRequired: 428,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}
MEDIA_TYPE = "application/problem+json"
_GONE = (OperationalError, PoolTimeout, OSError, TimeoutError)
_PASSING = ("40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300", "57014")  # the database may say yes a moment later


class InvalidRequest(errors.Invalid):
    """The request does not have the form this operation states; `errors` says where."""

    zh = "请求内容有误，请按提示修改"


class Unexpected(errors.Refusal):
    """A fault of ours. The trace id finds it in the logs."""

    zh = "系统出现意外错误，请稍后再试或联系社区"


class SomebodyWasFaster(errors.Conflict):
    """Another request made it impossible at the same moment."""

    zh = "该操作刚被其他人完成，请刷新后再试"


class StorageUnavailable(errors.Unavailable):
    """The database does not answer at the moment; nothing was kept."""

    zh = "数据服务暂时不可用，请稍后再试"


class Malformed(errors.BadRequest):
    """The request is not well formed: broken JSON, broken encoding."""

    zh = "请求格式错误"


def status_of(refusal: type[errors.Refusal]) -> int:
    """The HTTP status of a refusal's kind; a refusal of no kind is our own fault."""
    return next((status for kind, status in STATUS.items() if issubclass(refusal, kind)), 500)


def document(refusal: errors.Refusal, request: Request, origin: str) -> JSONResponse:
    """The answer that says what is not so, and where to read on."""
    status = status_of(type(refusal))
    english = request.headers.get("accept-language", "").lower().startswith("en")
    law = (type(refusal).__doc__ or "").strip().splitlines()[0]
    title = law if english else type(refusal).zh
    body: dict[str, Any] = {
        "type": f"{origin}/problems/{type(refusal).name()}",
        "title": title,
        "status": status,
        "detail": refusal.detail or title,
        "instance": request.url.path,
        "trace_id": trace_id() or None,
        **refusal.extra,
    }
    return JSONResponse(body, status, headers=_headers(refusal, status), media_type=MEDIA_TYPE)


def _headers(refusal: errors.Refusal, status: int) -> dict[str, str]:
    headers = {"cache-control": "no-store"}
    if isinstance(refusal, errors.TooMany | errors.Unavailable):
        headers["retry-after"] = str(refusal.retry_after)
    error = "invalid_token" if status == STATUS[errors.Unauthenticated] else refusal.extra.get("error")
    if error in {"invalid_token", "insufficient_scope"}:  # RFC 6750 section 3
        headers["www-authenticate"] = f'Bearer realm="guohuai", error="{error}"'
    return headers


def translated(broken: Exception) -> errors.Refusal:
    """Any exception as the refusal a caller is told; what we did not foresee says nothing of its cause."""
    if isinstance(broken, errors.Refusal):
        return broken
    told = _told(broken)
    code = getattr(told, "sqlstate", None) or ""
    if code.startswith("23"):  # a constraint
        return SomebodyWasFaster()
    if code.startswith("22"):  # data the database cannot keep, as a NUL in a text
        return InvalidRequest("内容含有无法保存的字符或数值")
    if code.startswith("08") or code in _PASSING or isinstance(told, _GONE) or _is_cut(told):
        return StorageUnavailable()
    return Unexpected()


def _told(broken: BaseException) -> BaseException:
    """What the driver said, bare or in the wrappings of SQLAlchemy and of its adapter."""
    while isinstance(broken, DBAPIError | AsyncAdapt_Error) and broken.__cause__ is not None:
        broken = broken.__cause__
    return broken


def _is_cut(told: BaseException) -> bool:
    """The driver has one class for a connection that is closed and for one that was used wrongly; only the words differ."""
    return isinstance(told, asyncpg.InternalClientError) or (isinstance(told, asyncpg.InterfaceError) and "closed" in str(told))


def install(app: FastAPI, origin: str) -> None:
    """Let every answer that is not a success be a problem document."""

    async def refused(request: Request, broken: Exception) -> JSONResponse:
        return document(translated(broken), request, origin)

    async def malformed(request: Request, broken: Exception) -> JSONResponse:
        found = broken.errors() if isinstance(broken, RequestValidationError) else []
        if any(one.get("type") == "json_invalid" for one in found):
            return document(Malformed("正文不是有效的 JSON"), request, origin)
        told = ((_spelled("/".join(map(str, one["loc"]))), one["msg"].removeprefix("Value error, ")) for one in found[:50])
        listed = [{"pointer": pointer, "message": message} for pointer, message in told]
        return document(InvalidRequest(errors=listed), request, origin)

    async def routing(request: Request, broken: Exception) -> JSONResponse:
        status = broken.status_code if isinstance(broken, HTTPException) else 500
        kinds: dict[int, errors.Refusal] = {404: errors.NotFound("没有这个地址"), 405: MethodNotAllowed(), 400: Malformed()}
        return document(kinds.get(status, Unexpected()), request, origin)

    app.add_exception_handler(errors.Refusal, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, routing)
    app.add_exception_handler(Exception, refused)


def _spelled(text: str) -> str:
    """Text from outside as UTF-8 can carry it: half a surrogate pair in a field's name must not break the answer."""
    return text.encode("utf-8", "replace").decode()


class MethodNotAllowed(errors.Refusal):
    """This address does not take this method."""

    zh = "该地址不支持此操作方式"


STATUS[MethodNotAllowed] = 405
