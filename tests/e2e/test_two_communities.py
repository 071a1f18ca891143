"""Two communities on one platform: lists, single things, acts, files, notices and live hints of one never show in the other."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import date
from typing import Any

import pytest
from builders.signing import sign_in

from deploy.local.demo import Journey
from deploy.local.layout import Layout
from services.identity.domain import demo
from services.reports.domain.demo import STORIES
from simulators.miniprogram import CannotSignIn, Client, Hint, Refused

STAFF = ("grid-neighbour", "officer-neighbour")
LISTS = ("reports", "gates", "slots", "appointments", "bindings", "assignments")


@pytest.fixture(scope="module")
async def neighbours(stack: Layout) -> AsyncIterator[list[Client]]:
    """Everybody of the neighbour community who could be curious: its staff and one of its residents."""
    theirs = [one.phone for one in demo.residents() if not one.room.startswith(demo.GUOHUAI)]
    phone = theirs[int(time.time()) % (len(theirs) - 1)]  # a code a minute a phone; the last is test_foreign's
    async with AsyncExitStack() as held:
        clients = [await held.enter_async_context(Client(stack.origin)) for _ in range(3)]
        for client, login in zip(clients, STAFF, strict=False):
            await client.sign_in_by_password(login, demo.PASSWORD)
        await sign_in(clients[2], phone)
        yield clients


@pytest.fixture(scope="module")
async def journey(stack: Layout) -> AsyncIterator[Journey]:
    """A resident and a grid worker of 国槐社区."""
    for resident in demo.residents()[10:20]:  # a code a minute a phone: another test may have asked for one just now
        made = Journey(stack.origin, resident.phone)
        with suppress(CannotSignIn):
            await made.sign_in()
            break
    yield made
    await made.close()


async def everything(client: Client, path: str) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        page = await client.get(f"/api/v1/{path}", limit=100, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


async def test_lists_show_only_the_own_community(stack: Layout, neighbours: list[Client]) -> None:
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        ours = {path: {one["id"] for one in await everything(officer, path)} for path in LISTS}
        assert len(ours["reports"]) >= 40
        assert all(one["area"].startswith(demo.GUOHUAI) for one in await everything(officer, "reports"))
    for client in neighbours:
        for path in LISTS:
            seen = await everything(client, path)
            assert not {one["id"] for one in seen} & ours[path], path
            assert not [one for one in seen if str(one.get("area", "")).startswith(demo.GUOHUAI)]
    assert await everything(neighbours[0], "reports")  # they do see their own


@asynccontextmanager
async def listening(clients: list[Client]) -> AsyncIterator[list[Hint]]:
    """What the live channels of all of them hint at, meanwhile and a second longer."""
    heard: list[Hint] = []
    ready = asyncio.Semaphore(0)

    async def listen(client: Client) -> None:
        async with client.live() as hints:
            ready.release()
            async for hint in hints:
                heard.append(hint)  # noqa: PERF401 - it never ends

    tasks = [asyncio.create_task(listen(client)) for client in clients]
    for _ in tasks:
        await ready.acquire()
    yield heard
    await asyncio.sleep(1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_hints_of_one_never_show_in_the_other(journey: Journey, neighbours: list[Client]) -> None:
    async with listening(neighbours) as heard:
        await journey.file()
        await journey.work()
    assert [hint for hint in heard if hint.data["area"].startswith(demo.GUOHUAI)] == []
    assert all(journey.report["id"] not in hint.data["subject"] for hint in heard)


async def test_single_things_and_acts_of_one_are_not_there_for_the_other(journey: Journey, neighbours: list[Client]) -> None:
    await journey.file()
    report = f"/api/v1/reports/{journey.report['id']}"
    acts: tuple[tuple[str, Any], ...] = (
        ("acceptance", None), ("assignment", {"assignee_id": journey.worker.person}), ("return", {"reason": "x"}),
        ("processing", None), ("closure", None), ("rating", {"satisfaction": 1}), ("reopening", {"reason": "x"}),
    )
    for client in neighbours:
        for path in (report, f"{report}/history"):
            with pytest.raises(Refused, match="404"):
                await client.get(path)
        assert report.rpartition("/")[2] not in str(await everything(client, "notices"))
        for step, body in acts:
            with pytest.raises(Refused, match="404"):
                await client.post(f"{report}/{step}", body)


async def test_the_seed_is_three_hundred_reports_of_six_months_in_both(stack: Layout, neighbours: list[Client]) -> None:
    async with Client(stack.origin) as admin:
        await admin.sign_in_by_password("subdistrict", demo.PASSWORD)
        told = tuple(story.text.removeprefix("{place}") for story in STORIES)
        seeded = [one for one in await everything(admin, "reports") if one["text"].endswith(told)]
    assert len(seeded) == 300
    days = sorted(one["submitted_at"][:10] for one in seeded)
    assert (date.fromisoformat(days[-1]) - date.fromisoformat(days[0])).days > 170
    assert len(set(days)) > 120
    assert {one["area"].split(".")[2] for one in seeded} == {"guohuai", "jinxiu"}
    assert len({one["status"] for one in seeded}) >= 4
    assert len({one["category"] for one in seeded}) >= 8
