"""A gate, and a command to it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.gate import BarrierCommanded


@dataclass(eq=False)
class Gate:
    """A barrier at the entrance of an area."""

    id: UUID
    area: str
    name: str

    def command(self, command_id: UUID, *, by: UUID, reason: str, at: datetime) -> "tuple[Command, BarrierCommanded]":
        """Order it to open; the order is recorded, whether the barrier moved is the device's to say."""
        made = Command(command_id, self.id, by, reason, at)
        return made, BarrierCommanded(area=self.area, gate_id=self.id, command_id=command_id, commanded_by=by)


@dataclass(eq=False)
class Command:
    """Who ordered which gate to open, when and why."""

    id: UUID
    gate_id: UUID
    commanded_by: UUID
    reason: str
    commanded_at: datetime
