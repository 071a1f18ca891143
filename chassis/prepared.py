"""Statements that are put again and again: built once by SQLAlchemy, then given to the database's driver itself.

SQLAlchemy's own execution costs three times what the driver's call costs (185 against 52 µs of CPU, decision 0016), and a hot
request puts a dozen of them. Values come as the driver gives them: an enumeration as its text.
"""

from collections.abc import Callable
from typing import Any, Protocol

import asyncpg
from sqlalchemy import ARRAY, BindParameter, CompoundSelect, Delete, Insert, Select, Update
from sqlalchemy.dialects.postgresql.asyncpg import PGCompiler_asyncpg, PGDialect_asyncpg
from sqlalchemy.types import TypeEngine


class _Compiler(PGCompiler_asyncpg):
    """What never changes stands in the text; what people say is a parameter with a name.

    Of a parameter the database cannot see which index it may use, so it plans the statement anew each time it is put.
    """

    def visit_bindparam(self, bindparam: BindParameter[Any], **how: Any) -> str:  # type: ignore[override]
        """A parameter, or the constant it always is."""
        return str(super().visit_bindparam(bindparam, **how | {"literal_binds": not bindparam.required}))  # type: ignore[no-untyped-call]


_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
_DIALECT.statement_compiler = _Compiler


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
        self._given = [(name, _spelling(compiled.binds[name].type)) for name in compiled.positiontup]

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        """The values in the order of `$1`, `$2` …; KeyError if one is missing."""
        return [values[name] if spelled is None else spelled(values[name]) for name, spelled in self._given]


def _spelling(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """How the driver wants a value of this type; None as it is. Lists of what needs none are taken as they are."""
    return None if isinstance(kind, ARRAY) else kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)
