"""A hospital beside the hut: what its simulator offers and keeps, how it is made to fail, and our side of the same seats."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import httpx
from builders.doors import Doors
from builders.house import entered
from builders.hut import book
from builders.world import HERE, OFFICER, Person

from chassis import bus
from chassis.testing import arrived
from contracts.calendar import CHENGDU
from contracts.identity import ConsentChanged
from deploy.local.layout import Layout
from services.health import jobs
from services.health.actions import asks
from services.health.clients import hospital as wire
from services.health.domain.hospital import Hospital
from services.health.domain.reconciliation import Reconciliation
from services.identity.domain import demo
from simulators.miniprogram import Client


@dataclass(frozen=True)
class Sim:
    """One house of the simulator."""

    address: str
    name: str

    async def steer(self, act: str, body: object = None) -> Any:
        """A steering door; the answer's body."""
        async with httpx.AsyncClient(timeout=20) as client:
            answer = (await client.post(f"{self.address}/steer/{self.name}/{act}", json=body)).raise_for_status()
            return answer.json() if answer.content else None

    async def fail(self, *faults: str) -> None:
        """The next writes go wrong so."""
        await self.steer("faults", list(faults))

    async def shown(self) -> list[dict[str, Any]]:
        """All it ever kept."""
        async with httpx.AsyncClient(timeout=20) as client:
            return list((await client.get(f"{self.address}/steer/{self.name}")).json()["kept"])

    async def kept(self) -> list[dict[str, Any]]:
        """What it keeps now."""
        return [one for one in await self.shown() if one["status"] == "booked"]

    async def locks(self) -> dict[str, str]:
        """Over SOAP: which slot is locked, by whose number."""
        async with httpx.AsyncClient(timeout=20) as client:
            return dict((await client.get(f"{self.address}/steer/{self.name}")).json()["locks"])

    async def offer(self, size: int, *, schedule: str = "dr-1", begins: timedelta = timedelta(days=1), **more: Any) -> list[str]:
        """So many slots of a doctor of theirs, one after the other; their names."""
        start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + begins
        if (start + timedelta(minutes=15 * size)).astimezone(CHENGDU).date() > start.astimezone(CHENGDU).date():
            start = (start.astimezone(CHENGDU) + timedelta(days=1)).replace(hour=8)  # all of one day: shares are a day's
        made = [
            {"id": f"{schedule}-{n}", "start": (start + timedelta(minutes=15 * n)).isoformat(), "schedule": schedule,
             "end": (start + timedelta(minutes=15 * (n + 1))).isoformat(), "specialty": "心内科", **more}
            for n in range(size)
        ]
        await self.steer("slots", made)
        return [str(one["id"]) for one in made]


