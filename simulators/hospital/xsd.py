"""The schema of a WSDL, as far as it is used there: sequences of elements, and texts by their base, length, pattern and words.

XML Schema 1.0: a particle comes as often as it may and in its order, and whatever is not named does not come. What a schema says
that is not known here is refused when it is read, so nothing of it is passed over.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, parse

XS, WSDL = "{http://www.w3.org/2001/XMLSchema}", "{http://schemas.xmlsoap.org/wsdl/}"
_SIMPLE, _COMPLEX = f"{XS}simpleType", f"{XS}complexType"
_DATETIME = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_UNBOUNDED = 10**9


class Unfit(Exception):
    """What is wrong, and where."""


@dataclass(frozen=True)
class Particle:
    """An element in a sequence: its name, its type's, and how often it comes."""

    name: str
    kind: str
    least: int
    most: int


class Schema:
    """What a WSDL's schema says."""

    def __init__(self, path: Path) -> None:
        found = parse(path).find(f"{WSDL}types/{XS}schema")  # noqa: S314 - our own file
        if found is None:
            raise ValueError("no schema")
        self.space = f"{{{found.get('targetNamespace')}}}"
        self._texts: dict[str, list[tuple[str, str]]] = {}
        self._sequences: dict[str, list[Particle]] = {}
        self._elements: dict[str, list[Particle]] = {}
        for one in found:
            _READ[one.tag](self, one)

    def simple(self, one: Element) -> None:
        """A text that is restricted; `base` is the first of what is said of it."""
        restriction = one.find(f"{XS}restriction")
        if restriction is None:
            raise ValueError("a simple type that is no restriction")
        facets = [(facet.tag.removeprefix(XS), facet.get("value", "")) for facet in restriction]
        self._texts[one.get("name", "")] = [("base", restriction.get("base", "").removeprefix("xs:")), *facets]

    def complex(self, one: Element) -> None:
        """A sequence that has a name."""
        self._sequences[one.get("name", "")] = _sequence(one)

    def element(self, one: Element) -> None:
        """What may stand in a body."""
        kind = one.find(_COMPLEX)
        if kind is None:
            raise ValueError("an element without a type of its own")
        self._elements[one.get("name", "")] = _sequence(kind)

    def check(self, one: Element) -> None:
        """Unfit unless it is one of the schema's elements, whole."""
        name = one.tag.removeprefix(self.space)
        if not one.tag.startswith(self.space) or name not in self._elements:
            raise Unfit(f"{one.tag} is not known")
        self._check_sequence(one, self._elements[name])

    def _check_sequence(self, one: Element, particles: list[Particle]) -> None:
        if (one.text or "").strip() or any((child.tail or "").strip() for child in one) or one.attrib:
            raise Unfit(f"{one.tag} has a text or an attribute")
        left = list(one)
        for particle in particles:
            count = 0
            while left and count < particle.most and left[0].tag == f"{self.space}{particle.name}":
                self._check_one(left.pop(0), particle.kind)
                count += 1
            if count < particle.least:
                raise Unfit(f"{particle.name} is wanted in {one.tag}")
        if left:
            raise Unfit(f"{left[0].tag} has no place in {one.tag}")

    def _check_one(self, one: Element, kind: str) -> None:
        if kind in self._sequences:
            self._check_sequence(one, self._sequences[kind])
            return
        if len(one) or one.attrib:
            raise Unfit(f"{one.tag} is a text")
        facets = self._texts[kind]
        text = token(one)
        words = [value for name, value in facets if name == "enumeration"]
        if (words and text not in words) or not all(_FACETS[name](text, value) for name, value in facets):
            raise Unfit(f"{one.tag} is no {kind}")


def token(one: Element) -> str:
    """Its text as xs:token has it."""
    return re.sub(r"[ \t\r\n]+", " ", one.text or "").strip(" ")


def _sequence(one: Element) -> list[Particle]:
    (whole,) = [child for child in one if child.tag != f"{XS}annotation"]
    if whole.tag != f"{XS}sequence" or any(child.tag != f"{XS}element" for child in whole):
        raise ValueError("a type that is no sequence of elements")
    return [
        Particle(
            each.attrib["name"], each.attrib["type"].partition(":")[2], int(each.get("minOccurs", "1")),
            _UNBOUNDED if each.get("maxOccurs") == "unbounded" else int(each.get("maxOccurs", "1")),
        )
        for each in whole
    ]


_READ: dict[str, Any] = {_SIMPLE: Schema.simple, _COMPLEX: Schema.complex, f"{XS}element": Schema.element}
_BASES: dict[str, Any] = {"token": lambda _: True, "dateTime": _DATETIME.fullmatch}
_FACETS: dict[str, Any] = {
    "base": lambda text, base: _BASES[base](text), "enumeration": lambda *_: True,
    "pattern": lambda text, pattern: re.fullmatch(pattern, text, re.ASCII),
    "minLength": lambda text, least: len(text) >= int(least), "maxLength": lambda text, most: len(text) <= int(most),
}
