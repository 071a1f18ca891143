"""存在手机里: what is written at a poster outlives the network and the tab on one's own phone, and is one report for all that."""

import json
import re
from io import BytesIO
from typing import Any

import httpx
import pytest
from builders.tab import WORDS, Tab, filed, hung, opened, resident
from PIL import Image
from playwright.async_api import BrowserContext, Page, Route, expect

from deploy.local.layout import Layout
from gateway.api.home import worker
from simulators.miniprogram import Client

_HOURS = 3_600_000
_CONTENTS = {
    "token", "code", "text", "category", "subcategory", "answers", "danger", "sent", "at", "seen", "photos", "voice",
}
_LYING = """async () => {
  const there = (await indexedDB.databases()).some((one) => one.name === "guohuai-drafts");
  if (!there) return [];
  const room = await new Promise((done) => { indexedDB.open("guohuai-drafts").onsuccess = (it) => done(it.target.result); });
  const found = await new Promise((done) => {
    room.transaction("drafts").objectStore("drafts").getAll().onsuccess = (it) => done(it.target.result);
  });
  room.close();
  return found.map((one) => ({...one, photos: one.photos.length}));
}"""
_AGED = """async (age) => {
  const room = await new Promise((done) => { indexedDB.open("guohuai-drafts").onsuccess = (it) => done(it.target.result); });
  await new Promise((done) => {
    const drafts = room.transaction("drafts", "readwrite").objectStore("drafts");
    drafts.getAll().onsuccess = (it) => {
      it.target.result.forEach((one) => drafts.put({...one, at: Date.now() - age}));
      drafts.transaction.oncomplete = done;
    };
  });
  room.close();
}"""

pytestmark = [pytest.mark.proof, pytest.mark.timeout(180)]


async def lying(page: Page) -> list[dict[str, Any]]:
    """What lies on the phone once what was begun is written."""
    await page.evaluate("keepNow()")
    return list(await page.evaluate(_LYING))


async def mine(tab: Tab, poster: dict[str, Any], text: str = WORDS) -> None:
    """Written on a phone that is one's own."""
    await tab.write(poster["code"], text)
    await tab.page.check("#own")
    await expect(tab.page.locator("#send")).to_be_enabled()


async def offline(context: BrowserContext, *, is_: bool) -> None:
    """The network of the phone; what a test serves from beside it is not of it."""
    await context.set_offline(is_)


async def losing(route: Route) -> None:
    """The report arrives, its answer does not."""
    await route.fetch()
    await route.abort()


async def tearing(route: Route) -> None:
    """The report arrives, half of its answer too."""
    answer = await route.fetch()
    await route.fulfill(status=answer.status, content_type="application/json", body=(await answer.text())[:40])


async def photograph(page: Page) -> None:
    out = BytesIO()
    Image.effect_noise((400, 300), 60).convert("RGB").save(out, "JPEG")
    await page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()})
    await expect(page.locator("#shot canvas")).to_have_count(1)
    await expect(page.locator("#send")).to_be_enabled()


async def test_on_a_phone_that_is_shared_nothing_outlives_the_tab(tab: Tab, poster: dict[str, Any]) -> None:
    await tab.write(poster["code"])
    await photograph(tab.page)
    assert await lying(tab.page) == []
    await offline(tab.page.context, is_=True)
    await tab.page.click("#send")
    await expect(tab.page.locator("#refused")).to_contain_text("网络没有连上")
    assert await tab.page.evaluate("[{...localStorage}, document.cookie]") == [{}, ""]
    await offline(tab.page.context, is_=False)
    later = await tab.reopened()
    await later.page.goto(f"/s/{poster['code']}")
    await expect(later.page.locator("#report")).to_be_visible()
    await expect(later.page.locator("#text")).to_have_value("")
    await expect(later.page.locator("#shelf")).to_be_hidden()


async def test_what_was_written_without_a_network_is_offered_when_it_is_back(
    tab: Tab, poster: dict[str, Any], officer: Client
) -> None:
    await mine(tab, poster)
    await offline(tab.page.context, is_=True)
    await tab.page.click("#send")
    await expect(tab.page.locator("#refused")).to_contain_text("没有网络，已存在手机里")
    await tab.fits()
    await offline(tab.page.context, is_=False)
    await expect(tab.page.locator("#refused")).to_contain_text("网络回来了")
    await tab.page.click("#refused button")
    await expect(tab.page.locator("#who")).to_be_visible()
    await tab.page.locator("#who .back").click()
    await tab.sign_in()
    await tab.asked_or("#done")
    assert len(await filed(officer, poster)) == 1
    assert await lying(tab.page) == []


