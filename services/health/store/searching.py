"""A FHIR search as SQL: each parameter a condition, pages by keyset, so that they are stable while rows change."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, DateTime, Select, Text, Uuid, and_, cast, false, func, literal, or_, select, tuple_

from chassis.db import Work
from services.health.domain.resources import SYSTEMS
from services.health.domain.search import Asked, ParameterRefused, Span, key_of, reference, span, token
from services.health.store.kinds import Param, Rows
from services.health.store.resources import KINDS

COUNTED = 10_001
_ABOUT = timedelta(days=1)  # what `ap` allows on either side: visits are looked for by the day (3.1.1.4.7 leaves it to us)
_LIKE = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


@dataclass(frozen=True)
class Search:
    """What is searched for, and which page of it."""

    kind: str
    asked: tuple[Asked, ...] = ()
    limit: int = 20
    cursor: str | None = None
    sort: str = "_id"  # or `start`, `date`, with a `-` before it
    total: str = "estimate"  # or `none`, `accurate`: estimated it is counted up to COUNTED
    referring: tuple[str, ...] = ()  # what comes with it because it refers to it (`_revinclude`)

    @property
    def falls(self) -> bool:
        """Whether the last comes first."""
        return self.sort.startswith("-")


@dataclass(frozen=True)
class Found:
    """A page: its rows, the cursor of the next one, and how many there are in all."""

    rows: list[Any] = field(default_factory=list)
    next: str | None = None
    total: int | None = 0


async def page(work: Work, search: Search, base: str, **bound: Any) -> Found:
    """One page; `bound` is who asks: hospital, program, now, and nobody for whom seats are set aside."""
    kind = KINDS[search.kind]
    rows = kind.rows.where(*(condition(kind, one, search.kind, base) for one in search.asked))
    values = {**bound, "person": None}
    total = await _counted(work, rows, search.total, values)
    if search.limit == 0:
        return Found(total=total)
    order = _order(kind, search)
    if search.cursor is not None:
        rows = rows.where(_beyond(order, search))
    window = rows.order_by(*(one.desc() if search.falls else one for one in order)).limit(search.limit + 1)
    found = list((await work.session.execute(window, values)).all())
    shown = found[: search.limit]
    more = _cursor(shown[-1], by_time=len(order) > 1) if len(found) > search.limit else None
    return Found(shown, more, total)


async def _counted(work: Work, rows: Select[Any], how: str, values: dict[str, Any]) -> int | None:
    if how == "none":
        return None
    within = rows.with_only_columns(literal(1), maintain_column_froms=True)
    within = within if how == "accurate" else within.limit(COUNTED)
    return int((await work.session.scalar(select(func.count()).select_from(within.subquery()), values)) or 0)


async def of(work: Work, kind: str, keys: Iterable[str], **bound: Any) -> list[Any]:
    """The rows with these ids, as far as they are there for who asks."""
    wanted = [key for one in keys if (key := key_of(one)) is not None]
    if not wanted:
        return []
    rows = KINDS[kind]
    asked = rows.rows.where(rows.key.in_(wanted))
    return list((await work.session.execute(asked, {**bound, "person": None})).all())


def _order(kind: Rows, search: Search) -> list[ColumnElement[Any]]:
    return [kind.begins, kind.key] if search.sort.lstrip("-") != "_id" and kind.begins is not None else [kind.key]


def _cursor(row: Any, *, by_time: bool) -> str:
    said = [row.starts_at.isoformat(), str(row.id)] if by_time else [str(row.id)]
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode()


def _beyond(order: list[ColumnElement[Any]], search: Search) -> ColumnElement[bool]:
    try:
        said = json.loads(base64.b64decode(search.cursor or "", altchars=b"-_", validate=True))
        values: list[Any] = [UUID(said[-1])] if len(order) == 1 else [datetime.fromisoformat(said[0]), UUID(said[1])]
        is_whole = len(said) == len(order) and all(one.tzinfo for one in values if isinstance(one, datetime))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, binascii.Error):
        is_whole = False
    if not is_whole:
        raise ParameterRefused(parameter="_cursor")
    kinds: dict[type, Any] = {UUID: Uuid(), datetime: DateTime(timezone=True)}
    here, there = tuple_(*order), tuple_(*(literal(value, kinds[type(value)]) for value in values))
    return here < there if search.falls else here > there


def condition(kind: Rows, asked: Asked, name: str, base: str) -> ColumnElement[bool]:
    """What must be so of a row; ParameterRefused for a modifier or value this type does not have."""
    param = Param("token", {"": kind.key}) if asked.name == "_id" else kind.params[asked.name]
    named = name if asked.name == "identifier" else ""
    if asked.modifier == "missing":
        return _is_missing(param, asked)
    return or_(*(_BY[param.type](param, asked, value, named, base) for value in asked.values))


def _is_missing(param: Param, asked: Asked) -> ColumnElement[bool]:
    """`:missing` (section 3.1.1.4.6): whether the resource says nothing there."""
    nothing = and_(*(column.is_(None) for column in param.columns.values()))
    if asked.values not in {("true",), ("false",)}:
        raise ParameterRefused(parameter=asked.name)
    return nothing if asked.values == ("true",) else ~nothing


def _by_token(param: Param, asked: Asked, value: str, named: str, _: str) -> ColumnElement[bool]:
    """A code, whatever its system; of an identifier, of ours."""
    if asked.modifier not in {"", "not"}:
        raise ParameterRefused(parameter=asked.name)
    said = token(value)
    is_ours = not named or said.system in {None, SYSTEMS[named]}
    if named and is_ours and said.system is not None and not said.code:
        fits: ColumnElement[bool] = literal(True)  # any of this system
    else:
        fits = or_(*(_is(column, said.code) for column in param.columns.values())) if is_ours else false()
    if param.others is not None and said.system not in SYSTEMS.values():
        fits |= param.others(said.system, said.code)
    return ~fits if asked.modifier == "not" else fits


def _is(column: ColumnElement[Any], code: str) -> ColumnElement[bool]:
    key = key_of(code)
    if isinstance(column.type, ARRAY):  # of ids: whether it is one of them
        return func.array_position(column, key).is_not(None) if key is not None else false()
    if isinstance(column.type, Uuid):
        return column == key if key is not None else false()
    return cast(column, Text) == code


def _by_reference(param: Param, asked: Asked, value: str, _: str, base: str) -> ColumnElement[bool]:
    """By kind and id, by address, by id alone, or with `:identifier` by an identifier of ours."""
    if asked.modifier == "identifier":
        said = token(value)
        named = {kind: SYSTEMS[kind] for kind in param.columns if kind in SYSTEMS}  # not every kind of R4 has identifiers
        ours = [param.columns[kind] for kind, system in named.items() if said.system in {None, system}]
        return or_(false(), *(_is(column, said.code) for column in ours))
    if asked.modifier and asked.modifier not in param.columns:
        raise ParameterRefused(parameter=asked.name)
    whom = reference(value, base)
    kind = asked.modifier or whom.kind
    return or_(false(), *(_is(column, whom.key) for one, column in param.columns.items() if kind in {None, one}))


def _by_string(param: Param, asked: Asked, value: str, _: str, __: str) -> ColumnElement[bool]:
    """How it begins; `:contains` it; `:exact`ly."""
    column = param.columns[""]
    if asked.modifier == "exact":
        return column == value
    if asked.modifier not in {"", "contains"}:
        raise ParameterRefused(parameter=asked.name)
    before = "%" if asked.modifier == "contains" else ""
    return column.ilike(f"{before}{value.translate(_LIKE)}%", escape="\\")


def _by_date(param: Param, asked: Asked, value: str, _: str, __: str) -> ColumnElement[bool]:
    if asked.modifier:
        raise ParameterRefused(parameter=asked.name)
    said = span(asked.name, value)
    if "" in param.columns:
        return _MOMENTS[said.prefix](param.columns[""], said)
    return _PERIODS[said.prefix](param.columns["since"], param.columns["until"], said)


_BY: dict[str, Callable[[Param, Asked, str, str, str], ColumnElement[bool]]] = {
    "token": _by_token, "reference": _by_reference, "string": _by_string, "date": _by_date,
}
_MOMENTS: dict[str, Callable[[Any, Span], ColumnElement[bool]]] = {
    "eq": lambda at, said: and_(at >= said.since, at < said.until), "ne": lambda at, said: or_(at < said.since, at >= said.until),
    "gt": lambda at, said: at >= said.until, "sa": lambda at, said: at >= said.until, "ge": lambda at, said: at >= said.since,
    "lt": lambda at, said: at < said.since, "eb": lambda at, said: at < said.since, "le": lambda at, said: at < said.until,
    "ap": lambda at, said: and_(at >= said.since - _ABOUT, at < said.until + _ABOUT),
}
_PERIODS: dict[str, Callable[[Any, Any, Span], ColumnElement[bool]]] = {
    "eq": lambda begins, ends, said: and_(begins >= said.since, ends <= said.until),
    "ne": lambda begins, ends, said: or_(begins < said.since, ends > said.until),
    "gt": lambda _, ends, said: ends > said.until, "sa": lambda begins, _, said: begins >= said.until,
    "ge": lambda _, ends, said: ends >= said.since, "lt": lambda begins, _, said: begins < said.since,
    "eb": lambda _, ends, said: ends <= said.since, "le": lambda begins, _, said: begins < said.until,
    "ap": lambda begins, ends, said: and_(begins < said.until + _ABOUT, ends > said.since - _ABOUT),
}
