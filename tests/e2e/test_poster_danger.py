"""现在有危险, at the page behind a poster: one tick that goes with the report, and is lost by no mishap."""

from typing import Any

import pytest
from builders.tab import Tab, filed, resident
from playwright.async_api import Route, expect

from deploy.local.layout import Layout
from simulators.miniprogram import Client

pytestmark = [pytest.mark.proof, pytest.mark.timeout(180)]


async def losing(route: Route) -> None:
    """It is filed, and nobody hears so."""
    await route.fetch()
    await route.abort()


async def signed_in(tab: Tab, stack: Layout) -> None:
    async with await resident(stack) as somebody:
        await tab.as_(somebody.http.headers["authorization"].removeprefix("Bearer "))


async def sent(tab: Tab) -> None:
    await tab.page.click("#send")
    await tab.asked_or("#done")


async def test_who_says_that_there_is_danger_is_looked_at_sooner(
    tab: Tab, poster: dict[str, Any], officer: Client, stack: Layout
) -> None:
    await tab.write(poster["code"])
    await expect(tab.page.locator("#danger")).not_to_be_checked()
    await tab.page.focus("#danger")
    await tab.page.keyboard.press("Space")
    await tab.fits()
    await tab.page.reload()
    await expect(tab.page.locator("#danger")).to_be_checked()  # with the draft of this tab
    await signed_in(tab, stack)
    await sent(tab)
    (report,) = await filed(officer, poster)
    assert report["severity"] == "moderate"
    await tab.page.click("#again")
    await expect(tab.page.locator("#danger")).not_to_be_checked()  # it was said of the other
    await tab.page.fill("#text", "灯罩松了")
    await sent(tab)
    assert [one["severity"] for one in await filed(officer, poster)] == ["minor", "moderate"]


async def test_danger_that_comes_up_after_a_lost_answer_is_not_lost(
    tab: Tab, poster: dict[str, Any], officer: Client, stack: Layout
) -> None:
    await tab.write(poster["code"])
    await signed_in(tab, stack)
    await tab.page.route("**/api/v1/reports", losing, times=1)
    await tab.page.click("#send")
    await tab.asked_or("#refused")
    back = tab.page.locator(".back").locator("visible=true")
    if await back.count():
        await back.click()
    await tab.page.locator("label:has(#danger)").click()
    await tab.page.click("#send")
    (first,) = await filed(officer, poster)
    await expect(tab.page.locator("#refused")).to_contain_text(f"其实已经收到，编号 {first['number']}")
    await tab.page.click("#send")
    await tab.asked_or("#done")
    assert [one["severity"] for one in await filed(officer, poster)] == ["moderate", "minor"]


async def test_it_lies_with_the_draft_on_ones_own_phone(tab: Tab, poster: dict[str, Any]) -> None:
    await tab.write(poster["code"])
    await tab.page.check("#danger")
    await tab.page.check("#own")
    await expect(tab.page.locator("#forget")).to_be_visible()
    await tab.page.wait_for_timeout(600)  # it is laid there a moment after the last letter
    later = await tab.reopened()
    await later.page.goto(f"/s/{poster['code']}")
    await later.page.click("#drafts button:has-text('打开')")
    await expect(later.page.locator("#danger")).to_be_checked()
