"""内容复核, in a real browser: what was not let pass is opened by who may look, and decided once, whatever happens meanwhile."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.faults import fetch
from builders.tab import beside, resident
from builders.wire import until
from PIL import Image
from playwright.async_api import Locator, Page, async_playwright, expect

from deploy.local.layout import Layout
from services.identity.domain import demo
from simulators.miniprogram import Client

pytestmark = [pytest.mark.proof, pytest.mark.timeout(180)]
WORDS = "楼道里贴了小广告，请清理"
_KEPT_BACK = """update checks set state = 'review', suggestion = 'Review', label = 'Ad', judged_at = now(), leased_until = null
    where report_id = $1 and state <> 'review' returning kind"""


@dataclass
class Waiting:
    """A report of which words and a photo wait for somebody to look."""

    id: str
    number: str
    stack: Layout

    async def state(self, kind: str) -> str:
        asked = "select state from checks where report_id = $1 and kind = $2"
        [row] = await fetch(self.stack, "reports", asked, UUID(self.id), kind)
        return str(row["state"])

    def card(self, page: Page, what: str) -> Locator:
        return page.locator(f"#waiting > li:has(h2:text-is('报事 {self.number} 的{what}'))")


@pytest.fixture
async def page(stack: Layout) -> AsyncIterator[Page]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium is not None, "Chromium is not there: apt-get install chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = await browser.new_context(base_url=stack.origin, locale="en-US", viewport={"width": 320, "height": 640})
        await context.route("**/static/*.js", beside)
        yield await context.new_page()
        await browser.close()


@pytest.fixture
async def report(stack: Layout) -> Waiting:
    """The provider is steered past: whatever it said, it let neither pass."""
    out = BytesIO()
    Image.effect_noise((640, 480), 90).convert("RGB").save(out, "JPEG")
    async with await resident(stack) as somebody:
        photo = await somebody.upload("reports", "report-photo", out.getvalue())
        draft = {"text": WORDS, "category": "sanitation", "place": {"area": f"{demo.GUOHUAI}.g03.dgy1"}, "photos": [photo]}
        made = await somebody.post("/api/v1/reports", draft | {"client_token": str(uuid4())})

    async def looked_at() -> bool:
        return len(await fetch(stack, "reports", "select 1 from checks where report_id = $1", UUID(made["id"]))) == 2

    await until(looked_at, 90)  # developed, behind what others sent
    assert len(await fetch(stack, "reports", _KEPT_BACK, UUID(made["id"]))) == 2
    return Waiting(made["id"], made["number"], stack)


async def enters(page: Page, login: str = "officer") -> None:
    await page.goto("/looks")
    await page.fill("[name=login]", login)
    await page.fill("[name=password]", demo.PASSWORD)
    await page.keyboard.press("Enter")


async def fits(page: Page) -> None:
    wide, there = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= there


async def test_words_and_a_photo_are_opened_when_asked_and_decided(page: Page, report: Waiting, officer: Client) -> None:
    await enters(page)
    words, photo = report.card(page, "文字"), report.card(page, "照片")
    await expect(words).to_contain_text("待查看")
    await expect(page.locator("#waiting")).not_to_contain_text(WORDS)  # nothing is opened that nobody asked for
    await words.get_by_role("button", name="查看内容").focus()
    await page.keyboard.press("Enter")
    await expect(words.locator("blockquote")).to_have_text(WORDS)
    await fits(page)
    await words.get_by_role("button", name="可以公开").focus()
    await page.keyboard.press("Enter")
    await expect(words).to_have_count(0)
    await expect(page.locator("#said")).to_contain_text("已放行")
    await photo.get_by_role("button", name="查看内容").click()
    await expect(photo.locator("img")).to_have_js_property("naturalWidth", 640)
    for width in (320, 768, 1440):
        await page.set_viewport_size({"width": width, "height": 800})
        await fits(page)
    await photo.get_by_role("button", name="不公开", exact=True).click()
    assert await report.state("photo") == "review"  # a reason is asked for first
    await photo.locator("textarea").fill("拍到了无关的人")
    await photo.get_by_role("button", name="确定不公开").click()
    await expect(photo).to_have_count(0)
    assert (await report.state("text"), await report.state("photo")) == ("cleared", "rejected")
    notes = await officer.get(f"/api/v1/reports/{report.id}/notes")
    assert "拍到了无关的人" in str(notes)


async def test_what_somebody_else_decided_meanwhile_is_gone_and_said_so(page: Page, report: Waiting, officer: Client) -> None:
    await enters(page)
    words = report.card(page, "文字")
    await words.get_by_role("button", name="查看内容").click()
    checks: list[dict[str, Any]] = await officer.get(f"/api/v1/reports/{report.id}/checks")
    [text] = [one for one in checks if one["kind"] == "text"]
    await officer.post(f"/api/v1/checks/{text['id']}/clearance")
    await words.get_by_role("button", name="可以公开").click()
    await expect(words).to_have_count(0)
    await expect(page.locator("#said")).to_contain_text("已由其他人处理")


async def test_a_lost_network_changes_nothing_and_is_tried_again(page: Page, report: Waiting) -> None:
    await enters(page)
    words = report.card(page, "文字")
    await words.get_by_role("button", name="查看内容").click()
    await page.route("**/clearance", lambda route: route.abort(), times=1)
    await words.get_by_role("button", name="可以公开").dblclick()
    await expect(page.locator("#failed")).to_contain_text("网络没有连上")
    await expect(words.locator("blockquote")).to_be_visible()
    assert await report.state("text") == "review"
    await page.get_by_role("button", name="再试一次").click()
    await expect(words).to_have_count(0)
    assert await report.state("text") == "cleared"


async def test_who_may_not_look_is_told_so(page: Page) -> None:
    await enters(page, "grid")
    await expect(page.locator("#refused")).to_contain_text("您的职责不包含此项")
    await expect(page.locator("#desk")).to_be_hidden()
