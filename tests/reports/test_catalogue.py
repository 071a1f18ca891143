"""类别目录: what lies below the twelve categories is a community's own, decided by version; a code means the same for ever."""

import asyncio
from typing import Any

import pytest
from builders.catalogue import FLOOR, REMARK, SHAPE, catalogue, decided, file, filed, node, nodes, put, sent
from builders.doors import Doors
from builders.life import mark, named
from builders.parts import waiting
from builders.world import ADMIN, FAR_OFFICER, GRID, GUARD, HERE, OFFICER, RESIDENT, STRANGER, THERE, UNIT
from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import text

from services.reports.domain.catalogue import Catalogue, CatalogueUnfit, CodesStay, Node
from services.reports.domain.category import CATEGORIES, is_at_or_below
from services.reports.domain.clock import Policy
from services.reports.domain.standard import NODES, standard

BULB = node("lighting", "stairwell.bulb", "灯泡", resolve={"minutes": 600, "by_night": True}, fields=[SHAPE])


async def test_without_a_decision_it_is_the_standard_one_and_fit(reports_doors: Doors) -> None:
    standard(HERE).check()
    answer = await catalogue(reports_doors)
    assert (answer.headers["etag"], answer.json()["decided_by"], len(answer.json()["nodes"])) == ('"0"', None, len(NODES))
    assert {node.category for node in NODES} <= set(CATEGORIES)


async def test_the_flat_list_stays_as_it_was_and_with_a_place_the_tree_is_told_to_everybody(reports_doors: Doors) -> None:
    await decided(reports_doors, BULB, node("lighting", "street", "路灯", retired=True))
    async with reports_doors.client() as anybody:
        flat = (await anybody.get("/api/v1/categories")).json()
        tree = await anybody.get("/api/v1/categories", params={"area": UNIT})
        other = await anybody.get("/api/v1/categories", params={"area": THERE})
        assert (await anybody.get("/api/v1/categories", params={"area": f"{HERE}.nowhere"})).status_code == 404
        assert (await anybody.get("/api/v1/categories", params={"area": "no such"})).status_code == 422
    assert [set(kind) for kind in flat] == [{"code", "name", "is_physical"}] * len(CATEGORIES)
    assert tree.headers["etag"] == '"1"'
    [lighting, water] = tree.json()[:2]
    [stairwell] = lighting["subcategories"]
    assert (stairwell["subcategory"], stairwell["name"]) == ("stairwell", "楼道灯")
    [bulb] = stairwell["subcategories"]
    assert (bulb["subcategory"], bulb["fields"][0]["code"], bulb["fields"][0]["values"][1]) == (
        "stairwell.bulb", "shape", {"key": "long", "name": "长灯"},
    )
    assert [field["required"] for field in water["fields"]] == [False, False]
    assert other.headers["etag"] == '"0"'
    assert len(other.json()[0]["subcategories"]) == 2


