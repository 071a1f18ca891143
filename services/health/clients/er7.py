"""HL7 v2 messages as text (ER7, HL7 2.5 chapter 2.5 to 2.7): segments of fields of components, with their escapes.

Small and plain, because what is spoken is: `hl7` has had no release since 2022 and `hl7apy` is untyped and carries every version.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from contracts.calendar import CHENGDU

_ESCAPES = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\r": "\\X0D\\", "\n": "\\X0A\\"}
_MEANT = {escape: sign for sign, escape in _ESCAPES.items()}
_ESCAPE = re.compile("|".join(map(re.escape, _MEANT)))


class NotER7(Exception):
    """It is no message."""


def said(text: str) -> str:
    """A value as it stands in a field."""
    return "".join(_ESCAPES.get(sign, sign) for sign in text)


def meant(text: str) -> str:
    """A field's value, out of its escapes; read once from left to right, since whoever answers chooses how long it is."""
    return _ESCAPE.sub(lambda escape: _MEANT[escape[0]], text)


def parts(*components: str) -> str:
    """A field of several components."""
    return "^".join(said(one) for one in components)


def segment(name: str, fields: dict[int, str]) -> str:
    """A segment by the numbers of its fields, which are written already."""
    return "|".join([name, *(fields.get(n, "") for n in range(1, max(fields) + 1))])


def moment(at: datetime) -> str:
    """A time stamp (TS) of the hospital's place, with its zone."""
    return f"{at.astimezone(CHENGDU):%Y%m%d%H%M%S%z}"


def read_moment(text: str) -> datetime:
    """The same back; a time without zone is the place's own; NotER7 if it is none."""
    try:
        given = datetime.strptime(text, "%Y%m%d%H%M%S%z" if "+" in text or "-" in text else "%Y%m%d%H%M%S")  # noqa: DTZ007 - below
    except ValueError:
        raise NotER7("time") from None
    return given if given.tzinfo else given.replace(tzinfo=CHENGDU)


@dataclass(frozen=True)
class Segment:
    """A segment that came; fields count from 1, as the standard counts them."""

    name: str
    fields: tuple[str, ...]

    def part(self, field: int, component: int = 1) -> str:
        """A component of a field's first repetition; empty if it is not there."""
        whole = self.fields[field - 1] if field <= len(self.fields) else ""
        components = whole.split("~")[0].split("^")
        return meant(components[component - 1]) if component <= len(components) else ""


def parse(message: bytes) -> list[Segment]:
    """The segments of a message in UTF-8 with the usual separators; NotER7 if it is none."""
    try:
        text = message.decode()
    except UnicodeDecodeError:
        raise NotER7("no UTF-8") from None
    if not text.startswith("MSH|^~\\&|"):
        raise NotER7("no header")
    lines = [line for line in text.replace("\n", "\r").split("\r") if line]
    found = [line.split("|") for line in lines]
    found[0].insert(1, "|")  # MSH-1 is the separator itself
    return [Segment(one[0], tuple(one[1:])) for one in found]
