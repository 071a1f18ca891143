"""What staff say of a report in place of what was read, its category or how grave it is: who may, and until when."""

from typing import Any

import pytest
from builders.doors import Doors
from builders.life import BODIES, brought_to, file, named, step
from builders.world import FAR_GRID, FAR_OFFICER, GRID, GUARD, OFFICER, OTHER_GRID, RESIDENT, SECOND_RESIDENT, Person

WAYS = {"classification": ("category", "lighting", "water"), "severity": ("severity", "minor", "severe")}
OUTSIDE = ((RESIDENT, 403), (GUARD, 403), (SECOND_RESIDENT, 404), (FAR_GRID, 404), (FAR_OFFICER, 404), (OTHER_GRID, 404))
pytestmark = pytest.mark.parametrize("way", WAYS)


async def say(doors: Doors, way: str, key: str, person: Person = GRID) -> Any:
    name, former, now = WAYS[way]
    return await step(doors, person, key, way, {name: now, "instead_of": former, "reason": BODIES[way]["reason"]})


async def test_who_takes_reports_on_there_says_so_and_nobody_else(reports_doors: Doors, way: str) -> None:
    key = await file(reports_doors)
    for person, status in OUTSIDE:
        assert (await say(reports_doors, way, key, person)).status_code == status, person
    assert (await say(reports_doors, way, key, OFFICER)).status_code == 200


@pytest.mark.parametrize("ended", ["resolution", "refusal", "withdrawal", "merge"])
async def test_of_what_is_over_or_carried_by_another_it_is_not_said(reports_doors: Doors, way: str, ended: str) -> None:
    master = await file(reports_doors)
    key = await brought_to(reports_doors, "resolved" if ended == "resolution" else "submitted")
    if ended != "resolution":
        person = {"refusal": OFFICER, "withdrawal": RESIDENT}.get(ended, GRID)
        body = {"master_id": master} if ended == "merge" else None
        assert (await step(reports_doors, person, key, ended, body)).status_code == 200
    answer = await say(reports_doors, way, key)
    assert (answer.status_code, named(answer)) == (409, "not-in-this-state")
