"""`make demo`: one report from the photo to "closed", told step by step, with the chain of what answered what."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from unicodedata import east_asian_width
from uuid import uuid4

from deploy.local.layout import Layout
from services.identity.domain import demo as people
from services.reports.seed.scenes import draw
from simulators.miniprogram import Client, Hint

_TEXT = "3栋2单元楼道灯不亮"
_HINT_SECONDS = 10.0
_AREA = f"{people.GUOHUAI}.g03.dgy1.b03.u2"
_SPOT = {"lat": 30.6231, "lng": 104.1287, "crs": "gcj02"}
_PLACE = {"area": _AREA, **_SPOT}


class Broken(Exception):
    """The journey did not go as it should; the message says where."""


class Journey:
    """A resident, a grid worker, and one report between them; every step returns what happened."""

    def __init__(self, origin: str, phone: str, login: str = "grid") -> None:
        self.resident, self.worker = Client(origin), Client(origin)
        self._phone, self._login = phone, login
        self.report: dict[str, Any] = {}
        self.trace = ""

    async def sign_in(self) -> None:
        """The resident by a code, the grid worker by password."""
        await self.resident.sign_in_by_code(self._phone)
        await self.worker.sign_in_by_password(self._login, people.PASSWORD)

    async def file(self) -> float:
        """File with two photos; returns the seconds until the grid worker's live channel hints."""
        photos = [await self.resident.upload("reports", "report-photo", draw(n)) for n in (1, 2)]
        async with self.worker.live() as hints:
            began = time.monotonic()
            filing = {"text": _TEXT, "category": "lighting", "place": _PLACE, "client_token": str(uuid4()), "photos": photos}
            self.report = await self.resident.post("/api/v1/reports", filing)
            self.trace = self._trace_id(self.resident)
            await self._heard(hints, "reports.report_submitted.v1")
            return time.monotonic() - began

    async def _heard(self, hints: AsyncIterator[Hint], topic: str) -> Hint:
        async with asyncio.timeout(_HINT_SECONDS):
            async for hint in hints:
                if hint.event == topic and hint.data["subject"] == f"report/{self.report['id']}":
                    return hint
        raise Broken(f"the live channel never hinted at {topic}")

    async def work(self) -> None:
        """Accept, assign to herself, begin."""
        await self._act(self.worker, "acceptance")
        await self._act(self.worker, "assignment", {"assignee_id": self.worker.person})
        await self._act(self.worker, "processing")

    async def resolve(self) -> float:
        """Upload the photo of the mended lamp and resolve; returns the seconds until the resident hears it live."""
        photo = await self.worker.upload("reports", "report-photo", draw(3, after=True))
        async with self.resident.live() as hints:
            began = time.monotonic()
            mended = {"note": "已更换声控灯，照明恢复正常。", "photos": [photo], "taken_at": _SPOT}  # also where terms ask for it
            await self._act(self.worker, "resolution", mended)
            await self._heard(hints, "reports.report_resolved.v1")
            return time.monotonic() - began

    async def notices(self) -> list[dict[str, Any]]:
        """What the resident was told about this report, first to last; waits for the last of it."""
        subject = f"report/{self.report['id']}"
        for _ in range(100):
            found = [one for one in (await self.resident.get("/api/v1/notices"))["items"] if one["subject"] == subject]
            if any(one["template"] == "report-resolved" for one in found):
                return found[::-1]
            await asyncio.sleep(0.1)
        raise Broken("the resident was not told that the report is resolved")

    async def rate(self) -> None:
        """Five stars; with that it is closed."""
        await self._act(self.resident, "rating", {"satisfaction": 5})

    async def developed(self) -> list[dict[str, Any]]:
        """The photos, once the worker has developed them all."""
        for _ in range(100):
            photos: list[dict[str, Any]] = (await self.resident.get(f"/api/v1/reports/{self.report['id']}"))["photos"]
            if all(photo["state"] == "ready" for photo in photos):
                return photos
            await asyncio.sleep(0.1)
        raise Broken("the photos were not developed")

    async def history(self) -> list[dict[str, Any]]:
        """Every step the report has taken."""
        steps: list[dict[str, Any]] = await self.resident.get(f"/api/v1/reports/{self.report['id']}/history")
        return steps

    async def _act(self, who: Client, what: str, body: Any = None) -> None:
        self.report = await who.post(f"/api/v1/reports/{self.report['id']}/{what}", body)

    def _trace_id(self, client: Client) -> str:
        return client.last.headers.get("x-trace-id", "") if client.last is not None else ""

    async def close(self) -> None:
        """Hang up."""
        await self.resident.http.aclose()
        await self.worker.http.aclose()


