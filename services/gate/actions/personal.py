"""What gate holds of a person."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from chassis.db import Work
from services.gate.store.tables import commands, gates


async def export(work: Work, person: UUID) -> dict[str, Any]:
    """The barriers they ordered to open."""
    mine = select(commands, gates.c.name).join(gates, gates.c.id == commands.c.gate_id).where(commands.c.commanded_by == person)
    found = await work.session.execute(mine.order_by(commands.c.commanded_at))
    return {"commands": [{"gate": row.name, "at": row.commanded_at.isoformat(), "reason": row.reason} for row in found]}


async def erase(work: Work, person: UUID) -> int:
    """Who opened a barrier when is evidence of the gate and stays under the bare id; how many times that was."""
    kept = select(func.count()).select_from(commands).where(commands.c.commanded_by == person)
    return await work.session.scalar(kept) or 0
