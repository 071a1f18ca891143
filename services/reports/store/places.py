"""Which areas there are, and what they are called.

They are compared as they are said: a path is ten times as dear to compare as its text, and a page of a list asks for hundreds.
"""

from collections.abc import Collection

from sqlalchemy import ARRAY, Text, bindparam, cast, func, select

from chassis.db import Work
from chassis.directory import areas
from chassis.prepared import Prepared

_SAID = cast(areas.c.path, Text)
_WANTED = func.any(bindparam("paths", type_=ARRAY(Text)))
_NAMES = Prepared(select(_SAID.label("path"), areas.c.name).where(_SAID == _WANTED))
_THERE = Prepared(select(_SAID.label("path")).where(_SAID == _WANTED))
_OPEN = Prepared(select(_SAID.label("path")).where(_SAID == _WANTED, areas.c.closed.is_(False)))


async def names(work: Work, paths: Collection[str]) -> dict[str, str]:
    """What these areas are called, those that there are."""
    return {row.path: row.name for row in await work.rows(_NAMES, paths=sorted(paths))} if paths else {}


async def there(work: Work, paths: Collection[str]) -> frozenset[str]:
    """Those of these areas that are in the tree."""
    return frozenset(row.path for row in await work.rows(_THERE, paths=sorted(paths)))


async def open_among(work: Work, paths: Collection[str]) -> frozenset[str]:
    """Those of these areas that are open."""
    return frozenset(row.path for row in await work.rows(_OPEN, paths=sorted(paths)))
