"""紧急程度, where it is asked for and told: lists, views, rules, sheets in and out; and where it is not."""

import csv
import io
from typing import Any

import httpx
import pytest
from builders.day import ask, ids, told
from builders.doors import Doors, keyed
from builders.life import brought_to, file, named
from builders.world import GRID, HERE, OFFICER, RESIDENT, UNIT

from tests.reports.test_exports import fetch, made
from tests.reports.test_maps import AT, drawn
from tests.reports.test_open311 import HERE_IT_IS
from tests.reports.test_report_sheets import TITLES, WHOLE, sent, sheet
from tests.reports.test_routing import decided, why
from tests.reports.test_severity import filed, grade
from tests.reports.test_views import kept, save
from tests.reports.test_views import put as put_view


async def test_lists_ask_for_what_is_so_grave_at_least_and_say_it(reports_doors: Doors) -> None:
    plain = await file(reports_doors)
    danger = (await filed(reports_doors, "safety"))["id"]
    grave = await file(reports_doors)
    await grade(reports_doors, grave, "extreme")
    for name in ("open", "every"):  # what is in hand, and all there is
        assert set(await ids(reports_doors, name)) == {plain, danger, grave}
        assert set(await ids(reports_doors, name, severity="moderate")) == {danger, grave}
        assert await ids(reports_doors, name, severity="severe") == [grave]
    items = {one["id"]: one for one in (await ask(reports_doors)).json()["items"]}
    assert [(items[key]["severity"], items[key]["severity_label"]) for key in (plain, danger, grave)] == [
        ("minor", "一般"), ("moderate", "较大"), ("extreme", "特别重大"),
    ]
    here, _ = [(await filed(reports_doors, place={"area": UNIT, **AT}))["id"] for _ in range(2)]
    await grade(reports_doors, here, "severe")
    assert [one["properties"]["id"] for one in (await drawn(reports_doors, severity="severe")).json()["features"]] == [here]
    async with reports_doors.client(GRID) as grid:
        counts = (await grid.get("/api/v1/worklists", params={"severity": "severe"})).json()
        totals = {one["name"]: one["total"] for one in counts}
        assert [totals[name] for name in ("open", "to-answer", "mine")] == [2, 2, 0]
        assert (await grid.get("/api/v1/worklists/open", params={"severity": "grave"})).status_code == 422
        listed = (await grid.get("/api/v1/reports")).json()["items"]
    assert {one["id"]: one["severity"] for one in listed}[grave] == "extreme"


async def test_what_stood_open_before_is_in_the_lists_by_what_it_is_now(reports_doors: Doors) -> None:
    """The narrow table follows the report, whoever writes it."""
    key = await brought_to(reports_doors, "accepted")
    await told(reports_doors, "update reports set severity = 'severe'")
    assert await ids(reports_doors, "open", severity="severe") == [key]
    with pytest.raises(Exception, match="ck_reports_severity"):
        await told(reports_doors, "update reports set severity = 'unknown'")


async def test_a_view_keeps_it_and_says_when_the_word_is_none_any_more(reports_doors: Doors) -> None:
    await file(reports_doors)
    danger = (await filed(reports_doors, "safety"))["id"]
    view = (await save(reports_doors, filters={"severity": "moderate"})).json()
    assert (view["filters"], view["outdated"]) == ({"severity": "moderate"}, [])
    assert [one["id"] for one in (await put_view(reports_doors, view["id"])).json()["items"]] == [danger]
    await told(reports_doors, """update views set said = '{"severity": "grave"}'""")
    [outdated] = await kept(reports_doors)
    assert outdated["outdated"] == ["severity"]
    assert named(await put_view(reports_doors, view["id"])) == "view-outdated"


async def test_a_rule_asks_how_grave_it_is_filed(reports_doors: Doors) -> None:
    rule = {"name": "险情", "says": "险情由社区直接受理", "severity_at_least": "moderate", "office": "community_officer"}
    await decided(reports_doors, rule)
    danger, plain = await filed(reports_doors, "noise", is_dangerous=True), await filed(reports_doors, "noise")
    assert (danger["level"], plain["level"]) == (3, 1)
    assert (await why(reports_doors, danger)).json()["rule"] == "险情"
    assert (await why(reports_doors, plain)).json()["passed"][0] == "规则“险情”不适用：紧急程度低于“较大”"
    await grade(reports_doors, plain["id"], "extreme")
    assert (await why(reports_doors, plain)).json()["by"] == "triage"
    async with reports_doors.client(OFFICER) as officer:
        routing = (await officer.get(f"/api/v1/settings/{HERE}/routing")).json()
        assert [one["severity_at_least"] for one in routing["rules"]] == ["moderate"]
    await told(reports_doors, "update routings set said = jsonb_set(said, '{rules,0}', (said->'rules'->0) - 'severity_at_least')")
    await told(reports_doors, "update routings set id = gen_random_uuid()")  # a version is read once a process
    assert (await filed(reports_doors, "noise"))["level"] == 3  # a rule from before asks nothing of it


async def test_a_paper_says_it_in_chinese_and_else_it_is_its_categorys(reports_doors: Doors) -> None:
    rows = [(*WHOLE, "重大")]
    rows += [("巡-2", "safety", "护栏松动", UNIT, "", "", "", ""), ("巡-3", "noise", "太吵", UNIT, "", "", "", "extreme")]
    answer = await sent(reports_doors, sheet(*rows, titles=(*TITLES, "紧急程度")))
    assert answer.json()["new"] == 3
    found = await reports_doors.rows("select severity from reports order by number")
    assert [row.severity for row in found] == ["severe", "moderate", "extreme"]
    clocks = await reports_doors.rows("select minutes from clocks where kind = 'resolve'")
    assert {row.minutes for row in clocks} == {120}
    wrong = await sent(reports_doors, sheet((*WHOLE, "很急"), titles=(*TITLES, "紧急程度")), "/preview")
    assert [(one["column"], one["code"]) for one in wrong.json()["problems"]] == [("紧急程度", "no-severity")]


async def test_an_export_has_it_as_a_column(reports_doors: Doors) -> None:
    await filed(reports_doors, "safety")
    await filed(reports_doors)
    content = (await fetch(reports_doors, await made(reports_doors, filters={"severity": "moderate"}))).content
    _, titles, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert [row[titles.index("紧急程度")] for row in rows] == ["较大"]


async def test_outside_nothing_is_told_of_it(reports_doors: Doors) -> None:
    key = (await filed(reports_doors, place={"area": f"{HERE}.g03"}))["id"]

    async def outside() -> list[Any]:
        async with reports_doors.client(None) as anybody:
            asked = ("/open311/v2/servicerequestupdates.json", f"/open311/v2/requests/{key}.json", f"/api/v1/board/{HERE}")
            answers: list[httpx.Response] = [await anybody.get(one, params=HERE_IT_IS) for one in asked[:2]]
            answers.append(await anybody.get(asked[2]))
        assert {one.status_code for one in answers} == {200}
        return [one.json() for one in answers]

    (updates, _, board), _ = await outside(), await grade(reports_doors, key, "extreme")
    later = await outside()
    assert (later[0], later[2]) == (updates, board)
    assert "severity" not in str(later)
    assert "extreme" not in str(later)
    async with reports_doors.client(RESIDENT) as resident:  # whose it is reads it with the reason
        assert (await resident.get(f"/api/v1/reports/{key}", headers=keyed())).json()["severity"] == "extreme"
