"""What Envoy says itself when it refuses: the same problem documents as the services', in the language that was asked for."""

from typing import Any

_TYPE = "type.googleapis.com/envoy"
_PROBLEM = "application/problem+json; charset=utf-8"
_LATER = {429: "1", 502: "2", 503: "2", 504: "2"}  # seconds

_SAID: tuple[tuple[int, str, str, str], ...] = (
    (400, "malformed", "请求格式错误", "The request is not well formed."),
    (401, "token-refused", "登录凭证无效或已过期，请重新登录", "The access token is missing, forged or over."),
    (403, "token-refused", "登录凭证不适用于此服务", "The token is not for this service."),
    (404, "not-found", "没有这个地址", "There is no such address."),
    (408, "malformed", "请求发送超时，请重试", "The request took too long to arrive."),
    (413, "body-too-large", "提交的内容过大", "The body is longer than this operation takes."),
    (426, "malformed", "请使用 HTTP/1.1 或 HTTP/2", "HTTP/1.0 is not spoken here: use HTTP/1.1 or HTTP/2."),
    (429, "too-many", "操作过于频繁，请稍后再试", "Too many requests; wait a second."),
    (431, "malformed", "请求头过大", "The request's headers are too large."),
    (501, "malformed", "不支持该传输方式", "This transfer coding is not understood."),
    (502, "unavailable", "服务暂时不可用，请稍后再试", "The service answered nonsense."),
    (503, "unavailable", "服务暂时不可用，请稍后再试", "The service does not answer at the moment."),
    (504, "unavailable", "服务响应超时，请稍后再试", "The service took too long."),
)


def own_answers(origin: str) -> dict[str, Any]:
    """Envoy's own refusals in the form of all others; keys that could not be fetched are no reason to sign out."""
    cold = {"extension_filter": {"name": "cel", "typed_config": {
        "@type": f"{_TYPE}.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
        "expression": "response.code_details.contains('Jwks_remote_fetch')",
    }}}
    _, name, chinese, _ = _SAID[-2]
    mappers = [_mapper({"and_filter": {"filters": [_status(401), cold]}}, f"{origin}/problems/{name}", 503, chinese)]
    for status, name, chinese, english in _SAID:
        speaks = {"header_filter": {"header": {"name": "accept-language", "string_match": {"prefix": "en"}}}}
        both = {"and_filter": {"filters": [_status(status), speaks]}}
        problem = f"{origin}/problems/{name}"
        mappers += [_mapper(both, problem, status, english), _mapper(_status(status), problem, status, chinese)]
    return {"mappers": mappers}


def _status(code: int) -> dict[str, Any]:
    return {"status_code_filter": {"comparison": {
        "op": "EQ", "value": {"default_value": code, "runtime_key": f"never.{code}"},
    }}}


def _mapper(when: dict[str, Any], problem: str, status: int, said: str) -> dict[str, Any]:
    later = [{"header": {"key": "retry-after", "value": _LATER[status]}}] if status in _LATER else []
    return {
        "filter": when,
        "status_code": status,
        "headers_to_add": [*later, {
            "header": {"key": "cache-control", "value": "no-store"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
        }],
        "body_format_override": {
            "json_format": {
                "type": problem, "title": said, "status": status, "detail": said,
                "instance": "%PATH(NQ)%", "trace_id": "%RESP(X-TRACE-ID)%",
            },
            "content_type": _PROBLEM,
        },
    }
