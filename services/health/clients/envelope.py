"""SOAP 1.1 envelopes (W3C Note, 8 May 2000): written for one question, and read out of what a hospital answers.

What is read may be meant to do harm: no document type, no entity, so many levels, elements and signs of a text and no more;
its size is bounded where it comes in (web.py). Whatever is declared, it is UTF-8.
"""

from dataclasses import dataclass, field
from html import escape
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_DEEPEST, _MOST = 16, 100_000  # levels, of which ours have five; elements, of which a page of four megabytes has so many
_LONGEST = 1024  # signs of a text; no text of ours is so long, so what is beyond is not kept
_SAID = frozenset({"Client", "MustUnderstand", "VersionMismatch"})  # section 4.4.1: the message itself was not taken


class NotAnEnvelope(Exception):
    """It is no SOAP envelope with one thing in its body, or more than that."""


class Fault(Exception):
    """`is_undone`: nothing came of the message, by the hospital's own word. Else nobody knows."""

    def __init__(self, *, is_undone: bool) -> None:
        super().__init__("fault, undone" if is_undone else "fault")
        self.is_undone = is_undone


@dataclass(slots=True)
class Node:
    """An element: its name with its namespace, `{urn:…}Name`, its text, and what is in it."""

    name: str
    text: str = ""
    inside: list["Node"] = field(default_factory=list)

    def first(self, name: str) -> "Node | None":
        """The first of this name in it."""
        return next((one for one in self.inside if one.name == name), None)


class _Tree:
    """What a parser builds, while it stays within its bounds."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0

    def start(self, name: str, _: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= _DEEPEST or self._count > _MOST:
            raise NotAnEnvelope
        one = Node(name)
        if self._open:
            self._open[-1].inside.append(one)
        else:
            self.root = one
        self._open.append(one)

    def end(self, _: str) -> None:
        self._open.pop()

    def data(self, text: str) -> None:
        if len(self._open[-1].text) <= _LONGEST:
            self._open[-1].text += text

    def close(self) -> Node | None:
        return self.root


def read(content: bytes) -> Node:
    """What is in the body; Fault, NotAnEnvelope."""
    root = _parsed(content)
    body = root.first(f"{{{SOAP}}}Body") if root.name == f"{{{SOAP}}}Envelope" else None
    if body is None or len(body.inside) != 1:
        raise NotAnEnvelope
    (said,) = body.inside
    if said.name == f"{{{SOAP}}}Fault":
        raise _fault(said)
    return said


def _parsed(content: bytes) -> Node:
    parser = DefusedXMLParser(target=_Tree(), encoding="utf-8", forbid_dtd=True)
    try:
        parser.feed(content)
        root: Node | None = parser.close()
    except (ParseError, ExpatError, DefusedXmlException, ValueError, LookupError):
        raise NotAnEnvelope from None
    if root is None:
        raise NotAnEnvelope
    return root


def _fault(said: Node) -> Fault:
    """A code is a qualified name, and may say more behind a point (section 4.4.1); what is ours stands in the detail."""
    code, detail = said.first("faultcode"), said.first("detail")
    word = code.text.strip().rpartition(":")[2].partition(".")[0] if code is not None else ""
    is_busy = detail is not None and any(one.name.endswith("}Busy") for one in detail.inside)
    return Fault(is_undone=word in _SAID or is_busy)


def written(space: str, name: str, parts: list[tuple[str, str]]) -> bytes:
    """An envelope whose body is one element of this namespace, with these in it."""
    inside = "".join(f"<{part}>{escape(text, quote=False)}</{part}>" for part, text in parts)
    body = f'<{name} xmlns="{space}">{inside}</{name}>'
    return f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{SOAP}"><e:Body>{body}</e:Body></e:Envelope>'.encode()
