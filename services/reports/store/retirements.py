"""Which reports forgot whose they were, and when."""

from sqlalchemy import Column, DateTime, ForeignKey, Table, Uuid

from services.reports.store.tables import metadata

retirements = Table(
    "retirements", metadata,
    Column("report_id", Uuid, ForeignKey("reports.id"), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)
