"""What gate keeps, and how it maps onto the domain."""

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, MetaData, Table, Text, Uuid
from sqlalchemy.orm import registry

from chassis.tables import NAMES, AreaPath
from services.gate.domain.gate import Command, Gate

metadata = MetaData(naming_convention=NAMES)

gates = Table(
    "gates", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("name", Text, nullable=False),
    Index("ix_gates_area_gist", "area", postgresql_using="gist"),
)

commands = Table(
    "commands", metadata,
    Column("id", Uuid, primary_key=True),
    Column("gate_id", Uuid, ForeignKey("gates.id"), nullable=False, index=True),
    Column("commanded_by", Uuid, nullable=False),
    Column("reason", Text, CheckConstraint("reason in ('visitor', 'resident', 'emergency', 'delivery')", name="reason"),
           nullable=False),
    Column("commanded_at", DateTime(timezone=True), nullable=False, index=True),
)

_mapping = registry(metadata=metadata)
_mapping.map_imperatively(Gate, gates)
_mapping.map_imperatively(Command, commands)
