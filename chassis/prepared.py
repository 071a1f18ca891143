"""Statements that are put again and again: built once by SQLAlchemy, then given to the database's driver itself.

SQLAlchemy's own execution costs three times what the driver's call costs (185 against 52 µs of CPU, decision 0016), and a hot
request puts a dozen of them. Values come as the driver gives them: an enumeration as its text.
"""

from collections.abc import Callable
from typing import Any, Protocol

import asyncpg
from sqlalchemy import ARRAY, CompoundSelect, Delete, Insert, Select, Update
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.types import TypeEngine

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


class Row(asyncpg.Record):
    """A row; its columns are attributes and keys."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Ask(Protocol):
    """Whoever puts a statement and gives back its rows."""

    async def __call__(self, asked: "Prepared", **values: Any) -> list[Row]: ...


class Prepared:
    """A statement of Core with its parameters in the driver's order; an INSERT names the columns it is given."""

    def __init__(self, statement: Select[Any] | CompoundSelect[Any] | Insert | Update | Delete, *columns: str) -> None:
        compiled: Any = statement.compile(dialect=_DIALECT, column_keys=list(columns) or None)
        self.text: str = compiled.string
        self._fixed = {name: kind.value for name, kind in compiled.binds.items() if not kind.required}
        self._given = [(name, _spelling(compiled.binds[name].type)) for name in compiled.positiontup]

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        """The values in the order of `$1`, `$2` …; KeyError if one is missing."""
        given = self._fixed | values
        return [given[name] if spelled is None else spelled(given[name]) for name, spelled in self._given]


def _spelling(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """How the driver wants a value of this type; None as it is. Lists of what needs none are taken as they are."""
    return None if isinstance(kind, ARRAY) else kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)
