"""What is below a category decides its time, its route and lists; staff say it is another; the chain knows what it was."""

import asyncio
import json
from typing import Any

import pytest
from builders.catalogue import decided, filed, node
from builders.day import ask as listed
from builders.day import ids
from builders.days import this_month
from builders.doors import Doors
from builders.life import BODIES, brought_to, mark, named, step
from builders.world import GRID, HERE, OFFICER, RESIDENT

from services.reports.domain.category import About, moved
from services.reports.domain.chain import Transition
from services.reports.domain.clock import Policy, due
from services.reports.domain.sheet import TITLES
from services.reports.domain.terms import DEFAULT

QUICK = node("lighting", "stairwell", "楼道灯", resolve={"minutes": 600, "by_night": True})
BULB = node("lighting", "stairwell.bulb", "灯泡")
WIRE = node("lighting", "stairwell.wire", "电线", resolve={"minutes": 120, "by_night": True})


async def allowed(doors: Doors, key: object) -> list[tuple[int, str]]:
    rows = await doors.rows(
        "select minutes, state from clocks where kind = 'resolve' and report_id = cast(:key as uuid) order by id", key=str(key)
    )
    return [(row.minutes, row.state) for row in rows]


async def say(
    doors: Doors, key: str, to: str, below: str | None, *, of: str = "lighting", was: str | None = None
) -> Any:
    body = {"category": to, "subcategory": below, "instead_of": of, "instead_of_subcategory": was,
            "reason": BODIES["classification"]["reason"]}
    return await step(doors, GRID, key, "classification", body)


async def test_the_time_is_that_of_the_nearest_node_that_has_one_else_the_terms(reports_doors: Doors) -> None:
    await decided(reports_doors, QUICK, BULB, WIRE)
    ordinary = DEFAULT.ordinary.minutes
    for below, minutes in (
        (None, ordinary), ("stairwell", 600), ("stairwell.bulb", 600), ("stairwell.wire", 120), ("street", ordinary),
    ):
        report = await filed(reports_doors, subcategory=below)
        assert await allowed(reports_doors, report["id"]) == [(minutes, "running")], below
    cover = await filed(reports_doors, "road", subcategory="cover")
    assert await allowed(reports_doors, cover["id"]) == [(1440, "running")], "the standard one has times too"


async def test_a_clock_keeps_its_time_when_the_catalogue_changes_and_a_new_one_has_that_of_today(reports_doors: Doors) -> None:
    await decided(reports_doors, QUICK)
    report = await filed(reports_doors, subcategory="stairwell")
    await decided(reports_doors, {**QUICK, "resolve": {"minutes": 900, "by_night": True}}, on='"1"')
    assert await allowed(reports_doors, report["id"]) == [(600, "running")]
    for person, what in ((OFFICER, "refusal"), (RESIDENT, "appeal")):
        assert (await step(reports_doors, person, report["id"], what)).status_code == 200
    assert (await allowed(reports_doors, report["id"]))[-1] == (900, "running")


async def test_staff_say_what_is_below_also_of_the_same_category_and_its_time_follows(reports_doors: Doors) -> None:
    await decided(reports_doors, QUICK, BULB, WIRE)
    key = str((await filed(reports_doors))["id"])
    answer = await say(reports_doors, key, "lighting", "stairwell.wire")
    assert answer.status_code == 200
    assert (answer.json()["subcategory_names"], answer.json()["category_version"]) == (["楼道灯", "电线"], 1)
    assert await allowed(reports_doors, key) == [(DEFAULT.ordinary.minutes, "stopped"), (120, "running")]
    [clock] = await reports_doors.rows("select * from clocks where state = 'running' and kind = 'resolve'")
    assert clock.due_at == due(clock.started_at, Policy(120, by_night=True), DEFAULT.calendar)
    answer = await say(reports_doors, key, "water", None, was="stairwell.wire")
    assert (answer.status_code, answer.json()["subcategory"]) == (200, None)
    assert (await allowed(reports_doors, key))[-1] == (DEFAULT.resolve["water"].minutes, "running")
    bodies = await reports_doors.rows("select body from outbox where topic = 'reports.report_reclassified.v1' order by pos")
    wanted = ("former_category", "former_subcategory", "category", "subcategory")
    assert [[json.loads(row.body)[name] for name in wanted] for row in bodies] == [
        ["lighting", None, "lighting", "stairwell.wire"], ["lighting", "stairwell.wire", "water", None],
    ]


