"""Two persons who are one, as the services that are not identity hear of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from builders.doors import Doors

from chassis import bus
from chassis.testing import arrived
from contracts.event import Event
from contracts.identity_merges import PeopleMerged, PeopleSplit


@dataclass(frozen=True)
class Two:
    """Who stays and who leads there, in one merge."""

    survivor: UUID
    source: UUID
    id: UUID = field(default_factory=uuid4)
    until: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(days=30))

    @property
    def _said(self) -> dict[str, Any]:
        return {"merge_id": self.id, "survivor_id": self.survivor, "source_id": self.source, "until": self.until}

    @property
    def merged(self) -> PeopleMerged:
        """The word that they are one."""
        return PeopleMerged(**self._said)

    @property
    def split(self) -> PeopleSplit:
        """The word that they are two again."""
        return PeopleSplit(**self._said)


async def hear(doors: Doors, event: Event, *, event_id: UUID | None = None) -> bool:
    """It arrives at the service's queue for what is personal."""
    service = doors.running.service
    listening = next(one for one in service.consumers if one.queue == f"{service.name}.privacy")
    return await bus.handle(doors.running.database, listening, arrived(event, datetime.now(UTC), event_id=event_id))


async def whole(doors: Doors, *tables: str) -> dict[str, list[dict[str, Any]]]:
    """All rows of these tables but what is sealed, which is another each time it is sealed, in one order."""
    found = {}
    for table in tables:
        rows = [dict(row._mapping) for row in await doors.rows(f"select * from {table}")]
        kept = [{name: value for name, value in row.items() if not name.startswith("sealed_")} for row in rows]
        found[table] = sorted(kept, key=str)
    return found
