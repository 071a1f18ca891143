"""What health keeps, and how it maps onto the domain."""

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, ForeignKey, Index, MetaData, Table, Uuid
from sqlalchemy.orm import registry

from chassis.tables import NAMES, AreaPath
from services.health.domain.appointment import Appointment, Slot

metadata = MetaData(naming_convention=NAMES)
_moment = DateTime(timezone=True)

slots = Table(
    "slots", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("doctor_id", Uuid, nullable=False),
    Column("starts_at", _moment, nullable=False),
    Column("ends_at", _moment, nullable=False),
    Column("taken", Boolean, nullable=False),
    CheckConstraint("starts_at < ends_at", name="some_time"),
    Index("uq_slots_doctor", "doctor_id", "starts_at", unique=True),
    Index("ix_slots_area_gist", "area", postgresql_using="gist"),
)

appointments = Table(
    "appointments", metadata,
    Column("id", Uuid, primary_key=True),
    Column("slot_id", Uuid, ForeignKey("slots.id"), nullable=False),
    Column("area", AreaPath, nullable=False),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("booked_at", _moment, nullable=False),
    Index("uq_appointments_slot", "slot_id", unique=True),
)

_mapping = registry(metadata=metadata)
_mapping.map_imperatively(Slot, slots)
_mapping.map_imperatively(Appointment, appointments)
