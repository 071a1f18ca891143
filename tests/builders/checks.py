"""What the provider finds in texts and photos, and the worker that asks it."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from builders.doors import Doors, keyed
from builders.world import OFFICER, RESIDENT, UNIT, Person

from chassis import bus
from chassis.testing import arrived
from contracts.reports import ReportSubmitted
from services.reports import consumers, jobs
from services.reports.clients import moderation
from services.reports.clients.moderation import Moderation


def provider(doors: Doors) -> Moderation:
    """Who is asked."""
    said: Any = doors.running.settings
    found = moderation.of(said)
    assert found is not None
    return found


async def steer(doors: Doors, **rule: str) -> None:
    """From now on the provider says so of a word, or of a photo."""
    origin = provider(doors).texts.removesuffix("/tms")
    async with httpx.AsyncClient() as outside:
        answer = await outside.post(f"{origin}/moderation/rules", json=rule)
    assert answer.status_code == 204, answer.text


async def questions(doors: Doors) -> int:
    """How many questions about texts were good so far."""
    async with httpx.AsyncClient() as outside:
        return int((await outside.get(f"{provider(doors).texts.removesuffix('/tms')}/moderation/asked")).json().get("tms", 0))


def word() -> str:
    """One that no other test says, without figures, which might pass for a number of a phone and be masked."""
    return "词" + uuid4().hex[:12].translate(str.maketrans("0123456789", "ghijklmnop"))


async def wrote(doors: Doors, text: str, person: Person = RESIDENT) -> str:
    """A report with these words, of which the service has heard."""
    draft = {"text": text, "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4())}
    async with doors.client(person) as client:
        answer = await client.post("/api/v1/reports", json=draft, headers=keyed())
    assert answer.status_code == 201, answer.text
    await heard(doors, answer.json(), person)
    return str(answer.json()["id"])


async def heard(doors: Doors, report: dict[str, Any], person: Person = RESIDENT) -> None:
    """The service has heard of a report."""
    said = ReportSubmitted(
        area=UNIT, recipients=(person.id,), report_id=UUID(report["id"]), number=report["number"], category="lighting",
        reporter_id=person.id,
    )
    await bus.handle(doors.running.database, consumers.doubles, arrived(said, datetime.now(UTC)))


async def works(doors: Doors) -> None:
    """The worker, until nothing waits."""
    await jobs.check_contents(doors.running)


async def found_in(doors: Doors, picture: str, suggestion: str) -> None:
    """From now on the provider says so of this developed photo."""
    [row] = await doors.rows("select web_key from uploads where id = :id", id=picture)
    content = await doors.running.files.get(row.web_key)
    await steer(doors, sha256=hashlib.sha256(content).hexdigest(), suggestion=suggestion)


async def checks(doors: Doors, key: str, person: Person = OFFICER) -> list[dict[str, Any]]:
    """Those of a report."""
    async with doors.client(person) as client:
        answer = await client.get(f"/api/v1/reports/{key}/checks")
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def decide(doors: Doors, check: object, what: str, person: Person = OFFICER) -> httpx.Response:
    """Somebody looked."""
    body = {"reason": "请勿发布广告，另行反映问题"} if what == "rejection" else None
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/checks/{check}/{what}", json=body)
