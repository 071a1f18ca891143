"""The hut under test: hours to offer, a crowd of neighbours, and what is asked of the door."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
from builders.doors import Doors, keyed
from builders.life import named
from builders.world import DOCTOR, HERE, LONG_AGO, UNIT, Person
from sqlalchemy import text

from chassis import bus, directory
from chassis.testing import arrived
from contracts.identity import BindingChanged
from services.health.actions import appointments

OPEN = "select slot_id, seat from appointments where state in ('held', 'booked')"


async def offer(
    doors: Doors, begins: timedelta = timedelta(days=1), *, doctor: UUID = DOCTOR.id, capacity: int = 1,
    opens_at: datetime | None = None, long: timedelta = timedelta(minutes=15),
) -> str:
    """A slot; its id."""
    start = datetime.now(UTC) + begins
    key = await doors.running.database.do(lambda work: appointments.publish(
        work, area=HERE, doctor=doctor, starts_at=start, ends_at=start + long, capacity=capacity, opens_at=opens_at,
    ))
    return str(key)


async def crowd(doors: Doors, size: int) -> list[Person]:
    """So many neighbours, each with a room of their own."""
    people = [Person(home=f"{UNIT}.r{n:04d}") for n in range(size)]
    listening = directory.consumers("health")
    for person in people:
        assert person.home is not None
        moved_in = BindingChanged(
            area=person.home, recipients=(person.id,), binding_id=uuid4(), person_id=person.id, kind="owner", starts_at=LONG_AGO,
        )
        await bus.handle(doors.running.database, listening, arrived(moved_in, LONG_AGO))
    await agreed(doors, people)
    return people


async def agreed(doors: Doors, people: Sequence[Person]) -> None:
    """They let hospitals be told of what they book there; tests of consent itself say it by events."""
    line = "insert into consents values (:id, 'hospital', true, 1, :at) on conflict do nothing"
    async with doors.whole.begin() as connection:
        await connection.execute(text(line), [{"id": person.id, "at": LONG_AGO} for person in people])


async def ask(doors: Doors, person: Person, path: str, body: object = None) -> httpx.Response:
    """A POST under a key of its own."""
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/{path}", json=body, headers=keyed())


async def book(doors: Doors, person: Person, slot: str) -> httpx.Response:
    """Book a slot."""
    return await ask(doors, person, "appointments", {"slot_id": slot})


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Its status and name."""
    return answer.status_code, named(answer)


async def sold(doors: Doors) -> Counter[str]:
    """How many seats of each slot are somebody's; no number is given out twice."""
    rows = [(str(row.slot_id), row.seat) for row in await doors.rows(OPEN)]
    assert len(set(rows)) == len(rows)
    return Counter(slot for slot, _ in rows)


async def rush(doors: Doors, people: Sequence[Person], slots: Sequence[str], *, clients: int) -> list[httpx.Response]:
    """Everybody wants a slot, the slots in turn, so many at a time."""
    gate = asyncio.Semaphore(clients)

    async def one(n: int, person: Person) -> httpx.Response:
        async with gate:
            return await book(doors, person, slots[n % len(slots)])

    return await asyncio.gather(*(one(n, person) for n, person in enumerate(people)))
