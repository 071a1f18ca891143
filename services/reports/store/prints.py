"""What reports keeps of how a photo looks: sixteen bytes, by which it is told from others and not seen again."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Uuid,
    bindparam,
    delete,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.prepared import Prepared
from chassis.uploads import uploads
from services.reports.domain.likeness import BYTES
from services.reports.store.tables import metadata

prints = Table(
    "prints", metadata,
    Column("photo_id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("reports.id"), nullable=False),
    Column("print", LargeBinary, CheckConstraint(f"octet_length(print) = {BYTES}", name="print"), nullable=False),
    Index("ix_prints_report", "report_id"),
)
_OF = Prepared(
    select(prints.c.report_id, prints.c.print).join(uploads, uploads.c.id == prints.c.photo_id)
    .where(prints.c.report_id == func.any(bindparam("reports", type_=ARRAY(Uuid))), uploads.c.state == "ready")
)
_KEEP = Prepared(insert(prints).on_conflict_do_nothing(), *prints.c.keys())


async def keep(work: Work, photo: UUID, report: UUID, looks: bytes) -> None:
    """Keep how a photo looks; developed twice it looks the same."""
    await work.rows(_KEEP, photo_id=photo, report_id=report, print=looks)


async def one(work: Work, photo: UUID) -> bytes | None:
    """How a photo looks; None of one that looks like nothing."""
    found: bytes | None = await work.session.scalar(select(prints.c.print).where(prints.c.photo_id == photo))
    return found


async def of(work: Work, keys: Collection[UUID]) -> dict[UUID, list[bytes]]:
    """How the photos of these reports look; of who was forgotten none."""
    found: dict[UUID, list[bytes]] = {}
    for row in await work.rows(_OF, reports=sorted(keys)):
        found.setdefault(row.report_id, []).append(row.print)
    return found


async def forget(work: Work, photo: UUID) -> None:
    """It is told from others no more."""
    await work.session.execute(delete(prints).where(prints.c.photo_id == photo))
