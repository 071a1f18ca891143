"""A part is down, frozen or full: every answer is a defined one, nothing is half kept, and it recovers without hands."""

import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.faults import beside, down, fetch, frozen, full_disk
from builders.wire import until

from deploy.local.layout import Layout
from deploy.processes import Process
from services.identity.domain import demo
from services.reports.seed.scenes import draw
from simulators.miniprogram import Client

PLACE = f"{demo.COURTYARDS[0].path}.b01.u1"
PATIENCE = 12.0  # seconds; the gateway waits ten for a service

pytestmark = [pytest.mark.proof, pytest.mark.timeout(180)]


@pytest.fixture
async def officer(stack: Layout) -> AsyncIterator[Client]:
    """Somebody who files and sees everything of the community."""
    async with Client(stack.origin) as client:
        client.http.timeout = httpx.Timeout(20)
        yield await client.sign_in_by_password("officer", demo.PASSWORD)


class Draft:
    """A report as a phone keeps it: the same words under the same key until it is answered."""

    def __init__(self, photos: list[str] | None = None) -> None:
        self.token, self.key = str(uuid4()), str(uuid4())
        self.body = {"text": "楼道灯不亮", "category": "lighting", "place": {"area": PLACE}, "client_token": self.token}
        self.body |= {"photos": photos} if photos else {}

    async def file(self, client: Client) -> httpx.Response:
        """One try."""
        return await client.http.post("/api/v1/reports", json=self.body, headers={"idempotency-key": self.key})

    async def filed(self, client: Client) -> str:
        """Until it is answered; the report's id."""

        async def answered() -> str:
            answer = await self.file(client)
            return str(answer.json()["id"]) if answer.status_code == 201 else ""

        return str(await until(answered, 60))

    async def kept(self, layout: Layout) -> int:
        """How many reports it has become."""
        return len(await fetch(layout, "reports", "select 1 from reports where client_token = $1", UUID(self.token)))


def refused(answer: httpx.Response, *statuses: int) -> str:
    """The name of the problem; the answer must be a whole problem document that says when to come again."""
    assert answer.status_code in statuses, (answer.status_code, answer.text)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert int(answer.headers["retry-after"]) >= 1
    return str(answer.json()["type"]).rpartition("/")[2]


async def granted(client: Client, content: bytes) -> dict[str, Any]:
    """A place to PUT a photo."""
    wanted = {"kind": "report-photo", "content_type": "image/jpeg", "size": len(content)}
    return dict(await client.post("/api/v1/uploads?for=reports", wanted))


async def put(grant: dict[str, Any], content: bytes) -> httpx.Response:
    """As a phone sends it."""
    async with httpx.AsyncClient(timeout=20) as phone:
        return await phone.put(grant["url"], content=content, headers=grant["headers"])


async def ready(client: Client, report: str) -> bool:
    """Whether the report's photos are developed."""
    photos = (await client.get(f"/api/v1/reports/{report}"))["photos"]
    return bool(photos) and all(photo["state"] == "ready" for photo in photos)


async def told(layout: Layout, report: str) -> list[Any]:
    """The notices about a report."""
    return await fetch(layout, "notify", "select 1 from notices where subject = $1", f"report/{report}")


async def test_without_the_store_text_is_filed_and_photos_are_refused_and_come_later(stack: Layout, officer: Client) -> None:
    content = draw(1)
    sent, late = await granted(officer, content), await granted(officer, content)
    assert (await put(sent, content)).status_code == 200
    with_photo, without = Draft([str(sent["id"])]), Draft()
    async with down(stack, "store"):
        refused(await put(late, content), 503)
        assert refused(await with_photo.file(officer), 503) == "store-unavailable"
        assert (await without.file(officer)).status_code == 201
        assert await with_photo.kept(stack) == 0
    report = await with_photo.filed(officer)
    await until(lambda: ready(officer, report), 60)
    assert (await with_photo.kept(stack), await without.kept(stack)) == (1, 1)
    assert (await put(late, content)).status_code == 200