def chain(layout: Layout, **wanted: str) -> list[dict[str, Any]]:
    """The log lines of all processes in which every wanted field has its value, in order of time."""
    found = [line for line in _log_lines(layout) if all(line.get(name) == value for name, value in wanted.items())]
    return sorted(found, key=lambda line: str(line.get("at", "")))


def _log_lines(layout: Layout) -> Iterator[dict[str, Any]]:
    for file in (layout.data / "logs").glob("*.log"):
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("{") and line.endswith("}\n"):
                    yield {"process": file.stem, **json.loads(line)}


def _say(step: str, sentence: str) -> None:
    width = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in step)
    print(f"{' ' * (10 - width)}\033[36m{step}\033[0m  {sentence}", flush=True)


async def narrate(layout: Layout) -> int:
    """Tell the journey."""
    homes = [one for one in people.residents() if one.room.startswith(_AREA)] + people.residents()
    resident = homes[int(time.time()) % 5]  # a code a minute a phone: the next demo takes the next neighbour
    journey = Journey(f"http://localhost:{layout.gateway}", resident.phone)
    try:
        await _told(layout, journey, resident)
    finally:
        await journey.close()
    return 0


async def _told(layout: Layout, journey: Journey, resident: people.Resident) -> None:
    _say("居民", f"{resident.name} asks for a code to {resident.phone} and reads it from the simulated phone")
    await journey.sign_in()
    _say("网格员", "王芳 signs in with her password; her live channel is open")
    seconds = await journey.file()
    report = journey.report
    _say("随手拍", f"「{_TEXT}」 with two photos and a place: {report['number']} is filed")
    _say("提醒", f"the grid worker's screen hints {seconds * 1000:.0f} ms after the resident pressed \"send\"")
    await journey.work()
    _say("受理", "she accepts it, assigns it to herself, and goes there")
    seconds = await journey.resolve()
    _say("办结", f"the lamp is mended, the photo uploaded; the resident's phone hints after {seconds * 1000:.0f} ms")
    for notice in await journey.notices():
        _say("通知", f"{notice['title']}：{notice['text']}")
    await journey.rate()
    _say("评价", f"five stars; the report is {journey.report['status']}")
    photos = await journey.developed()
    _say("照片", f"{len(photos)} photos are developed; the first: {photos[0]['thumb_url'][:70]}…")
    for step in await journey.history():
        _say(step["action"], f"{step['at'][:19]}  {step['from_status'] or '—'} → {step['to_status']}")
    await asyncio.sleep(1)  # the last log lines are on their way to the files
    _tell_chain(layout, journey)
    _write_tour(layout, journey, photos[0]["id"])


def _write_tour(layout: Layout, journey: Journey, photo: str) -> None:
    """The ids of this run, so that the commands of docs/tour.md can be followed with them."""
    said = {
        "ORIGIN": layout.origin, "REPORT": journey.report["id"], "NUMBER": journey.report["number"], "TRACE": journey.trace,
        "PHOTO": photo, "RESIDENT": journey.resident.person, "WORKER": journey.worker.person, "LOGS": str(layout.data / "logs"),
    }
    file = layout.data / "tour.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in said.items()))
    print(f"\nfollow it through the code: docs/tour.md, with the ids of this run in {file}")


def _tell_chain(layout: Layout, journey: Journey) -> None:
    print(f"\nfrom the request to the screens that heard of it, one trace {journey.trace}:")
    for line in chain(layout, trace_id=journey.trace):
        what = line.get("topic") or line.get("operation") or line.get("route") or ""
        print(f"  {str(line['at'])[11:23]}  {line['process']:<16} {line['message']:<10} {what}")
    together = chain(layout, correlation=journey.report["id"])
    topics = list(dict.fromkeys(str(line["topic"]) for line in together))
    number = journey.report["id"]
    print(f"\nall steps share the correlation id {number}: {len(together)} lines about {len(topics)} kinds of event")
    print("  " + ", ".join(topics))
    print("\nok: filed, hinted, accepted, worked on, resolved, told, rated, closed")
