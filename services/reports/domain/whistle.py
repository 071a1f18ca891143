"""吹哨报到: named units are summoned to a report, each with its own time to be there; who is late is seen."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import Conflict, Forbidden, Invalid


class UnitNotServing(Invalid):
    """A unit that is summoned must exist and serve where the place lies."""

    zh = "所选单位不存在或不服务于该区域"


class SummonedAlready(Conflict):
    """A unit that was summoned and is wanted still is not summoned twice."""

    zh = "该单位已被吹哨，无需重复"


class NotYourUnit(Forbidden):
    """A unit's arrival, and what it did, is told by one of its own."""

    zh = "只有该单位的人员才能报到或填写协办情况"


class NotAwaited(Conflict):
    """The unit was not summoned, is here already, or is no longer wanted."""

    zh = "该单位没有待报到的吹哨"


class NotThere(Conflict):
    """What a unit did is told while it is there: it was summoned, it arrived, and the whistle is not closed."""

    zh = "该单位尚未报到，或吹哨已结束，不能填写协办情况"


class ContributedAlready(Conflict):
    """What a unit did is told once, and stays as it is."""

    zh = "该单位已填写协办情况"


@dataclass(eq=False)
class Summons:
    """One unit summoned to one report."""

    id: UUID
    report_id: UUID
    unit_id: UUID
    blown_by: UUID
    blown_at: datetime
    due_at: datetime
    arrived_at: datetime | None = None
    arrived_by: UUID | None = None
    overdue: bool = False
    closed_at: datetime | None = None
    sealed_contribution: bytes | None = None
    contributed_at: datetime | None = None
    contributed_by: UUID | None = None

    def arrive(self, *, by: UUID, units: set[UUID], at: datetime) -> None:
        """One of the unit is there; being late stays visible."""
        if self.unit_id not in units:
            raise NotYourUnit
        if self.arrived_at is not None or self.closed_at is not None:
            raise NotAwaited
        self.arrived_at, self.arrived_by, self.overdue = at, by, at > self.due_at

    def contribute(self, *, by: UUID, units: set[UUID], at: datetime) -> None:
        """One of the unit says what it did; who came late came late."""
        if self.unit_id not in units:
            raise NotYourUnit
        if self.arrived_at is None or self.closed_at is not None:
            raise NotThere
        if self.contributed_at is not None:
            raise ContributedAlready
        self.contributed_at, self.contributed_by = at, by

    def run_out(self, at: datetime) -> bool:
        """The sweep came by: whether it is late, and nobody was told yet."""
        if self.overdue or self.arrived_at is not None or self.closed_at is not None or at < self.due_at:
            return False
        self.overdue = True
        return True