async def test_a_frozen_store_holds_up_nobody_who_needs_no_photo(stack: Layout, officer: Client) -> None:
    content = draw(2)
    grant = await granted(officer, content)
    assert (await put(grant, content)).status_code == 200
    draft = Draft([str(grant["id"])])
    with frozen(stack, "store"):
        began = time.monotonic()
        assert refused(await draft.file(officer), 503) == "store-unavailable"
        assert time.monotonic() - began < PATIENCE
        began = time.monotonic()
        assert (await Draft().file(officer)).status_code == 201
        await officer.get("/api/v1/reports")
        assert time.monotonic() - began < 2
        assert await draft.kept(stack) == 0
    report = await draft.filed(officer)
    await until(lambda: ready(officer, report), 60)


async def test_a_full_store_keeps_no_half_photo_and_develops_when_there_is_room_again(stack: Layout, officer: Client) -> None:
    content = draw(3)
    sent, late = await granted(officer, content), await granted(officer, content)
    assert (await put(sent, content)).status_code == 200
    with_photo, without = Draft([str(sent["id"])]), Draft([str(late["id"])])
    with full_disk(stack, "store"):
        assert (await put(late, content)).status_code >= 500  # the store's own words, in XML: that is S3's wire
        report = await with_photo.filed(officer)
        answer = await without.file(officer)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "upload-not-there")
        assert not await ready(officer, report)
    await until(lambda: ready(officer, report), 60)
    assert (await put(late, content)).status_code == 200
    assert (await without.file(officer)).status_code == 201  # a refusal keeps no key: the same draft is filed now


async def test_a_code_asked_for_while_the_provider_is_down_comes_when_it_is_back(stack: Layout) -> None:
    phone = f"139{time.time_ns() // 1000 % 10**8:08d}"
    async with Client(stack.origin) as client, httpx.AsyncClient(base_url=stack.origin) as bare:
        async with down(stack, "providers"):
            asked = await bare.post("/sign-in/code", json={"phone": phone})
            assert asked.is_success
            again = await bare.post("/sign-in/code", json={"phone": phone})
            assert refused(again, 429) == "codes-too-often"
        challenge = asked.json()["challenge_id"]
        code = await until(lambda: _code(bare, challenge), 60)
        proof = {"challenge_id": challenge, "phone": phone, "code": code}
        assert (await client.http.post("/sign-in/phone", json=proof)).is_success


async def _code(client: httpx.AsyncClient, challenge: str) -> str:
    shown = await client.get("/demo/messages")
    said = shown.json() if shown.is_success else []
    return next((str(one["code"]) for one in said if one["out_id"] == challenge), "")


async def test_a_frozen_api_is_named_and_holds_up_nobody_else(stack: Layout, officer: Client) -> None:
    draft = Draft()
    with frozen(stack, "reports-api"):
        began = time.monotonic()
        refused(await draft.file(officer), 503, 504)
        assert time.monotonic() - began < PATIENCE
        whole = await officer.http.get("/readyz")
        refused(whole, 503)
        assert {name for name, state in whole.json()["services"].items() if state != "ready"} == {"reports"}
        assert (await officer.http.get("/api/v1/notices")).is_success
        assert (await officer.http.get("/api/v1/areas")).is_success
    await draft.filed(officer)
    assert await draft.kept(stack) == 1

    async def whole_again() -> bool:
        return (await officer.http.get("/readyz")).is_success

    await until(whole_again, 5)  # what was seen a second ago is still told


@pytest.mark.parametrize("part", ["reports-worker", "rabbitmq"])
async def test_what_is_filed_while_a_worker_or_the_broker_is_frozen_is_heard_afterwards(
    stack: Layout, officer: Client, part: str
) -> None:
    with frozen(stack, part):
        report = await Draft().filed(officer)
        assert await told(stack, report) == []
    assert await until(lambda: told(stack, report), 60)


async def test_a_frozen_database_is_answered_in_time_and_keeps_each_draft_once(stack: Layout, officer: Client) -> None:
    drafts = [Draft() for _ in range(3)]
    with frozen(stack, "postgres"):
        for draft in drafts:
            began = time.monotonic()
            refused(await draft.file(officer), 503, 504)
            assert time.monotonic() - began < PATIENCE
    for draft in drafts:
        await draft.filed(officer)
        assert await draft.kept(stack) == 1