async def test_only_what_is_another_and_was_read_and_stands_there_is_taken(reports_doors: Doors) -> None:
    await decided(reports_doors, QUICK, BULB, node("lighting", "street", "路灯", retired=True))
    key = str((await filed(reports_doors, subcategory="stairwell"))["id"])
    for to, below, was, status, problem in (
        ("lighting", "stairwell", "stairwell", 409, "same-category"), ("lighting", "stairwell.bulb", None, 409, "category-moved"),
        ("lighting", None, "street", 409, "category-moved"), ("water", None, "street", 409, "category-moved"),
        ("lighting", "street", "stairwell", 422, "subcategory-retired"),
        ("lighting", "outage", "stairwell", 422, "subcategory-unknown"),
        ("water", "bulb", "stairwell", 422, "subcategory-unknown"),
    ):
        answer = await say(reports_doors, key, to, below, was=was)
        assert (answer.status_code, named(answer)) == (status, problem), (to, below, was)
    refused = (await say(reports_doors, key, "lighting", None, was="street")).json()
    assert (refused["current"], refused["subcategory"]) == ("lighting", "stairwell")
    assert (await say(reports_doors, key, "water", None)).status_code == 200, "who knows of no subcategories read the category"


async def test_of_twelve_who_say_what_is_below_at_once_one_is_first(reports_doors: Doors) -> None:
    await decided(reports_doors, QUICK, BULB, WIRE)
    key = str((await filed(reports_doors))["id"])
    below = ("stairwell", "stairwell.bulb", "stairwell.wire", "street") * 3
    answers = await asyncio.gather(*(say(reports_doors, key, "lighting", code) for code in below))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    [first] = [answer.json()["subcategory"] for answer in answers if answer.status_code == 200]
    async with reports_doors.client(RESIDENT) as resident:
        assert (await resident.get(f"/api/v1/reports/{key}")).json()["subcategory"] == first
    assert (await reports_doors.said()).count("reports.report_reclassified.v1") == 1


async def test_the_chain_says_both_in_one_form_with_the_steps_of_before_and_is_sound(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "accepted")
    assert (await step(reports_doors, GRID, key, "classification", {
        "category": "water", "instead_of": "lighting", "reason": "是水管的问题",
    })).status_code == 200, "as it was said before there was anything below"
    for to, below, of, was in (
        ("water", "leak", "water", None), ("road", "cover", "water", "leak"), ("road", None, "road", "cover"),
    ):
        assert (await say(reports_doors, key, to, below, of=of, was=was)).status_code == 200
    async with reports_doors.client(GRID) as grid:
        story = (await grid.get(f"/api/v1/reports/{key}/history")).json()
        chain = (await grid.get(f"/api/v1/reports/{key}/chain")).json()
    assert [row["reason_code"] for row in story if row["action"] == "reclassify"] == [
        "lighting>water", "water>water.leak", "water.leak>road.cover", "road.cover>road",
    ]
    assert (chain["sound"], chain["steps"], chain["unprovable"]) == (True, 6, [])


def test_a_step_of_before_there_were_subcategories_is_spelled_as_it_was() -> None:
    """So that its hash is what it was."""
    assert moved(About("lighting"), About("water", None, 7)) == "lighting>water"
    assert {"subcategory", "category_version"}.isdisjoint(Transition.__dataclass_fields__)


