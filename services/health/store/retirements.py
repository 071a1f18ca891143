"""Which bookings forgot whose they were, and when."""

from sqlalchemy import Column, DateTime, ForeignKey, Table, Uuid

from services.health.store.tables import metadata

retirements = Table(
    "retirements", metadata,
    Column("appointment_id", Uuid, ForeignKey("appointments.id"), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)
