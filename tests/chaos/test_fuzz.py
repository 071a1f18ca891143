"""Every operation of every service, with whatever comes to mind: it answers, never with a fault of ours, never half done."""

import json
import os
import random
import string
import subprocess
from collections import Counter
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.operations import Operation, offered
from builders.world import ADMIN, FAR_OFFICER, GRID, HERE, RESIDENT, UNIT, Person

from deploy.local.layout import ROOT
from deploy.processes import OWNERS
from services.reports.__main__ import operate
from services.reports.domain.open311 import SERVICES

pytestmark = [pytest.mark.proof, pytest.mark.timeout(300)]
QUICK = os.environ.get("QUICK") == "1"
ROUNDS = 12 if QUICK else 150
COMMIT = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, 1.5, float("nan"), float("inf"), "", " ", "\0", "a\0b", "\ud800",
    "\u202e", "长" * 3000,
    "'; drop table reports; --", "../../etc/passwd", "%00", "*", "a.b.*", "510104", HERE, UNIT, "x" * 70_000, [],
    [[]], {}, [None], {"$ne": 1}, str(uuid4()), str(uuid4()).upper(), "13900000001", "2026-13-45", "0001-01-01T00:00:00Z",
    "lighting", "owner", "visitor",
)


def good(name: str, chance: random.Random) -> Any:
    """A value that may pass, so that the next field is looked at as well."""
    known = {
        "text": "灯不亮", "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4()), "photos": [],
        "reason": "visitor", "area": UNIT, "path": f"{HERE}.x{chance.randrange(10**6)}", "kind": "grid", "name": "名",
        "role": "guard", "room": UNIT,
        "display_name": "某", "serves": [UNIT], "phone": f"139{chance.randrange(10**8):08d}", "code": "123456", "satisfaction": 5,
        "login": "grid", "password": "x", "grant_type": "refresh_token", "token": "x", "refresh_token": "x",
    }
    return known.get(name, str(uuid4()))


def body_of(operation: Operation, chance: random.Random) -> Any:
    fields = operation.fields()
    if chance.random() < 0.1:
        return chance.choice(NASTY)
    body = {name: good(name, chance) for name in fields if chance.random() < 0.95}
    for name in chance.sample(sorted(fields), min(len(fields), chance.randrange(3))):
        body[name] = chance.choice(NASTY)
    if isinstance(body.get("place"), dict) and chance.random() < 0.5:
        body["place"] = {**body["place"], chance.choice(["area", "lat", "lng", "crs", "x"]): chance.choice(NASTY)}
    return body


def path_of(path: str, chance: random.Random) -> str:
    while "{" in path:
        begin, end = path.index("{"), path.index("}")
        value = chance.choice([str(uuid4()), "x", "%00", "..", "0", "%F0%9F%98%80", "'"])
        path = path[:begin] + value + path[end + 1:]
    return path


def query_of(operation: Operation, chance: random.Random) -> dict[str, str]:
    values = ["", "1", "-1", "\0", "x" * 100, "reports", "true", "9" * 21, UNIT]
    asked = {name: chance.choice(values) for name in operation.queries}
    return {name: value for name, value in asked.items() if chance.random() < 0.6}


async def strike(client: httpx.AsyncClient, operation: Operation, chance: random.Random) -> httpx.Response:
    strange: list[str | bytes] = ["", "x" * 201, b"\xc3\xa9", b"\xff", string.printable[:60]]
    headers: dict[str, Any] = keyed() if chance.random() < 0.9 else {"idempotency-key": chance.choice(strange)}
    headers["content-type"] = "application/json"
    query, address = query_of(operation, chance), path_of(operation.path, chance)
    if operation.method in {"GET", "HEAD"}:
        return await client.request(operation.method, address, params=query)
    if operation.media == "application/x-www-form-urlencoded":
        form = {name: str(chance.choice([*NASTY, "refresh_token"])).encode("utf-8", "replace") for name in operation.fields()}
        return await client.request(operation.method, address, params=query, data=form)
    content = json.dumps(body_of(operation, chance)).encode()
    return await client.request(operation.method, address, params=query, content=content, headers=headers)


