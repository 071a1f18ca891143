"""A report brought along its life, step by step, by who may take them."""

import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import UUID, uuid4

import httpx
from builders.doors import Doors, keyed
from builders.world import GRID, HERE, LONG_AGO, OFFICER, RESIDENT, UNIT, Person
from PIL import Image

from chassis import bus, directory
from chassis.testing import arrived
from contracts.area import Role
from contracts.event import Event
from contracts.identity import AssignmentChanged, DirectoryMarked, UnitChanged

PLUMBERS = uuid4()


async def mark(doors: Doors, age: float = 0) -> None:
    """Identity was heard so many seconds ago."""
    said = arrived(DirectoryMarked(directory_id=UUID(int=0), position=1), datetime.now(UTC) - timedelta(seconds=age))
    await bus.handle(doors.running.database, directory.consumers("reports"), said)


async def unit(doors: Doors, key: UUID, serves: str, *people: Person) -> None:
    """A unit that serves an area, with people of it, as identity would tell."""
    said: list[Event] = [UnitChanged(area=HERE, unit_id=key, kind="property", name="物业", serves=(serves,))]
    said += [
        AssignmentChanged(
            area=HERE, assignment_id=uuid4(), person_id=person.id, role=Role.PROPERTY, unit_id=key, display_name="某某",
            starts_at=LONG_AGO,
        )
        for person in people
    ]
    for event in said:
        await bus.handle(doors.running.database, directory.consumers("reports"), arrived(event, LONG_AGO))
    doors.running.directory._known.clear()


BODIES: dict[str, dict[str, object]] = {
    "assignment": {"assignee_id": str(GRID.id)},
    "reassignment": {"assignee_id": str(OFFICER.id), "reason": "突发疾病，改由他人处置"},
    "classification": {"category": "electricity", "instead_of": "lighting", "reason": "是线路的问题"},
    "severity": {"severity": "severe", "instead_of": "minor", "reason": "电线裸露，有人会触电"},
    "return": {"reason": "不是我负责的楼栋"}, "rating": {"satisfaction": 4},
    "reopening": {"reason": "又不亮了"}, "resolution": {"note": "已更换", "photos": []},
    "merge": {"master_id": str(uuid4())}, "abandonment": {"reason": "已随主体工程一并完成"},
    "parts": {"text": "修补路面", "category": "road", "client_token": str(uuid4())},
    "refusal": {"reason_code": "not-our-duty", "instead": "请联系供电公司 95598"}, "appeal": {"reason": "这是公共部位"},
    "escalation": {"reason": "需要社区协调"}, "question": {"question": "是哪一层的灯？"}, "supplement": {"answer": "三楼"},
    "whistle": {"unit_ids": [str(PLUMBERS)], "reason": "需要物业到场关阀"},
    "hold": {"reason": "等待供电公司停电检修", "until": datetime.fromtimestamp(time.time() + 2 * 86400, UTC).isoformat()},
}


ACTING = {
    "rate": RESIDENT, "reopen": RESIDENT, "appeal": RESIDENT, "withdraw": RESIDENT, "decline": OFFICER, "close": OFFICER,
    "supplement": RESIDENT, "hold": OFFICER,
}


async def file(doors: Doors, person: Person = RESIDENT) -> str:
    draft = {"text": "灯不亮", "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4())}
    async with doors.client(person) as client:
        return str((await client.post("/api/v1/reports", json=draft, headers=keyed())).json()["id"])


async def photo(doors: Doors, person: Person) -> str:
    out = BytesIO()
    Image.new("RGB", (64, 48), (200, 200, 180)).save(out, "JPEG")
    async with doors.client(person) as client:
        wanted = {"kind": "report-photo", "content_type": "image/jpeg", "size": len(out.getvalue())}
        grant = (await client.post("/api/v1/uploads?for=reports", json=wanted, headers=keyed())).json()
    async with httpx.AsyncClient() as phone:
        assert (await phone.put(grant["url"], content=out.getvalue(), headers=grant["headers"])).status_code == 200
    return str(grant["id"])


async def step(doors: Doors, person: Person, key: str, what: str, body: object = None) -> httpx.Response:
    if body is None:
        body = BODIES.get(what)
        if what == "resolution":
            body = {"note": "已更换", "photos": [await photo(doors, person)]}
    async with doors.client(person) as client:
        # a step is taken once; a part is made, so that it says which time this is
        return await client.post(f"/api/v1/reports/{key}/{what}", json=body, headers=keyed() if what == "parts" else {})


async def brought_to(doors: Doors, status: str) -> str:
    key = await file(doors)
    steps = ("acceptance", "assignment", "processing", "resolution")
    for what in steps[: ("submitted", "accepted", "assigned", "processing", "resolved").index(status)]:
        assert (await step(doors, GRID, key, what)).status_code == 200
    return key


def named(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rpartition("/")[2]
