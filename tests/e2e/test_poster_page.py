"""The page behind a poster in a real browser, through the gateway: what is there, and one report, whatever happens."""

import json
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import httpx
import pytest
from builders.wire import until
from PIL import Image
from playwright.async_api import Page, Request, Route, async_playwright, expect

from deploy.local.layout import ROOT, Layout
from services.identity.domain import demo
from services.reports.domain.machine import Status
from simulators.miniprogram import CannotSignIn, Client

_YARD = f"{demo.GUOHUAI}.g03.dgy1"
_OURS = [one for one in demo.residents() if one.room.startswith(demo.GUOHUAI)][:-6]  # the last ones have journeys of their own
_TURN = count(int(time.time()))
WORDS = "路灯不亮，晚上看不清路"
NARROW = {"width": 320, "height": 640}

pytestmark = [pytest.mark.proof, pytest.mark.timeout(180)]


def phones() -> Iterator[str]:
    """Of residents, one after the other: a phone is sent one code a minute, and other tests have theirs sent too."""
    return (_OURS[next(_TURN) % len(_OURS)].phone for _ in _OURS)


async def resident(stack: Layout) -> Client:
    """Somebody who lives there."""
    for number in phones():
        with suppress(CannotSignIn):
            return await Client(stack.origin).sign_in_by_code(number)
    raise CannotSignIn


@dataclass
class Tab:
    """A tab of Chromium, and every request it made."""

    page: Page
    asked: list[Request] = field(default_factory=list)

    def to(self, path: str, method: str = "POST") -> list[Request]:
        return [one for one in self.asked if (one.method, urlsplit(one.url).path) == (method, path)]

    async def write(self, code: str, text: str = WORDS) -> None:
        await self.page.goto(f"/s/{code}")
        await self.page.fill("#text", text)

    async def challenged(self) -> tuple[str, str]:
        """A phone that may be sent a code, and the challenge."""
        for number in phones():
            await self.page.fill("#phone", f"{number[:3]} {number[3:7]} {number[7:]}")
            async with self.page.expect_response("**/sign-in/code") as said:
                await self.page.click("#ask")
            if (answer := await said.value).ok:
                return number, (await answer.json())["challenge_id"]
        raise CannotSignIn

    async def sign_in(self, tap: Callable[[Page], Any] = lambda page: page.click("#enter")) -> str:
        """From the report's button on, by the code that came to the simulated phone; the phone."""
        await self.page.click("#send")
        number, challenge = await self.challenged()

        async def arrived() -> str:
            messages = (await self.page.request.get("/demo/messages"))
            return next((one["code"] for one in await messages.json() if one["out_id"] == challenge), "")

        await self.page.fill("#code", await until(arrived))
        await tap(self.page)
        return number

    async def asked_or(self, other: str) -> None:
        """Of what others filed for the same place none is meant: it goes on to `other`."""
        await expect(self.page.locator(f"#same, {other}").locator("visible=true")).to_have_count(1)
        if await self.page.locator("#same").is_visible():
            await self.page.dblclick("#anew")
        await expect(self.page.locator(other)).to_be_visible()

    async def fits(self) -> None:
        """Nothing has to be scrolled sideways."""
        wide, there = await self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= there


async def ours(route: Route) -> None:
    """The scripts as they lie beside this test, where a mutant may be among them; that the edge serves them: test_pages."""
    await route.fulfill(path=ROOT / "gateway" / "static" / urlsplit(route.request.url).path.rpartition("/")[2])


@pytest.fixture
async def tab(stack: Layout) -> AsyncIterator[Tab]:
    """The narrowest phone, set to another language: the page is Chinese all the same."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium is not None, "Chromium is not there: apt-get install chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(base_url=stack.origin, locale="en-US", viewport=NARROW)  # type: ignore[arg-type]
        made = Tab(page)
        await page.context.route("**/static/*.js", ours)
        page.on("request", lambda request: made.asked.append(request))  # noqa: PLW0108 - playwright marks what it calls
        yield made
        await browser.close()


@pytest.fixture
async def officer(stack: Layout) -> AsyncIterator[Client]:
    """Who hangs posters."""
    async with Client(stack.origin) as made:
        yield await made.sign_in_by_password("officer", demo.PASSWORD)


@pytest.fixture
async def poster(officer: Client) -> dict[str, Any]:
    """A poster of its own: nothing was filed by it yet."""
    spot = {"place": {"area": _YARD}, "asset": f"路灯 {uuid4().hex[:8]}", "category": "lighting"}
    return dict(await officer.post("/api/v1/anchors", spot))


async def filed(officer: Client, poster: dict[str, Any]) -> list[dict[str, Any]]:
    """What was reported by this poster."""
    return list((await officer.get("/api/v1/reports", anchor_id=poster["id"]))["items"])


def picture() -> bytes:
    """What a phone's camera makes: twelve megapixels that do not compress well."""
    out = BytesIO()
    Image.effect_noise((4000, 3000), 80).convert("RGB").save(out, "JPEG", quality=92)
    return out.getvalue()