async def test_who_did_not_say_so_before_may_keep_it_then(tab: Tab, poster: dict[str, Any]) -> None:
    await tab.write(poster["code"])
    await offline(tab.page.context, is_=True)
    await tab.page.click("#send")
    await tab.page.click("#refused button:has-text('先存着')")
    await expect(tab.page.locator("#refused")).to_contain_text("已存在手机里")
    await expect(tab.page.locator("#own")).to_be_checked()
    assert [one["text"] for one in await lying(tab.page)] == [WORDS]


@pytest.mark.parametrize("mishap", [losing, tearing])
async def test_a_draft_whose_answer_was_lost_is_one_report_days_later(
    tab: Tab, poster: dict[str, Any], officer: Client, mishap: Any
) -> None:
    await mine(tab, poster)
    await photograph(tab.page)
    await tab.page.context.route("**/api/v1/reports", mishap, times=1)
    async with tab.page.expect_response("**/sign-in/phone") as session:
        number = await tab.sign_in()
    secret = (await (await session.value).json())["access_token"]
    await tab.asked_or("#refused")
    await expect(tab.page.locator("#refused")).to_contain_text("已存在手机里")
    (draft,) = await lying(tab.page)
    assert (set(draft), draft["text"], draft["photos"], draft["sent"]) == (_CONTENTS, WORDS, 1, True)
    assert not [word for word in (secret, number) if word in json.dumps(draft)]
    later = await tab.reopened()
    await later.page.goto(f"/s/{poster['code']}")
    await expect(later.page.locator("#drafts li")).to_contain_text([poster["asset"]])
    await expect(later.page.locator("#drafts li")).to_contain_text(["1 张照片"])
    await later.fits()
    await later.page.click("#drafts button:has-text('打开')")
    await expect(later.page.locator("#text")).to_have_value(WORDS)
    await expect(later.page.locator("#shot canvas")).to_have_count(1)
    await expect(later.page.locator("#shelf")).to_be_hidden()
    await later.as_(secret)
    await later.page.click("#send")
    await expect(later.page.locator("#done")).to_be_visible()
    (report,) = await filed(officer, poster)
    await expect(later.page.locator("#number")).to_have_text(report["number"])
    assert [one.post_data_json["client_token"] for one in (*tab.to("/api/v1/reports"), *later.to("/api/v1/reports"))] == [
        draft["token"], draft["token"]
    ]
    assert await lying(later.page) == []


async def test_two_tabs_with_one_draft_file_once(
    tab: Tab, poster: dict[str, Any], officer: Client, stack: Layout
) -> None:
    await mine(tab, poster)
    assert len(await lying(tab.page)) == 1
    other = await Tab.of(tab.page.context)
    await other.page.goto(f"/s/{poster['code']}")
    await other.page.click("#drafts button:has-text('打开')")
    await expect(other.page.locator("#text")).to_have_value(WORDS)
    async with await resident(stack) as one:
        said = one.token
    for one in (tab, other):  # both at once: neither knows of the other's report
        await one.as_(said)
        await expect(one.page.locator("#send")).to_be_enabled()
        await one.page.evaluate("void busy(filing, file)")
    for one in (tab, other):
        await expect(one.page.locator("#done")).to_be_visible()
    (report,) = await filed(officer, poster)
    assert [await one.page.locator("#number").text_content() for one in (tab, other)] == [report["number"]] * 2
    assert await lying(tab.page) == []


async def test_what_one_tab_filed_another_lays_not_down_again(tab: Tab, poster: dict[str, Any]) -> None:
    await mine(tab, poster)
    other = await Tab.of(tab.page.context)
    await other.page.goto(f"/s/{poster['code']}")
    await other.page.click("#drafts button:has-text('打开')")
    await expect(other.page.locator("#text")).to_have_value(WORDS)
    await tab.page.click("#forget")
    await expect(tab.page.locator("#text")).to_have_value("")
    await other.page.fill("#text", "改了一个字")
    assert await lying(other.page) == []


async def test_each_draft_has_its_token_and_goes_by_one_tap(tab: Tab, poster: dict[str, Any], officer: Client) -> None:
    await mine(tab, poster)
    second = await hung(officer)
    later = await tab.reopened()
    await later.write(second["code"], "另外一件：灯杆歪了")
    assert len({one["token"] for one in await lying(later.page)}) == 2
    third = await later.reopened()
    await third.page.goto(f"/s/{second['code']}")
    await expect(third.page.locator("#drafts li")).to_have_count(2)
    await third.fits()
    await third.page.locator("#drafts li", has_text=poster["asset"]).locator("button:has-text('打开')").click()
    await expect(third.page.locator("#asset")).to_have_text(poster["asset"])
    await expect(third.page.locator("#text")).to_have_value(WORDS)
    await third.page.locator("#drafts li").locator("button:has-text('删掉')").click()
    await expect(third.page.locator("#shelf")).to_be_hidden()
    assert [one["text"] for one in await lying(third.page)] == [WORDS]
    await third.page.click("#forget")
    await expect(third.page.locator("#text")).to_have_value("")
    assert await lying(third.page) == []


