"""Questions about gates that deserve a name."""

from typing import Any

from sqlalchemy import Select, select

from chassis.directory import within
from chassis.rights import Scope
from services.gate.store.tables import gates


def gates_in(scope: Scope) -> Select[Any]:
    """Gates the scope reaches."""
    return select(gates).where(within(gates.c.area, scope))
