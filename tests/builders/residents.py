"""People who live somewhere, in identity's own tables."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from builders.doors import Doors

from services.identity.actions import assignments, codes, people


@dataclass(frozen=True)
class Resident:
    """Somebody with a phone, mostly a name and a home."""

    id: UUID
    phone: str
    name: str


async def lives(
    doors: Doors, room: str | None, *, phone: str = "13900000001", name: str = "欧阳淑贞", person: UUID | None = None
) -> Resident:
    """Somebody of this phone and name, who belongs to the room."""

    async def make(work: Any) -> UUID:
        made = await codes.register(work, phone=phone, person_id=person)
        if name:
            await people.rename(work, made, name)
        if room is not None:
            await assignments.bind(work, by=None, person=made, room=room, kind="owner")
        return made

    return Resident(await doors.running.database.do(make), phone, name)