@pytest.mark.parametrize("door", ["figures", "figures/pace"])
async def test_figures_of_the_past_go_by_the_category_whatever_was_below(reports_doors: Doors, door: str) -> None:
    key = str((await filed(reports_doors, subcategory="stairwell"))["id"])
    for what in ("acceptance", "assignment"):
        assert (await step(reports_doors, GRID, key, what)).status_code == 200
    asked = {"group_by": "category", "from": this_month(), "to": this_month()}
    async with reports_doors.client(OFFICER) as client:
        then = (await client.get(f"/api/v1/{door}", params=asked)).json()
        assert (await say(reports_doors, key, "water", "leak", was="stairwell")).status_code == 200
        again = (await client.get(f"/api/v1/{door}", params={**asked, "at": then["at"]})).json()
        now = (await client.get(f"/api/v1/{door}", params=asked)).json()
    assert again == then
    assert [{row["group"] for row in said["groups"]} for said in (then, now)] == [{"lighting"}, {"water"}]


async def put_routing(doors: Doors, rules: list[Any]) -> Any:
    await mark(doors)
    async with doors.client(OFFICER) as client:
        return await client.put(
            f"/api/v1/settings/{HERE}/routing", json={"rules": rules, "grids": []}, headers={"if-match": '"0"'}
        )


async def test_a_rule_goes_by_what_is_below_one_category(reports_doors: Doors) -> None:
    await decided(reports_doors, QUICK, BULB)
    stairs = {"name": "楼道灯", "says": "楼道灯由社区受理", "categories": ["lighting"], "subcategory": "stairwell",
              "office": "community_officer"}
    for wrong in ({**stairs, "categories": []}, {**stairs, "categories": ["lighting", "road"]}, {**stairs, "subcategory": "none"},
                  {**stairs, "categories": ["road"]}):
        answer = await put_routing(reports_doors, [wrong])
        assert (answer.status_code, named(answer), answer.json()["rule"]) == (422, "routing-unfit", "楼道灯")
    answer = await put_routing(reports_doors, [stairs])
    assert (answer.status_code, answer.json()["rules"][0]["subcategory"]) == (200, "stairwell"), answer.text
    for below, level in (("stairwell", 3), ("stairwell.bulb", 3), ("street", 1), (None, 1)):
        report = await filed(reports_doors, subcategory=below)
        assert report["level"] == level, below
    async with reports_doors.client(OFFICER) as client:
        told = (await client.get(f"/api/v1/reports/{report['id']}/routing")).json()
        versions = (await client.get(f"/api/v1/settings/{HERE}/routing/versions")).json()["items"]
    assert told["passed"] == ["规则“楼道灯”不适用：子类别不符"]
    assert versions[0]["rules"][0]["subcategory"] == "stairwell"


async def test_lists_are_asked_for_a_node_and_what_is_below_it_and_say_what_it_was_called(reports_doors: Doors) -> None:
    await decided(reports_doors, QUICK, BULB)
    plain, stairs, bulb, street = [
        str((await filed(reports_doors, subcategory=below))["id"]) for below in (None, "stairwell", "stairwell.bulb", "street")
    ]
    for name in ("open", "every"):
        assert set(await ids(reports_doors, name, subcategory="stairwell")) == {stairs, bulb}
        assert set(await ids(reports_doors, name, subcategory="stairwell", category="water")) == set()
        assert set(await ids(reports_doors, name, subcategory="stair")) == set()
        assert set(await ids(reports_doors, name)) == {plain, stairs, bulb, street}
    async with reports_doors.client(GRID) as grid:
        counted = await grid.get("/api/v1/worklists", params={"subcategory": "stairwell"})
    totals = {row["name"]: row["total"] for row in counted.json()}
    assert (totals["open"], totals["every"], totals["to-answer"]) == (2, 2, 2)
    [item] = (await listed(reports_doors, subcategory="stairwell.bulb")).json()["items"]
    assert (item["subcategory"], item["subcategory_label"]) == ("stairwell.bulb", "楼道灯 › 灯泡")
    assert (await listed(reports_doors, subcategory="Stair")).status_code == 422
    assert TITLES[-1] == "子类别"
