"""具体类别 at the page behind a poster: what lies below the category may be chosen, and what has to be answered is asked."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from builders.tab import YARD, Tab, filed, resident
from playwright.async_api import expect

from deploy.local.layout import Layout
from services.identity.domain import demo
from simulators.miniprogram import Client

pytestmark = [pytest.mark.proof, pytest.mark.timeout(180)]
_DOOR = f"/api/v1/settings/{demo.GUOHUAI}/categories"
_FIELDS = [
    {"code": "many", "label": "几盏不亮", "datatype": "number", "required": True, "hint": "写数字"},
    {"code": "when", "label": "什么时候不亮", "datatype": "multivaluelist", "required": True, "values": [
        {"key": "evening", "name": "傍晚"}, {"key": "night", "name": "半夜"},
    ]},
    {"code": "since", "label": "从什么时候起", "datatype": "datetime", "required": True},
    {"code": "remark", "label": "还有什么", "datatype": "text"},
    {"code": "note", "label": "请不要自己换灯。", "variable": False},
]


async def decide(officer: Client, node: dict[str, Any]) -> None:
    """It stands in the community's catalogue, as it is said here."""
    read = await officer.http.get(_DOOR)
    kept = [
        {name: value for name, value in one.items() if value is not None}
        for one in read.json()["nodes"] if (one["category"], one["subcategory"]) != (node["category"], node["subcategory"])
    ]
    answer = await officer.http.put(_DOOR, json={"nodes": [*kept, node]}, headers={"if-match": read.headers["etag"]})
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def lamp(officer: Client) -> AsyncIterator[dict[str, Any]]:
    """A subcategory of its own that asks; retired in the end, for a code stays."""
    code = uuid4().hex[:8]
    made = {"category": "lighting", "subcategory": f"lamp-{code}", "name": f"庭院灯{code}", "fields": _FIELDS}
    await decide(officer, made)
    yield made
    await decide(officer, {**made, "retired": True})


async def test_what_is_below_may_be_left_out_and_is_another_choice_for_each_category(
    tab: Tab, poster: dict[str, Any], officer: Client, stack: Layout
) -> None:
    await tab.write(poster["code"])
    await expect(tab.page.locator("#below option").first).to_have_text("说不清，不选")
    await tab.page.select_option("#below", label="楼道灯")
    await tab.page.click("#change")
    await tab.page.select_option("#list", "sanitation")
    assert await tab.page.input_value("#below") == ""
    await tab.page.select_option("#below", "bulky")
    await tab.page.reload()
    await expect(tab.page.locator("#below")).to_have_value("bulky")  # the draft of this tab
    await tab.page.click("#change")
    await tab.page.select_option("#list", "water")
    await tab.page.select_option("#below", "outage")
    await tab.page.select_option("#list", "electricity")  # has one of that code, too: of water nothing is said any more
    assert await tab.page.input_value("#below") == ""
    await tab.page.select_option("#list", "inquiry")
    await expect(tab.page.locator("#finer")).to_be_hidden()
    await tab.page.select_option("#list", "lighting")
    await tab.fits()
    async with await resident(stack) as neighbour:
        await tab.as_(neighbour.token)
        await tab.page.click("#send")
        await tab.asked_or("#done")
    (report,) = await filed(officer, poster)
    assert (report["category"], report["subcategory"]) == ("lighting", None)


async def test_what_has_to_be_answered_is_asked_and_filed_and_nothing_else(
    tab: Tab, poster: dict[str, Any], officer: Client, lamp: dict[str, Any], stack: Layout
) -> None:
    await tab.write(poster["code"])
    await expect(tab.page.locator("#questions")).to_be_hidden()
    await tab.page.select_option("#below", lamp["subcategory"])
    asked = tab.page.locator("#questions")
    for words in ("几盏不亮", "写数字", "什么时候不亮", "从什么时候起", "请不要自己换灯。"):
        await expect(asked).to_contain_text(words)
    await expect(asked).not_to_contain_text("还有什么")
    await tab.fits()
    async with await resident(stack) as neighbour:
        await tab.as_(neighbour.token)
        await tab.page.fill("#field-many", "3")
        await tab.page.fill("#field-since", "2026-03-01T20:30")
        await tab.page.click("#send")
        await expect(tab.page.locator("#refused")).to_contain_text("请先回答：“什么时候不亮”")
        assert not tab.to("/api/v1/reports")
        await tab.page.get_by_label("半夜").check()
        await tab.page.click("#send")
        await tab.asked_or("#done")
    (report,) = await filed(officer, poster)
    whole = await officer.get(f"/api/v1/reports/{report['id']}")
    assert (whole["subcategory"], whole["area"]) == (lamp["subcategory"], YARD)
    assert [(one["code"], one["names"]) for one in whole["answers"]] == [
        ("many", ["3"]), ("when", ["半夜"]), ("since", ["2026-03-01T20:30:00+08:00"]),
    ]
    kept = await tab.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert kept == "[{},{}]"


async def test_what_was_retired_meanwhile_is_said_and_the_page_asks_anew(
    tab: Tab, poster: dict[str, Any], officer: Client, lamp: dict[str, Any], stack: Layout
) -> None:
    await tab.write(poster["code"])
    await tab.page.select_option("#below", "stairwell")
    made = {**lamp, "subcategory": f"{lamp['subcategory']}.old", "name": "旧灯", "fields": []}
    await decide(officer, made)
    await tab.page.reload()
    await tab.page.select_option("#below", made["subcategory"])
    await tab.page.fill("#field-many", "1")
    await tab.page.fill("#field-since", "2026-03-01T20:30")
    await tab.page.get_by_label("傍晚").check()
    await decide(officer, {**made, "retired": True})
    async with await resident(stack) as neighbour:
        await tab.as_(neighbour.token)
        await tab.page.click("#send")
        await tab.asked_or("#refused")
        await expect(tab.page.locator("#refused")).to_contain_text("该子类别已停用")
        await expect(tab.page.locator("#report")).to_be_visible()
        assert await tab.page.input_value("#below") == ""
        await tab.page.click("#send")
        await tab.asked_or("#done")
    (report,) = await filed(officer, poster)
    assert report["subcategory"] is None