async def test_it_shows_the_place_and_what_is_open_there(
    tab: Tab, poster: dict[str, Any], officer: Client, stack: Layout
) -> None:
    draft = {"text": "灯罩破了", "anchor": poster["code"], "client_token": str(uuid4())}
    report = await officer.post("/api/v1/reports", draft)
    async with await resident(stack) as neighbour:
        await neighbour.post(f"/api/v1/reports/{report['id']}/support")
    await tab.page.goto(f"/s/{poster['code']}")
    await expect(tab.page.locator("#place")).to_have_text("国槐社区 大观苑一期")
    await expect(tab.page.locator("#asset")).to_have_text(poster["asset"])
    await expect(tab.page.locator("#category")).to_have_text("楼道照明")
    first = tab.page.locator("#open li").first
    for word in (report["number"], "楼道照明", "已提交", "日报的", "1 位邻居也遇到"):
        await expect(first).to_contain_text(word)
    await expect(first).not_to_contain_text("灯罩破了")
    await tab.fits()
    assert set(await tab.page.evaluate("Object.keys(STATUS)")) == {str(one) for one in Status}


async def test_a_resident_files_with_a_photo_and_leaves_nothing_behind(
    tab: Tab, poster: dict[str, Any], officer: Client
) -> None:
    await tab.write(poster["code"])
    await tab.page.reload()
    await expect(tab.page.locator("#text")).to_have_value(WORDS)  # the draft of this tab
    await tab.page.click("#change")
    await tab.page.select_option("#list", "safety")
    await tab.page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    await expect(tab.page.locator("#shot canvas")).to_be_visible(timeout=30_000)
    await tab.fits()
    async with tab.page.expect_response("**/sign-in/phone") as session:
        number = await tab.sign_in()
    token = (await (await session.value).json())["access_token"]
    await tab.asked_or("#done")
    await expect(tab.page.locator("#number")).to_have_text((await filed(officer, poster))[0]["number"])
    await tab.fits()
    (report,) = await filed(officer, poster)
    assert (report["text"], report["category"], report["area"]) == (WORDS, "safety", _YARD)
    whole = await officer.get(f"/api/v1/reports/{report['id']}")
    assert len(whole["photos"]) == 1
    (grant,) = tab.to("/api/v1/uploads")
    assert grant.post_data_json["size"] <= 1_000_000
    kept = await tab.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert json.loads(kept) == [{}, {}, ""]
    for one in tab.asked:
        assert not [word for word in (token, quote(WORDS), WORDS, number) if word in one.url]


async def test_a_double_tap_files_once(tab: Tab, poster: dict[str, Any], officer: Client) -> None:
    await tab.write(poster["code"])
    await tab.sign_in(lambda page: page.dblclick("#enter"))
    await tab.asked_or("#done")
    assert len(tab.to("/api/v1/reports")) == 1
    assert len(await filed(officer, poster)) == 1


async def losing(route: Route) -> None:
    """The report arrives, its answer does not."""
    await route.fetch()
    await route.abort()


async def test_a_lost_answer_is_asked_for_again_and_is_one_report(tab: Tab, poster: dict[str, Any], officer: Client) -> None:
    await tab.write(poster["code"])
    await tab.page.route("**/api/v1/reports", losing, times=1)
    await tab.sign_in()
    await tab.asked_or("#refused")
    await expect(tab.page.locator("#refused")).to_contain_text("网络没有连上")
    await tab.page.click("#refused button")
    await expect(tab.page.locator("#done")).to_be_visible()
    (report,) = await filed(officer, poster)
    await expect(tab.page.locator("#number")).to_have_text(report["number"])
    first, second = [one.post_data_json["client_token"] for one in tab.to("/api/v1/reports")]
    assert first == second


