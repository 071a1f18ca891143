"""Contracts under test: a team that serves, what is asked of it, and how time passes for what was signed."""

from typing import Any
from uuid import UUID, uuid4

import httpx
from builders.doors import Doors
from builders.hut import ask
from builders.world import HERE, LONG_AGO, Person
from sqlalchemy import text

from chassis import bus, directory
from chassis.testing import arrived
from contracts.area import Role
from contracts.event import Event
from contracts.identity import AssignmentChanged, UnitChanged


class Team:
    """A team of doctors of an area, with one doctor."""

    def __init__(self, doors: Doors, area: str) -> None:
        self.doors, self.area, self.id = doors, area, uuid4()
        self.doctor = Person(role=Role.DOCTOR, area=area)

    async def found(self, *, kind: str = "doctor_team") -> "Team":
        """Identity tells of it."""
        unit = UnitChanged(area=self.area, unit_id=self.id, kind=kind, name="家庭医生团队", serves=(self.area,))
        await self._hear(unit)
        await self._hear(self._serves(self.doctor.id, Role.DOCTOR, self.id))
        return self

    async def joined(self, person: Person, role: Role, unit: UUID | None) -> None:
        """Somebody begins to serve in the area."""
        await self._hear(self._serves(person.id, role, unit))
        self.doors.running.directory._known.clear()

    def _serves(self, person: UUID, role: Role, unit: UUID | None) -> Event:
        return AssignmentChanged(
            area=self.area, assignment_id=uuid4(), person_id=person, role=role, unit_id=unit, display_name="某某",
            starts_at=LONG_AGO,
        )

    async def _hear(self, event: Event) -> None:
        await bus.handle(self.doors.running.database, directory.consumers("health"), arrived(event, LONG_AGO))

    async def asked(self, person: Person, **more: Any) -> httpx.Response:
        """A resident asks for a contract."""
        return await ask(self.doors, person, "contracts", {"team_id": str(self.id), **more})

    async def signed(self, person: Person, **more: Any) -> str:
        """Asked and signed; its id."""
        made = await self.asked(person, **more)
        assert made.status_code == 201, made.text
        key = str(made.json()["id"])
        answer = await self.act(self.doctor, key, "signature")
        assert answer.status_code == 200, answer.text
        return key

    async def act(self, person: Person, key: str, act: str, body: Any = None) -> httpx.Response:
        """A step of a contract."""
        return await ask(self.doors, person, f"contracts/{key}/{act}", body)

    async def served(self, key: str, item: str = "follow_up", by: Person | None = None, **more: Any) -> httpx.Response:
        """A service is noted."""
        return await self.act(by or self.doctor, key, "services", {"item": item, **more})


async def team(doors: Doors, area: str = HERE, **more: Any) -> Team:
    return await Team(doors, area).found(**more)


async def ends_in(doors: Doors, key: str, span: str) -> None:
    """A contract of a year ends so far from now."""
    when = f"update contracts set ends_at = now() + interval '{span}', starts_at = now() + interval '{span}' - interval '1 year'"
    async with doors.whole.begin() as connection:
        assert (await connection.execute(text(f"{when} where id = :key"), {"key": UUID(key)})).rowcount == 1


async def whole_of(doors: Doors, person: Person, key: str) -> dict[str, Any]:
    async with doors.client(person) as client:
        return dict((await client.get(f"/api/v1/contracts/{key}")).json())


async def listed(doors: Doors, person: Person, path: str = "contracts", **which: Any) -> list[dict[str, Any]]:
    async with doors.client(person) as client:
        return list((await client.get(f"/api/v1/{path}", params=which)).json()["items"])
