"""What a kind of resource at the FHIR door is made of: its rows, and the columns it is searched by."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select


@dataclass(frozen=True)
class Param:
    """A search parameter: its type, and the columns it looks at (of a reference, by the kind it names)."""

    type: Literal["token", "reference", "date", "string"]
    columns: dict[str, ColumnElement[Any]] = field(default_factory=dict)
    others: Callable[[str | None, str], ColumnElement[bool]] | None = None  # by system and code: names that others gave


@dataclass(frozen=True)
class Rows:
    """A kind of resource: its rows with `id`, what it is searched by, what it is sorted by beside the id."""

    rows: Select[Any]
    key: ColumnElement[Any]
    params: dict[str, Param]
    begins: ColumnElement[Any] | None = None
    includes: tuple[str, ...] = ()  # elements that refer to others
    refer_to_it: tuple[str, ...] = ()  # `Kind:parameter` of those that can come with it (`_revinclude`)
    is_personal: bool = False


def by_code(column: ColumnElement[Any], *more: ColumnElement[Any]) -> Param:
    """By a code, in any of these columns."""
    return Param("token", {str(n): one for n, one in enumerate((column, *more))})


def refers(**columns: ColumnElement[Any]) -> Param:
    """By a reference, to a kind by its column."""
    return Param("reference", columns)
