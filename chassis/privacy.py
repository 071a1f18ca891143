"""What a service holds of a person: how it is handed out, and how it is forgotten.

A service registers an export and an erase; at its start it is refused if a table with sealed columns is in neither.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, MetaData, delete

from chassis.crypto import person_keys
from chassis.db import Work

Exporter = Callable[[Work, UUID], Awaitable[dict[str, Any]]]
Eraser = Callable[[Work, UUID], Awaitable[int]]


class ForgottenTable(Exception):
    """A table keeps sealed personal values, and neither export nor erase covers it."""


@dataclass(frozen=True)
class PersonalData:
    """The tables with personal columns, and the two functions that cover them."""

    tables: frozenset[str]
    export: Exporter
    erase: Eraser


def check(tables: MetaData, held: PersonalData | None) -> None:
    """Refuse a service that would keep what it can neither hand out nor forget."""
    sealed = {
        table.name for table in tables.tables.values()
        if any(column.name.startswith("sealed_") and isinstance(column.type, LargeBinary) for column in table.columns)
    }
    missing = sealed - (held.tables if held else frozenset())
    if missing:
        raise ForgottenTable(", ".join(sorted(missing)))


async def erase(work: Work, held: PersonalData, person: UUID) -> int:
    """Let the service forget what it can, then destroy the person's key: what stays sealed stays so for ever."""
    count = await held.erase(work, person)
    await work.session.execute(delete(person_keys).where(person_keys.c.person_id == person))
    await work.audit("privacy.erase", f"person/{person}", actor=None)
    return count