async def test_a_phone_that_is_no_more_ones_own_keeps_nothing(tab: Tab, poster: dict[str, Any], officer: Client) -> None:
    await mine(tab, poster)
    second = await hung(officer)
    later = await tab.reopened()
    await later.write(second["code"], "另外一件")
    answers = iter((False, True))
    later.page.on("dialog", lambda one: one.accept() if next(answers) else one.dismiss())
    await later.page.click("#own")
    await expect(later.page.locator("#send")).to_be_enabled()
    await expect(later.page.locator("#own")).to_be_checked()
    assert len(await lying(later.page)) == 2
    await later.page.click("#own")
    await expect(later.page.locator("#shelf")).to_be_hidden()
    assert await lying(later.page) == []
    assert await later.page.evaluate("({...localStorage})") == {}
    await expect(later.page.locator("#text")).to_have_value("另外一件")


@pytest.mark.parametrize(("hours", "left"), [(71, 1), (73, 0)])
async def test_after_three_days_a_draft_goes_by_itself(tab: Tab, poster: dict[str, Any], hours: int, left: int) -> None:
    await mine(tab, poster)
    assert len(await lying(tab.page)) == 1
    later = await tab.reopened()
    await later.page.goto("/board")
    await later.page.evaluate(_AGED, hours * _HOURS)
    await later.page.goto(f"/s/{poster['code']}")
    await expect(later.page.locator("#report")).to_be_visible()
    await expect(later.page.locator("#drafts li")).to_have_count(left)
    assert len(await later.page.evaluate(_LYING)) == left


async def test_the_worker_is_of_the_files_the_page_names_and_of_no_other_address(stack: Layout) -> None:
    async with httpx.AsyncClient(base_url=stack.origin) as visitor:
        said, page = await visitor.get("/s/worker.js"), (await visitor.get("/s/page")).text
    assert (said.status_code, said.headers["cache-control"]) == (200, "no-cache")
    assert said.headers["content-type"].startswith("text/javascript")
    assert "default-src 'self'" in said.headers["content-security-policy"]
    assert "service-worker-allowed" not in said.headers  # it answers for what lies under its own address alone
    (line,) = [one for one in worker().splitlines() if one.startswith("const VERSION")]
    assert '"none"' not in line
    for file in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        assert f'"{file}"' in line


async def test_it_opens_without_a_network_and_keeps_its_own_files_alone(
    stack: Layout, poster: dict[str, Any], officer: Client
) -> None:
    unseen = await hung(officer)
    async with opened(stack.origin, works=True) as tab:
        await mine(tab, poster)
        await tab.page.evaluate("navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller || "
                                "new Promise((done) => { navigator.serviceWorker.oncontrollerchange = done; }))")
        assert len(await lying(tab.page)) == 1
        await tab.page.reload()
        await expect(tab.page.locator("#report")).to_be_visible()
        kept = await tab.page.evaluate(
            "(async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys())"
            ".map((one) => new URL(one.url).pathname)))).flat())()"
        )
        assert kept
        assert not [one for one in kept if one != "/s/page" and not one.startswith("/static/")], kept
        await offline(tab.page.context, is_=True)
        later = await tab.reopened()
        await later.page.goto(f"/s/{unseen['code']}")
        await expect(later.page.locator("#failed")).to_contain_text("网络没有连上")
        await expect(later.page.locator("#drafts li")).to_contain_text([poster["asset"]])
        await later.page.click("#failed button:has-text('先写下来')")
        await later.page.fill("#text", "这里的灯也坏了")
        await later.page.click("#send")
        await expect(later.page.locator("#refused")).to_contain_text("已存在手机里")
        await later.fits()
        await later.page.click("#drafts button:has-text('打开')")
        await expect(later.page.locator("#asset")).to_have_text(poster["asset"])
        await expect(later.page.locator("#stale")).to_contain_text("看到的，现在可能变了")
        await expect(later.page.locator("#text")).to_have_value(WORDS)
        await later.fits()
        await offline(tab.page.context, is_=False)
        await later.page.locator("#drafts li", has_text="这里的灯也坏了").locator("button:has-text('打开')").click()
        await expect(later.page.locator("#asset")).to_have_text(unseen["asset"])
        await later.sign_in()
        await later.asked_or("#done")
        (report,) = await filed(officer, unseen)
        assert (report["text"], report["category"]) == ("这里的灯也坏了", "lighting")
        assert [one["text"] for one in await lying(later.page)] == [WORDS]
