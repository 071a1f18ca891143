"""时效: how often it comes back and how long it takes, from the log as it was known at an instant."""

import random
from datetime import datetime
from itertools import groupby
from typing import Any

import pytest
from builders.days import this_month
from builders.doors import Doors
from builders.life import ACTING, file, step
from builders.world import FAR_OFFICER, GRID, HERE, OFFICER, RESIDENT, Person

from services.reports.domain.machine import STEPS, Status, allowed

TIMES = ("contact", "mended")
SPOKEN_OF = {"accept", "assign", "return", "process", "resolve", "rate", "close", "reopen"}


async def ask(doors: Doors, person: Person = OFFICER, **asked: str) -> Any:
    async with doors.client(person) as client:
        return await client.get("/api/v1/figures/pace", params={"from": this_month(), "to": this_month(), **asked})


async def lived(doors: Doors, rolled: random.Random) -> None:
    """A report's life at random."""
    key, status = await file(doors), Status.SUBMITTED
    for _ in range(rolled.randrange(4, 14)):
        names = [one for one in allowed(status) if one in SPOKEN_OF]
        if not names:
            return
        acts = STEPS[rolled.choice(names)]
        answer = await step(doors, ACTING.get(acts.action, GRID), key, acts.href)
        if answer.status_code == 200:
            status = Status(answer.json()["status"])
        if rolled.random() < 0.3:  # only the first time: then it is lighting no more
            assert (await step(doors, GRID, key, "classification")).status_code in {200, 409}


def walked(steps: list[Any], filed: dict[Any, datetime], at: datetime) -> dict[str, Any]:
    """The plain way: every step in order, with what followed it by then."""
    found: dict[str, list[Any]] = {"returned": [], "reopened": [], "contact": [], "mended": []}
    for key, of_it in groupby((one for one in steps if one.at <= at), key=lambda one: one.report_id):
        life = [*(one for one in of_it if one.action != "reclassify"), None, None]
        for one, then, after in zip(life, life[1:], life[2:], strict=False):
            if one.action in {"assign", "reassign"} and then is not None:
                found["returned"].append(then.action == "return")
                found["contact"] += [(then.at - one.at).total_seconds()] if then.action == "process" else []
            if one.action == "resolve":
                found["reopened"].append(any(two is not None and two.action == "reopen" for two in (then, after)))
                found["mended"].append((one.at - filed[key]).total_seconds())
    return found


def part(values: list[float], share: float) -> float | None:
    """As SQL's percentile_cont: between two neighbours in a straight line (ISO 9075-2, 10.9)."""
    if not values:
        return None
    ordered, place = sorted(values), share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


async def test_at_any_instant_the_pace_is_as_a_walk_of_the_log_finds_it(reports_doors: Doors) -> None:
    seed = random.randrange(2**32)
    rolled = random.Random(seed)
    for _ in range(14):
        await lived(reports_doors, rolled)
    steps = await reports_doors.rows("select * from transitions order by report_id, seq")
    filed = {row.id: row.submitted_at for row in await reports_doors.rows("select id, submitted_at from reports")}
    instants = sorted({row.at for row in steps})
    for at in (*rolled.sample(instants, min(8, len(instants))), instants[-1]):
        groups = (await ask(reports_doors, at=at.isoformat())).json()["groups"]
        assert as_told(groups) == as_walked(walked(steps, filed, at)), f"seed {seed} at {at}"


def as_told(groups: list[Any]) -> dict[str, Any]:
    """What the one group says; of no group that there is nothing."""
    if not groups:
        return as_walked({"returned": [], "reopened": [], "contact": [], "mended": []})
    rates = {name: (groups[0][name]["numerator"], groups[0][name]["denominator"]) for name in ("returned", "reopened")}
    return rates | {name: (one["many"], near(one["p50"]), near(one["p90"])) for name in TIMES if (one := groups[0][name])}


def as_walked(found: dict[str, Any]) -> dict[str, Any]:
    rates = {name: (sum(found[name]), len(found[name])) for name in ("returned", "reopened")}
    return rates | {name: (len(found[name]), near(part(found[name], 0.5)), near(part(found[name], 0.9))) for name in TIMES}


def near(seconds: float | None) -> Any:
    return None if seconds is None else pytest.approx(seconds, abs=1e-3)


async def test_by_category_the_pace_goes_by_what_it_was_about_at_the_instant(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    for what in ("acceptance", "assignment", "processing"):
        assert (await step(reports_doors, GRID, key, what)).status_code == 200
    then = (await ask(reports_doors, group_by="category")).json()
    assert (await step(reports_doors, GRID, key, "classification")).status_code == 200
    assert (await step(reports_doors, GRID, key, "resolution")).status_code == 200
    assert (await ask(reports_doors, group_by="category", at=then["at"])).json() == then
    [told] = (await ask(reports_doors, group_by="category")).json()["groups"]
    assert (told["group"], told["contact"]["many"], told["mended"]["many"]) == ("electricity", 1, 1)


async def test_the_pace_is_read_where_one_serves(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    for what in ("acceptance", "assignment", "processing", "resolution"):
        assert (await step(reports_doors, GRID, key, what)).status_code == 200
    [told] = (await ask(reports_doors, group_by="category")).json()["groups"]
    assert (told["contact"]["many"], told["mended"]["many"], told["reopened"]["denominator"]) == (1, 1, 1)
    assert (await ask(reports_doors, FAR_OFFICER)).json()["groups"] == []
    assert (await ask(reports_doors, RESIDENT)).json()["groups"] == []
    assert (await ask(reports_doors, FAR_OFFICER, area=HERE)).status_code == 404
    assert (await ask(reports_doors, at="2999-01-01T00:00:00Z")).status_code == 422