def _told(path: str) -> set[str]:
    """How a refusal is told: OAuth wants JSON of its own (RFC 6749 section 5.2), and a person at the sign-in page a page.

    GeoReport has lists of errors, FHIR its OperationOutcome.
    """
    if path == "/fhir" or path.startswith("/fhir/"):
        return {"application/fhir+json; charset=utf-8", "application/problem+json"}  # `/fhir/..` is no address of that door
    if path.startswith("/open311/"):
        return {"text/xml; charset=utf-8", "application/json; charset=utf-8"}
    oauth = {"application/json", "text/html; charset=utf-8"} if path.startswith("/oauth/") else set()
    return {"application/problem+json", *oauth}


@pytest.mark.parametrize("owner", OWNERS)
async def test_no_input_makes_it_fail(every_door: dict[str, Doors], owner: str) -> None:
    doors, chance = every_door[owner], random.Random(f"{COMMIT} {owner}")
    await doors.clean()
    people: tuple[Person | None, ...] = (RESIDENT, GRID, ADMIN, FAR_OFFICER, None)
    for operation in offered(owner):
        for _ in range(ROUNDS):
            async with doors.client(chance.choice(people)) as client:
                answer = await strike(client, operation, chance)
            what = (operation.method, operation.path, answer.status_code, answer.text[:300], answer.request.content[:300])
            assert answer.status_code < 500 or answer.status_code == 503, what
            if answer.status_code >= 400:
                assert answer.headers["content-type"] in _told(operation.path), what


GEOREPORT: dict[str, list[str]] = {
    "jurisdiction_id": [HERE, HERE, HERE, "", "gotham"], "service_code": [*SERVICES, "dragons", "water,road"],
    "lat": ["30.6", "91", "nan", "-0", "1e309"], "long": ["104.1", "181", "x"], "address_id": [UNIT, "..", ""],
    "address_string": ["东门外", "\0", "x" * 4001], "description": ["路灯不亮", "\0", "<b>", "\u202e", "x" * 4001, ""],
    "media_url": ["https://example.org/1.jpg", "http://[", "file:///etc/passwd", "https://\u2100.example", "x" * 2001],
    "attribute[extent]": ["home", "town"], "attribute[times][]": ["night", "never"], "attribute[since]": ["2026-01-01", "9" * 40],
    "status": ["open", "closed", "CLOSED", "asleep", "open,,closed"], "service_request_id": ["1", ",", str(uuid4()), "x," * 1500],
    "start_date": ["2026-01-01", "2026-01-01T00:00:00+14:00", "2026-02-30", "0000-01-01", "9999-12-31T23:59:59-14:00"],
    "end_date": ["2026-02-01", "1970-01-01T00:00:00Z", "x"], "updated_after": ["2026-01-01", "-"],
    "page": ["0", "1", "999999", "\u0663"], "page_size": ["1", "5000", "-1"],
    "radius": ["500", "0", "1e9"], "bbox": ["104,30,105,31", "1,2,3", "nan,nan,nan,nan"],
    "extensions": ["true", "maybe"], "idempotency_token": ["a", "\0", "x" * 5000], "update_id": ["1"],
}


async def test_ten_thousand_requests_of_open311_are_answered(every_door: dict[str, Doors]) -> None:
    """Nothing that a program of another sends is a fault of ours, and every answer has the form that was asked for."""
    doors, chance = every_door["reports"], random.Random(f"{COMMIT} open311")
    await doors.clean()
    words = ["add", "fuzz", "--community", HERE, "--owner", "x", "--daily", "100000"]
    key = (await operate(doors.running, words))[0].removeprefix("api_key: ")
    paths = ("discovery", "services", "services/water", "requests", f"requests/{uuid4()}", "tokens/1", "servicerequestupdates")
    counts = Counter[int]()
    async with doors.client() as client:
        for _ in range(500 if QUICK else 10_000):
            said = {name: chance.choice(values) for name, values in GEOREPORT.items() if chance.random() < 0.3}
            if chance.random() < 0.1:  # one that is taken, so that they are struck among others
                said = {"service_code": "lighting", "lat": "30.6", "long": "104.1"}
            form, posts = chance.choice(["xml", "json"]), chance.random() < 0.5
            path = f"/open311/v2/{chance.choice(paths[3::3] if posts else paths)}.{form}"
            data = {"api_key": chance.choice([key, key, "x"]), **said}
            answer = await (client.post(path, data=data) if posts else client.get(path, params=said))
            counts[answer.status_code] += 1
            assert answer.status_code < 500, (path, said, answer.text)
            assert form in answer.headers["content-type"]
            assert ET.fromstring(answer.content) is not None if form == "xml" else answer.json() is not None
    assert {200, 201, 400, 403, 404} <= set(counts)
