"""What a FHIR search asks for, as plain values: FHIR R4 (4.0.1), section 3.1.1, "Search", its types and prefixes."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from chassis.errors import BadRequest
from contracts.calendar import CHENGDU

MOST = 50  # values of a parameter, and parameters of a search: whoever wants more asks again
PREFIXES = frozenset({"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"})
_DATE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)")
_LAST = date(9990, 1, 1)  # further off no database compares


class ParameterRefused(BadRequest):
    """A search parameter has a value, modifier or prefix that cannot be searched for; `parameter` says which."""

    zh = "检索参数的取值、修饰符或前缀无法识别"


class ParameterUnknown(BadRequest):
    """`Prefer: handling=strict` was said, and this door does not search by that parameter."""

    zh = "不支持该检索参数（handling=strict）"


@dataclass(frozen=True)
class Span:
    """A date parameter: its prefix, and the half-open stretch of time that its precision covers."""

    prefix: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Token:
    """`[system|]code`; a system that was not said is None, one that was said to be none is empty."""

    system: str | None
    code: str


@dataclass(frozen=True)
class Reference:
    """`[Type/]id`, or an absolute address below our base; `kind` is None where only the id was said."""

    kind: str | None
    key: str


@dataclass(frozen=True)
class Asked:
    """One parameter as it came: its name, modifier (or empty) and the values of which one must fit."""

    name: str
    modifier: str
    values: tuple[str, ...]


def asked(name: str, value: str) -> Asked:
    """A parameter of an address; a comma is "or", one behind a backslash is itself (section 3.1.1.4.20)."""
    bare, _, modifier = name.partition(":")
    values = tuple(one.replace("\0", ",") for one in value.replace("\\,", "\0").split(","))
    if len(values) > MOST:
        raise ParameterRefused(parameter=bare[:64])
    return Asked(bare, modifier, values)


def span(name: str, value: str) -> Span:
    """A date with its prefix. A day is one of Chengdu; a time without its zone is refused, for nobody knows when that is."""
    prefix, rest = (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)
    rest = rest.replace(" ", "+")  # as a `+` that nobody escaped arrives
    try:
        since, until = _moment(rest) if "T" in rest else _day(rest)
    except (ValueError, OverflowError):
        raise ParameterRefused(parameter=name) from None
    return Span(prefix, since, until)


def _moment(said: str) -> tuple[datetime, datetime]:
    found = _MOMENT.fullmatch(said)
    if found is None:
        raise ValueError(said)
    since = datetime.fromisoformat(said)
    if not date.min < since.date() < _LAST:
        raise ValueError(said)
    fraction = timedelta(microseconds=10 ** (7 - len(found[2] or ".")))
    return since, since + (fraction if found[1] else timedelta(minutes=1))


def _day(said: str) -> tuple[datetime, datetime]:
    found = _DATE.fullmatch(said)
    if found is None:
        raise ValueError(said)
    year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    first = date(year, month, day)
    last = first + timedelta(days=1)
    if found[2] is None:
        last = date(year + 1, 1, 1)
    elif found[3] is None:
        last = (first + timedelta(days=31)).replace(day=1)
    if not date.min < first < _LAST:
        raise ValueError(said)
    return _begins(first), _begins(last)


def _begins(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHENGDU)


def token(value: str) -> Token:
    """A code with or without its system."""
    system, bar, code = value.rpartition("|")
    return Token(system if bar else None, code)


def reference(value: str, base: str) -> Reference:
    """Whom a reference names; one to another server names nobody here."""
    bare = value.removeprefix(f"{base}/")
    kind, slash, key = bare.partition("/")
    return Reference(kind, key) if slash else Reference(None, bare)


def key_of(said: str) -> UUID | None:
    """An id as the database has it; None of what is none of ours, for ids are UUIDs as we write them."""
    try:
        found = UUID(said)
    except ValueError:
        return None
    return found if str(found) == said else None