async def test_other_words_after_a_lost_answer_are_not_lost(tab: Tab, poster: dict[str, Any], officer: Client) -> None:
    await tab.write(poster["code"])
    await tab.page.route("**/api/v1/reports", losing, times=1)
    await tab.sign_in()
    await tab.asked_or("#refused")
    await tab.page.locator(".back").locator("visible=true").click()
    await tab.page.fill("#text", "另外一件：灯杆歪了")
    await tab.page.click("#send")
    (first,) = await filed(officer, poster)
    await expect(tab.page.locator("#refused")).to_contain_text(f"其实已经收到，编号 {first['number']}")
    await tab.page.click("#send")
    await tab.asked_or("#done")
    assert {one["text"] for one in await filed(officer, poster)} == {WORDS, "另外一件：灯杆歪了"}


async def test_a_neighbour_says_that_they_meet_the_same_instead(
    tab: Tab, poster: dict[str, Any], officer: Client
) -> None:
    report = await officer.post("/api/v1/reports", {"text": WORDS, "anchor": poster["code"], "client_token": str(uuid4())})
    await tab.write(poster["code"])
    await tab.sign_in()
    mine = tab.page.locator("#doubles li", has_text=report["number"])
    await tab.fits()
    await mine.locator("button").click()
    await expect(tab.page.locator("#number")).to_have_text(report["number"])
    assert [one["supporters"] for one in await filed(officer, poster)] == [1]
    assert tab.to("/api/v1/reports") == []


async def test_a_photo_that_cannot_be_sent_holds_no_report_back(tab: Tab, poster: dict[str, Any], officer: Client) -> None:
    await tab.write(poster["code"])
    await tab.page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    await expect(tab.page.locator("#shot canvas")).to_be_visible(timeout=30_000)
    await tab.page.route("**/media/**", lambda route: route.abort())
    await tab.sign_in()
    await tab.asked_or("#refused")
    await expect(tab.page.locator("#refused")).to_contain_text("照片没有传上去")
    await tab.page.click("#refused button:has-text('不带照片')")
    await expect(tab.page.locator("#done")).to_be_visible()
    assert len(await filed(officer, poster)) == 1


async def test_a_file_that_is_no_photo_is_refused_in_words(tab: Tab, poster: dict[str, Any]) -> None:
    await tab.write(poster["code"])
    await tab.page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    await expect(tab.page.locator("#refused")).to_contain_text("打不开")
    await expect(tab.page.locator("#shot")).to_be_hidden()


async def test_a_forged_or_old_code_says_so_and_takes_nothing(tab: Tab, poster: dict[str, Any], officer: Client) -> None:
    await officer.post(f"/api/v1/anchors/{poster['id']}/revocation")
    for code in ("A" * 40, poster["code"], "x", "%25zz"):
        await tab.page.goto(f"/s/{code}")
        await expect(tab.page.locator("#failed")).to_contain_text("无法识别或已停用")
        await expect(tab.page.locator("#failed")).to_contain_text("请扫新的")
        assert await tab.page.locator("input:visible, textarea:visible").count() == 0
        await tab.fits()
    async with httpx.AsyncClient(base_url=urlsplit(tab.page.url)._replace(path="", query="").geturl()) as stranger:
        assert (await stranger.get(str(await tab.page.locator("#failed a").get_attribute("href")))).status_code == 200


async def test_without_a_network_or_a_service_it_offers_to_try_again(tab: Tab, poster: dict[str, Any]) -> None:
    await tab.page.route("**/api/v1/anchors/**", lambda route: route.abort(), times=1)
    await tab.page.goto(f"/s/{poster['code']}")
    await expect(tab.page.locator("#failed")).to_contain_text("网络没有连上")
    await tab.page.route("**/api/v1/anchors/**", lambda route: route.fulfill(status=503, body="upstream"), times=1)
    await tab.page.click("#failed button")
    await expect(tab.page.locator("#failed")).to_contain_text("系统暂时没有回应")
    await tab.page.click("#failed button")
    await expect(tab.page.locator("#asset")).to_have_text(poster["asset"])
    await expect(tab.page.locator("#failed")).to_be_hidden()


async def test_what_is_refused_at_signing_in_is_said_and_the_draft_stays(tab: Tab, poster: dict[str, Any]) -> None:
    await tab.write(poster["code"])
    await tab.page.click("#send")
    await tab.page.fill("#phone", "12")
    await tab.page.click("#ask")
    await expect(tab.page.locator("#refused")).to_contain_text("手机")
    await tab.page.locator("#who .back").click()
    await expect(tab.page.locator("#text")).to_have_value(WORDS)
