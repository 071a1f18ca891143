"""One report from a resident's photo to "closed", through every part, by the programs that clients are."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from deploy.local.demo import Journey, chain
from deploy.local.layout import Layout
from services.identity.domain import demo


@pytest.fixture(scope="module")
async def journey(stack: Layout) -> AsyncIterator[Journey]:
    """The whole journey, once; the tests below look at what it left."""
    made = Journey(stack.origin, demo.residents()[int(time.time()) % 10].phone)
    await made.sign_in()
    made.seconds = await made.file()  # type: ignore[attr-defined]
    await made.work()
    await made.resolve()
    made.told = await made.notices()  # type: ignore[attr-defined]
    await made.rate()
    made.photos = await made.developed()  # type: ignore[attr-defined]
    await asyncio.sleep(1)
    yield made
    await made.close()


async def test_it_ends_closed_and_rated(journey: Journey) -> None:
    assert (journey.report["status"], journey.report["satisfaction"]) == ("closed", 5)
    assert [(step["action"], step["to_status"]) for step in await journey.history()] == [
        ("file", "submitted"), ("accept", "accepted"), ("assign", "assigned"), ("process", "processing"),
        ("resolve", "resolved"), ("rate", "closed"),
    ]


async def test_the_grid_workers_screen_hints_within_a_second(journey: Journey) -> None:
    assert journey.seconds <= 1.0  # type: ignore[attr-defined]


async def test_the_resident_is_told_every_step(journey: Journey) -> None:
    assert [one["template"] for one in journey.told][:5] == [  # type: ignore[attr-defined]
        "report-received", "report-accepted", "report-assigned", "report-started", "report-resolved",
    ]


async def test_three_photos_are_developed_and_open_by_their_links_alone(journey: Journey) -> None:
    assert [photo["role"] for photo in journey.photos] == ["before", "before", "after"]  # type: ignore[attr-defined]
    async with httpx.AsyncClient() as browser:
        for photo in journey.photos:  # type: ignore[attr-defined]
            for link in (photo["url"], photo["thumb_url"]):
                shown = await browser.get(link)
                assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
            assert (await browser.get(photo["url"].split("?")[0])).status_code == 404


async def test_from_the_answered_request_to_the_screen_it_is_one_trace(journey: Journey, stack: Layout) -> None:
    said = [(line["process"], line["message"]) for line in chain(stack, trace_id=journey.trace)]
    for wanted in (
        ("gateway", "answered"), ("reports-api", "answered"), ("reports-worker", "published"), ("notify-worker", "handled"),
        ("notify-worker", "published"), ("edge-api", "hinted"),
    ):
        assert wanted in said, said


async def test_all_steps_share_the_correlation_id(journey: Journey, stack: Layout) -> None:
    topics = {line["topic"] for line in chain(stack, correlation=journey.report["id"])}
    assert topics >= {f"reports.report_{step}.v1" for step in (
        "submitted", "accepted", "assigned", "started", "resolved", "rated", "closed",
    )} | {"notify.notice_added.v1"}


async def test_no_log_of_any_process_carries_a_phone_a_text_or_a_token(journey: Journey, stack: Layout) -> None:
    secrets = (journey._phone, "楼道灯不亮", journey.resident.token, journey.worker.token, "guohuai-demo", "X-Amz-Signature")
    for file in (stack.data / "logs").glob("*.log"):
        if file.stem == "supervisor":
            continue  # tells a newcomer the demo's phones and passwords; it hears nobody's request
        text = file.read_text(errors="replace")
        for secret in secrets:
            assert secret not in text, (file.name, secret[:12])