@dataclass(frozen=True)
class Beside:
    """A hospital as we know it, its simulator, and the hut's door."""

    doors: Doors
    sim: Sim
    id: UUID

    def known_as(self, person: UUID) -> str:
        """What this hospital calls a person; another one calls them otherwise (test_patients.py)."""
        hospital = Hospital(self.id, HERE, "", system=self.sim.name)
        return str(asks.known_as(self.doors.running.settings.keys, hospital, person))

    async def read(self) -> dict[str, str]:
        """Read in what it offers; our slots by their names."""
        async with self.doors.running.database.reading() as work:
            one = await work.session.get_one(Hospital, self.id)
        await jobs.read_slots_of(self.doors.running, one)
        open_ones = "select their_ref, id from slots where their_ref is not null and not closed order by starts_at"
        rows = await self.doors.rows(open_ones)
        return {row.their_ref: str(row.id) for row in rows}

    async def offered(self, size: int, **more: Any) -> list[str]:
        """So many slots of theirs, read in; our ids."""
        names = await self.sim.offer(size, **more)
        ours = await self.read()
        return [ours[name] for name in names]

    async def submitted(self, person: Person, slot: str) -> str:
        """A seat that the hospital is still to be asked for; its id."""
        made = await book(self.doors, person, slot)
        assert (made.status_code, made.json()["state"]) == (201, "submitted"), made.text
        return str(made.json()["id"])

    async def ask(self) -> int:
        """Ask all that is due; how many questions that were."""
        count = 0
        while await jobs.ask_one(self.doors.running):
            count += 1
        return count

    async def state(self, appointment: str) -> str:
        """Where an appointment stands."""
        return str((await self.doors.rows("select state from appointments where id = :id", id=UUID(appointment)))[0].state)

    @contextmanager
    def later(self, **by: float) -> Iterator[None]:
        """So much later by this service's clock."""
        ahead = timedelta(**by)
        with patch.object(self.doors.running.settings.clock, "now", lambda: datetime.now(UTC) + ahead):
            yield

    async def order(self, at: datetime | None = None) -> None:
        """A comparison is wanted, as if an officer had ordered it."""
        when = at or self.doors.running.settings.clock.now()
        async with self.doors.running.database.work(now=when) as work:
            work.session.add(Reconciliation(work.new_id(), HERE, self.id, when, when, ordered_by=OFFICER.id))
            await self.doors.running.database.commit(work)

    async def reconcile(self, minutes: float = 5) -> dict[str, int]:
        """Compare, and ask what comes of it; what was found, by verdict."""
        wire._one.cache_clear()
        with self.later(minutes=minutes):
            await self.order()
            while await jobs.reconcile_one(self.doors.running):
                pass
            await self.ask()
        (run,) = await self.doors.rows("select * from reconciliations order by ordered_at desc limit 1")
        assert run.ended_at is not None
        return {name: getattr(run, name) for name in ("both", "ours_only", "theirs_only", "differ") if getattr(run, name)}

    async def queue(self) -> list[tuple[str, str, str | None]]:
        """Verdict, remedy and end of all that diverged, in its order."""
        rows = await self.doors.rows("select verdict, remedy, settlement from divergences order by id")
        return [(row.verdict, row.remedy, row.settlement) for row in rows]

    async def asked_later(self, *minutes: float) -> None:
        """Ask what is due at these times from now on."""
        for n in minutes:
            with self.later(minutes=n):
                await self.ask()


def sim(layout: Layout, name: str = "east") -> Sim:
    """A house of this installation's simulator that the platform itself is not connected with."""
    return Sim(f"http://127.0.0.1:{layout.port('hospital')}", name)


async def consents(doors: Doors, person: Person, *, state: str = "given", sequence: int = 2) -> None:
    """Identity says that a person lets hospitals be told of them, or not any more."""
    said = {"person_id": person.id, "consent_id": uuid4(), "purpose": "hospital", "state": state}
    listening = next(one for one in doors.running.service.consumers if one.queue == "health.consents")
    event = arrived(ConsentChanged.model_validate(said), datetime.now(UTC), sequence=sequence)
    await bus.handle(doors.running.database, listening, event)


async def beside(doors: Doors, layout: Layout, *, pool: str = "theirs", adapter: str = "fhir", **more: Any) -> Beside:
    """A hospital that has just been connected over this wire, empty and well."""
    name = {"fhir": "east", "hl7v2": "south", "soap": "north"}[adapter]
    wire._one.cache_clear()
    house = sim(layout, name)
    await house.steer("reset")
    key = await entered(doors, "hospitals", name="槐香医院", adapter=adapter, pool=pool, system=name, **more)
    return Beside(doors, house, UUID(key))


async def connected(officer: Client, system: str = "west") -> str:
    """One of the platform's own hospitals, entered if nobody has; its id."""
    there = [one for one in (await officer.get("/api/v1/hospitals"))["items"] if one["system"] == system]
    if there:
        return str(there[0]["id"])
    adapter, name = {"west": ("fhir", "西郊医院"), "lake": ("soap", "湖滨医院")}[system]
    wanted = {"area": demo.GUOHUAI, "name": name, "adapter": adapter, "pool": "theirs", "system": system}
    return str((await officer.post("/api/v1/hospitals", wanted))["id"])
