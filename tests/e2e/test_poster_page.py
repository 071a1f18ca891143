"""The page behind a poster in a real browser, through the gateway: what is there, and one report, whatever happens."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import httpx
import pypdfium2
import pytest
import zxingcpp
from builders.tab import WORDS, YARD, Tab, filed, resident
from PIL import Image
from playwright.async_api import Route, expect

from deploy.local.layout import Layout
from services.reports.domain.machine import Status
from simulators.miniprogram import Client

pytestmark = [pytest.mark.proof, pytest.mark.timeout(180)]


def picture() -> bytes:
    """What a phone's camera makes: twelve megapixels that do not compress well, drawn smaller either."""
    out = BytesIO()
    grain = Image.merge("RGB", [Image.effect_noise((1600, 1200), 120) for _ in range(3)])
    grain.resize((4000, 3000), Image.Resampling.NEAREST).save(out, "JPEG", quality=92)
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


async def test_the_printed_code_leads_to_it(tab: Tab, poster: dict[str, Any], officer: Client) -> None:
    printed = await officer.http.get("/api/v1/anchors/posters", params={"area": YARD})
    pages = [page.render(scale=2).to_pil() for page in pypdfium2.PdfDocument(printed.content)]
    links = [found.text for page in pages for found in zxingcpp.read_barcodes(page)]
    (link,) = [one for one in links if one.endswith(f"/s/{poster['code']}")]
    await tab.page.goto(link)
    await expect(tab.page.locator("#asset")).to_have_text(poster["asset"])


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
    assert (report["text"], report["category"], report["area"]) == (WORDS, "safety", YARD)
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


async def tearing(route: Route) -> None:
    """The report arrives, half of its answer too."""
    answer = await route.fetch()
    await route.fulfill(status=answer.status, content_type="application/json", body=(await answer.text())[:40])


@pytest.mark.parametrize("mishap", [losing, tearing])
async def test_a_lost_answer_is_asked_for_again_and_is_one_report(
    tab: Tab, poster: dict[str, Any], officer: Client, mishap: Callable[[Route], Awaitable[None]]
) -> None:
    await tab.write(poster["code"])
    await tab.page.route("**/api/v1/reports", mishap, times=1)
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
    await expect(tab.page.locator("#refused")).to_contain_text("请填 11 位的手机号")
    await tab.challenged()
    await tab.page.click("#ask")
    await expect(tab.page.locator("#refused")).to_contain_text("再试")  # when a code may be sent again
    await tab.page.fill("#code", "000000")
    await tab.page.click("#enter")
    await expect(tab.page.locator("#refused")).to_contain_text("重新发送")
    await tab.fits()
    await tab.page.locator("#who .back").click()
    await expect(tab.page.locator("#text")).to_have_value(WORDS)


async def test_who_waits_is_told_so(tab: Tab, poster: dict[str, Any]) -> None:
    async def slow(route: Route) -> None:
        await asyncio.sleep(4)
        await route.continue_()

    await tab.page.route("**/api/v1/anchors/**", slow, times=1)
    await tab.page.goto(f"/s/{poster['code']}")
    await expect(tab.page.locator("#progress")).to_contain_text("正在打开…（已等")
    await expect(tab.page.locator("#report")).to_be_visible()
    await expect(tab.page.locator("#progress")).to_be_empty()
