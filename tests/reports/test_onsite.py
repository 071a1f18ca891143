"""办结: of what can be seen a photo shows it; where it was taken is within 100 m of what was reported, or one says why not."""

from typing import Any

import pytest
from builders.day import filed
from builders.doors import Doors
from builders.life import mark, named, photo, step
from builders.world import GRID, HERE, OFFICER, RESIDENT
from hypothesis import given, settings
from hypothesis import strategies as some

from services.reports.domain.coordinates import Point
from services.reports.domain.onsite import NEAR, REASONS, Taken, TooFarFromThere, told

THERE = {"lat": 30.66, "lng": 104.08, "crs": "wgs84"}
NORTH = 1 / 111_195  # degrees of a metre
WORKED = ("acceptance", "assignment", "processing")


async def at_work(doors: Doors, category: str = "lighting", **place: Any) -> str:
    key = await filed(doors, category=category, **(place or THERE))
    for what in WORKED:
        assert (await step(doors, GRID, key, what)).status_code == 200
    return key


async def resolve(doors: Doors, key: str, metres: float | None = None, *, photos: int = 1, **said: Any) -> Any:
    shown = [await photo(doors, GRID) for _ in range(photos)]
    spot = {} if metres is None else {"taken_at": THERE | {"lat": 30.66 + metres * NORTH}}
    return await step(doors, GRID, key, "resolution", {"note": "已更换", "photos": shown, **spot, **said})


async def where(doors: Doors, key: str) -> list[Any]:
    """What the reporter and who serves there see."""
    found = []
    for person in (RESIDENT, GRID):
        async with doors.client(person) as client:
            found.append((await client.get(f"/api/v1/reports/{key}")).json()["resolved_where"])
    return found


@pytest.mark.parametrize(("metres", "said", "verdict"), [
    (40, {}, {"verdict": "inside", "reason": None, "metres": 40}),
    (400, {"elsewhere": "position-drifts"}, {"verdict": "reason", "reason": "position-drifts", "metres": 400}),
    (40, {"elsewhere": "position-drifts"}, {"verdict": "inside", "reason": None, "metres": 40}),
    (None, {"elsewhere": "no-position"}, {"verdict": "reason", "reason": "no-position", "metres": None}),
    (None, {}, {"verdict": "unknown", "reason": None, "metres": None}),
])
async def test_where_it_was_photographed_is_judged_and_seen_by_both(
    reports_doors: Doors, metres: float | None, said: dict[str, str], verdict: dict[str, Any]
) -> None:
    key = await at_work(reports_doors)
    answer = await resolve(reports_doors, key, metres, **said)
    assert (answer.status_code, answer.json().get("resolved_where")) == (200, verdict)
    assert await where(reports_doors, key) == [verdict, verdict]
    async with reports_doors.client(GRID) as grid:
        assert (await grid.get(f"/api/v1/reports/{key}/chain")).json()["sound"]


async def test_far_from_there_without_a_reason_is_refused_and_says_how_far(reports_doors: Doors) -> None:
    key = await at_work(reports_doors)
    answer = await resolve(reports_doors, key, 250)
    assert (answer.status_code, named(answer)) == (422, "too-far-from-there")
    assert (answer.json()["metres"], answer.json()["reasons"]) == (250, list(REASONS))
    assert (await resolve(reports_doors, key, 250, elsewhere="no-idea")).status_code == 422
    assert (await reports_doors.rows("select status from reports"))[0].status == "processing"


async def test_a_point_of_the_maps_datum_is_the_same_place(reports_doors: Doors) -> None:
    key = await at_work(reports_doors)
    mapped = Point(30.66, 104.08).gcj02()
    spot = {"lat": mapped.lat, "lng": mapped.lng}
    answer = await resolve(reports_doors, key, taken_at=spot)  # gcj02 unless it is said
    assert answer.json()["resolved_where"]["verdict"] == "inside"
    other = await at_work(reports_doors)
    assert named(await resolve(reports_doors, other, taken_at=spot | {"crs": "wgs84"})) == "too-far-from-there"


async def test_of_what_was_reported_without_a_point_nothing_is_judged(reports_doors: Doors) -> None:
    key = await at_work(reports_doors, area=f"{HERE}.g03")
    assert (await resolve(reports_doors, key, 5000)).json()["resolved_where"] is None


async def test_a_community_may_ask_where_it_was_taken(reports_doors: Doors) -> None:
    await mark(reports_doors)
    key = await at_work(reports_doors)
    quiet = await at_work(reports_doors, "noise")
    async with reports_doors.client(OFFICER) as client:
        read = await client.get(f"/api/v1/settings/{HERE}")
        said, on = read.json()["terms"] | {"asks_where": True}, {"if-match": read.headers["etag"]}
        assert (await client.put(f"/api/v1/settings/{HERE}", json=said, headers=on)).status_code == 200
    answer = await resolve(reports_doors, key)
    assert (answer.status_code, named(answer), answer.json()["reasons"]) == (422, "place-not-said", list(REASONS))
    assert (await resolve(reports_doors, key, elsewhere="no-position")).status_code == 200
    assert (await resolve(reports_doors, quiet, photos=0)).status_code == 200  # there is no photo to ask about


@pytest.mark.parametrize(("category", "status"), [
    ("noise", 200), ("inquiry", 200), ("suggestion", 200), ("water", 422), ("other", 422),
])
async def test_only_of_what_can_be_seen_a_photo_is_asked_for(reports_doors: Doors, category: str, status: int) -> None:
    key = await at_work(reports_doors, category)
    answer = await resolve(reports_doors, key, photos=0)
    assert answer.status_code == status
    if status == 422:
        assert named(answer) == "after-photo-missing"
    async with reports_doors.client() as client:
        kinds = {one["code"]: one["is_physical"] for one in (await client.get("/api/v1/categories")).json()}
    assert kinds[category] == (status == 422)


@settings(deadline=None)
@given(metres=some.floats(0, 300), bearing=some.sampled_from([(1.0, 0.0), (0.0, 1.0), (0.6, 0.8), (-0.8, 0.6)]))
def test_a_hundred_metres_are_a_hundred_metres_in_every_direction(metres: float, bearing: tuple[float, float]) -> None:
    there = Point(30.66, 104.08)
    shrunk = 0.8602  # the cosine of that latitude
    spot = Point(there.lat + metres * bearing[0] * NORTH, there.lng + metres * bearing[1] * NORTH / shrunk)
    if metres <= NEAR - 1:
        assert (told(Taken(spot).judged(there, asked=True)) or {})["verdict"] == "inside"
    elif metres >= NEAR + 1:
        with pytest.raises(TooFarFromThere):
            Taken(spot).judged(there, asked=False)
