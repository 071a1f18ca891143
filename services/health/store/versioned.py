"""The versions of appointments, as the database itself writes them (migration 0026)."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Integer, String, Table, Uuid

from services.health.store.tables import metadata

_moment = DateTime(timezone=True)

versions = Table(
    "appointment_versions", metadata,
    Column("appointment_id", Uuid, ForeignKey("appointments.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", _moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("slot_id", Uuid, nullable=False),
    Column("doctor_id", Uuid, nullable=False),
    Column("department_id", Uuid),
    Column("room_id", Uuid),
    Column("starts_at", _moment, nullable=False),
    Column("ends_at", _moment, nullable=False),
    Column("held_until", _moment),
    Column("booked_at", _moment, nullable=False),
    Column("called_off", String(16)),
    Column("visit_kind", String(16)),
    Column("program_id", Uuid, comment="the hospital's program whose step it was"),
    Column("tx", BigInteger, nullable=False, comment="the transaction that wrote it, which alone may write it anew"),
    CheckConstraint("version > 0", name="numbered"),
)
