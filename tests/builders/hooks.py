"""Subscriptions of a hospital's program: made, fed by our own events, told."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from builders.fhir import Hospital
from builders.world import HERE, RESIDENT

from chassis import bus
from chassis.outgoing import Caller
from chassis.testing import arrived
from contracts.health import AppointmentBooked
from services.health import jobs
from services.health.consumers import changes

SCOPE = "system/Subscription.cruds system/Appointment.cruds system/Patient.cruds"


def wanted(endpoint: str, **more: Any) -> dict[str, Any]:
    """A Subscription as a program asks for one."""
    channel = {"type": "rest-hook", "endpoint": endpoint, "payload": "application/fhir+json", **more.pop("channel", {})}
    made = {"resourceType": "Subscription", "status": "requested", "reason": "x", "criteria": "Appointment?", "channel": channel}
    return made | more


async def subscribe(one: Hospital, body: Any, scope: str = SCOPE) -> httpx.Response:
    """Ask for it."""
    async with one.client(scope) as client:
        return await client.post("/fhir/Subscription", json=body)


async def booked(one: Hospital, key: str) -> None:
    """Our own event of it comes in."""
    (row,) = await one.doors.rows("select slot_id, starts_at from appointments where id = :key", key=UUID(key))
    event = AppointmentBooked(
        area=HERE, recipients=(RESIDENT.id,), appointment_id=UUID(key), slot_id=row.slot_id, starts_at=row.starts_at
    )
    await bus.handle(one.doors.running.database, changes, arrived(event, datetime.now(UTC)))


async def tell(one: Hospital, caller: Caller) -> int:
    """Tell all that is due; how much it was."""
    told = 0
    while await jobs.tell_one(one.doors.running, caller):
        told += 1
    return told
