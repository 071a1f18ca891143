"""At a poster's page, by a number that a household shares: after the code one says who one is, and the report is theirs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from builders.faults import fetch
from builders.tab import WORDS, Tab, hung, opened
from builders.wire import until
from playwright.async_api import expect

from deploy.local.layout import Layout
from services.identity.domain import demo
from simulators.miniprogram import Client

_TO_SHARE = (
    "insert into contacts (id, person_id, kind, sealed_value, blind_index, verified_at, used_at, is_shared)"
    " select gen_random_uuid(), $1, kind, sealed_value, blind_index, now(), now(), true from contacts"
    " where person_id = $2 and kind = 'phone' returning id"
)

pytestmark = [pytest.mark.proof, pytest.mark.timeout(180)]


@pytest.fixture
async def officer(stack: Layout) -> AsyncIterator[Client]:
    """Who hangs posters, and looks at papers first."""
    async with Client(stack.origin) as made:
        yield await made.sign_in_by_password("officer", demo.PASSWORD)


@asynccontextmanager
async def mother(stack: Layout, officer: Client, daughter: str) -> AsyncIterator[str]:
    """Somebody who was registered by two and put on the daughter's number, while the test lasts."""
    name = f"共用{uuid4().hex[:6]}"
    room = next(one.room for one in demo.residents() if one.room.startswith(f"{demo.GUOHUAI}.g03"))
    made = await officer.post("/api/v1/registrations", {"name": name, "room": room, "kind": "family", "evidence": "id-card"})
    async with Client(stack.origin) as worker:
        await worker.sign_in_by_password("grid", demo.PASSWORD)
        await worker.post(f"/api/v1/registrations/{made['id']}/confirmation", {"name": name})
    await fetch(stack, "identity", _TO_SHARE, made["person_id"], daughter)
    yield str(made["person_id"])
    await fetch(stack, "identity", "delete from contacts where person_id = $1 returning id", made["person_id"])


@pytest.fixture
async def poster(officer: Client) -> AsyncIterator[dict[str, Any]]:
    """A poster of its own, while the test lasts."""
    made = await hung(officer)
    yield made
    await officer.post(f"/api/v1/anchors/{made['id']}/revocation")


async def coded(tab: Tab, officer: Client, poster: dict[str, Any]) -> str:
    """The page as far as the code of a resident's phone; the resident."""
    await tab.write(poster["code"])
    await tab.page.click("#send")
    number, challenge = await tab.challenged()

    async def arrived() -> str:
        messages = (await officer.http.get("/demo/messages")).json()
        return next((str(one["code"]) for one in messages if one["out_id"] == challenge), "")

    await tab.page.fill("#code", str(await until(arrived)))
    return str(next(one.id for one in demo.residents() if one.phone == number))


async def test_who_shares_a_number_says_who_they_are_and_files(
    stack: Layout, officer: Client, poster: dict[str, Any]
) -> None:
    async with opened(stack.origin) as tab:
        daughter = await coded(tab, officer, poster)
        async with mother(stack, officer, daughter) as shared:
            await tab.page.click("#enter")
            people = tab.page.locator("#people button")
            await expect(people).to_have_count(2)
            await expect(people.nth(1)).to_contain_text("共")
            await expect(people.nth(1)).to_contain_text("*")
            await tab.fits()
            await people.nth(1).click()
            await tab.asked_or("#done")
            (report,) = (await officer.get("/api/v1/reports", anchor_id=poster["id"]))["items"]
            assert report["reporter_id"] == shared


async def test_of_a_silent_number_the_page_says_what_either_can_do_and_keeps_the_words(
    stack: Layout, officer: Client, poster: dict[str, Any]
) -> None:
    async with opened(stack.origin) as tab:
        resident = await coded(tab, officer, poster)
        silent = "update contacts set used_at = now() - $2::interval where person_id = $1 and kind = 'phone' returning id"
        await fetch(stack, "identity", silent, resident, timedelta(days=220))
        await tab.page.click("#enter")
        await expect(tab.page.locator("#whose")).to_have_text("这个手机号很久没有登录过")
        await expect(tab.page.locator("#how")).to_contain_text("微信")
        await expect(tab.page.locator("#people button")).to_have_text("我是新机主，以前没有用过")
        await tab.fits()
        await tab.page.click("#which .back")
        await expect(tab.page.locator("#text")).to_have_value(WORDS)
        await fetch(stack, "identity", silent, resident, timedelta())
