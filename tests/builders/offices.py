"""What the people of the world serve as, in identity's own rows; its doors know the actors by the directory."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from builders.doors import Doors
from builders.factors import Staff
from builders.world import LONG_AGO, Person, events
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from chassis import bus, directory
from chassis.db import Work
from chassis.testing import arrived
from contracts.area import Role
from contracts.identity import AreaChanged, AssignmentChanged
from services.identity.actions import places
from services.identity.actions.people import HASHER
from services.identity.domain.place import Assignment
from services.identity.store.tables import people

TREE = sorted((one for one in events() if isinstance(one, AreaChanged)), key=lambda one: one.path.count("."))


async def tree(doors: Doors) -> None:
    """The areas of the world."""

    async def make(work: Work) -> None:
        for one in TREE:
            await places.add_area(work, by=None, path=one.path, kind=one.kind, name=one.name)

    await doors.running.database.do(make)


async def serve(doors: Doors, *whom: Person, until: datetime | None = None) -> list[UUID]:
    """Each serves as the world says, and long has; the ids of their assignments."""

    async def make(work: Work) -> Any:
        found = []
        for one in whom:
            await work.session.execute(insert(people).values(id=one.id, created_at=work.now).on_conflict_do_nothing())
            held = Assignment(work.new_id(), one.id, str(one.role), str(one.area), None, "某某", None, LONG_AGO, until)
            work.session.add(held)
            found.append(held.id)
        return found

    return list(await doors.running.database.do(make))


async def hears(doors: Doors, whom: Person) -> None:
    """Identity's directory knows one more who serves."""
    told = AssignmentChanged(area=str(whom.area), assignment_id=uuid4(), person_id=whom.id, role=Role(str(whom.role)),
                             display_name="某某", starts_at=LONG_AGO)
    await bus.handle(doors.running.database, directory.consumers("identity"), arrived(told, LONG_AGO + timedelta(days=1)))


async def enlisted(doors: Doors, whom: Person, login: str) -> Staff:
    """Somebody who serves gets a password."""
    staff = Staff(doors, str(whom.id), login)
    hashed = HASHER.hash(staff.password)
    change = update(people).where(people.c.id == whom.id).values(login=login, password_hash=hashed)
    await doors.running.database.do(lambda work: work.session.execute(change))
    return staff