async def test_it_is_changed_by_version_and_of_twelve_at_once_one_decides(reports_doors: Doors) -> None:
    said = [*await nodes(reports_doors), BULB]
    answers = await asyncio.gather(*(put(reports_doors, said) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 11
    for on, status in ((None, 428), ("*", 428), ('"0"', 412)):
        assert (await put(reports_doors, said, on=on)).status_code == status
    found = await catalogue(reports_doors)
    assert (found.headers["etag"], found.json()["nodes"][-1]["name"]) == ('"1"', "灯泡")
    assert (await put(reports_doors, [*said, node("road", "lamp", "灯杆")], on='"1"')).status_code == 200
    versions = (await catalogue(reports_doors, more="/versions")).json()["items"]
    assert [(row["version"], len(row["nodes"]), row["decided_by"]) for row in versions] == [
        (2, len(said) + 1, str(OFFICER.id)), (1, len(said), str(OFFICER.id)),
    ]
    audited = await reports_doors.rows("select subject, reason from audit where action = 'settings.write' order by pos")
    assert [(row.subject, row.reason) for row in audited] == [(f"categories/{HERE}", f"version {n}") for n in (1, 2)]


async def test_of_those_who_read_the_same_version_and_all_wait_one_decides(reports_doors: Doors) -> None:
    said = [*await nodes(reports_doors), BULB]
    await mark(reports_doors)
    async with reports_doors.whole.begin() as holding:
        await holding.execute(text("lock table catalogues in share mode"))  # it may be read, and not written
        deciding = [asyncio.create_task(sent(reports_doors, said)) for _ in range(6)]
        await waiting(reports_doors, 6)
    assert sorted(answer.status_code for answer in await asyncio.gather(*deciding)) == [200] + [412] * 5
    assert len(await reports_doors.rows("select 1 from catalogues")) == 1


async def test_officers_of_the_community_change_it_and_nobody_else(reports_doors: Doors) -> None:
    said = await nodes(reports_doors)
    for person, reads, writes in ((GRID, 404, 404), (RESIDENT, 404, 404), (GUARD, 404, 404), (STRANGER, 404, 404),
                                  (FAR_OFFICER, 404, 404), (ADMIN, 200, 200)):
        for more in ("", "/versions"):
            assert (await catalogue(reports_doors, person, more=more)).status_code == reads, person
        assert (await put(reports_doors, said, person=person)).status_code == writes, person
    for area in (UNIT, "510104.clx", f"{HERE[:-1]}x"):
        assert (await catalogue(reports_doors, ADMIN, area)).status_code == 404


async def test_a_code_that_stood_in_a_version_is_renamed_or_retired_and_never_gone(reports_doors: Doors) -> None:
    await decided(reports_doors, BULB)
    said = await nodes(reports_doors)
    without = [node for node in said if node.get("subcategory") != "stairwell.bulb"]
    moved = [*without, node("lighting", "street.bulb", "灯泡")]
    for wrong in (without, moved):
        answer = await put(reports_doors, wrong, on='"1"')
        assert (answer.status_code, named(answer), answer.json()["missing"]) == (422, "codes-stay", ["lighting.stairwell.bulb"])
    assert (await catalogue(reports_doors)).headers["etag"] == '"1"'
    await decided(reports_doors, {**BULB, "name": "光源", "retired": True}, on='"1"')


WRONG: list[dict[str, Any]] = [
    node("lighting", "stairwell", "又一个"), node("lighting", "roof.bulb", "灯泡"), node("lighting", "yard", "路灯"),
    {"category": "road", "subcategory": "lamp"}, {"category": "road", "name": "路"}, {"category": "road", "retired": True},
    {"category": "road", "resolve": {"minutes": 60}},
    node("lighting", "stairwell.a", "甲", fields=[{**FLOOR, "datatype": "string"}]),
    node("lighting", "yard", "庭院灯", fields=[SHAPE, SHAPE]),
    node("lighting", "yard", "庭院灯", fields=[{**SHAPE, "values": []}]),
    node("lighting", "yard", "庭院灯", fields=[{**FLOOR, "values": SHAPE["values"]}]),
    node("lighting", "yard", "庭院灯", fields=[{**SHAPE, "values": [SHAPE["values"][0]] * 2}]),
    node("lighting", "yard", "庭院灯", fields=[{**REMARK, "required": True, "variable": False}]),
    node("lighting", "yard", "庭院灯", fields=[{**REMARK, "code": "subcategory"}]),
]


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
async def test_what_is_no_tree_is_refused_and_says_where(reports_doors: Doors, wrong: dict[str, Any]) -> None:
    said = await nodes(reports_doors)
    answer = await put(reports_doors, [*said, wrong])
    assert (answer.status_code, named(answer)) == (422, "catalogue-unfit"), answer.text
    assert answer.json()["node"].startswith(wrong["category"])
    assert (await catalogue(reports_doors)).headers["etag"] == '"0"'


@pytest.mark.parametrize("wrong", [
    node("space", "a", "甲"), node("road", "A", "甲"), node("road", "a.b.c.d.e", "甲"), node("road", "a", ""),
    node("road", "a..b", "甲"),
    node("road", "a", "甲", resolve={"minutes": 1}), node("road", "a", "甲", fields=[{**REMARK, "datatype": "photo"}]),
])
async def test_what_is_no_node_at_all_is_no_request(reports_doors: Doors, wrong: dict[str, Any]) -> None:
    answer = await put(reports_doors, [*await nodes(reports_doors), wrong])
    assert (answer.status_code, named(answer)) == (422, "invalid-request")


def test_four_deep_and_two_hundred_are_the_most() -> None:
    def tree(many: int) -> Catalogue:
        return Catalogue(HERE, nodes=tuple(Node("road", f"n{n}", f"第{n}") for n in range(many)))

    tree(200).check()
    with pytest.raises(CatalogueUnfit):
        tree(201).check()
    deep = [Node("road", ".".join("abcd"[:depth]), "层") for depth in range(1, 5)]
    Catalogue(HERE, nodes=tuple(deep)).check()
    with pytest.raises(CatalogueUnfit):
        Catalogue(HERE, nodes=(*deep, Node("road", "a.b.c.d.e", "层"))).check()


async def test_a_report_says_what_is_below_its_category_and_keeps_the_version_and_its_words(reports_doors: Doors) -> None:
    first = await filed(reports_doors, subcategory="stairwell")
    assert (first["subcategory"], first["subcategory_names"], first["category_version"]) == ("stairwell", ["楼道灯"], 0)
    await decided(reports_doors, node("lighting", "stairwell", "楼梯间灯"), BULB)
    second = await filed(reports_doors, subcategory="stairwell.bulb")
    assert (second["subcategory_names"], second["category_version"]) == (["楼梯间灯", "灯泡"], 1)
    plain = await filed(reports_doors)
    assert (plain["subcategory"], plain["subcategory_names"], plain["category_version"]) == (None, [], 1)
    async with reports_doors.client(GRID) as grid:
        again = (await grid.get(f"/api/v1/reports/{first['id']}")).json()
        assert again["subcategory_names"] == ["楼道灯"], "as it was called then"
        listed = (await grid.get("/api/v1/reports", params={"subcategory": "stairwell"})).json()["items"]
        assert [(row["id"], row["subcategory"]) for row in listed] == [
            (second["id"], "stairwell.bulb"), (first["id"], "stairwell"),
        ]
        below = (await grid.get("/api/v1/reports", params={"subcategory": "stairwell.bulb"})).json()["items"]
        assert [row["id"] for row in below] == [second["id"]]
    told = "select convert_from(body, 'utf8')::jsonb ->> 'subcategory' as said from outbox order by pos"
    assert [row.said for row in await reports_doors.rows(told)] == ["stairwell", "stairwell.bulb", None]


@pytest.mark.parametrize(("category", "subcategory", "problem"), [
    ("lighting", "nowhere", "subcategory-unknown"), ("lighting", "outage", "subcategory-unknown"),
    ("road", "stairwell", "subcategory-unknown"), ("lighting", "stairwell.none", "subcategory-unknown"),
    ("lighting", "street", "subcategory-retired"), ("lighting", "street.pole", "subcategory-retired"),
    ("lighting", "Street", "invalid-request"), ("lighting", "street.", "invalid-request"),
])
async def test_what_is_not_below_it_or_retired_is_refused_and_nothing_is_filed(
    reports_doors: Doors, category: str, subcategory: str, problem: str
) -> None:
    await decided(reports_doors, node("lighting", "street", "路灯", retired=True), node("lighting", "street.pole", "灯杆"))
    answer = await file(reports_doors, category, subcategory=subcategory)
    assert (answer.status_code, named(answer)) == (422, problem)
    assert await reports_doors.rows("select 1 from reports") == []


CODES = some.lists(some.sampled_from("ab"), min_size=1, max_size=4).map(".".join)


@settings(deadline=None)
@given(some.sets(CODES, max_size=12), CODES, some.data())
def test_the_nearest_node_with_a_time_decides_and_below_is_what_begins_with_it(codes: set[str], asked: str, data: Any) -> None:
    whole = {code.rsplit(".", up)[0] for code in codes for up in range(4)}
    times = {code: data.draw(some.sampled_from((None, 60, 120))) for code in sorted(whole)}
    made = Catalogue(HERE, nodes=tuple(
        Node("road", code, code, resolve=None if minutes is None else Policy(minutes)) for code, minutes in times.items()
    ))
    made.check()
    way = [code for code in sorted(whole, key=len, reverse=True) if is_at_or_below(asked, code)]
    nearest = next((times[code] for code in way if times[code] is not None), None)
    found = made.policy("road", asked)
    assert (found.minutes if found else None) == nearest
    assert made.policy("water", asked) is None


@settings(deadline=None)
@given(some.sets(CODES, max_size=8), some.sets(CODES, max_size=8))
def test_whatever_was_there_has_to_be_there_again(before: set[str], after: set[str]) -> None:
    was, now = ({code.rsplit(".", up)[0] for code in codes for up in range(4)} for codes in (before, after))
    old = Catalogue(HERE, 3, tuple(Node("road", code, code) for code in sorted(was)))
    new = Catalogue(HERE, nodes=tuple(Node("road", code, code) for code in sorted(now)))
    if was <= now:
        assert old.decide(new, relies_on='"3"', by=OFFICER.id, at=None).version == 4  # type: ignore[arg-type]
    else:
        with pytest.raises(CodesStay) as refused:
            old.decide(new, relies_on='"3"', by=OFFICER.id, at=None)  # type: ignore[arg-type]
        assert refused.value.extra["missing"] == sorted(f"road.{code}" for code in was - now)
