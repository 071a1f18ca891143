"""Photos at the page behind a poster: three of them, small on a weak network, each dropped, sent and lost for itself."""

import asyncio
from io import BytesIO
from typing import Any

import pytest
from builders.tab import Tab
from PIL import Image
from playwright.async_api import Route, expect

from simulators.miniprogram import Client

_MOST, _WEAK = 1_000_000, 200_000

pytestmark = [pytest.mark.proof, pytest.mark.timeout(180)]


def picture(grain: int = 30) -> bytes:
    """A phone's, which says where it was and which phone it is."""
    out, exif = BytesIO(), Image.Exif()
    exif[0x0110] = "PHONE OF MINE"
    noise = Image.merge("RGB", [Image.effect_noise((1600, 1200), grain) for _ in range(3)])
    noise.save(out, "JPEG", quality=92, exif=exif)
    return out.getvalue()


async def take(tab: Tab, content: bytes) -> None:
    """One more photo, in the place of what is dropped or at the end."""
    there = await tab.page.locator("#shot canvas").count()
    await tab.page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": content})
    await expect(tab.page.locator("#shot canvas")).to_have_count(there + 1, timeout=30_000)
    await expect(tab.page.locator("#send")).to_be_enabled()


def sizes(tab: Tab) -> list[int]:
    return [one.post_data_json["size"] for one in tab.to("/api/v1/uploads")]


async def photos(officer: Client, poster: dict[str, Any]) -> int:
    (report,) = (await officer.get("/api/v1/reports", anchor_id=poster["id"]))["items"]
    return len((await officer.get(f"/api/v1/reports/{report['id']}"))["photos"])


async def test_three_are_taken_one_is_dropped_and_another_taken_instead(
    tab: Tab, poster: dict[str, Any], officer: Client
) -> None:
    await tab.write(poster["code"])
    content = picture()
    for _ in range(3):
        await take(tab, content)
    await expect(tab.page.locator("#camera")).to_be_hidden()
    await tab.fits()
    await tab.page.click("text=不要第 2 张")
    await expect(tab.page.locator("#shot canvas")).to_have_count(2)
    await expect(tab.page.locator("#camera")).to_contain_text("还可以拍 1 张")
    await take(tab, content)
    await tab.page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": content})
    await expect(tab.page.locator("#send")).to_be_enabled()
    await expect(tab.page.locator("#shot canvas")).to_have_count(3)
    bodies = []
    await tab.page.route("**/media/**", lambda route: (bodies.append(route.request.post_data_buffer), route.continue_())[1])
    await tab.sign_in()
    await tab.asked_or("#done")
    await expect(tab.page.locator("#kept")).to_contain_text("3 张照片也收到了")
    assert await photos(officer, poster) == 3
    assert len(bodies) == 3
    assert not [one for one in bodies if one is None or b"PHONE OF MINE" in one or b"Exif" in one]
    assert all(size <= _MOST for size in sizes(tab))


@pytest.mark.parametrize("said", ["{effectiveType: '3g'}", "{effectiveType: '4g', saveData: true}"])
async def test_on_a_network_that_says_it_is_weak_they_are_small(tab: Tab, poster: dict[str, Any], said: str) -> None:
    await tab.page.add_init_script(f"Object.defineProperty(navigator, 'connection', {{value: {said}}})")
    await tab.write(poster["code"])
    await take(tab, picture())
    await tab.sign_in()
    await tab.asked_or("#done")
    (size,) = sizes(tab)
    assert size <= _WEAK


async def test_where_the_first_took_long_the_next_is_made_smaller(tab: Tab, poster: dict[str, Any], officer: Client) -> None:
    async def slow(route: Route) -> None:
        await asyncio.sleep(size_of_first() / 40_000)  # forty bytes a millisecond
        await route.continue_()

    def size_of_first() -> int:
        return sizes(tab)[0]

    await tab.page.add_init_script("Object.defineProperty(navigator, 'connection', {value: undefined})")
    await tab.write(poster["code"])
    await take(tab, picture(16))
    await take(tab, picture(16))
    await tab.page.route("**/media/**", slow, times=1)
    await tab.sign_in()
    await tab.decided()
    await expect(tab.page.locator("#done")).to_be_visible(timeout=40_000)
    first, second = sizes(tab)
    assert second <= _WEAK < first <= _MOST
    assert await photos(officer, poster) == 2


async def test_one_that_does_not_arrive_holds_the_others_not_back_and_is_sent_again(
    tab: Tab, poster: dict[str, Any], officer: Client
) -> None:
    await tab.write(poster["code"])
    for _ in range(2):
        await take(tab, picture())
    await tab.page.route("**/media/**", lambda route: route.abort(), times=1)
    await tab.sign_in()
    await tab.asked_or("#refused")
    await expect(tab.page.locator("#refused")).to_contain_text("有 1 张照片没有传上去")
    await expect(tab.page.locator("#refused button")).to_have_text(["再试一次", "不带没传上的，直接报"])
    await tab.page.click("#refused button:has-text('再试一次')")
    await expect(tab.page.locator("#done")).to_be_visible()
    assert len(sizes(tab)) == 3, "what had arrived is not sent again"
    assert await photos(officer, poster) == 2


async def test_the_report_goes_with_those_that_arrived(tab: Tab, poster: dict[str, Any], officer: Client) -> None:
    await tab.write(poster["code"])
    for _ in range(2):
        await take(tab, picture())
    await tab.page.route("**/media/**", lambda route: route.abort(), times=1)
    await tab.sign_in()
    await tab.asked_or("#refused")
    await tab.page.click("text=不带没传上的，直接报")
    await expect(tab.page.locator("#done")).to_be_visible()
    assert await photos(officer, poster) == 1


async def test_one_of_those_that_were_sent_is_taken_back(tab: Tab, poster: dict[str, Any], officer: Client) -> None:
    await tab.write(poster["code"])
    for _ in range(2):
        await take(tab, picture())
    await tab.sign_in()
    await tab.asked_or("#done")
    await expect(tab.page.locator("#takeable button")).to_have_text(["收回第 1 张照片", "收回第 2 张照片"])
    await tab.fits()
    await tab.page.click("text=收回第 2 张照片")
    await expect(tab.page.locator("#takeable")).to_contain_text("第 2 张照片收回了，谁也看不到了")
    (report,) = (await officer.get("/api/v1/reports", anchor_id=poster["id"]))["items"]
    first, second = (await officer.get(f"/api/v1/reports/{report['id']}"))["photos"]
    assert first["state"] in {"claimed", "ready"}
    assert (second["state"], second["url"]) == ("taken_back", None)
