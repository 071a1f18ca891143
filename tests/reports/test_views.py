"""保存的视图: a question under a name, one's own or one's unit's, put again with one's own eyes and in the words of today."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.day import filed, told
from builders.doors import Doors, keyed
from builders.life import named
from builders.world import FAR_GRID, GRID, OFFICER, OTHER_GRID, RESIDENT, Person

from chassis import privacy

WATER = {"category": ["water"]}


async def save(doors: Doors, name: str = "漏水", person: Person = GRID, **other: Any) -> httpx.Response:
    body = {"name": name, "worklist": "open", "filters": WATER, **other}
    async with doors.client(person) as client:
        return await client.post("/api/v1/views", json=body, headers=keyed())


async def kept(doors: Doors, person: Person = GRID) -> list[Any]:
    async with doors.client(person) as client:
        return list((await client.get("/api/v1/views")).json())


async def put(doors: Doors, key: str, person: Person = GRID, **asked: Any) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.get(f"/api/v1/views/{key}/reports", params=asked)


async def in_unit(doors: Doors, *people: Person) -> str:
    """These serve in a unit of their own."""
    unit = str(uuid4())
    for person in people:
        serving = "update directory_assignments set unit_id = cast(:unit as uuid) where person_id = :person"
        assert await told(doors, serving, unit=unit, person=person.id) == 1
    doors.running.directory._known.clear()
    return unit


async def test_a_question_is_kept_and_put_again(reports_doors: Doors) -> None:
    await filed(reports_doors)
    water = await filed(reports_doors, "漏水", "water")
    made = (await save(reports_doors)).json()
    assert (made["filters"], made["worklist_label"], made["own"], made["outdated"]) == (WATER, "全部在办", True, [])
    assert [one["id"] for one in (await put(reports_doors, made["id"])).json()["items"]] == [water]
    assert [one["id"] for one in await kept(reports_doors)] == [made["id"]]
    async with reports_doors.client(GRID) as client:
        assert (await client.delete(f"/api/v1/views/{made['id']}")).status_code == 204
        assert (await client.delete(f"/api/v1/views/{made['id']}")).status_code == 404
    assert await kept(reports_doors) == []


async def test_anothers_view_is_not_there(reports_doors: Doors) -> None:
    made = (await save(reports_doors)).json()
    for person in (OTHER_GRID, FAR_GRID, OFFICER, RESIDENT):
        assert await kept(reports_doors, person) == []
        assert (await put(reports_doors, made["id"], person)).status_code == 404
        async with reports_doors.client(person) as client:
            assert (await client.delete(f"/api/v1/views/{made['id']}")).status_code == 404
    assert len(await kept(reports_doors)) == 1
    assert (await save(reports_doors, person=RESIDENT)).status_code == 403


async def test_a_shared_view_shows_each_what_lies_where_they_serve(reports_doors: Doors) -> None:
    unit = await in_unit(reports_doors, GRID, OTHER_GRID)
    water = await filed(reports_doors, "漏水", "water")
    made = (await save(reports_doors, unit_id=unit)).json()
    assert [one["id"] for one in (await put(reports_doors, made["id"])).json()["items"]] == [water]
    [seen] = await kept(reports_doors, OTHER_GRID)
    assert (seen["id"], seen["own"], seen["shared"]) == (made["id"], False, True)
    assert (await put(reports_doors, made["id"], OTHER_GRID)).json()["items"] == []
    assert (await put(reports_doors, made["id"], OFFICER)).status_code == 404
    answer = await save(reports_doors, person=OFFICER, unit_id=unit)
    assert (answer.status_code, named(answer)) == (403, "not-in-the-unit")


async def test_a_word_that_is_none_any_more_is_told_and_the_view_not_put(reports_doors: Doors) -> None:
    made = (await save(reports_doors)).json()
    for said, fields in (
        ('{"category": ["steam"]}', ["category"]), ('{"colour": "red", "level": 7}', ["colour", "level"]),
        ('{"status": "accepted"}', ["status"]), ('{"unit_id": "x"}', ["unit_id"]), ('{"mine": "yes"}', ["mine"]),
    ):
        await told(reports_doors, "update views set said = cast(:said as jsonb)", said=said)
        [one] = await kept(reports_doors)
        assert one["outdated"] == fields
        answer = await put(reports_doors, made["id"])
        assert (answer.status_code, named(answer), answer.json()["fields"]) == (422, "view-outdated", fields)
    await told(reports_doors, "update views set said = '{}', list_name = 'gone'")
    assert (await put(reports_doors, made["id"])).json()["fields"] == ["worklist"]


@pytest.mark.parametrize(("other", "why"), [
    ({"name": ""}, "invalid-request"), ({"name": " "}, "invalid-request"), ({"name": "x" * 41}, "invalid-request"),
    ({"filters": {"category": ["steam"]}}, "invalid-request"), ({"filters": {"other": 1}}, "invalid-request"),
    ({"order": "near"}, "origin-unfit"),
    ({"worklist": "every", "order": "due"}, "order-unfit"), ({"name": "a\nb"}, "invalid-request"),
    ({"filters": {"q": "a b c d e"}}, "sought-unfit"), ({"worklist": "gone"}, "invalid-request"),
])
async def test_what_cannot_be_asked_is_not_kept(reports_doors: Doors, other: dict[str, Any], why: str) -> None:
    answer = await save(reports_doors, **({"name": "漏水"} | other))
    assert (answer.status_code, named(answer)) == (422, why)
    assert await kept(reports_doors) == []


async def test_of_a_name_there_is_one_and_of_a_person_there_are_twenty(reports_doors: Doors) -> None:
    answers = await asyncio.gather(*(save(reports_doors) for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [201, *[409] * 11]
    assert {named(one) for one in answers if one.status_code == 409} == {"view-there"}
    answers = await asyncio.gather(*(save(reports_doors, f"视图{n}") for n in range(24)))
    assert sorted(one.status_code for one in answers) == [*[201] * 19, *[409] * 5]
    assert {named(one) for one in answers if one.status_code == 409} == {"views-enough"}
    assert (await save(reports_doors, person=OFFICER)).status_code == 201


async def test_what_one_kept_for_oneself_goes_with_one(reports_doors: Doors) -> None:
    unit = await in_unit(reports_doors, GRID, OTHER_GRID)
    await save(reports_doors)
    await save(reports_doors, unit_id=unit)
    held = reports_doors.running.service.personal
    assert held is not None
    await reports_doors.running.database.do(lambda work: privacy.erase(work, held, GRID.id))
    [row] = await reports_doors.rows("select owner_id, unit_id from views")
    assert (str(row.unit_id), row.owner_id == GRID.id) == (unit, False)
