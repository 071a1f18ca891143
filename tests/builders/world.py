"""Two communities, who lives in them and who serves them; told to a service by identity's own events."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from chassis import bus, directory
from chassis.db import Database
from chassis.testing import arrived
from contracts.area import Role
from contracts.event import Event
from contracts.identity import AreaChanged, AssignmentChanged, BindingChanged

HERE, THERE = "510104.clx.guohuai", "510104.clx.jinxiu"
YARD = f"{HERE}.g03.dgy1"
UNIT = f"{YARD}.b03.u2"
ROOM = f"{UNIT}.r0201"
NEXT_ROOM = f"{UNIT}.r0301"
FAR_ROOM = f"{THERE}.g01.jxy.b01.u1.r0101"
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    """Somebody, with at most one home and one office."""

    home: str | None = None
    role: Role | None = None
    area: str | None = None
    id: UUID = field(default_factory=uuid4)


RESIDENT = Person(home=ROOM)
SECOND_RESIDENT = Person(home=NEXT_ROOM)
STRANGER = Person()
GRID = Person(role=Role.GRID_WORKER, area=f"{HERE}.g03")
OTHER_GRID = Person(role=Role.GRID_WORKER, area=f"{HERE}.g01")
OFFICER = Person(role=Role.COMMUNITY_OFFICER, area=HERE)
GUARD = Person(role=Role.GUARD, area=YARD)
DOCTOR = Person(role=Role.DOCTOR, area=HERE)
FAR_RESIDENT = Person(home=FAR_ROOM)
FAR_GRID = Person(role=Role.GRID_WORKER, area=f"{THERE}.g01")
FAR_OFFICER = Person(role=Role.COMMUNITY_OFFICER, area=THERE)
FAR_DOCTOR = Person(role=Role.DOCTOR, area=THERE)
ADMIN = Person(role=Role.ADMIN, area="510104")
PEOPLE = (
    RESIDENT, SECOND_RESIDENT, STRANGER, GRID, OTHER_GRID, OFFICER, GUARD, DOCTOR, FAR_RESIDENT, FAR_GRID, FAR_OFFICER,
    FAR_DOCTOR, ADMIN,
)
_KINDS = ("district", "subdistrict", "community", "grid", "courtyard", "building", "unit", "room")


def events() -> list[Event]:
    """What identity would have said."""
    paths = {".".join(room.split(".")[:n]) for room in (ROOM, NEXT_ROOM, FAR_ROOM) for n in range(1, 9)} | {f"{HERE}.g01"}
    said: list[Event] = [
        AreaChanged(area=path, area_id=uuid4(), path=path, kind=_KINDS[path.count(".")], name=path.rpartition(".")[2])
        for path in sorted(paths)
    ]
    for person in PEOPLE:
        if person.home:
            said.append(BindingChanged(
                area=person.home, recipients=(person.id,), binding_id=uuid4(), person_id=person.id, kind="owner",
                starts_at=LONG_AGO,
            ))
        if person.role and person.area:
            said.append(AssignmentChanged(
                area=person.area, assignment_id=uuid4(), person_id=person.id, role=person.role, display_name="某某",
                starts_at=LONG_AGO,
            ))
    return said


async def teach(database: Database) -> None:
    """Let a service's directory consumers hear all of it."""
    listening = directory.consumers(database.service)
    for event in events():
        await bus.handle(database, listening, arrived(event, LONG_AGO + timedelta(days=1)))
