"""What staff wrote beside reports."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, LargeBinary, Table, Text, Uuid, bindparam, select
from sqlalchemy.orm import registry

from chassis.db import Work
from chassis.prepared import Prepared, Row
from services.reports.domain.note import Note, Visibility
from services.reports.store.tables import metadata

notes = Table(
    "notes", metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("reports.id"), nullable=False),
    Column("written_by", Uuid, nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False),
    Column("visibility", Text, CheckConstraint("visibility in ('staff', 'told')", name="visibility"), nullable=False),
    Column("sealed_text", LargeBinary, nullable=False),
    Index("ix_notes_report", "report_id", "id"),
)
registry(metadata=metadata).map_imperatively(Note, notes)
_ALL, _TOLD = (
    Prepared(select(notes).where(notes.c.report_id == bindparam("report"), *bound).order_by(notes.c.id))
    for bound in ((), (notes.c.visibility == Visibility.TOLD.value,))
)


async def of_report(work: Work, report: UUID, *, every: bool) -> list[Row]:
    """The notes of a report in order: every one, or those its reporter is told."""
    return await work.rows(_ALL if every else _TOLD, report=report)
