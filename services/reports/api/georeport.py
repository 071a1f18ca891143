"""How GeoReport v2 writes: one answer, as XML or as JSON, and refusals as lists of errors in the same two."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError

from chassis.problems import status_of, translated
from chassis.route import Route

Form = Literal["xml", "json"]
MEDIA: dict[str, str] = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # by XML 1.0 section 2.2
_AS_IT_IS = frozenset({403, 404, 413, 429, 503})  # every other refusal is 400, as the standard has it


@dataclass(frozen=True)
class Many:
    """A list: XML names it and each of its items, JSON neither."""

    plural: str
    singular: str
    items: Iterable[Any]


def answer(said: Many | tuple[str, dict[str, Any]], form: Form, status: int = 200) -> Response:
    """A list, or one named thing, in the form that was asked for."""
    if form == "json":
        plain = _plain(said if isinstance(said, Many) else said[1])
        return Response(json.dumps(plain, ensure_ascii=False), status, media_type=MEDIA["json"])
    root = Element(said.plural if isinstance(said, Many) else said[0])
    _fill(root, said if isinstance(said, Many) else said[1])
    return Response(tostring(root, encoding="utf-8", xml_declaration=True), status, media_type=MEDIA["xml"])


def _plain(said: Any) -> Any:
    if isinstance(said, Many):
        return [_plain(one) for one in said.items]
    if isinstance(said, dict):
        return {name: _plain(value) for name, value in said.items()}
    if isinstance(said, datetime):
        return _moment(said)
    return str(said) if isinstance(said, UUID) else said


def _fill(element: Element, said: Any) -> None:
    if isinstance(said, Many):
        for one in said.items:
            _fill(SubElement(element, said.singular), one)
    elif isinstance(said, dict):
        for name, value in said.items():
            _fill(SubElement(element, name), value)
    elif said is not None:
        element.text = _text(said)


def _text(said: Any) -> str:
    if isinstance(said, bool):
        return "true" if said else "false"
    return _moment(said) if isinstance(said, datetime) else _FORBIDDEN.sub("", str(said))


def _moment(at: datetime) -> str:
    """The W3C's subset of ISO 8601, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class GeoReportRoute(Route):
    """Refusals of GeoReport: the right status, and a list that says what was wrong (section Errors)."""

    async def _refused(self, request: Request, broken: Exception) -> Response:
        plain = await super()._refused(request, broken)
        status = plain.status_code if plain.status_code in _AS_IT_IS or plain.status_code >= 500 else 400  # noqa: PLR2004
        told = Many("errors", "error", [{"code": code, "description": text} for code, text in _said(broken, status)])
        made = answer(told, _form(request), status)
        for name in ("retry-after", "cache-control"):
            if name in plain.headers:
                made.headers[name] = plain.headers[name]
        return made


def _said(broken: Exception, status: int) -> list[tuple[str, str]]:
    if isinstance(broken, RequestValidationError):
        where = [(".".join(map(str, one["loc"][1:])), one["msg"]) for one in broken.errors()[:50]]
        return [(str(status), f"{name}: {message}".encode("utf-8", "replace").decode()) for name, message in where]
    refusal = translated(broken)
    return [(str(status_of(type(refusal))), refusal.detail or type(refusal).zh)]


def _form(request: Request) -> Form:
    """XML where neither was asked for: it is the one that everybody must speak."""
    return "json" if request.url.path.endswith(".json") else "xml"