async def test_with_a_silent_directory_dangerous_acts_stop_and_reports_go_on(stack: Layout) -> None:
    async with Client(stack.origin) as guard:
        await guard.sign_in_by_password("guard", demo.PASSWORD)
        gate = (await guard.get("/api/v1/gates"))["items"][0]["id"]

        async def opening() -> httpx.Response:
            where, key = f"/api/v1/gates/{gate}/commands", {"idempotency-key": str(uuid4())}
            return await guard.http.post(where, json={"reason": "visitor"}, headers=key)

        with frozen(stack, "identity-worker"):

            async def stale() -> bool:
                answer = await opening()
                return answer.status_code == 503 and refused(answer, 503) == "directory-stale"

            await until(stale, 15)
            assert (await Draft().file(guard)).status_code == 201

        async def opens() -> bool:
            return (await opening()).is_success

        await until(opens, 30)


def at(address: str, client: Client) -> httpx.AsyncClient:
    """The same person at one process, past the gateway."""
    return httpx.AsyncClient(base_url=address, headers={"authorization": f"Bearer {client.token}"}, timeout=20)


@pytest.mark.parametrize("seconds", [-25, 25])
async def test_two_processes_whose_clocks_differ_a_little_make_one_history(stack: Layout, officer: Client, seconds: int) -> None:
    draft = Draft()
    async with beside(stack, Process("reports", "api"), clock=seconds) as wrong, at(wrong, officer) as there:
        key = {"idempotency-key": draft.key}
        filed = await there.post("/api/v1/reports", json=draft.body, headers=key)
        assert filed.status_code == 201, filed.text
        assert (await draft.file(officer)).json() == filed.json()  # the twin, at a process with the right time
        report = f"/api/v1/reports/{filed.json()['id']}"
        await officer.post(f"{report}/acceptance")
        assert (await there.post(f"{report}/assignment", json={"assignee_id": officer.person})).is_success
        await officer.post(f"{report}/processing")
        steps = await officer.get(f"{report}/history")
    assert [step["action"] for step in steps] == ["file", "accept", "assign", "process"]
    assert [step["seq"] for step in steps] == [1, 2, 3, 4]
    assert await draft.kept(stack) == 1
    subject = f"report/{filed.json()['id']}"

    async def announced() -> bool:
        rows = await fetch(stack, "reports", "select seq from outbox_archive where subject = $1 order by pos", subject)
        return [row["seq"] for row in rows] == [1, 2, 3, 4]

    await until(announced, 30)
    assert await until(lambda: told(stack, filed.json()["id"]), 30)


@pytest.mark.parametrize("hours", [-2, 2])
async def test_a_process_whose_clock_is_hours_off_takes_no_token_and_keeps_nothing(
    stack: Layout, officer: Client, hours: int
) -> None:
    draft = Draft()
    async with beside(stack, Process("reports", "api"), clock=hours * 3600) as wrong, at(wrong, officer) as there:
        answer = await there.post("/api/v1/reports", json=draft.body, headers={"idempotency-key": draft.key})
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (401, "token-refused")
        assert await draft.kept(stack) == 0
        assert (await draft.file(officer)).status_code == 201


async def test_a_gate_whose_clock_runs_ahead_opens_nothing_and_one_with_the_right_time_does(stack: Layout) -> None:
    async with Client(stack.origin) as guard:
        await guard.sign_in_by_password("guard", demo.PASSWORD)
        gate = (await guard.get("/api/v1/gates"))["items"][0]["id"]
        where, body = f"/api/v1/gates/{gate}/commands", {"reason": "visitor"}
        async with beside(stack, Process("gate", "api"), clock=20) as wrong, at(wrong, guard) as there:
            answer = await there.post(where, json=body, headers={"idempotency-key": str(uuid4())})
            assert refused(answer, 503) == "directory-stale"
            assert (await guard.http.post(where, json=body, headers={"idempotency-key": str(uuid4())})).is_success
