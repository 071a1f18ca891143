"""What reports holds of a person."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from chassis.db import Work
from services.reports.store.tables import reports


async def export(work: Work, person: UUID) -> dict[str, Any]:
    """Everything the person told us, in the clear, for that person."""
    found = await work.session.execute(select(reports).where(reports.c.reporter_id == person).order_by(reports.c.id))
    told = []
    for row in found:
        text = await work.unseal(person, "reports", "text", row.id, row.sealed_text)
        told.append({"number": row.number, "submitted_at": row.submitted_at.isoformat(), "text": text})
    return {"reports": told}


async def erase(work: Work, person: UUID) -> int:
    """The texts stay as bytes nobody can open once the person's key is gone; the problem itself stays mended."""
    counted = select(func.count()).select_from(reports).where(reports.c.reporter_id == person)
    return await work.session.scalar(counted) or 0
