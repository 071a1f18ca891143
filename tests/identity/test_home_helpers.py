"""Who helps in a home belongs to it for a year at most, by whichever door they came."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from builders.doors import Doors, keyed
from builders.factors import problem
from builders.invitations import Home, ahead, settled, strangers
from builders.privacy import by_clock
from builders.sheets import csv_of
from builders.world import GRID, NEXT_ROOM, OFFICER, ROOM, Person
from identity.test_imports import commits, counts, doors, looks, posts  # noqa: F401 - a fixture
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

Later = Callable[..., None]


@pytest.fixture
async def home(identity_doors: Doors) -> Home:
    return await settled(identity_doors)


async def bound(home: Home, **other: Any) -> Any:
    body = {"person_id": str(home.guest.id), "room": ROOM, "kind": "helper", **other}
    async with home.doors.client(GRID) as client:
        return await client.post("/api/v1/bindings", json=body, headers=keyed())


@pytest.mark.parametrize(("kind", "ends_at", "is_fit"), [
    ("helper", None, False), ("helper", {"days": 366, "minutes": -1}, True), ("helper", {"days": 367}, False),
    ("helper", {"seconds": -1}, False), ("tenant", {"seconds": -1}, False), ("tenant", {"days": 7000}, True),
    ("tenant", None, True),
], ids=str)
async def test_staff_bind_a_helper_for_a_year_at_most_and_nobody_into_the_past(
    home: Home, kind: str, ends_at: dict[str, int] | None, is_fit: bool
) -> None:
    answer = await bound(home, kind=kind, ends_at=ahead(**ends_at) if ends_at else None)
    assert (answer.status_code == 201) == is_fit, answer.text
    if not is_fit:
        assert problem(answer) == (422, "stay-dates-unfit")
        assert await home.doors.rows("select 1 from bindings where person_id = :who", who=home.guest.id) == []


async def test_a_helper_agrees_is_said_as_one_everywhere_and_is_gone_by_the_day(home: Home, later: Later) -> None:
    key = (await bound(home, ends_at=ahead(days=30))).json()["id"]
    assert await home.rooms(home.guest) == []
    assert (await home.bindings(home.guest, f"{key}/agreement")).status_code == 200
    assert (await home.doors.said())[-1] == "identity.helper_changed.v1"
    assert await home.rooms(home.guest) == [ROOM]
    later(days=30, seconds=1)
    assert await home.rooms(home.guest) == []


async def test_a_helper_an_owner_invited_is_sent_away_by_any_owner_of_the_room(home: Home) -> None:
    stay = await home.came(kind="helper", ends_at=ahead(days=100))
    [other, *_] = await strangers(home.doors, 1)
    await home.binds(other.id, "owner")
    assert await home.rooms(home.guest) == [ROOM]
    assert (await home.posts(other, f"/{stay['id']}/ending")).status_code == 200
    assert await home.rooms(home.guest) == []
    assert (await home.doors.said())[-1] == "identity.helper_changed.v1"


async def test_a_helper_without_a_phone_is_registered_until_a_day_that_must_lie_ahead_twice(home: Home, later: Later) -> None:
    said = {"name": "欧阳淑贞", "room": ROOM, "kind": "helper", "evidence": "id-card"}
    async with home.doors.client(GRID) as client:
        assert problem(await client.post("/api/v1/registrations", json=said, headers=keyed())) == (422, "stay-dates-unfit")
        made = await client.post("/api/v1/registrations", json={**said, "ends_at": ahead(days=3)}, headers=keyed())
    assert made.status_code == 201, made.text
    door = f"/api/v1/registrations/{made.json()['id']}/confirmation"
    later(days=4)
    async with home.doors.client(OFFICER, **by_clock(home.doors)) as client:
        assert problem(await client.post(door, json={"name": "欧阳淑贞"}, headers=keyed())) == (422, "stay-dates-unfit")
    later(days=2)
    async with home.doors.client(OFFICER, **by_clock(home.doors)) as client:
        assert (await client.post(door, json={"name": "欧阳淑贞"}, headers=keyed())).status_code == 200
    assert await home.rooms(Person(id=UUID(made.json()["person_id"]))) == [ROOM]


async def test_a_sheet_says_until_when_a_helper_helps(doors: Doors) -> None:  # noqa: F811 - the fixture
    today = datetime.now(UTC)
    near, far = ((today + timedelta(days=days)).date().isoformat() for days in (100, 400))
    rows = [
        ("李淑芬", "13800138000", ROOM, "护工", "", near), ("王芳", "13900139000", NEXT_ROOM, "护工", "", ""),
        ("赵敏", "13700137000", NEXT_ROOM, "护工", "", far),
    ]
    told = await looks(doors, csv_of("residents", *rows))
    assert counts(told) == (1, 0, 0, 2)
    assert [(one["row"], one["column"], one["problem"]) for one in told["problems"]] == [
        (3, "截止日期", "护工须填写截止日期，且不超过一年"), (4, "截止日期", "护工须填写截止日期，且不超过一年"),
    ]
    good = await looks(doors, csv_of("residents", rows[0]))
    assert (await commits(doors, good)).status_code == 200
    [kept] = await doors.rows("select kind from bindings")
    assert kept.kind == "helper"
    longer = await looks(doors, csv_of("residents", (*rows[0][:4], "2020-01-01", "")))
    assert counts(longer) == (0, 0, 0, 1), "since when is corrected, and until when stays: more than a year"


async def test_the_database_itself_knows_no_helper_without_an_end(home: Home) -> None:
    key = (await bound(home, ends_at=ahead(days=30))).json()["id"]
    for until in ("null", "starts_at + interval '367 days'"):
        with pytest.raises(IntegrityError):
            async with home.doors.whole.begin() as connection:
                await connection.execute(text(f"update bindings set ends_at = {until} where id = '{key}'"))
