"""What the gate tells the others."""

from typing import ClassVar
from uuid import UUID

from contracts.area import Role
from contracts.event import Audience, Event
from contracts.part import _PartSettled


class BarrierCommanded(Event):
    """Somebody ordered a barrier to open; whether it did is another fact."""

    topic: ClassVar[str] = "gate.barrier_commanded.v1"
    aggregate: ClassVar[str] = "gate"
    audience: ClassVar[Audience] = Audience(staff=frozenset({Role.GRID_WORKER, Role.GUARD, Role.COMMUNITY_OFFICER}))
    gate_id: UUID
    command_id: UUID
    commanded_by: UUID


class PartSettled(_PartSettled):
    """What gate did of what was asked of every service about one person."""

    topic: ClassVar[str] = "gate.part_settled.v1"
