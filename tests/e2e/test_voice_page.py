"""按住说话 behind a poster, in a real browser with a made-up microphone: held, heard, dropped, sent with the report."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from builders.recordings import played, streams
from builders.tab import Tab, opened
from builders.wire import until
from playwright.async_api import Page, expect

from deploy.local.layout import Layout
from simulators.miniprogram import Client

_MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")

pytestmark = [pytest.mark.proof, pytest.mark.timeout(180)]


@pytest.fixture
async def tab(stack: Layout) -> AsyncIterator[Tab]:
    """The narrowest phone, with somebody who says beep."""
    async with opened(stack.origin, *_MICROPHONE) as made:
        yield made


async def hold(page: Page, seconds: float) -> None:
    """A finger on the button."""
    box = await page.locator("#talk").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await page.mouse.down()
    await page.wait_for_timeout(seconds * 1000)
    await page.mouse.up()


async def test_who_cannot_write_says_it_hears_it_and_reports_it(tab: Tab, poster: dict[str, Any], officer: Client) -> None:
    page = tab.page
    await page.goto(f"/s/{poster['code']}")
    await page.locator("#talk").scroll_into_view_if_needed()
    await hold(page, 0.2)
    await expect(page.locator("#saying")).to_contain_text("请")
    await expect(page.locator("#listen")).to_be_hidden()
    await hold(page, 2.5)
    await expect(page.locator("#listen")).to_contain_text("秒）")
    await tab.fits()
    assert await page.evaluate("voice.play()") > 1, "it can be heard under the page's policy"
    await page.click("#unsay")
    await expect(page.locator("#listen")).to_be_hidden()
    await hold(page, 2.5)
    await expect(page.locator("#listen")).to_be_visible()
    assert tab.to("/api/v1/reports") == []
    await tab.sign_in()
    await tab.asked_or("#done")
    await expect(page.locator("#kept")).to_contain_text("录音也收到了")
    await tab.fits()
    (report,) = (await officer.get("/api/v1/reports", anchor_id=poster["id"]))["items"]
    assert report["text"] == "请听录音。"

    async def ready() -> dict[str, Any]:
        (one,) = await officer.get(f"/api/v1/reports/{report['id']}/recordings")
        return dict(one) if one["state"] != "waiting" else {}

    one = await until(ready, 60)
    assert (one["state"], one["kind"]) == ("ready", "voice"), one
    assert 1500 <= one["milliseconds"] <= 4000
    assert streams(await played(one["url"])) == [("audio", "aac")]
    await tab.fits()
    await page.click("text=收回录音")
    await expect(page.locator("#takeable")).to_have_text("录音收回了，谁也看不到了。")
    (gone,) = await officer.get(f"/api/v1/reports/{report['id']}/recordings")
    assert (gone["state"], gone["url"]) == ("taken_back", None)


async def test_a_voice_that_cannot_be_sent_holds_no_report_back(tab: Tab, poster: dict[str, Any], officer: Client) -> None:
    page = tab.page
    await tab.write(poster["code"])
    await page.locator("#talk").scroll_into_view_if_needed()
    await hold(page, 2)
    await expect(page.locator("#listen")).to_be_visible()
    await page.route("**/media/**", lambda route: route.abort(), times=1)
    await tab.sign_in()
    await tab.asked_or("#done")
    await expect(page.locator("#kept")).to_contain_text("录音没有传上去")
    await page.click("#resay")
    await expect(page.locator("#kept")).to_contain_text("录音也收到了")
    (report,) = (await officer.get("/api/v1/reports", anchor_id=poster["id"]))["items"]
    first, second = [one["state"] for one in await officer.get(f"/api/v1/reports/{report['id']}/recordings")]
    assert first == "granted", "nothing was sent there"
    assert second in {"waiting", "ready"}


async def test_where_nothing_can_record_nothing_of_it_is_shown(tab: Tab, poster: dict[str, Any]) -> None:
    await tab.page.add_init_script("delete window.MediaRecorder")
    await tab.page.goto(f"/s/{poster['code']}")
    await expect(tab.page.locator("#report")).to_be_visible()
    await expect(tab.page.locator("#speech")).to_be_hidden()
