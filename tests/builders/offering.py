"""Times and schedules as a hospital's program writes them at the FHIR door."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from builders.fhir import ALL, Hospital
from builders.world import DOCTOR

from contracts.calendar import CHENGDU
from services.health.domain.resources import CAPACITY

START = datetime.now(UTC).astimezone(CHENGDU).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=8)
SYSTEM = "urn:east:slot"


def actors(east: Hospital, doctor: UUID = DOCTOR.id) -> list[dict[str, Any]]:
    """A doctor in the department."""
    said = f"Practitioner/{doctor}", f"HealthcareService/{east.department}"
    return [{"actor": {"reference": one}}["actor"] for one in said]


def planned(east: Hospital, **more: Any) -> dict[str, Any]:
    """A Schedule."""
    return {"resourceType": "Schedule", "actor": actors(east), **more}


async def send(east: Hospital, method: str, path: str, body: Any = None, scope: str = ALL, **headers: str) -> httpx.Response:
    """A request of the program."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    async with east.client(scope) as client:
        answer: httpx.Response = await client.request(method, f"/fhir/{path}", json=body, headers=said)
        return answer


async def schedule(east: Hospital) -> str:
    """It is announced; its id."""
    answer = await send(east, "POST", "Schedule", planned(east))
    assert answer.status_code in {200, 201}, answer.text
    return str(answer.json()["id"])


async def wish(east: Hospital, n: int = 0, *, name: str = "", **more: Any) -> dict[str, Any]:
    """A Slot, half an hour after the one before it."""
    begins = START + timedelta(minutes=30 * n)
    called = {"identifier": [{"system": SYSTEM, "value": name}]} if name else {}
    ends = begins + timedelta(minutes=20)
    return {"resourceType": "Slot", "schedule": {"reference": f"Schedule/{await schedule(east)}"}, "status": "free",
            "start": begins.isoformat(), "end": ends.isoformat(), **called, **more}


async def made(east: Hospital, n: int = 0, **more: Any) -> dict[str, Any]:
    """It is offered."""
    answer = await send(east, "POST", "Slot", await wish(east, n, **more))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def put(east: Hospital, slot: dict[str, Any], match: str = "", **changes: Any) -> httpx.Response:
    """It is changed by who read it."""
    tag = match or f'W/"{slot["meta"]["versionId"]}"'
    return await send(east, "PUT", f"Slot/{slot['id']}", {**slot, **changes}, if_match=tag)


async def read(east: Hospital, slot: dict[str, Any]) -> dict[str, Any]:
    """As it reads now."""
    return dict((await east.get(f"Slot/{slot['id']}")).json())


def seats(number: int) -> list[dict[str, Any]]:
    """So many of them."""
    return [{"url": CAPACITY, "valueInteger": number}]
