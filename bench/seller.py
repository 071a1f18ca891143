"""Guohuai as something that sells seats, through its gateway: all that the stampede knows of the product it runs against.

To run it against another one, write these verbs for that one: who asks, what is offered, asking, what is kept, what is counted.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import asyncpg
import httpx

from bench.platform import rows
from bench.tokens import of_identity, token
from contracts.calendar import CHENGDU
from deploy.local.layout import Layout
from services.identity.domain import demo
from simulators.miniprogram import Client, Refused

SOLD, TAKEN, AGAIN = "sold", "taken", "again"
_MINUTES, _FIRST_HOUR, _LAST_HOUR = 5, time(13), time(21, 20)  # a hundred visits of an afternoon, when the demo's doctor is free
_LONGEST = 30.0  # seconds for one answer


@dataclass(frozen=True)
class Patient:
    """Somebody with a token and an address of their own."""

    id: UUID
    token: str
    address: str


@dataclass(frozen=True)
class Sale:
    """What is offered, and to whom."""

    slots: dict[str, int]  # seats of each
    patients: list[Patient]


@dataclass(frozen=True)
class Seller:
    """The platform that is up."""

    layout: Layout

    @asynccontextmanager
    async def selling(self, seats: int, capacity: int, patients: int) -> AsyncIterator[Sale]:
        """So many seats, so many to a slot, and so many patients who live there; nothing of it is left afterwards."""
        connection = await asyncpg.connect(self.layout.whole_url("health"))
        people = await self._patients(connection, patients)
        schedule = await self._hours(seats // capacity, capacity)
        try:
            slots = await connection.fetch("select id, capacity from slots where schedule_id = $1", UUID(schedule))
            yield Sale({str(row["id"]): row["capacity"] for row in slots}, people)
        finally:
            await connection.execute(f"""
                set session_replication_role = replica;  -- what an appointment said is never deleted, but here
                delete from appointment_versions where slot_id in (select id from slots where schedule_id = '{schedule}');
                delete from appointments where slot_id in (select id from slots where schedule_id = '{schedule}');
                delete from slots where schedule_id = '{schedule}';
                delete from schedules where id = '{schedule}';
            """)
            gone = "delete from directory_bindings where person_id = any($1::uuid[])"
            await connection.execute(gone, [person.id for person in people])
            await connection.close()

    async def ask(self, patient: Patient, slot: str, key: dict[str, str]) -> str:
        """Ask for a seat on a connection of one's own: SOLD, TAKEN, AGAIN and why if one is to wait, or what else came."""
        try:
            async with asyncio.timeout(_LONGEST):
                status, headers, body = await self._posted(patient, {"slot_id": slot}, key)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as failed:
            return type(failed).__name__
        said = (status, str(body.get("type", "")).rpartition("/")[2])
        again = f"{AGAIN}: {said}" if status in {429, 503} and "retry-after:" in headers else str(said)
        return {(201, ""): SOLD, (409, "slot-taken"): TAKEN}.get(said, again)

    async def _posted(self, patient: Patient, body: dict[str, str], more: dict[str, str]) -> tuple[int, str, dict[str, object]]:
        """By hand: a client library's own work would be a good part of what is measured."""
        said = json.dumps(body)
        fields = {
            "host": f"localhost:{self.layout.gateway}", "authorization": f"Bearer {patient.token}", **more,
            "content-type": "application/json", "content-length": str(len(said)), "connection": "close",
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        reader, writer = await asyncio.open_connection("127.0.0.1", self.layout.gateway, local_addr=(patient.address, 0))
        try:
            writer.write(f"POST /api/v1/appointments HTTP/1.1\r\n{head}\r\n{said}".encode())
            headers = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(headers.partition("content-length:")[2].split()[0])
            answer = json.loads(await reader.readexactly(length))
        finally:
            writer.close()
        return int(headers.split()[1]), headers, answer

    async def kept(self, sale: Sale) -> list[tuple[str, int, str]]:
        """Slot, number and patient of every seat that is somebody's."""
        live = "slot_id = any($1::uuid[]) and state in ('held', 'booked')"
        asked = f"select slot_id, seat, person_id from appointments where {live}"
        found = await rows(self.layout, "health", asked, [UUID(slot) for slot in sale.slots])
        return [(str(row["slot_id"]), row["seat"], str(row["person_id"])) for row in found]

    async def counted(self, sale: Sale) -> dict[str, int]:
        """How many seats of each slot are gone, as somebody is told who looks for one."""
        free: dict[str, int] = {}
        headers = {"authorization": f"Bearer {sale.patients[0].token}"}
        async with httpx.AsyncClient(base_url=self.layout.origin, headers=headers, timeout=_LONGEST) as client:
            cursor: dict[str, str] = {}
            while True:
                page = (await client.get("/api/v1/slots", params={"limit": "100", **cursor})).json()
                free |= {one["id"]: one["free"] for one in page["items"]}
                if page["next"] is None:
                    return {slot: seats - free.get(slot, 0) for slot, seats in sale.slots.items()}
                cursor = {"cursor": page["next"]}

    async def told(self, sale: Sale) -> int:
        """How many bookings were announced to the other services."""
        asked = """select 1 from {} o join appointments a on o.subject = 'appointment/' || a.id
            where o.topic = 'health.appointment_booked.v1' and a.slot_id = any($1::uuid[])"""
        keys = [UUID(slot) for slot in sale.slots]
        return sum([len(await rows(self.layout, "health", asked.format(table), keys)) for table in ("outbox", "outbox_archive")])

    async def _patients(self, connection: asyncpg.Connection, size: int) -> list[Patient]:
        """Neighbours, as health would have heard of them."""
        key, home = await of_identity(self.layout), f"{demo.COURTYARDS[0].path}.b01.u1.r0101"
        keys = [uuid4() for _ in range(size)]
        await connection.executemany(
            "insert into directory_bindings (id, person_id, area, kind, starts_at, seq, kept_in)"
            " values ($1, $2, text2ltree($3), 'owner', $4, 0, 0)",
            [(uuid4(), person, home, datetime(2025, 1, 1, tzinfo=UTC)) for person in keys],
        )
        return [
            Patient(person, token(person, self.layout.origin, life=600, key=key, header={"kid": key.kid}), f"127.1.{n // 250}.{n % 250 + 1}")
            for n, person in enumerate(keys)
        ]

    async def _hours(self, visits: int, capacity: int) -> str:
        """Hours of the demo's doctor on a day on which nobody has laid down any yet."""
        today = datetime.now(UTC).astimezone(CHENGDU).date()
        ends = datetime.combine(date.min, _FIRST_HOUR) + timedelta(minutes=_MINUTES * visits)
        if ends.time() > _LAST_HOUR:
            raise ValueError(f"{visits} visits of {_MINUTES} minutes are more than an afternoon has")
        async with Client(self.layout.origin) as officer:
            await officer.sign_in_by_password("officer", demo.PASSWORD)
            for n in range(1, 28):
                day = str(today + timedelta(days=n))
                hours = {
                    "area": demo.GUOHUAI, "doctor_id": str(demo.stable("staff doctor")), "weekdays": [1, 2, 3, 4, 5, 6, 7],
                    "begins": str(_FIRST_HOUR), "ends": str(ends.time()), "minutes": _MINUTES, "capacity": capacity,
                    "first_day": day, "last_day": day, "on_holidays": True,
                }
                try:
                    return str((await officer.post("/api/v1/schedules", hours))["id"])
                except Refused as refused:
                    if refused.status != 409:
                        raise
        raise AssertionError("the doctor is busy every afternoon")


