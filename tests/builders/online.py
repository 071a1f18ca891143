"""Care by video under test: times by video, and what staff enter so that somebody may have them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx
from builders.days import today
from builders.doors import Doors
from builders.house import entered
from builders.hut import ask, offer
from builders.world import DOCTOR, HERE, OFFICER, Person
from sqlalchemy import text

from chassis import bus
from chassis.testing import arrived
from contracts.identity import ProxyChanged
from contracts.identity_wards import ChildTurnedSix
from services.health import consumers

SENIOR = today().replace(year=today().year - 4, day=1)  # practises for more than three years


@dataclass
class Clinic:
    """A department of a hospital whose doctors are seen in the hut."""

    doors: Doors
    hospital: str
    department: str
    later: timedelta = timedelta(0)  # than the times of other clinics, whose doctors may be the same
    days: Iterator[int] = field(default_factory=lambda: count(1))

    async def slot(self, modality: str = "video_hut", doctor: UUID = DOCTOR.id, **more: Any) -> str:
        """A time on a day of its own."""
        made = await offer(self.doors, timedelta(days=next(self.days)) + self.later, doctor=doctor, **more)
        await self.set(made, modality)
        return made

    async def set(self, slot: str, modality: str) -> None:
        """How it is held, and whose it is."""
        said = "update slots set modality = :how, department_id = :department where id = :slot"
        async with self.doors.whole.begin() as connection:
            given = {"how": modality, "department": UUID(self.department), "slot": UUID(slot)}
            await connection.execute(text(said), given)


async def clinic(doors: Doors, name: str = "市医院", *, later: timedelta = timedelta(0)) -> Clinic:
    key = await entered(doors, "hospitals", name=name)
    department = await entered(doors, "departments", hospital_id=key, name=f"{name}心内科")
    return Clinic(doors, key, department, later)


async def qualify(doors: Doors, doctor: UUID = DOCTOR.id, *, by: Person = OFFICER, **more: Any) -> httpx.Response:
    said = {"area": HERE, "doctor_id": str(doctor), "practised_since": str(SENIOR), **more}
    return await ask(doors, by, "online-care/qualifications", said)


async def show(doors: Doors, person: Person, *, by: Person = DOCTOR, **more: Any) -> httpx.Response:
    """A paper of theirs is seen at the hut."""
    said = {"area": HERE, "person_id": str(person.id), "proof": "discharge", "day": str(today()), **more}
    return await ask(doors, by, "online-care/evidence", said)


async def guarded(
    doors: Doors, child: Person, guardian: Person, *, change: Any = "given", proxy: UUID | None = None, sequence: int = 1,
) -> UUID:
    """Identity says whose guardian somebody is, or is no more."""
    said = ProxyChanged(
        area=HERE, proxy_id=proxy or uuid4(), principal_id=child.id, actor_id=guardian.id, kind="guardian", change=change,
    )
    heard = arrived(said, datetime.now(UTC), sequence=sequence)
    await bus.handle(doors.running.database, consumers.guardians, heard)
    return said.proxy_id


async def six(doors: Doors, child: Person, guardian: Person, proxy: UUID, *, sequence: int = 2) -> None:
    """Identity says that the child turned six."""
    said = ChildTurnedSix(area=HERE, proxy_id=proxy, principal_id=child.id, actor_id=guardian.id)
    await bus.handle(doors.running.database, consumers.guardians, arrived(said, datetime.now(UTC), sequence=sequence))


async def be_video(doors: Doors, slot: str, modality: str = "video_hut") -> None:
    """Of the hut's own doctors."""
    async with doors.whole.begin() as connection:
        await connection.execute(text("update slots set modality = :how where id = :slot"), {"how": modality, "slot": UUID(slot)})
