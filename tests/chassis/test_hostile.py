"""What strangers send: a problem document in the 4xx with no word about our insides, and nothing is changed."""

import json
from uuid import uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.world import GRID, RESIDENT, UNIT

GOOD: dict[str, object] = {
    "text": "灯不亮", "category": "lighting", "place": {"area": UNIT}, "client_token": "0197a000-0000-7000-8000-000000000001",
}


def problem(answer: httpx.Response) -> str:
    """The name of the problem, after checking the form of the document (RFC 9457)."""
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == answer.status_code
    assert set(said) >= {"type", "title", "detail", "instance", "trace_id"}
    assert "Traceback" not in answer.text
    assert "sqlalchemy" not in answer.text
    return str(said["type"]).rpartition("/problems/")[2]


BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "no object": b"[]",
    "null": b"null",
    "a number of 5,000 digits": b"1" * 5000,
    "200 KB of brackets": b"[" * 200_000,
    "broken UTF-8": b'{"text": "\xff\xfe"}',
}
FIELDS: dict[str, dict[str, object]] = {
    "no text": {"text": ""},
    "only blanks": {"text": " \n\t"},
    "a text too long": {"text": "长" * 2001},
    "a text that is none": {"text": {"$ne": None}},
    "half a surrogate pair": {"text": "\ud800"},
    "half a surrogate pair as a name": {"\ud800": 1},
    "a field nobody knows": {"status": "closed"},
    "a reporter of one's choice": {"reporter_id": str(uuid4())},
    "a category nobody knows": {"category": "war"},
    "a token that is none": {"client_token": "1"},
    "a latitude beyond the pole": {"place": {"area": UNIT, "lat": 91, "lng": 0}},
    "a latitude that is no number": {"place": {"area": UNIT, "lat": float("nan"), "lng": 0}},
    "an endless longitude": {"place": {"area": UNIT, "lat": 0, "lng": float("inf")}},
    "an area with an operator": {"place": {"area": "510104.*"}},
    "an area with a quote": {"place": {"area": "a'; drop table reports; --"}},
    "an area with a label too long": {"place": {"area": "a" * 256}},
    "an area of too many labels": {"place": {"area": "a" + ".b" * 12}},
    "an area that is not there": {"place": {"area": "a.b"}},
    "ten photos": {"photos": [str(uuid4()) for _ in range(10)]},
    "a photo that is none": {"photos": ["../../etc/passwd"]},
}


LIST = "/api/v1/reports"
NOWHERE = (
    ("GET", "/api/v1/nothing", 404, "not-found"), ("DELETE", LIST, 405, "method-not-allowed"),
    ("GET", f"{LIST}/no-uuid", 422, "invalid-request"), ("GET", f"{LIST}/{uuid4()}", 404, "not-found"),
    ("GET", f"{LIST}?limit=0", 422, "invalid-request"), ("GET", f"{LIST}?limit=101", 422, "invalid-request"),
    ("GET", f"{LIST}?limit=x", 422, "invalid-request"), ("GET", f"{LIST}?status=lost", 422, "invalid-request"),
    ("GET", f"{LIST}?cursor=zzzz", 422, "cursor-refused"), ("GET", f"{LIST}?area=%2A", 422, "invalid-request"),
    ("GET", f"{LIST}?area={'a' * 256}", 422, "invalid-request"),
)


async def refused(doors: Doors, body: bytes) -> str:
    headers = {**keyed(), "content-type": "application/json"}
    async with doors.client(RESIDENT) as resident:
        answer = await resident.post("/api/v1/reports", content=body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
    for table in ("reports", "outbox", "idempotency", "uploads"):
        assert await doors.rows(f"select 1 from {table}") == []
    return problem(answer)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_body_that_is_none_is_refused(reports_doors: Doors, body: bytes) -> None:
    assert await refused(reports_doors, body) in {"malformed", "invalid-request"}


@pytest.mark.parametrize("change", FIELDS.values(), ids=FIELDS)
async def test_a_field_that_is_wrong_is_refused(reports_doors: Doors, change: dict[str, object]) -> None:
    name = await refused(reports_doors, json.dumps({**GOOD, **change}).encode())
    assert name in {"invalid-request", "malformed", "no-such-area"}


async def test_a_body_too_large_is_refused(reports_doors: Doors) -> None:
    assert await refused(reports_doors, b"x" * (256 * 1024 + 1)) == "body-too-large"


async def test_a_nul_in_a_text_that_is_kept_in_the_clear_is_refused(reports_doors: Doors) -> None:
    async with reports_doors.client(RESIDENT) as resident:
        answer = await resident.get("/api/v1/reports", params={"cursor": "\0"})
        assert (answer.status_code, problem(answer)) == (422, "cursor-refused")
    async with reports_doors.client(GRID) as worker:
        key = await _in_hand(reports_doors)
        answer = await worker.post(f"/api/v1/reports/{key}/resolution", json={"note": "好\0了", "photos": []})
        assert 400 <= answer.status_code < 500
        assert (await worker.get(f"/api/v1/reports/{key}")).json()["status"] == "processing"


async def _in_hand(doors: Doors) -> str:
    async with doors.client(RESIDENT) as resident, doors.client(GRID) as worker:
        key = str((await resident.post("/api/v1/reports", json=GOOD, headers=keyed())).json()["id"])
        for step, body in (("acceptance", None), ("assignment", {"assignee_id": str(GRID.id)}), ("processing", None)):
            assert (await worker.post(f"/api/v1/reports/{key}/{step}", json=body)).status_code == 200
    return key


async def test_addresses_and_methods_nobody_serves(reports_doors: Doors) -> None:
    async with reports_doors.client(RESIDENT) as resident:
        for method, path, status, name in NOWHERE:
            answer = await resident.request(method, path)
            assert (answer.status_code, problem(answer)) == (status, name), path


async def test_a_fault_of_ours_says_nothing_of_its_cause(reports_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.reports.actions import looking

    async def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(looking, "worklist", breaks)
    async with reports_doors.client(RESIDENT) as resident:
        answer = await resident.get("/api/v1/reports")
    assert (answer.status_code, problem(answer)) == (500, "unexpected")
    assert "hunter2" not in answer.text


async def test_the_title_is_in_the_language_that_was_asked_for(reports_doors: Doors) -> None:
    async with reports_doors.client() as nobody:
        chinese = await nobody.get("/api/v1/reports")
        english = await nobody.get("/api/v1/reports", headers={"accept-language": "en-GB"})
    assert chinese.json()["title"] == "登录凭证无效或已过期，请重新登录"
    assert english.json()["title"].startswith("The access token")
    assert chinese.headers["www-authenticate"].startswith("Bearer")


async def test_no_address_leads_to_the_host_that_the_request_named(reports_doors: Doors) -> None:
    async with reports_doors.client(RESIDENT) as resident:
        for path in ("/api/v1/reports/", "/livez/", "//api/v1/reports"):
            answer = await resident.get(path, headers={"host": "elsewhere.example"})
            assert answer.status_code == 404, path
            assert "location" not in answer.headers
